"""The last step of training: what the validation films say about confidence and spread.

Nothing here sees a test film.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from aac_models import losses, spread, weights
from aac_models.arms import LOCALIZER
from aac_models.kauppila import GRADES, HALVES, MAX_TOTAL
from aac_models.look import Look
from aac_models.predictor import REFUSE_BELOW, Predictor
from aac_models.radiograph import Radiograph
from aac_models.strip import body_depth
from aac_models.training import agreement
from aac_models.training.data import Film, as_float, with_views
from aac_models.training.landmarks import levels_right

COVERAGE: Final = 0.9
_NEWTON_STEPS: Final = 20
_BINS: Final = (1.0, 4.0, 9.0, float(MAX_TOTAL))  # of the predicted total
_MIN_IN_BIN: Final = 30
_LEAST_F1: Final = 0.35
_MOST_BELIEF: Final = 0.905  # nearer to 1 another center's look alone would cross it

Figures = dict[str, dict[str, Any]]


def write(
    networks: Mapping[str, nn.Module],
    films: Sequence[Film],
    out: Path,
    settings: Mapping[str, Any],
) -> Figures:
    """Calibrate on the validation films and write one weight file a network.

    Parameters
    ----------
    networks
        Trained, by file stem.
    films
        Validation films.
    out
        Folder of the weights.
    settings
        Of the training; its seed and epochs go into the files.

    Returns
    -------
    Figures a network, for the model card.
    """
    arms = [name for name in networks if name != LOCALIZER]
    predictor = Predictor(networks, device=str(settings["device"]))
    scored = [film for film in films if film.is_lateral_lumbar]
    looks = [(with_views(film, ()), predictor.look(_radiograph(film), arms)) for film in scored]
    seen = [(film, look) for film, look in looks if look is not None]
    figures: Figures = {LOCALIZER: _localizer_figures(seen)}
    common = {"seed": settings["seed"], "epochs": dict(settings["epochs"])}
    limit = refuse_below([look.found.lateral_lumbar for _, look in seen])
    figures[LOCALIZER]["refuse_below"] = limit
    weights.save(networks[LOCALIZER], out, LOCALIZER, common | {"refuse_below": limit})
    for arm in arms:
        stored, told = calibrated(arm, seen)
        figures[arm] = told
        weights.save(networks[arm], out, arm, common | stored)
    return figures


def _radiograph(film: Film) -> Radiograph:
    return Radiograph(as_float(film.pixels))


def calibrated(
    arm: str, seen: Sequence[tuple[Film, Look]]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Fit one arm's calibration and interval widths.

    Returns
    -------
    What the weight file stores, and figures for the card.
    """
    logits = torch.from_numpy(np.stack([look.raw[arm].logits for _, look in seen]))
    grades = torch.from_numpy(np.stack([film.grades for film, _ in seen])).long()
    scale, shift = platt(logits, grades)
    calm = logits * torch.tensor(scale) + torch.tensor(shift)
    probabilities = losses.corn_probabilities(calm).double().numpy()
    nearest = np.digitize(probabilities @ np.array(GRADES, np.float64), HALVES)
    truth = np.array([film.total for film, _ in seen], dtype=np.float64)
    known = np.isfinite(truth)
    limits = spread.fit(probabilities[known] @ np.array(GRADES, np.float64), truth[known])
    probabilities = spread.spread(probabilities, limits)
    total = (probabilities @ np.array(GRADES, np.float64)).sum((1, 2))
    widths = half_widths(total[known], np.abs(total[known] - truth[known]))
    told = {
        "films": int(known.sum()),
        **agreement.of_totals(truth[known], total[known]),
        "kappa_grades": agreement.kappa_of_grades(grades, nearest),
        "scale": scale,
        "shift": shift,
        "spread": limits,
        "assess_below": assess_below(
            np.stack([look.raw[arm].assessable for _, look in seen]),
            np.stack([(film.grades >= 0).all(axis=1) for film, _ in seen])
            | np.array([(film.grades < 0).all() for film, _ in seen])[:, None],
        ),
    }
    stored = {name: told[name] for name in ("scale", "shift", "spread", "assess_below")}
    return stored | {"half_widths": widths, "coverage": COVERAGE}, told


def refuse_below(belief: Sequence[float]) -> float:
    """Choose the belief below which a film is refused.

    A little below what 99.5 % of the films that were not found impossible reach, within 0.5 to
    0.9: an upended film, which has every vertebra, comes close to a true one.
    """
    possible = [one for one in belief if one > 0]
    if not possible:
        return REFUSE_BELOW
    return float(np.round(np.clip(np.quantile(possible, 0.005) - 0.05, REFUSE_BELOW, 0.9), 3))


def assess_below(belief: npt.NDArray[np.float32], truth: npt.NDArray[np.bool_]) -> float:
    """Choose the belief below which a level counts as not assessable: the best F1 here.

    One half where no limit does well, so that an arm that cannot tell does not guess.

    Parameters
    ----------
    belief
        0 to 1, (films, levels).
    truth
        Whether the readers could assess, same shape; true where nobody said.
    """
    best, limit = _LEAST_F1, 0.5
    for candidate in np.round(np.arange(0.05, _MOST_BELIEF, 0.01), 2):
        called = belief < candidate
        both = float((called & ~truth).sum())
        score = 2 * both / max(float(called.sum() + (~truth).sum()), 1.0)
        if score > best:
            best, limit = score, float(candidate)
    return limit


def platt(logits: Tensor, grades: Tensor) -> tuple[list[float], list[float]]:
    """Fit a logistic regression a rank question: observed answer on the network's logit.

    Parameters
    ----------
    logits
        (films, levels, walls, 3).
    grades
        Integer grades (films, levels, walls), negative where not assessed.

    Returns
    -------
    Scale and shift of each question, three each; 1 and 0 for a question that the films answer
    one way only.

    References
    ----------
    Platt, in: Advances in Large Margin Classifiers, MIT Press 2000:61-74.
    """
    scales, shifts = [], []
    for rank in range(logits.shape[-1]):
        asked = grades >= rank
        answer = (grades[asked] > rank).double()
        scale, shift = 1.0, 0.0
        if 0 < float(answer.sum()) < len(answer):
            scale, shift = _logistic(logits[..., rank][asked].double(), answer)
        scales.append(round(scale, 4))
        shifts.append(round(shift, 4))
    return scales, shifts


def _logistic(logit: Tensor, answer: Tensor) -> tuple[float, float]:
    """Newton's method with a weak pull to (1, 0), for films that separate perfectly."""
    start = torch.tensor([1.0, 0.0], dtype=torch.float64)
    design = torch.stack([logit, torch.ones_like(logit)], dim=1)
    pull = torch.eye(2, dtype=torch.float64)
    found = start.clone()
    for _ in range(_NEWTON_STEPS):
        chance = torch.sigmoid(design @ found)
        slope = design.T @ (chance - answer) + pull @ (found - start)
        weight = (chance * (1 - chance))[:, None]
        found = found - torch.linalg.solve(design.T @ (design * weight) + pull, slope)
    return float(found[0]), float(found[1])


def half_widths(
    total: npt.NDArray[np.float64], distance: npt.NDArray[np.float64]
) -> list[list[float]]:
    """Split-conformal half widths by predicted total.

    Parameters
    ----------
    total
        Predicted totals of the validation films.
    distance
        Their absolute errors.

    Returns
    -------
    Pairs of the highest total of a bin and the half width there. A bin of few films is merged
    with the next. In each bin the width is the ceil((n + 1) * 0.9)-th smallest error, so that a
    further film of that bin is covered with probability 0.9 or more.

    References
    ----------
    Lei et al., JASA 2018;113:1094-1111.
    """
    pairs: list[list[float]] = []
    low = -np.inf
    for upper in _BINS:
        chosen = (total > low) & (total <= upper)
        above = int((total > upper).sum())
        if upper < MAX_TOTAL and (chosen.sum() < _MIN_IN_BIN or above < _MIN_IN_BIN):
            continue
        pairs.append([upper, _quantile(distance[chosen])])
        low = upper
    return pairs


def _quantile(distance: npt.NDArray[np.float64]) -> float:
    rank = int(np.ceil((len(distance) + 1) * COVERAGE))
    if rank > len(distance):
        return float(MAX_TOTAL)
    return float(np.round(np.sort(distance)[rank - 1], 4))


def _localizer_figures(seen: Sequence[tuple[Film, Look]]) -> dict[str, Any]:
    """Corner error in body depths, levels right, films accepted."""
    errors, right, accepted = [], [], []
    for film, look in seen:
        accepted.append(look.found.lateral_lumbar >= 0.5)  # noqa: PLR2004 - more likely than not
        if not film.has_corners:
            continue
        gap = np.linalg.norm(look.found.anatomy.corners_px - film.corners, axis=-1).mean()
        errors.append(gap / body_depth(film.corners))
        right.append(levels_right(look.found.anatomy.corners_px, film.corners))
    if not errors:
        return {"films": len(accepted), "accepted": float(np.mean(accepted))}
    return {
        "films": len(accepted),
        "accepted": float(np.mean(accepted)),
        "corner_error_median_depths": float(np.median(errors)),
        "levels_right": float(np.mean(right)),
    }
