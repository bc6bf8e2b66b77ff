"""Does a picture show a line of text? Glyphs of one height, sharp, side by side.

Another method than the cleaner's on purpose: parts of extreme values are cut out and counted.
"""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy import ndimage

# ERECT, the longest common marker, has five glyphs.
MIN_GLYPHS: Final = 6
_HEIGHTS_PX: Final = (10, 110)
_SPREAD: Final = 1.35
_MAX_PITCH: Final = 2.2
_STROKE: Final = 0.4
# Glyphs stand on one line to a twentieth of their height, all but descenders; ribs do not.
_LEVEL: Final = 0.05
_LEVEL_PX: Final = 1.5
_MIN_LEVEL: Final = 0.7
# A value so many times farther from all others than these are wide is no part of the picture.
_FAR: Final = 3


def looks_like_text(pixels: npt.NDArray[Any], padding: tuple[int, ...] = ()) -> bool:
    """Return whether a row or column of glyphs stands in the picture.

    Parameters
    ----------
    pixels
        Stored values (rows, columns), of either photometric interpretation.
    padding
        Ends of the range of values that the header calls padding, in any order.
    """
    return any(_shows_line(picture) for picture in _with_and_without(pixels, padding))


def _with_and_without(
    pixels: npt.NDArray[Any], padding: tuple[int, ...]
) -> Iterator[npt.NDArray[Any]]:
    """Yield the picture, and where padding is its extreme value, the picture without it."""
    yield pixels
    values = np.unique(pixels[::4, ::4]).astype(np.int64)
    kept = values
    if padding:
        kept = kept[(kept < min(padding)) | (kept > max(padding))]
    if kept.size > 2 and kept[1] - kept[0] > _FAR * (kept[-1] - kept[1]):  # noqa: PLR2004 - a range, and what is beyond it
        kept = kept[1:]
    if kept.size > 2 and kept[-1] - kept[-2] > _FAR * (kept[-2] - kept[0]):  # noqa: PLR2004 - likewise
        kept = kept[:-1]
    if kept.size and (kept[0], kept[-1]) != (values[0], values[-1]):
        yield np.clip(pixels, kept[0], kept[-1])


def _shows_line(pixels: npt.NDArray[Any]) -> bool:
    """Return whether the darkest or the brightest values of a picture line up as glyphs do."""
    low, high = (float(end) for end in np.percentile(pixels[::4, ::4], (0.5, 99.9)))
    if high <= low:
        return False
    top = max(float(pixels.max()), high)
    bottom = min(float(pixels.min()), low)
    bright = pixels > top - 0.12 * (top - bottom)
    dark = pixels < bottom + 0.04 * (top - bottom)
    return any(_has_line(mask) for mask in (bright, dark) if 0 < mask.mean() < 0.5)  # noqa: PLR2004


def _has_line(mask: npt.NDArray[np.bool_]) -> bool:
    """Return whether glyph-sized parts of a mask line up."""
    labels, count = ndimage.label(mask, np.ones((3, 3)))
    if count > 20_000:  # noqa: PLR2004 - noise, not glyphs
        return False
    spans = [
        (region[0].start, region[0].stop, region[1].start, region[1].stop)
        for region in ndimage.find_objects(labels)
    ]
    parts = np.array(spans, float).reshape(-1, 4)
    return _lines_up(parts) or _lines_up(parts[:, [2, 3, 0, 1]])


def _lines_up(parts: npt.NDArray[np.float64]) -> bool:
    """Look for enough parts of one height on one line at one pitch."""
    height = parts[:, 1] - parts[:, 0]
    width = parts[:, 3] - parts[:, 2]
    is_glyph = (height >= _HEIGHTS_PX[0]) & (height <= _HEIGHTS_PX[1]) & (width <= 1.6 * height)
    glyphs = parts[is_glyph & (width >= 0.08 * height)]
    for first in glyphs:
        tall = first[1] - first[0]
        alike = glyphs[
            (abs(glyphs[:, 0] - first[0]) < 0.35 * tall)
            & (abs(glyphs[:, 1] - first[1]) < 0.35 * tall)
            & ((glyphs[:, 1] - glyphs[:, 0]) < _SPREAD * tall)
        ]
        if _is_word(alike[alike[:, 2] >= first[2]], tall):
            return True
    return False


def _is_word(glyphs: npt.NDArray[np.float64], tall: float) -> bool:
    """Return whether the first glyphs stand side by side, half of them wider than a stroke.

    Endplates stand in a row along a spine at the pitch of letters, but each is a bar.
    """
    glyphs = glyphs[np.argsort(glyphs[:, 2])]
    apart = np.flatnonzero(np.diff(glyphs[:, 2]) >= _MAX_PITCH * tall)
    word = glyphs[: apart[0] + 1] if apart.size else glyphs
    sturdy = (word[:, 3] - word[:, 2]) >= _STROKE * tall
    if len(word) < MIN_GLYPHS or 2 * int(sturdy.sum()) < len(word):
        return False
    # Upside down, the line is at the top.
    return max(_level(word[:, 0], tall), _level(word[:, 1], tall)) >= _MIN_LEVEL


def _level(ends: npt.NDArray[np.float64], tall: float) -> float:
    """Return the largest share of ends that are on one level."""
    near = np.abs(ends[:, None] - ends[None]) <= max(_LEVEL * tall, _LEVEL_PX)
    return float(near.mean(axis=1).max())
