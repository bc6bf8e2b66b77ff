"""Read side and view markers, so that they may stay: L, R, LAT, AP, ERECT and a few more.

Glyphs are held against every letter and digit in several typefaces; a word stays only if each of
its glyphs reads best, and well, as the marker's letter. What is not read with confidence
is not a marker.
"""

import json
from functools import cache
from importlib.resources import files
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from PIL import Image
from scipy import ndimage

_MASK = npt.NDArray[np.bool_]
_FLOATS = npt.NDArray[np.float32]
MARKERS: Final = frozenset(
    {"L", "R", "LT", "RT", "LL", "RL", "AP", "PA", "LAT", "LEFT", "RIGHT", "LATERAL", "ERECT"}
    | {"UPRIGHT", "STANDING", "SUPINE", "PRONE", "FLEX", "EXT", "FLEXION", "EXTENSION", "WB"}
)
# Letters on a gray plate need another cut than letters on black.
_LEVELS: Final = (0.5, 0.75, 0.25)
_CELL: Final = (24, 16)
_MIN_LIKENESS: Final = 0.72
_MAX_GLYPHS: Final = 9
_MIN_GLYPH_SHARE: Final = 0.5
_SPECK_SHARE: Final = 0.25


def glyphs(patch: npt.NDArray[Any], level: float = 0.5) -> list[_MASK]:
    """Cut a patch of the film into its glyphs, in reading order, as masks of equal row range.

    Parameters
    ----------
    patch
        Stored values around one word, the word upright and reading left to right.
    level
        Where between ground and strokes to cut, 0 to 1.
    """
    ink = _ink(patch, level)
    labels, count = ndimage.label(ink, np.ones((3, 3)))
    parts = [
        (number, region)
        for number, region in enumerate(ndimage.find_objects(labels), 1)
        if not _touches_border(region, ink.shape)
    ]
    if not count or not parts:
        return []
    tallest = max(region[0].stop - region[0].start for _, region in parts)
    kept = [
        (region[1].start, labels[region] == number)
        for number, region in parts
        if region[0].stop - region[0].start > _SPECK_SHARE * tallest
    ]
    return [mask for _, mask in sorted(kept, key=lambda part: part[0])]


def is_marker(patch: npt.NDArray[Any]) -> bool:
    """Return whether a patch holds a marker and nothing else, in any of eight positions."""
    for level in _LEVELS:
        for turns in range(4):
            turned = np.rot90(patch, turns)
            for view in (turned, turned[:, ::-1]):
                if _read(glyphs(view, level)) in MARKERS:
                    return True
    return False


def _ink(patch: npt.NDArray[Any], level: float) -> _MASK:
    """Separate strokes from ground: the rarer side of a level between both."""
    values = patch.astype(np.float32)
    low, high = np.percentile(values, (1, 99))
    bright = values > low + level * (high - low)
    ink: _MASK = bright if bright.mean() <= 0.5 else ~bright  # noqa: PLR2004 - the rarer half
    return ink


def _touches_border(region: tuple[slice, slice], shape: tuple[int, ...]) -> bool:
    """Return whether a part runs out of the patch: a frame around the letter, or a neighbor.

    The patch has a margin around the word, so that the word's own glyphs do not.
    """
    spans = zip(region, shape, strict=True)
    return any(part.start == 0 or part.stop == side for part, side in spans)


def _read(parts: list[_MASK]) -> str:
    """Read glyphs as letters and digits; "" when one of them is unlike any."""
    if not 1 <= len(parts) <= _MAX_GLYPHS:
        return ""
    heights = [part.shape[0] for part in parts]
    if min(heights) < _MIN_GLYPH_SHARE * max(heights):
        return ""
    names, templates = _templates()
    word = ""
    for part in parts:
        likeness = templates @ _cell(part)
        best = int(np.argmax(likeness))
        if likeness[best] < _MIN_LIKENESS:
            return ""
        word += names[best]
    return word


def _cell(mask: _MASK) -> _FLOATS:
    """Bring a glyph to one size and describe it."""
    image = Image.fromarray(mask.astype(np.uint8) * 255)
    cell = np.asarray(image.resize(_CELL[::-1], Image.Resampling.BOX), np.float32) / 255.0
    return _features(cell, mask.shape[1] / mask.shape[0])


def _features(cell: _FLOATS, aspect: float) -> _FLOATS:
    """Blurred cell of zero mean, and aspect as a last feature, at unit length."""
    smooth = ndimage.gaussian_filter(cell, 1.0)
    centered = (smooth - smooth.mean()).ravel()
    pattern = centered / max(float(np.linalg.norm(centered)), 1e-6)
    features = np.append(pattern, min(aspect, 1.5) - 0.7)
    unit: _FLOATS = (features / np.linalg.norm(features)).astype(np.float32)
    return unit


@cache
def _templates() -> tuple[str, _FLOATS]:
    """Load every letter and digit in several typefaces."""
    content = json.loads(files(__package__).joinpath("marker_glyphs.json").read_text("utf-8"))
    names, cells = "", []
    for glyph in content["glyphs"]:
        levels = np.array([int(level, 16) for level in glyph["levels"]], np.float32)
        cells.append(_features(levels.reshape(_CELL) / 15.0, glyph["aspect"]))
        names += glyph["letter"]
    return names, np.stack(cells)
