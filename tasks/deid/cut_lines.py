"""Cut what the network believes to be text into lines."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from tasks.deid.cells import Place, grown, within
from tasks.deid.line_network import log_odds, thickness
from tasks.deid.quick_look import Box
from tasks.deid.strokes import stroke_heights
from tasks.deid.text_network import CELL, PRINT, TALL, beliefs

_FLOATS = npt.NDArray[np.float32]
_MASK = npt.NDArray[np.bool_]

# A line is where the network may believe in text, and reaches as far as it has any hint of it: in
# noise as strong as its strokes the last letter is hardly one. What is hinted at has strokes as
# well, if not quite as strong: anatomy beside a line of bright print has none.
_BELIEVED: Final = 0.4
_HINT: Final = 0.06
_REACH: Final = 8  # in cells of the film: on a copy fewer, two at least
_AS_STRONG: Final = 0.5
# Of the cells of a line so many per cent have weaker strokes than those that it is known by.
_MOST_CELLS: Final = 90
# Of fewer cells noise has hundreds.
FEWEST: Final = 8
_MARGIN_PX: Final = 8
# A part of a line is so full of it, or is no further cut, in cells.
_FULL: Final = 0.6
_SHORTEST: Final = 4


class Line(NamedTuple):
    """Where on the film a line of text may be, and what speaks for it.

    ``box`` (top, left, bottom, right) in pixels of the film, with a margin, and ``parts`` of it
    that cover the line more closely, where lines meet at an angle; ``cells`` that it is made of,
    ``thick`` how many of them lie side by side at most; ``odds`` that it is text, as log odds.
    """

    box: Box
    parts: tuple[Box, ...]
    cells: int
    thick: int
    odds: float


def cut_lines(
    picture: _FLOATS, windows: Iterable[Box], times: int, shape: tuple[int, ...]
) -> Iterator[Line]:
    """Find what may be lines.

    Parameters
    ----------
    picture
        Film as displayed or a smaller copy of it, float32 (rows, columns) in [0, 1].
    windows
        Boxes in its pixels: where to look.
    times
        How many times smaller it is than the film.
    shape
        Of the film: its rows and columns.

    Yields
    ------
    Each run of cells, with its places on the film.
    """
    believed = beliefs(picture, windows, PRINT if times == 1 else TALL)
    cores = list(cores_in(believed, _BELIEVED))
    reach = max(_REACH // times, 2)
    nearest = _with_hints(cores, believed, reach)
    for number, (place, core) in enumerate(cores, 1):
        around = grown(place, reach, believed.shape)
        thick = thickness(core)
        heights = stroke_heights(picture, around, thick)
        itself = np.zeros(heights.shape, bool)
        itself[within(place, around)] = core
        least = _AS_STRONG * np.percentile(heights[itself], _MOST_CELLS)
        line = itself | (nearest[around] == number) & (heights >= least)
        (whole,) = ndimage.find_objects(line.astype(np.int8))
        boxes = [_box(whole), *_parts(line, _box(whole))]
        box, *parts = (_in_film(one, around, times, shape) for one in boxes)
        odds = log_odds(picture, believed, core, place)
        yield Line(box, tuple(parts), int(core.sum()), thick, odds)


def cores_in(believed: _FLOATS, least: float) -> Iterator[tuple[Place, _MASK]]:
    """Find runs of cells that a network believes in.

    Parameters
    ----------
    believed
        float32 (rows, columns) of cells.
    least
        How far it has to believe in each.

    Yields
    ------
    The rows and columns of each, and which of the cells there are its own.
    """
    runs, _ = ndimage.label(believed > least, np.ones((3, 3)))
    for number, place in enumerate(ndimage.find_objects(runs), 1):
        core = runs[place] == number
        if core.sum() >= FEWEST:
            yield place, core


def _box(place: Place) -> Box:
    rows, columns = place
    return rows.start, columns.start, rows.stop, columns.stop


def _in_film(box: Box, around: Place, times: int, shape: tuple[int, ...]) -> Box:
    """Bring a box of cells, counted from a place of the picture, to the film, with a margin."""
    down, across = around[0].start, around[1].start
    cells = (box[0] + down, box[1] + across, box[2] + down, box[3] + across)
    top, left, bottom, right = (CELL * times * side for side in cells)
    # What the copy lost at the film's last rows and columns is within the margin.
    margin = _MARGIN_PX * times
    return (
        max(top - margin, 0),
        max(left - margin, 0),
        min(bottom + margin, shape[0]),
        min(right + margin, shape[1]),
    )


def _parts(line: _MASK, box: Box) -> list[Box]:
    """Halve a box of cells until each part is full of the line: two may meet at an angle."""
    top, left, bottom, right = box
    inside = line[top:bottom, left:right]
    if inside.mean() >= _FULL or max(inside.shape) <= _SHORTEST:
        return [box] if inside.any() else []
    if inside.shape[0] >= inside.shape[1]:
        middle = (top + bottom) // 2
        halves = [(top, left, middle, right), (middle, left, bottom, right)]
    else:
        middle = (left + right) // 2
        halves = [(top, left, bottom, middle), (top, middle, bottom, right)]
    return [part for half in halves for part in _parts(line, half)]


def _with_hints(
    cores: Sequence[tuple[Place, _MASK]], believed: _FLOATS, reach: int
) -> npt.NDArray[np.int32]:
    """Give the cells of each core a number, and the hints around it: its line goes on there."""
    numbers = np.zeros(believed.shape, np.int32)
    for number, (place, core) in enumerate(cores, 1):
        numbers[place][core] = number
    far, nearest = ndimage.distance_transform_edt(numbers == 0, return_indices=True)
    is_hint = (believed > _HINT) & (far <= reach)
    return np.where(is_hint, numbers[tuple(nearest)], 0)


def share_within(line: Line, boxes: Iterable[Box], times: int = 1) -> float:
    """Return how much of a line, its margin left out, lies in some boxes.

    Parameters
    ----------
    line
        Found on a copy of the film so many ``times`` smaller.
    boxes
        In pixels of the film.
    """
    top, left, bottom, right = line.box
    itself = np.zeros((bottom - top, right - left), bool)
    covered = itself.copy()
    margin = _MARGIN_PX * times
    for part in line.parts:
        itself[_inside(part, line.box, margin)] = True
    for one in boxes:
        covered[_inside(one, line.box, 0)] = True
    return float(covered[itself].mean()) if itself.any() else 0.0


def _inside(part: Box, box: Box, margin: int) -> tuple[slice, slice]:
    """Return where in a box a part without its margin lies."""
    sides = (
        slice(max(part[i] + margin - box[i], 0), max(part[i + 2] - margin - box[i], 0))
        for i in range(2)
    )
    rows, columns = sides
    return rows, columns
