"""The scorers' training: strips on known corners for two arms, whole films for the baseline."""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import torch
from scipy import ndimage
from torch import Tensor, nn
from torch.nn import functional

from aac_models import losses, normalise, strip
from aac_models.arms import Arm
from aac_models.networks import whole_image
from aac_models.networks.ranker import Ranking, level_share
from aac_models.training import augment
from aac_models.training.data import Film, as_float, thin
from aac_models.training.loop import Batch

View = dict[str, npt.NDArray[np.float32]]
_JITTER: Final = 0.04  # of the body depth: how far the localizer's corners lie off
_ROW_STRIDE: Final = 2


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
        self.validation = thin([film for film in validation if _usable(film, arm)])
        self.steps = max(1, len(self.films) // batch)
        self.network: nn.Module = arm.network()
        self.views = 2 if arm.sees == "strip" else 1
        self._fit: list[tuple[float, float]] = []

    def batches(self, rng: np.random.Generator, progress: float) -> Iterator[Batch]:
        """Deal the films so that each batch spans the scores, alter and stack."""
        strength = min(1.0, 0.3 + 2 * progress)
        for chosen in deal([film.total for film in self.films], self.steps, self.batch, rng):
            films = [self.films[i] for i in chosen] * self.views
            make = strip_view if self.arm.sees == "strip" else film_view
            views = [make(film, rng, strength) for film in films]
            yield {
                name: torch.from_numpy(np.stack([view[name] for view in views]))
                for name in views[0]
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
        if said.maps is not None:
            parts |= _map_losses(said.maps, batch["maps"], grades)
        if self.arm.contrast > 0:
            ordered = torch.isfinite(total)
            if ordered.sum() < 2:  # noqa: PLR2004 - no pair, nothing to order
                ordered = torch.ones_like(ordered)
            rise = min(1.0, 5 * progress)
            parts["contrast"] = (
                self.arm.contrast
                * rise
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
            image = still_strip(film) if self.arm.sees == "strip" else still_film(film)
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


def _map_losses(maps: Tensor, truth: Tensor, grades: Tensor) -> dict[str, Tensor]:
    """Teach the maps of a whole film what the strip scorer is taught of walls and shares."""
    known = torch.isfinite(truth).all(3).all(2)
    truth = torch.nan_to_num(truth)
    calcium = torch.sigmoid(maps[:, -1:])
    share = (calcium * truth).sum((2, 3)) / truth.sum((2, 3)).clamp(min=1)
    seen = known & (truth.sum((2, 3)) > 0)
    graded = torch.where(seen.reshape(grades.shape), grades, -torch.ones_like(grades))
    return {
        "wall": 0.5 * losses.mask_loss(maps[:, :-1], truth, known),
        "share": 1.0 * losses.share_loss(share.reshape(grades.shape), graded),
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


def strip_view(film: Film, rng: np.random.Generator, strength: float) -> View:
    """Straighten a film on shaken corners and alter its look."""
    depth = strip.body_depth(film.corners)
    shaken = film.corners + rng.normal(0, _JITTER * depth, film.corners.shape)
    shaken = shaken + rng.normal(0, 1.2 * _JITTER * depth, 2)
    points = strip.strip_points(shaken)
    pixels, inside = strip.sample(as_float(film.pixels), points)
    if rng.random() < 0.5:  # noqa: PLR2004 - measured: always costs more than it gives
        pixels = augment.photometric(pixels, rng, strength)
    walls = np.full((2, len(points)), np.nan, dtype=np.float32)
    if film.walls.shape[1]:
        walls = strip.wall_columns(points, film.walls)
    return {
        "image": normalise.strip_input(pixels, inside),
        "walls": walls[:, ::_ROW_STRIDE] / np.float32(strip.COLUMNS - 1),
        **_truth(film),
    }


def still_strip(film: Film) -> npt.NDArray[np.float32]:
    """Network input of a film's strip as it is."""
    points = strip.strip_points(film.corners)
    return normalise.strip_input(*strip.sample(as_float(film.pixels), points))


def film_view(film: Film, rng: np.random.Generator, strength: float) -> View:
    """Move a whole film a little and alter its look."""
    canvas = as_float(film.canvas)
    rows, columns = whole_image.ROWS, whole_image.COLUMNS
    matrix = augment.affine(
        (rows, columns), rng, rotation_deg=4, scale=0.07, shift=(0.04, 0.04), flip=True
    )
    canvas = augment.warp(canvas, matrix, rows, columns)
    if rng.random() < 0.5:  # noqa: PLR2004 - as for the strips
        canvas = augment.photometric(canvas, rng, strength)
    return {
        "image": normalise.film_input(canvas),
        "maps": segment_maps(film, matrix),
        **_truth(film),
    }


def segment_maps(film: Film, matrix: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    """Where each segment's wall lies on the baseline's maps, (8, rows, columns); NaN unknown."""
    size = whole_image.ROWS // whole_image.STRIDE, whole_image.COLUMNS // whole_image.STRIDE
    points = film.walls.shape[1]
    if not points:
        return np.full((8, *size), np.nan, dtype=np.float32)
    shape = (film.pixels.shape[0], film.pixels.shape[1])
    placement, _ = normalise.letterbox_placement(shape, whole_image.ROWS, whole_image.COLUMNS)
    walls = augment.carry(placement.to_canvas(film.walls), matrix)
    cells = np.rint((walls + 0.5) / whole_image.STRIDE - 0.5).astype(np.int64)
    maps = np.zeros((8, *size), dtype=np.float32)
    for segment in range(8):
        level, wall = divmod(segment, 2)
        first, last = level * (points - 1) // 4, (level + 1) * (points - 1) // 4
        row, column = cells[wall, first : last + 1].T
        there = (row >= 0) & (row < size[0]) & (column >= 0) & (column < size[1])
        maps[segment, row[there], column[there]] = 1
    return np.asarray(ndimage.maximum_filter(maps, (1, 3, 3)), dtype=np.float32)


def still_film(film: Film) -> npt.NDArray[np.float32]:
    """Network input of a whole film as it is."""
    return normalise.film_input(as_float(film.canvas))


def _truth(film: Film) -> View:
    return {
        "grades": film.grades.astype(np.float32),
        "total": np.asarray(film.total, dtype=np.float32),
    }
