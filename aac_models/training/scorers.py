"""The scorers' training: strips on known corners for two arms, whole films for the baseline."""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

from aac_models import losses
from aac_models.arms import Arm
from aac_models.networks.ranker import Ranking, level_share
from aac_models.training import views
from aac_models.training.data import Film, thin
from aac_models.training.loop import Batch

# Which view of a kept film an arm learns from, by what it sees.
VIEW: Final = {"strip": "strip", "film": "canvas"}


class ScorerPart:
    """One arm's scorer as a ``loop.Part``.

    Both strip arms see the same films, two views each, in the same order: they differ in the
    contrastive term alone.

    Parameters
    ----------
    arm
        Which arm.
    films, validation
        Scored films; those without corners are left out by the strip arms.
    batch
        Films a batch.

    Raises
    ------
    ValueError
        No training film can be used.
    """

    watched = "val_mae"

    def __init__(
        self,
        arm: Arm,
        films: Sequence[Film],
        validation: Sequence[Film],
        *,
        batch: int = 16,
        device: str = "cpu",
    ) -> None:
        self.arm, self.batch, self.device = arm, batch, device
        self.name = arm.name
        self.films = [film for film in films if _usable(film, arm)]
        if not self.films:
            raise ValueError(f"{arm.name} needs scored films with vertebrae found, got none")
        self.validation = thin([film for film in validation if _usable(film, arm)], 200)
        self.steps = max(1, len(self.films) // batch)
        self.network: nn.Module = arm.network()
        self.views = 2 if arm.sees == "strip" else 1

    def batches(self, rng: np.random.Generator, progress: float) -> Iterator[Batch]:
        """Deal the films so that each batch spans the scores, alter and stack."""
        strength = min(1.0, 0.3 + 2 * progress)
        for chosen in deal([film.total for film in self.films], self.steps, self.batch, rng):
            films = [self.films[i] for i in chosen] * self.views
            make = views.strip_view if self.arm.sees == "strip" else views.film_view
            seen = [make(film, rng, strength) for film in films]
            yield {
                name: torch.from_numpy(np.stack([view[name] for view in seen])) for name in seen[0]
            }

    def loss(self, batch: Batch, progress: float) -> tuple[Tensor, dict[str, float]]:
        """Ordinal grades, their sum, and what the arm adds."""
        images = batch["image"].to(memory_format=torch.channels_last)
        with torch.autocast(images.device.type, dtype=torch.bfloat16):
            said: Ranking = self.network(images)
        grades, total = batch["grades"].long(), batch["total"]
        logits = said.logits.float()
        expected = expected_grades(logits)
        parts = {
            "grade": losses.corn_loss(logits, grades),
            "sum": 0.05 * losses.total_loss(expected, grades, total),
            "assess": 0.1 * _assess_loss(said.assessable.float(), grades),
        }
        if said.attention is not None and said.presence is not None:
            parts["wall"] = 0.2 * losses.wall_loss(said.attention, batch["walls"])
            parts["share"] = 1.0 * losses.share_loss(level_share(said.presence), grades)
            parts["calcium"] = 1.0 * losses.presence_loss(said.presence, batch["calcified"])
        if said.maps is not None:
            parts |= _map_losses(said.maps, batch, grades)
        if self.arm.contrast > 0:
            ordered = torch.isfinite(total)
            if ordered.sum() < 2:  # noqa: PLR2004 - no pair, nothing to order
                ordered = torch.ones_like(ordered)
            parts["contrast"] = (
                self.arm.contrast
                * contrast_at(progress)
                * losses.rank_n_contrast(
                    said.embedding.float()[ordered], torch.nan_to_num(total[ordered])
                )
            )
        loss = torch.stack(list(parts.values())).sum()
        figures = {name: float(value.detach()) for name, value in parts.items()}
        return loss, figures | {"train_r2": _r2(expected.detach().sum((1, 2)), total)}

    def validate(self, network: nn.Module) -> dict[str, float]:
        """Error of the total on unaltered films, corners known."""
        predicted, totals = [], []
        for film in self.validation:
            if not np.isfinite(film.total):
                continue
            still = views.still_strip if self.arm.sees == "strip" else views.still_film
            image = still(film)
            with torch.inference_mode():
                said = network(torch.from_numpy(image[None]).to(self.device))
            predicted.append(float(expected_grades(said.logits.float()).sum()))
            totals.append(film.total)
        if not totals:
            return {}
        truth = np.asarray(totals, dtype=np.float64)
        error = np.asarray(predicted) - truth
        spread = float(np.square(truth - truth.mean()).sum()) or 1.0
        return {
            "val_mae": float(np.abs(error).mean()),
            "val_bias": float(error.mean()),
            "val_r2": 1 - float(np.square(error).sum()) / spread,
        }


def contrast_at(progress: float) -> float:
    """Share of the contrastive term's weight: a rise, a plateau, and nothing at the end.

    The embedding is ordered first and the grades have the last word, as in the two stages of
    Rank-N-Contrast's authors (Zha et al., arXiv 2210.01189), without a second training.
    """
    return min(1.0, 5 * progress) * min(1.0, 2 * (1 - progress))


def _map_losses(maps: Tensor, batch: Batch, grades: Tensor) -> dict[str, Tensor]:
    """Teach the maps of a whole film what the strip scorer is taught of walls and calcium."""
    truth = batch["maps"]
    known = torch.isfinite(truth).all(3).all(2)
    truth = torch.nan_to_num(truth)
    calcium = torch.sigmoid(maps[:, -1:])
    share = (calcium * truth).sum((2, 3)) / truth.sum((2, 3)).clamp(min=1)
    seen = known & (truth.sum((2, 3)) > 0)
    graded = torch.where(seen.reshape(grades.shape), grades, -torch.ones_like(grades))
    return {
        "wall": 0.5 * losses.mask_loss(maps[:, :-1], truth, known),
        "share": 1.0 * losses.share_loss(share.reshape(grades.shape), graded),
        "calcium": 1.0 * losses.presence_loss(calcium, batch["calcified"]),
    }


def _assess_loss(logits: Tensor, grades: Tensor) -> Tensor:
    """Cross-entropy of "assessable" a level; a film with a total alone says nothing of it."""
    known = (grades >= 0).all(2).float()
    told = (grades >= 0).flatten(1).any(1).float()[:, None].expand_as(known)
    each = functional.binary_cross_entropy_with_logits(logits, known, reduction="none")
    return (each * told).sum() / told.sum().clamp(min=1)


def _usable(film: Film, arm: Arm) -> bool:
    seen = film.has_corners or arm.sees == "film"
    return film.is_lateral_lumbar and film.is_scored and seen


def expected_grades(logits: Tensor) -> Tensor:
    """Return the expected grade of rank logits (..., 3)."""
    return torch.cumprod(torch.sigmoid(logits), dim=-1).sum(-1)


def _r2(predicted: Tensor, total: Tensor) -> float:
    """Explained share of the variance within one batch."""
    known = torch.isfinite(total)
    truth = total[known]
    spread = (truth - truth.mean()).square().sum().clamp(min=1e-6)
    return float(1 - (predicted[known] - truth).square().sum() / spread)


def deal(
    totals: Sequence[float], steps: int, batch: int, rng: np.random.Generator
) -> list[npt.NDArray[np.int64]]:
    """Deal films into batches that each span the range of scores, in natural proportions.

    Sorted by score, ties in random order, the films are cut into runs of as many as there are
    batches, and each batch draws one film of each run: a plain batch of a population with many
    zeros is mostly zero-zero pairs, from which no order can be learned.
    """
    known = np.nan_to_num(np.asarray(totals, dtype=np.float64), nan=-1.0)
    order = np.lexsort((rng.random(len(known)), known))
    dropped = rng.permutation(len(order))[: max(0, len(order) - steps * batch)]
    order = np.delete(order, dropped)
    runs = [rng.permutation(run) for run in np.array_split(order, batch)]
    return [
        np.array([run[step] for run in runs if step < len(run)], dtype=np.int64)
        for step in range(steps)
    ]
