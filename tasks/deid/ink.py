"""Tell the strokes of a word from the ground it is written on, in the several ways that takes."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy import ndimage

_MASK = npt.NDArray[np.bool_]
_FLOATS = npt.NDArray[np.float32]
Region = tuple[slice, slice]
# Letters on a gray plate or over bone need another cut than letters on black.
_LEVELS: Final = (0.5, 0.75, 0.25, 0.92, 0.08)
_WIDEST_STROKE: Final = 0.22
_LINE_FILL: Final = 0.95
_SPECK_SHARE: Final = 0.25
# So narrow is no stroke of a letter, unless it is about as tall: an I may be.
_SLIVER: Final = (0.05, 0.75)
# So many parts at least so high are letters.
_LETTER_PX: Final = 8
_LETTERS: Final = 4
_ON_A_LINE: Final = 0.2  # of their height
# What a patch has on both sides of the word; and of the strongest stroke, the faintest.
_SIDE_PX: Final = 6
_FAINTEST: Final = 0.1


def inks(patch: npt.NDArray[Any]) -> Iterator[_MASK]:
    """Separate strokes from ground in several ways, lines across the patch left out."""
    values = patch.astype(np.float32)
    # A marker on a ramp, or across the edge of the field, stands out once the ground is level.
    wide = max(int(_WIDEST_STROKE * min(patch.shape)), 3)
    cuts = _inks_at(values, _LEVELS)
    cuts += [ink_at(ndimage.white_tophat(values, wide), 0.5)]
    cuts += [ink_at(ndimage.black_tophat(values, wide), 0.5)]
    yield from (_without_lines(_without_lines(ink).T).T for ink in cuts)


def ink_at(values: _FLOATS, level: float) -> _MASK:
    """Separate strokes from ground: the rarer side of a level between both."""
    return _inks_at(values, (level,))[0]


def _inks_at(values: _FLOATS, levels: Sequence[float]) -> list[_MASK]:
    """Separate strokes from ground at several levels."""
    low, high = np.percentile(values, (1, 99))
    sides = (values > low + level * (high - low) for level in levels)
    return [bright if bright.mean() <= 0.5 else ~bright for bright in sides]  # noqa: PLR2004 - the rarer half


def inks_against_sides(patch: npt.NDArray[Any]) -> tuple[_MASK, _MASK]:
    """Separate strokes from the ground beside the word: across an edge along rows, or columns."""
    values = patch.astype(np.float32)
    return _against_sides(values), _against_sides(values.T).T


def _against_sides(values: _FLOATS) -> _MASK:
    """Separate strokes from the ground that each row has on both sides of the word.

    Where the edge of the field runs through a word its glyphs change from row to row in contrast,
    and even in sense.
    """
    quiet = ndimage.gaussian_filter(values, 1.0)
    sides = quiet[:, :_SIDE_PX], quiet[:, -_SIDE_PX:]
    away = np.min([np.abs(quiet - np.median(side, axis=1)[:, None]) for side in sides], axis=0)
    most = np.maximum(away.max(axis=1), _FAINTEST * away.max())
    ink: _MASK = away > most[:, None] / 2
    return ink


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


def whole_parts(ink: _MASK) -> list[tuple[Region, _MASK]]:
    """Cut strokes into parts that do not run out of the patch, specks left out."""
    labels, parts = _whole(ink)
    return [(region, labels[region] == number) for region, number in parts]


def count_whole_parts(ink: _MASK) -> int:
    """Return how many parts there are; noise has hundreds, which need not be cut out for that."""
    return len(_whole(ink)[1])


def _whole(ink: _MASK) -> tuple[npt.NDArray[np.int32], list[tuple[Region, int]]]:
    """Return the strokes numbered, and where those are that count, with their numbers."""
    labels, _ = ndimage.label(ink, np.ones((3, 3)))
    parts = [
        (region, number)
        for number, region in enumerate(ndimage.find_objects(labels), 1)
        if not touches_border(region, ink.shape)
    ]
    tallest = max((rows.stop - rows.start for (rows, _), _ in parts), default=0)
    return labels, [part for part in parts if _counts(part[0], tallest)]


def _counts(region: Region, tallest: int) -> bool:
    """Return whether a part is no speck beside the tallest, and no sliver of an edge or a frame."""
    height, width = (side.stop - side.start for side in region)
    is_sliver = width <= _SLIVER[0] * tallest and height < _SLIVER[1] * tallest
    return height > _SPECK_SHARE * tallest and not is_sliver


def holds_small_print(patch: npt.NDArray[Any]) -> bool:
    """Return whether something large is the only glyph of a patch because the others are small.

    A soft shadow within a block of lines is larger than all of its letters, which are no specks.
    They stand on one line, whichever way it runs, as scraps of anatomy beside a marker do not.
    """
    labels, _ = ndimage.label(ink_at(patch.astype(np.float32), 0.5), np.ones((3, 3)))
    parts = ndimage.find_objects(labels)
    heights = np.array([max(side.stop - side.start for side in part) for part in parts], int)
    is_small = (heights >= _LETTER_PX) & (heights <= _SPECK_SHARE * heights.max(initial=0))
    small = [part for part, counts in zip(parts, is_small, strict=True) if counts]
    return len(small) >= _LETTERS and _stand_on_a_line(
        small, _ON_A_LINE * np.median(heights[is_small])
    )


def _stand_on_a_line(parts: Sequence[Region], within: float) -> bool:
    """Return whether as many parts as make a word begin, or end, in one row or in one column."""
    sides = np.array([[(side.start, side.stop) for side in part] for part in parts]).reshape(-1, 4)
    in_order = np.sort(sides, axis=0)
    return bool((in_order[_LETTERS - 1 :] - in_order[: 1 - _LETTERS]).min() <= within)


def touches_border(region: Region, shape: tuple[int, ...]) -> bool:
    """Return whether a part runs out of the patch: a frame around the letter, or a neighbor.

    The patch has a margin around the word, so that the word's own glyphs do not.
    """
    rows, columns = region
    at_start: bool = rows.start == 0 or columns.start == 0
    at_end: bool = rows.stop == shape[0] or columns.stop == shape[1]
    return at_start or at_end
