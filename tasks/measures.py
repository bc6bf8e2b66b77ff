"""Numbers that say whether a film can be read: contrast, exposure, sharpness, noise, field.

All of them look at the displayed film (0 to 1, bright is dense) at about 1 mm a pixel, but for
noise, which needs the finest detail. A 2500 x 2000 film takes some twenty milliseconds.
"""

from collections.abc import Sized
from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt

from aac_models.quantiles import median, percentiles
from aac_models.radiograph import Radiograph
from data_contracts.records import ImageKey

_Image = npt.NDArray[np.float32]

_WORKING_MM: Final = 1.0
# Without a spacing the film is taken to be 350 mm high, as most lumbar films are.
_USUAL_HEIGHT_MM: Final = 350.0
_MIN_SIDE: Final = 64
_TILE: Final = 16
# Below one step of an 8-bit display nothing can be seen in a tile.
_BLANK_RANGE: Final = 1 / 256
_END: Final = 1 / 512
_NOISE_ROWS: Final = 64
# Scales the median of |a - 2b + c| of white noise to its standard deviation.
_MEDIAN_TO_SIGMA: Final = 1 / (0.6745 * 6**0.5)
_BORDER: Final = 0.06
_INVERTED_BY: Final = 0.2


class Cleaned(Protocol):
    """What is asked of ``tasks.deid.deidentify.Deidentified``."""

    @property
    def key(self) -> ImageKey:
        """What names the film."""

    @property
    def boxes(self) -> Sized:
        """Regions blanked."""


def measure(radiograph: Radiograph, clean: Cleaned | None = None) -> dict[str, Any]:
    """Measure a film.

    Parameters
    ----------
    radiograph
        Pixels (rows, columns) in [0, 1].
    clean
        The de-identified film, which names it and counts the regions blanked; None to measure
        pixels alone.

    Returns
    -------
    Columns of table ``image_quality``: shares and levels are within 0 to 1. Missing are those that
    the localizer gives.
    """
    pixels = radiograph.pixels
    small = _reduce(radiograph)
    row = {
        "dynamic_range": _dynamic_range(small),
        "saturated_share": _saturated_share(small),
        "blank_share": _blank_share(small),
        "mean_level": float(small.mean()),
        "sharpness": _sharpness(small),
        "noise": _noise(pixels),
        "collimated_share": _collimated_share(small),
    }
    said = radiograph.anterior
    measured: dict[str, Any] = {name: round(value, 6) for name, value in row.items()}
    measured["inverted_against_header"] = _looks_inverted(small)
    measured["anterior_side_header"] = said.value if said is not None else None
    return measured if clean is None else _named(measured, clean)


def _named(measured: dict[str, Any], clean: Cleaned) -> dict[str, Any]:
    return {
        "center": clean.key.center,
        "image_id": clean.key.image_id,
        **measured,
        "text_regions_blanked": len(clean.boxes),
    }


def _reduce(radiograph: Radiograph) -> _Image:
    """Film at about 1 mm a pixel, by block means."""
    pixels = radiograph.pixels
    rows, columns = pixels.shape
    spacing = radiograph.pixel_spacing_mm or (_USUAL_HEIGHT_MM / max(rows, 1),) * 2
    steps = [
        max(1, min(round(_WORKING_MM / mm), side // _MIN_SIDE))
        for mm, side in zip(spacing, (rows, columns), strict=True)
    ]
    down, across = steps
    if down == across == 1:
        return pixels
    whole = pixels[: rows // down * down, : columns // across * across]
    # Whole rows first: they lie together in memory, and blocks do not.
    rows_of_blocks = _mean_of_some(whole.reshape(rows // down, down, -1).swapaxes(1, 2))
    return _mean_of_some(rows_of_blocks.reshape(rows // down, columns // across, across))


def _mean_of_some(parts: _Image) -> _Image:
    """Mean along the last axis; every second or third is enough."""
    taken = range(0, parts.shape[-1], max(1, parts.shape[-1] // 3))
    total = parts[..., 0].copy()
    for place in taken[1:]:
        total += parts[..., place]
    return np.asarray(total / np.float32(len(taken)), dtype=np.float32)


def _dynamic_range(small: _Image) -> float:
    low, high = percentiles(small, (1, 99))
    return float(high - low)


def _saturated_share(small: _Image) -> float:
    return float(np.mean((small <= _END) | (small >= 1 - _END)))


def _blank_share(small: _Image) -> float:
    """Share of tiles in which nothing can be seen."""
    rows, columns = (side // _TILE * _TILE for side in small.shape)
    tiles = small[:rows, :columns].reshape(rows // _TILE, _TILE, columns // _TILE, _TILE)
    if not tiles.size:
        return float(np.ptp(small) < _BLANK_RANGE)
    spread = tiles.max(axis=(1, 3)) - tiles.min(axis=(1, 3))
    return float(np.mean(spread < _BLANK_RANGE))


def _sharpness(small: _Image) -> float:
    """Variance of the Laplacian over the variance of the film; higher is sharper."""
    if min(small.shape) < 3 or (variance := float(small.var())) <= 0:  # noqa: PLR2004 - a stencil
        return 0.0
    center = small[1:-1, 1:-1]
    around = small[:-2, 1:-1] + small[2:, 1:-1] + small[1:-1, :-2] + small[1:-1, 2:]
    return float(np.var(around - 4 * center)) / variance


def _noise(pixels: _Image) -> float:
    """Robust standard deviation of the finest detail along rows spread over the film."""
    rows = np.unique(np.linspace(0, pixels.shape[0] - 1, _NOISE_ROWS).astype(int))
    lines = pixels[rows]
    detail = np.abs(lines[:, :-2] - 2 * lines[:, 1:-1] + lines[:, 2:])
    # Blanked and saturated stretches have no noise and would hide that of the rest.
    seen = detail[(lines[:, 1:-1] > _END) & (lines[:, 1:-1] < 1 - _END)]
    return median(seen) * _MEDIAN_TO_SIGMA if seen.size else 0.0


def _collimated_share(small: _Image) -> float:
    """Share of the film outside the rows and columns that show anything."""
    lively = (small > _END) & (small < 1 - _END)
    rows, columns = (_extent(lively.mean(axis=axis)) for axis in (1, 0))
    return 1 - rows * columns / max(small.size, 1)


def _extent(share: npt.NDArray[np.float64]) -> int:
    shown = np.flatnonzero(share > 0.02)  # noqa: PLR2004 - more than a marker or a scratch
    return int(shown[-1] - shown[0] + 1) if shown.size else 0


def _looks_inverted(small: _Image) -> bool:
    """Whether the air beside the patient is brighter than the patient.

    Bright is dense here, so air beyond belly and back is darkest; inverted it is brightest.
    """
    columns = small.shape[1]
    width = max(1, round(columns * _BORDER))
    middle = small[:, columns // 3 : columns - columns // 3]
    sides = median(np.concatenate([small[:, :width], small[:, -width:]], axis=1))
    return bool(sides - median(middle) > _INVERTED_BY and sides > 1 - _INVERTED_BY)
