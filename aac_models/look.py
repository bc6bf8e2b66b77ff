"""What the networks say of one film, and what follows from it for its levels and walls."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt
import torch
from scipy import ndimage

from aac_models import strip
from aac_models.anatomy import Anatomy
from aac_models.kauppila import LEVELS
from aac_models.localization import Found
from aac_models.networks.ranker import Ranking
from aac_models.normalise import Placement
from aac_models.strip import AorticStrip

# Least confidence in T12 to L5, from the validation films and from drawings of another origin, on
# which it is lower although right: T12 lends its lower edge alone and is often dim; a film that
# ends above L5 invites counting from the wrong vertebra.
_LEAST_CONFIDENCE: Final = np.array([0.04, 0.15, 0.15, 0.15, 0.15, 0.1])
_OFF_SHARE: Final = 0.05
_FLAT_PX: Final = 7  # exposed film has noise; so many equal pixels on a side have none
# The columns where an aorta runs, in body depths before the spine: beyond them a cut harms none.
_AORTA_DEPTHS: Final = (-0.05, 0.75)
_WALL_STEP: Final = 5


@dataclass(frozen=True, slots=True, eq=False)
class RawScore:
    """What one arm says of one film, before calibration.

    ``logits`` (levels, walls, 3); ``assessable`` (levels,) 0 to 1; ``wall_columns`` (walls,
    strip rows) and ``presence`` (walls, strip rows) for arms that see the strip.
    """

    logits: npt.NDArray[np.float32]
    assessable: npt.NDArray[np.float32]
    wall_columns: npt.NDArray[np.float32] | None = None
    presence: npt.NDArray[np.float32] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """Everything the networks say of one film; points in pixels of the film."""

    found: Found
    strip: AorticStrip
    raw: dict[str, RawScore]


def raw_scores(said: Ranking, n: int) -> list[RawScore]:
    """Bring what a scorer says of the first ``n`` films of a batch into arrays."""
    logits = said.logits[:n].float().cpu().numpy()
    assessable = torch.sigmoid(said.assessable[:n].float()).cpu().numpy()
    if said.attention is None or said.presence is None:
        return [RawScore(*one) for one in zip(logits, assessable, strict=True)]
    attention = said.attention[:n].float().cpu().numpy()
    place = np.arange(attention.shape[-1]) * (strip.COLUMNS / attention.shape[-1])
    columns = np.repeat((attention * place).sum(-1), 2, axis=-1).astype(np.float32)
    presence = np.repeat(said.presence[:n].float().cpu().numpy(), 2, axis=-1)
    return [RawScore(*one) for one in zip(logits, assessable, columns, presence, strict=True)]


def on_film(
    placement: Placement,
    found: Found,
    straight: tuple[npt.NDArray[np.float32], npt.NDArray[np.float32], npt.NDArray[np.bool_]],
    raw: dict[str, RawScore],
) -> Look:
    """Carry what was found on the working film to the pixels of the film itself."""
    points, pixels, inside = straight
    placed = placement.to_film(points)
    corners = placement.to_film(found.anatomy.corners_px)
    anatomy = Anatomy(corners, found.anatomy.confidence)
    return Look(
        replace(found, anatomy=anatomy),
        AorticStrip(pixels, strip.LEVEL_ROWS, placed, inside),
        raw,
    )


def shuttered(pixels: npt.NDArray[np.float32]) -> npt.NDArray[np.bool_]:
    """Mark the pixels of a strip in [0, 1] that lie under the shutter: no noise at 8 bits."""
    gray = np.rint(pixels * 255)
    return np.asarray(
        ndimage.maximum_filter(gray, _FLAT_PX) == ndimage.minimum_filter(gray, _FLAT_PX)
    )


def unseen(seen: Look) -> dict[str, str]:
    """Levels whose vertebra was not found or whose field leaves the film."""
    depths = np.linspace(strip.INNER_DEPTH, strip.OUTER_DEPTH, strip.COLUMNS)
    aortic = (depths >= _AORTA_DEPTHS[0]) & (depths <= _AORTA_DEPTHS[1])
    sure = seen.found.anatomy.confidence >= _LEAST_CONFIDENCE
    shut = shuttered(seen.strip.pixels)
    blind = {}
    for index, level in enumerate(LEVELS):
        start, stop = strip.LEVEL_ROWS[index]
        off = ~seen.strip.inside[start:stop, aortic]
        if (off | shut[start:stop, aortic]).mean() > _OFF_SHARE:
            blind[level] = "outside the field"
        elif not sure[index + 1]:
            blind[level] = "vertebra not found"
        elif not (sure[index] and sure[index + 2]):
            blind[level] = "limit of the level not found"
    return blind


def with_walls(seen: Look) -> Anatomy:
    """Anatomy with the aortic walls where a strip arm read them."""
    columns = next((r.wall_columns for r in seen.raw.values() if r.wall_columns is not None), None)
    anatomy = seen.found.anatomy
    if columns is None:
        return anatomy
    smooth = ndimage.gaussian_filter1d(columns, 4.0, axis=1, mode="nearest")
    rows = np.append(np.arange(0, columns.shape[1] - 1, _WALL_STEP), columns.shape[1] - 1)
    points = seen.strip.image_points[rows]  # (n, columns, 2)
    origin, end = points[:, 0], points[:, -1]
    share = smooth[:, rows, None] / (strip.COLUMNS - 1)
    walls = origin[None] + (end - origin)[None] * share
    return Anatomy(anatomy.corners_px, anatomy.confidence, walls.astype(np.float32))
