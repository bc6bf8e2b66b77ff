"""The localizer's training: strongly altered films and their corners, and films that are none."""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

from aac_models import localization, losses, normalise
from aac_models.networks.localizer import STRIDE, Localization, Localizer
from aac_models.strip import body_depth
from aac_models.training import augment
from aac_models.training.data import THUMBNAIL_PX, Film, as_float, thin
from aac_models.training.loop import Batch

_SIDE = normalise.SMALL_PX
_CELLS = _SIDE // STRIDE
_TO_CANVAS = np.array(
    [
        [_SIDE / THUMBNAIL_PX, 0, 0.5 * _SIDE / THUMBNAIL_PX - 0.5],
        [0, _SIDE / THUMBNAIL_PX, 0.5 * _SIDE / THUMBNAIL_PX - 0.5],
        [0, 0, 1.0],
    ]
)


class LandmarkPart:
    """The localizer as a ``loop.Part``.

    Parameters
    ----------
    films
        Training films with corners, and films that must be refused.
    validation
        Films with corners.
    batch
        Films a batch; an eighth more are films that must be refused.
    """

    name = "localizer"
    watched = "val_error_mean"

    def __init__(
        self,
        films: Sequence[Film],
        validation: Sequence[Film],
        batch: int = 16,
        device: str = "cpu",
    ) -> None:
        self.lateral = [film for film in films if film.has_corners and film.is_lateral_lumbar]
        self.other = [film for film in films if not film.is_lateral_lumbar]
        self.validation = thin([film for film in validation if film.has_corners])
        self.refusable = [film for film in validation if not film.is_lateral_lumbar]
        self.batch, self.device = batch, device
        self.steps = max(1, len(self.lateral) // batch)
        self.network: nn.Module = Localizer()

    def batches(self, rng: np.random.Generator, progress: float) -> Iterator[Batch]:
        """Shuffle, alter and stack."""
        del progress  # as strong from the first epoch on
        order = rng.permutation(len(self.lateral))
        for step in range(self.steps):
            chosen = [self.lateral[i] for i in order[step * self.batch : (step + 1) * self.batch]]
            views = [lateral_view(film, rng) for film in chosen]
            views += [self._refusable(rng) for _ in range(max(1, self.batch // 8))]
            yield {
                name: torch.from_numpy(np.stack([view[name] for view in views]))
                for name in views[0]
            }

    def _refusable(self, rng: np.random.Generator) -> dict[str, npt.NDArray[np.float32]]:
        if self.other and rng.random() < 0.5:  # noqa: PLR2004 - half of them
            film = self.other[rng.integers(len(self.other))]
            picture = as_float(film.thumbnail)
            matrix = _chance_matrix(rng) @ _TO_CANVAS
            picture = augment.warp(picture, matrix, _SIDE, _SIDE)
        else:
            other = self.lateral[rng.integers(len(self.lateral))].thumbnail
            film_picture, _ = normalise.resize(as_float(other), _SIDE, _SIDE)
            picture = augment.no_film(_SIDE, rng, film_picture)
        if rng.random() < 0.5:  # noqa: PLR2004 - half of them
            picture = augment.photometric(picture, rng)
        return _view(picture, None, None)

    def loss(self, batch: Batch, progress: float) -> tuple[Tensor, dict[str, float]]:
        """Corners, masks, vertebrae on the film, and the verdict."""
        del progress
        films = batch["image"].to(memory_format=torch.channels_last)
        with torch.autocast(films.device.type, dtype=torch.bfloat16):
            said: Localization = self.network(films)
        corners = losses.landmark_loss(said.heatmaps.float(), batch["places"], batch["visible"])
        masks = losses.mask_loss(said.masks.float(), batch["masks"], batch["has_masks"])
        seen = batch["visible"].reshape(-1, 6, 4).amin(2)
        verdict = said.verdict.float()
        present = functional.binary_cross_entropy_with_logits(verdict[:, 1:], seen)
        known = torch.isfinite(batch["lateral"])
        gate = functional.binary_cross_entropy_with_logits(
            verdict[known, 0], batch["lateral"][known]
        )
        loss = corners + 0.3 * masks + 0.2 * present + 0.3 * gate
        figures = {"corners": corners, "masks": masks, "present": present, "gate": gate}
        return loss, {name: float(value.detach()) for name, value in figures.items()}

    def validate(self, network: nn.Module) -> dict[str, float]:
        """Corner error in body depths, films with L1 to L4 right, films judged right."""
        errors, right, belief = [], [], []
        for film in self.validation:
            found = self._found(network, film)
            gap = np.linalg.norm(found.anatomy.corners_px - film.corners, axis=-1)
            depth = body_depth(film.corners)
            errors.append(gap.mean() / depth)
            right.append(levels_right(found.anatomy.corners_px, film.corners))
            belief.append(found.lateral_lumbar > 0.5)  # noqa: PLR2004 - more likely than not
        if not errors:
            return {}
        refused = [self._found(network, film).lateral_lumbar <= 0.5 for film in self.refusable]  # noqa: PLR2004
        return {
            "val_error_median": float(np.median(errors)),
            "val_error_mean": float(np.mean(errors)),
            "val_levels_right": float(np.mean(right)),
            "val_accepted": float(np.mean(belief)),
            "val_refused": float(np.mean(refused)) if refused else float("nan"),
        }

    def _found(self, network: nn.Module, film: Film) -> localization.Found:
        if not isinstance(network, Localizer):
            raise TypeError(f"network must be a Localizer, got {type(network).__name__}")
        pixels = as_float(film.pixels)
        return localization.localize(network, pixels, self.device)


def levels_right(
    found: npt.NDArray[np.float32], truth: npt.NDArray[np.float32], tolerance: float = 0.5
) -> bool:
    """Whether each of L1 to L4 lies within half a body depth of the true one."""
    gap = np.linalg.norm(found[1:5].mean(1) - truth[1:5].mean(1), axis=-1)
    return bool(np.all(gap < tolerance * body_depth(truth)))


def _chance_matrix(rng: np.random.Generator) -> npt.NDArray[np.float64]:
    return augment.affine(
        (_SIDE, _SIDE), rng, rotation_deg=10, scale=0.17, shift=(0.25, 0.2), flip=True
    )


def lateral_view(film: Film, rng: np.random.Generator) -> dict[str, npt.NDArray[np.float32]]:
    """Alter a film and carry its corners and masks along."""
    picture = as_float(film.thumbnail)
    if rng.random() < 0.6:  # noqa: PLR2004 - the prototype's half, and a little
        picture = augment.photometric(picture, rng)
    matrix = _chance_matrix(rng) @ _TO_CANVAS
    picture = augment.warp(picture, matrix, _SIDE, _SIDE)
    opening = np.array([[0.0, _SIDE], [0.0, _SIDE]])
    if rng.random() < 0.4:  # noqa: PLR2004 - collimation is common
        picture, opening = augment.collimate(picture, rng)
    shape = (film.pixels.shape[0], film.pixels.shape[1])
    placement, _ = normalise.letterbox_placement(shape, THUMBNAIL_PX, THUMBNAIL_PX)
    corners = augment.carry(placement.to_canvas(film.corners), matrix)
    if rng.random() < 0.25:  # noqa: PLR2004 - rare in practice, and miscounted unless learned
        picture, opening = cut(picture, opening, corners, rng)
    if rng.random() < 0.3:  # noqa: PLR2004 - hardware and overlays are not
        picture = augment.erase(picture, rng)
    if rng.random() < 0.15:  # noqa: PLR2004 - a negative is found, too, and told by its discs
        picture = 1 - picture
    walls = augment.carry(placement.to_canvas(film.walls), matrix)
    on_film = np.all((film.corners >= 0) & (film.corners < shape), axis=-1)
    open_there = np.all((corners >= opening[:, 0]) & (corners < opening[:, 1]), axis=-1)
    return _view(picture, (corners, on_film & open_there), walls)


def cut(
    picture: npt.NDArray[np.float32],
    opening: npt.NDArray[np.float64],
    corners: npt.NDArray[np.float32],
    rng: np.random.Generator,
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float64]]:
    """End the film within the lumbar spine: below between L2 and L5, or above at T12 to L2.

    Counting from the first vertebra in sight is then wrong by one or more, which nothing but
    such films can teach.

    Returns
    -------
    The film, black beyond the cut, and what stays open.
    """
    out, left = picture.copy(), opening.copy()
    if rng.random() < 0.75:  # noqa: PLR2004 - the lower end decides the count
        limits = corners[2, :, 0].mean(), corners[5, 2:, 0].mean()
        row = int(np.clip(rng.uniform(min(limits), max(limits)), 1, len(out)))
        out[row:], left[0, 1] = 0.0, min(left[0, 1], row)
    else:
        limits = corners[0, :2, 0].mean(), corners[2, :, 0].mean()
        row = int(np.clip(rng.uniform(min(limits), max(limits)), 0, len(out) - 1))
        out[:row], left[0, 0] = 0.0, max(left[0, 0], row)
    return out, left


def _view(
    picture: npt.NDArray[np.float32],
    marks: tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_]] | None,
    walls: npt.NDArray[np.float32] | None,
) -> dict[str, npt.NDArray[np.float32]]:
    """One row of a batch; a film that must be refused has no marks."""
    places = np.zeros((24, 2), dtype=np.float32)
    visible = np.zeros(24, dtype=np.float32)
    masks = np.zeros((2, _CELLS, _CELLS), dtype=np.float32)
    known = np.zeros(2, dtype=np.float32)
    lateral = 0.0
    if marks is not None:
        corners, seen = marks
        places = ((corners.reshape(24, 2) + 0.5) / STRIDE - 0.5).astype(np.float32)
        visible = seen.reshape(24).astype(np.float32)
        lateral = 1.0 if seen[1:5].all() else float("nan")
        for quad in places.reshape(6, 4, 2)[:, [0, 1, 3, 2]]:
            masks[1] = np.maximum(masks[1], fill(quad, _CELLS))
        known[1] = 1.0
        if walls is not None and walls.shape[1]:
            outline = np.concatenate([walls[0, ::8], walls[1, ::-8]])
            masks[0] = fill(((outline + 0.5) / STRIDE - 0.5).astype(np.float32), _CELLS)
            known[0] = 1.0
    return {
        "image": normalise.localizer_input(picture),
        "places": places,
        "visible": visible,
        "masks": masks,
        "has_masks": known,
        "lateral": np.asarray(lateral, dtype=np.float32),
    }


def fill(outline: npt.NDArray[np.float32], side: int) -> npt.NDArray[np.float32]:
    """Fill a polygon (n, (row, column)) on a square grid by the even-odd rule."""
    row, column = np.arange(side)[:, None, None], np.arange(side)[None, :, None]
    after = np.roll(outline, -1, axis=0)
    crosses = (outline[:, 0] > row) != (after[:, 0] > row)
    slope = np.where(after[:, 0] == outline[:, 0], 1.0, after[:, 0] - outline[:, 0])
    at = outline[:, 1] + (row - outline[:, 0]) * (after[:, 1] - outline[:, 1]) / slope
    inside = (crosses & (column < at)).sum(-1) % 2
    return np.asarray(inside, dtype=np.float32)
