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
# Letters on a gray plate or over bone need another cut than letters on black.
_LEVELS: Final = (0.5, 0.75, 0.25, 0.92, 0.08)
_CELL: Final = (24, 16)
_MIN_LIKENESS: Final = 0.72
_MAX_GLYPHS: Final = 9
_MIN_GLYPH_SHARE: Final = 0.5
# Of all strokes in a patch, those of a glyph that stands alone.
_ALONE: Final = 0.97
_SPECK_SHARE: Final = 0.25
_MIN_WRITTEN: Final = 0.6
_WIDEST_STROKE: Final = 0.22
_WIDEST_GLYPH: Final = 1.6
_TALLEST: Final = 1.3
_THINNEST_ALONE: Final = 0.35
_LINE_FILL: Final = 0.95
# A patch so much longer than high holds a word that runs along it.
_UPRIGHT: Final = 1.6


def glyphs(patch: npt.NDArray[Any], level: float = 0.5) -> list[_MASK]:
    """Cut a patch of the film into its glyphs, in reading order, as masks of equal row range.

    Parameters
    ----------
    patch
        Stored values around one word, the word upright and reading left to right.
    level
        Where between ground and strokes to cut, 0 to 1.
    """
    return _parts(_ink(patch.astype(np.float32), level))


def is_lone_glyph(patch: npt.NDArray[Any]) -> bool:
    """Return whether there is one glyph in a patch and nothing beside it.

    Parameters
    ----------
    patch
        Stored values; the glyph in the middle with room for a neighbor on each side.
    """
    ink = _ink(patch.astype(np.float32), 0.5)
    whole = _whole_parts(ink)
    return len(whole) == 1 and int(whole[0][1].sum()) >= _ALONE * int(ink.sum())


def _whole_parts(ink: _MASK) -> list[tuple[tuple[slice, ...], _MASK]]:
    """Cut strokes into parts that do not run out of the patch, specks left out."""
    labels, _ = ndimage.label(ink, np.ones((3, 3)))
    parts = [
        (region, number)
        for number, region in enumerate(ndimage.find_objects(labels), 1)
        if not _touches_border(region, ink.shape)
    ]
    tallest = max((region[0].stop - region[0].start for region, _ in parts), default=0)
    return [
        (region, labels[region] == number)
        for region, number in parts
        if region[0].stop - region[0].start > _SPECK_SHARE * tallest
    ]


def _parts(ink: _MASK) -> list[_MASK]:
    """Cut strokes into glyphs, left to right; none where they leave the line half empty.

    What is read has to be all there is: one letter beside a name in noise is no marker.
    """
    kept = sorted(_whole_parts(ink), key=lambda part: part[0][1].start)
    if not kept:
        return []
    tallest = max(rows.stop - rows.start for (rows, _), _ in kept)
    written = max(columns.stop for (_, columns), _ in kept) - kept[0][0][1].start
    longer = ink.shape[1] - ink.shape[0]
    is_whole = written >= _MIN_WRITTEN * longer and tallest >= -_MIN_WRITTEN * longer
    if not is_whole or tallest > _TALLEST * min(ink.shape):
        return []
    return [mask for _, mask in kept]


def is_marker(patch: npt.NDArray[Any]) -> bool:
    """Return whether a patch holds a marker and nothing else, in any of eight positions."""
    values = patch.astype(np.float32)
    inks = [_ink(values, level) for level in _LEVELS]
    # A marker on a ramp, or across the edge of the field, stands out once the ground is level.
    wide = max(int(_WIDEST_STROKE * min(patch.shape)), 3)
    inks += [_ink(ndimage.white_tophat(values, wide), 0.5)]
    inks += [_ink(ndimage.black_tophat(values, wide), 0.5)]
    return any(_is_read(_without_lines(_without_lines(ink).T).T) for ink in inks)


def _without_lines(ink: _MASK) -> _MASK:
    """Take out rows that are strokes from side to side, and mend the glyphs that they cross."""
    is_line = ink.mean(axis=1) >= _LINE_FILL
    if not is_line.any() or is_line.all():
        return ink
    mended = ink.copy()
    rows = np.flatnonzero(~is_line)
    for row in np.flatnonzero(is_line):
        above, below = rows[rows < row], rows[rows > row]
        is_crossed = above.size > 0 and below.size > 0
        mended[row] = ink[above[-1]] & ink[below[0]] if is_crossed else False
    return mended


def _is_read(ink: _MASK) -> bool:
    """Return whether strokes read as a marker in any of eight positions."""
    if not 1 <= len(_whole_parts(ink)) <= _MAX_GLYPHS:
        return False
    upright = ink.shape[1] >= ink.shape[0] / _UPRIGHT
    lying = ink.shape[0] >= ink.shape[1] / _UPRIGHT
    for turns in (turn for turn in range(4) if (lying if turn % 2 else upright)):
        turned = np.rot90(ink, turns)
        for view in (turned, turned[:, ::-1]):
            if _read(_parts(view)) in MARKERS:
                return True
    return False


def _ink(values: _FLOATS, level: float) -> _MASK:
    """Separate strokes from ground: the rarer side of a level between both."""
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
    if not _are_glyphs(parts):
        return ""
    names, templates = _templates()
    word = ""
    for part in parts:
        likeness = templates @ _cell(part)
        best = int(np.argmax(likeness))
        if likeness[best] < _MIN_LIKENESS:
            return ""
        word += names[best]
        if not any(marker.startswith(word) for marker in MARKERS):
            return ""
    return word


def _are_glyphs(parts: list[_MASK]) -> bool:
    """Return whether parts are as many, as high and as wide as the glyphs of a marker."""
    if not 1 <= len(parts) <= _MAX_GLYPHS:
        return False
    heights = [part.shape[0] for part in parts]
    if min(heights) < _MIN_GLYPH_SHARE * max(heights):
        return False
    thinnest = _THINNEST_ALONE * heights[0] if len(parts) == 1 else 0.0
    return all(thinnest <= part.shape[1] <= _WIDEST_GLYPH * part.shape[0] for part in parts)


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
