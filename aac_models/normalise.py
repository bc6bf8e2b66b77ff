"""Films of any size and look, made comparable: resizing, letterboxing, local contrast.

Coordinates are pixel centers at whole numbers, (row, column), in every function here.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import torch
from scipy import ndimage

from aac_models.quantiles import median, percentiles

WORKING_PX: Final = 1024  # longest side of the film the networks sample from
SMALL_PX: Final = 256  # side of the localizer's canvas
CLIP: Final = 4.0
# A local spread below a share of what is usual on the picture is counted as that much: on a film of
# flat processing calcium is faint against the whole film, not against its surroundings.
OF_USUAL: Final = 0.2
FLOOR: Final = 0.0005  # a spread below this is none
# Bones are not as faint, and the localizer learned so.
LEAST_OF_BONES: Final = 0.006
_SAMPLED: Final = 30_000  # at least so many pixels tell what is usual, where there are so many


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a film lies on a canvas: ``canvas = (film + 0.5) * scale - 0.5 + offset``."""

    scale: tuple[float, float]
    offset: tuple[float, float] = (0.0, 0.0)

    def to_canvas(self, points: npt.ArrayLike) -> npt.NDArray[np.float32]:
        """Carry (..., (row, column)) from the film to the canvas."""
        moved = (np.asarray(points, np.float64) + 0.5) * self.scale - 0.5 + self.offset
        return np.asarray(moved, dtype=np.float32)

    def to_film(self, points: npt.ArrayLike) -> npt.NDArray[np.float32]:
        """Carry (..., (row, column)) from the canvas to the film."""
        moved = (np.asarray(points, np.float64) - self.offset + 0.5) / self.scale - 0.5
        return np.asarray(moved, dtype=np.float32)


def resize(
    pixels: npt.NDArray[np.float32], rows: int, columns: int
) -> tuple[npt.NDArray[np.float32], Placement]:
    """Resize with the low-pass filter that shrinking needs.

    Parameters
    ----------
    pixels
        Film, shape (rows, columns).
    rows, columns
        Wanted size in pixels.

    Returns
    -------
    The resized film and where the old one lies on it.
    """
    placement = Placement((rows / pixels.shape[0], columns / pixels.shape[1]))
    if pixels.shape == (rows, columns):
        return pixels, placement
    tensor = torch.from_numpy(np.ascontiguousarray(pixels))[None, None]
    resized = torch.nn.functional.interpolate(
        tensor, size=(rows, columns), mode="bilinear", antialias=True, align_corners=False
    )
    return np.asarray(resized[0, 0].numpy(), dtype=np.float32), placement


def shrink(
    pixels: npt.NDArray[np.float32], longest: int = WORKING_PX
) -> tuple[npt.NDArray[np.float32], Placement]:
    """Bring the longest side down to ``longest`` pixels; a smaller film is left as it is."""
    factor = min(1.0, longest / max(pixels.shape))
    rows, columns = (max(1, round(side * factor)) for side in pixels.shape)
    return resize(pixels, rows, columns)


def letterbox(
    pixels: npt.NDArray[np.float32], rows: int, columns: int
) -> tuple[npt.NDArray[np.float32], Placement]:
    """Fit the whole film into the middle of a black canvas, keeping its shape."""
    placement, size = letterbox_placement((pixels.shape[0], pixels.shape[1]), rows, columns)
    fitted, _ = resize(pixels, *size)
    top, left = (int(side) for side in placement.offset)
    canvas = np.zeros((rows, columns), dtype=np.float32)
    canvas[top : top + size[0], left : left + size[1]] = fitted
    return canvas, placement


def letterbox_placement(
    shape: tuple[int, int], rows: int, columns: int
) -> tuple[Placement, tuple[int, int]]:
    """Where ``letterbox`` puts a film of that shape, and its size there."""
    factor = min(rows / shape[0], columns / shape[1])
    height = min(rows, max(1, round(shape[0] * factor)))
    width = min(columns, max(1, round(shape[1] * factor)))
    offset = (float((rows - height) // 2), float((columns - width) // 2))
    return Placement((height / shape[0], width / shape[1]), offset), (height, width)


def working_film(
    pixels: npt.NDArray[np.float32],
) -> tuple[npt.NDArray[np.float32], Placement]:
    """Bring a film to the size and range from which every network input is taken."""
    small, placement = shrink(pixels)
    return stretch(small), placement


def stretch(pixels: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Spread the film's own 0.2th to 99.8th percentile over 0 to 1."""
    step = max(1, int(np.sqrt(pixels.size / 100_000)))
    low, high = percentiles(pixels[::step, ::step], (0.2, 99.8))
    spread = pixels - low
    spread /= max(float(high - low), 1e-3)
    np.clip(spread, 0.0, 1.0, out=spread)
    return np.asarray(spread, dtype=np.float32)


def local_contrast(
    pixels: npt.NDArray[np.float32], radius: int, least: float | None = None
) -> npt.NDArray[np.float32]:
    """Subtract the local mean and divide by the local spread.

    A calcification is a small step on a background that differs from center to center, flat
    here and steep there; only its local contrast is comparable.

    Parameters
    ----------
    pixels
        Film or strip in [0, 1], shape (rows, columns).
    radius
        Half width in pixels of the neighborhood.
    least
        What a local spread counts at least; None is a share of what is usual on the picture.

    Returns
    -------
    float32 of the same shape, within -1 to 1 (four local spreads).
    """
    width = 2 * radius + 1
    mean = _blur(pixels, width)
    centered = pixels - mean
    spread = np.sqrt(np.maximum(_blur(centered * centered, width), 0.0))
    normal = centered / (spread + (_least_spread(spread) if least is None else np.float32(least)))
    return np.asarray(np.clip(normal, -CLIP, CLIP) / CLIP, dtype=np.float32)


def _least_spread(spread: npt.NDArray[np.float32]) -> np.float32:
    """Return a share of the median local spread, black borders left out: they have none."""
    step = sampling_step(spread.size)
    some = spread[::step, ::step]
    some = some[some > FLOOR]
    return np.float32(max(FLOOR, OF_USUAL * median(some)) if some.size else FLOOR)


def sampling_step(size: int) -> int:
    """Return every how many rows and columns of a picture tell what is usual there."""
    return max(1, int(np.sqrt(size / _SAMPLED)))


def _blur(pixels: npt.NDArray[np.float32], width: int) -> npt.NDArray[np.float32]:
    """Two box filters: near a Gaussian, at a cost that does not grow with the width."""
    once = ndimage.uniform_filter(pixels, width, mode="nearest")
    return np.asarray(ndimage.uniform_filter(once, width, mode="nearest"), dtype=np.float32)


def localizer_input(canvas: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Channels of the localizer, (2, rows, columns): brightness and local contrast."""
    return np.stack([canvas * 2 - 1, local_contrast(canvas, 10, LEAST_OF_BONES)])


def strip_input(
    pixels: npt.NDArray[np.float32], inside: npt.NDArray[np.bool_]
) -> npt.NDArray[np.float32]:
    """Channels of the strip scorer, (3, rows, columns): contrast, brightness, on the film."""
    return np.stack([local_contrast(pixels, 10), _brightness(pixels), inside.astype(np.float32)])


def film_input(canvas: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Channels of the baseline, (2, rows, columns): local contrast and brightness."""
    return np.stack([local_contrast(canvas, 10), _brightness(canvas)])


def _brightness(pixels: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Brightness against the whole picture, clipped to two spreads."""
    normal = (pixels - pixels.mean()) / (pixels.std() + FLOOR)
    return np.asarray(np.clip(normal / 2, -1, 1), dtype=np.float32)
