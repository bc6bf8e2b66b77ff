"""From scored films to figures, targets met or missed, and the arms compared."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
from film_scores import FilmScore, Floats
from targets import ARM, SEED, SETS, TARGETS

from aac_models.kauppila import GRADES, SEVERITY_PRESETS
from aac_models.training.measured import Result, Table
from reports.statistics.bland_altman import bland_altman
from reports.statistics.calibration import interval_coverage
from reports.statistics.classes import class_accuracy, share
from reports.statistics.error import errors
from reports.statistics.estimate import Estimate, Strings
from reports.statistics.icc import icc
from reports.statistics.kappa import kappa
from reports.statistics.proportional_bias import proportional_bias
from reports.statistics.resampling import resample
from reports.statistics.wilcoxon import signed_rank

RESAMPLES = 2000
REFERENCE = "consensus"
PRESETS = ("dxa", "cord", "presence")
_HEADINGS = {
    "r2_determination": "R2",
    "icc_a1": "ICC(A,1)",
    "mae": "MAE",
    "bias": "bias",
    "ba_slope": "slope",
    **{f"accuracy_{preset}": preset for preset in PRESETS},
    "kappa_grades": "kappa",
    "coverage": "90 % holds",
    "wilcoxon_p": "p",
}
_WITH_INTERVAL = ("r2_determination", "icc_a1", "mae")


def agreement(scores: Sequence[FilmScore], reference: str, name: str) -> dict[str, Estimate]:
    """Every figure of one arm or reader against a reference, on one set of films."""
    truth, total = column(scores, reference), column(scores, name)
    both = np.stack([truth, total], axis=1)
    figures = {
        "r2_determination": (told := errors(truth, total))["r2_determination"],
        "icc_a1": icc(both[np.isfinite(both).all(axis=1)])["icc_a1"].estimate,
        "mae": told["mae"],
    }
    drawn = resample(
        truth, {name: total}, patients(scores), presets={}, resamples=RESAMPLES, seed=SEED
    ).own[name]
    figures = {
        key: replace(figure, ci_low=drawn[key].low, ci_high=drawn[key].high)
        for key, figure in figures.items()
    }
    figures["bias"] = bland_altman(truth, total)["bias"]
    figures["ba_slope"] = proportional_bias(truth, total)["ba_slope_hc3"]
    figures |= _graded(scores, reference, name)
    figures["wilcoxon_p"] = signed_rank(truth, total).estimate
    if name in scores[0].interval:
        low, high = np.array([one.interval[name] for one in scores]).T
        figures["coverage"] = interval_coverage(truth, low, high)["interval_coverage"]
    return figures


def _graded(scores: Sequence[FilmScore], reference: str, name: str) -> dict[str, Estimate]:
    """Severity classes, and the eight grades of all films pooled."""
    truth, total = column(scores, reference), column(scores, name)
    figures = {
        f"accuracy_{preset}": class_accuracy(truth, total, SEVERITY_PRESETS[preset])["accuracy"]
        for preset in PRESETS
    }
    pooled = [
        np.concatenate([one.grades[key].ravel() for one in scores]) for key in (reference, name)
    ]
    figures["kappa_grades"] = kappa(*pooled, len(GRADES))
    return figures


def column(scores: Sequence[FilmScore], name: str) -> Floats:
    """Totals of one arm or reader."""
    return np.array([one.total[name] for one in scores])


def patients(scores: Sequence[FilmScore]) -> Strings:
    """Patients, the unit of every resample."""
    return np.array([f"{one.split}-{one.patient}" for one in scores])


def localization(scores: Sequence[FilmScore]) -> dict[str, Estimate]:
    """How well vertebrae were found; a refused film counts as not found."""
    n = len(scores)
    found = [one.corner_mm for one in scores if one.corner_mm.size]
    by_film = np.array([corners.mean() for corners in found])
    every = np.concatenate(found) if found else np.empty(0)
    return {
        "corner_mm": Estimate(
            float(np.median(by_film)) if found else None,
            method="median over films of the mean distance of a film's corners",
            n=len(found),
            note="no film was accepted",
        ),
        "corner_mm_each": Estimate(
            float(np.median(every)) if found else None,
            method="median over corners",
            n=every.size,
            note="no film was accepted",
        ),
        "levels_right": share(sum(one.levels_right for one in scores), n, "L1 to L4 all right"),
        "side_right": share(sum(one.side_right for one in scores), n, "side faced right"),
        "accepted": share(sum(not one.refusal for one in scores), n, "accepted"),
    }


def agreement_table(split: str, by_name: dict[str, dict[str, Estimate]]) -> Table:
    """One set: a row an arm, and the readers against each other."""
    rows = []
    for name, figures in by_name.items():
        cells = [cell(key, figures.get(key)) for key in _HEADINGS]
        rows.append([name, str(figures["mae"].n), *cells])
    return Table(SETS[split], ["", "films", *_HEADINGS.values()], rows)


def cell(key: str, figure: Estimate | None) -> str:
    """Format a figure for the table."""
    if figure is None or figure.value is None:
        return "-"
    if key == "wilcoxon_p":
        return f"{figure.value:.3g}"
    text = f"{figure.value:+.2f}" if key in ("bias", "ba_slope") else f"{figure.value:.3f}"
    if key in _WITH_INTERVAL and figure.ci_low is not None:
        text += f" ({figure.ci_low:.3f} to {figure.ci_high:.3f})"
    return text


def results(split: str, name: str, figures: dict[str, Estimate]) -> list[Result]:
    """Put the figures beside their targets."""
    targets = TARGETS[split] if name in (ARM, "localizer") else {}
    told = []
    for key, figure in figures.items():
        if figure.value is None:
            continue
        target = targets.get(key)
        told.append(
            Result(
                films=split,
                model=name,
                metric=key,
                value=figure.value,
                low=figure.ci_low,
                high=figure.ci_high,
                n=figure.n,
                target="" if target is None else str(target),
                is_met=None if target is None else target.is_met(figure.value),
            )
        )
    return told


def target_table(found: Sequence[Result]) -> Table:
    """Every target, met or missed."""
    held = [one for one in found if one.is_met is not None]
    rows = [
        [SETS[one.films], one.model, one.metric, one.target, f"{one.value:.3g}", _verdict(one)]
        for one in held
    ]
    title = f"Targets: {sum(bool(one.is_met) for one in held)} of {len(held)} met"
    return Table(title, ["set", "model", "figure", "target", "found", ""], rows)


def _verdict(found: Result) -> str:
    return "met" if found.is_met else "**missed**"


def ladder_table(split: str, scores: Sequence[FilmScore], arms: Sequence[str]) -> Table:
    """Arms against each other on the same films, patients resampled."""
    drawn = resample(
        column(scores, REFERENCE),
        {arm: column(scores, arm) for arm in arms},
        patients(scores),
        presets={},
        resamples=RESAMPLES,
        seed=SEED,
    )
    rows = []
    for first, second in combinations(arms, 2):
        said = drawn.differences[first, second]
        for key, heading in (("icc_a1", "ICC(A,1)"), ("mae", "MAE")):
            gap, p = said[f"difference_{key}"], said[f"difference_{key}_p"]
            if gap.value is None or gap.ci_low is None or p.value is None:
                continue
            ends = f"{gap.ci_low:+.3f} to {gap.ci_high:+.3f}"
            pair = f"{first} - {second}"
            rows.append([pair, heading, str(gap.n), f"{gap.value:+.3f}", ends, f"{p.value:.3g}"])
    title = f"{SETS[split]}: arms compared on the same films, patients resampled"
    return Table(title, ["pair", "figure", "films", "difference", "95 % interval", "p"], rows)


def level_table(split: str, scores: Sequence[FilmScore], arms: Sequence[str]) -> Table:
    """Levels that the readers could not assess, and what each arm did with them."""
    truth = np.stack([one.grades[REFERENCE] for one in scores])
    blind = np.isnan(truth).any(axis=2)
    rows = []
    for arm in arms:
        called = np.isnan(np.stack([one.grades[arm] for one in scores])).any(axis=2)
        rows.append(
            [
                arm,
                f"{int((called & blind).sum())} of {int(blind.sum())}",
                f"{int((called & ~blind).sum())} of {int((~blind).sum())}",
            ]
        )
    title = f"{SETS[split]}: levels that cannot be assessed"
    return Table(title, ["", "called so, rightly", "called so, wrongly"], rows)


def localization_line(figures: dict[str, Estimate]) -> str:
    """How the vertebrae were found, in a line."""
    value = {key: figure.value or 0.0 for key, figure in figures.items()}
    return (
        f"accepted {value['accepted']:.3f}; corner error median {value['corner_mm']:.2f} mm"
        f" (of films' means), {value['corner_mm_each']:.2f} mm (of corners);"
        f" L1-L4 right {value['levels_right']:.3f}; side right {value['side_right']:.3f}"
    )
