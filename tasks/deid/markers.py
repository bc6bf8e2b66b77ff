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

from tasks.deid.ink import (
    Region,
    count_whole_parts,
    ink_at,
    inks,
    inks_against_sides,
    touches_border,
    whole_parts,
)

_MASK = npt.NDArray[np.bool_]
_FLOATS = npt.NDArray[np.float32]
_WORDS: Final = frozenset(
    {"L", "R", "LT", "RT", "LL", "RL", "AP", "PA", "LAT", "LEFT", "RIGHT", "LATERAL", "ERECT"}
    | {"UPRIGHT", "STANDING", "SUPINE", "PRONE", "FLEX", "EXT", "FLEXION", "EXTENSION", "WB"}
)
# The edge of the field may cut the first or the last letter off a long one.
_CUT: Final = ("ERECT", "RIGHT", "LATERAL", "UPRIGHT", "STANDING")
MARKERS: Final = _WORDS | {word[:-1] for word in _CUT} | {word[1:] for word in _CUT}
_CELL: Final = (24, 16)
_MIN_LIKENESS: Final = 0.72
_MAX_GLYPHS: Final = 9
_MIN_GLYPH_SHARE: Final = 0.5
# Of all strokes in a patch, those of a glyph that stands alone.
_ALONE: Final = 0.97
_MIN_WRITTEN: Final = 0.6
_SURE_LETTERS: Final = 3
_WIDEST_GLYPH: Final = 1.6
_TALLEST: Final = 1.3
_THINNEST_ALONE: Final = 0.35
# A patch so much longer than high holds a word that runs along it.
_UPRIGHT: Final = 1.6
# A marker so many heights from all else is a word of its own: more than a space between words.
APART: Final = 1.3
_SPECK_PX: Final = 4
# Of a patch, how thick a marker in it is at least: less is a scrap of a glyph that a line cuts.
_THICK: Final = 0.25
_MOST_SHARED: Final = 0.7
_MOST_PARTS: Final = 200


def glyphs(patch: npt.NDArray[Any], level: float = 0.5) -> list[_MASK]:
    """Cut a patch of the film into its glyphs, in reading order, as masks of equal row range.

    Parameters
    ----------
    patch
        Stored values around one word, the word upright and reading left to right.
    level
        Where between ground and strokes to cut, 0 to 1.
    """
    return _parts(ink_at(patch.astype(np.float32), level))


def is_lone_glyph(patch: npt.NDArray[Any]) -> bool:
    """Return whether there is one glyph in a patch and nothing beside it.

    Parameters
    ----------
    patch
        Stored values; the glyph in the middle with room for a neighbor on each side.
    """
    ink = ink_at(patch.astype(np.float32), 0.5)
    whole = whole_parts(ink)
    return len(whole) == 1 and int(whole[0][1].sum()) >= _ALONE * int(ink.sum())


def _parts(ink: _MASK) -> list[_MASK]:
    """Cut strokes into glyphs, left to right; none where they leave the line half empty.

    What is read has to be all there is: one letter beside a name in noise is no marker.
    """
    kept = sorted(whole_parts(ink), key=lambda part: part[0][1].start)
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
    if any(_word(ink) for ink in inks(patch)):
        return True
    # Against the sides a plate under a number falls to pieces that one or two letters could be.
    return any(len(_word(ink)) >= _SURE_LETTERS for ink in inks_against_sides(patch))


def markers_in(patch: npt.NDArray[Any]) -> list[Region]:
    """Find the markers in a patch that stand apart from whatever else is written there.

    Parameters
    ----------
    patch
        Stored values of a line of text with a margin, whichever way it runs.

    Returns
    -------
    Rows and columns of each.
    """
    views = *inks(patch), *inks_against_sides(patch)
    found = [one for ink in views for one in _apart(ink)]
    # What one cut alone makes a letter of may be anything; three letters are no chance.
    return [
        one
        for one, letters in found
        if letters >= _SURE_LETTERS or sum(_is_same(one, other) for other, _ in found) > 1
    ]


def _is_same(one: Region, other: Region) -> bool:
    """Return whether two regions have most of their rows and of their columns in common."""
    pairs = zip(one, other, strict=True)
    return all(
        min(a.stop, b.stop) - max(a.start, b.start)
        > _MOST_SHARED * (max(a.stop, b.stop) - min(a.start, b.start))
        for a, b in pairs
    )


def _apart(ink: _MASK) -> list[tuple[Region, int]]:
    """Return where strokes read as a marker that stands apart from all others, and its letters."""
    regions = [
        region
        for region in ndimage.find_objects(ndimage.label(ink, np.ones((3, 3)))[0])
        if max(_sides(region)) >= _SPECK_PX
    ]
    groups: list[Region] = []
    for region in regions if len(regions) <= _MOST_PARTS else ():
        whole = region
        while near := next((one for one in groups if _is_near(one, whole)), None):
            groups.remove(near)
            whole = _around_both(near, whole)
        groups.append(whole)
    return [
        (group, len(word))
        for group in groups
        if min(_sides(group)) >= _THICK * min(ink.shape)
        and not touches_border(group, ink.shape)
        and (word := _word(np.pad(ink[group], 1)))
    ]


def _sides(region: Region) -> tuple[int, int]:
    rows, columns = region
    return rows.stop - rows.start, columns.stop - columns.start


def _is_near(one: Region, other: Region) -> bool:
    """Return whether two groups of strokes are too close to be words of their own."""
    reach = APART * max(min(_sides(one)), min(_sides(other)))
    return _gap(one[0], other[0]) < reach and _gap(one[1], other[1]) < reach


def _gap(one: slice, other: slice) -> int:
    """Return how far two spans are apart; below 0 where they overlap."""
    apart: int = max(one.start, other.start) - min(one.stop, other.stop)
    return apart


def _around_both(one: Region, other: Region) -> Region:
    rows, columns = (
        slice(min(a.start, b.start), max(a.stop, b.stop)) for a, b in zip(one, other, strict=True)
    )
    return rows, columns


def _word(ink: _MASK) -> str:
    """Return the marker that strokes read as in any of eight positions, or ""."""
    if not 1 <= count_whole_parts(ink) <= _MAX_GLYPHS:
        return ""
    upright = ink.shape[1] >= ink.shape[0] / _UPRIGHT
    lying = ink.shape[0] >= ink.shape[1] / _UPRIGHT
    for turns in (turn for turn in range(4) if (lying if turn % 2 else upright)):
        turned = np.rot90(ink, turns)
        for view in (turned, turned[:, ::-1]):
            word = _read(_parts(view))
            if word in MARKERS:
                return word
    return ""


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
    aspect = np.array([mask.shape[1] / mask.shape[0]])
    return np.asarray(_features(cell[None], aspect)[0])


def _features(cells: _FLOATS, aspects: npt.NDArray[np.float64]) -> _FLOATS:
    """Blurred cells (n, rows, columns) of zero mean, aspect as a last feature, at unit length."""
    smooth = ndimage.gaussian_filter(cells, (0.0, 1.0, 1.0))
    centered = (smooth - smooth.mean(axis=(1, 2), keepdims=True)).reshape(len(cells), -1)
    pattern = centered / np.maximum(np.linalg.norm(centered, axis=1, keepdims=True), 1e-6)
    features = np.column_stack([pattern, np.minimum(aspects, 1.5) - 0.7])
    length = np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-6)
    unit: _FLOATS = (features / length).astype(np.float32)
    return unit


@cache
def _templates() -> tuple[str, _FLOATS]:
    """Load every letter and digit in several typefaces."""
    content = json.loads(files(__package__).joinpath("marker_glyphs.json").read_text("utf-8"))
    shapes = content["glyphs"]
    levels = np.array([[int(level, 16) for level in one["levels"]] for one in shapes], np.float32)
    aspects = np.array([one["aspect"] for one in shapes])
    return "".join(one["letter"] for one in shapes), _features(
        levels.reshape(-1, *_CELL) / 15.0, aspects
    )
