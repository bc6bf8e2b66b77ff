"""Cut what the network believes to be text into lines."""

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from tasks.deid.quick_look import Box
from tasks.deid.text_network import CELL, PRINT, TALL, beliefs

_FLOATS = npt.NDArray[np.float32]

# A line is where the network rather believes in text, and reaches as far as it has any hint of it.
_BELIEVED: Final = 0.5
_HINT: Final = 0.15
_REACH: Final = 6  # in cells of the film: on a copy fewer, two at least
# Fewer cells no rule keeps, and noise has hundreds of such scraps.
FEWEST: Final = 8
_MARGIN_PX: Final = 8
# A part of a line is so full of it, or is no further cut, in cells.
_FULL: Final = 0.6
_SHORTEST: Final = 4


class Line(NamedTuple):
    """Where on the film a line of text may be, and what speaks for it.

    ``box`` (top, left, bottom, right) in pixels of the film, with a margin, and ``parts`` of it
    that cover the line more closely, where lines meet at an angle; ``cells`` that the
    network rather believes in, ``mean`` and ``high`` (the tenth highest of a hundred) of their
    beliefs; ``thick`` is how many of them lie side by side at most.
    """

    box: Box
    parts: tuple[Box, ...]
    cells: int
    mean: float
    high: float
    thick: int


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
    cores, _ = ndimage.label(believed > _BELIEVED, np.ones((3, 3)))
    reaches = _with_hints(cores, believed, max(_REACH // times, 2))
    whole = ndimage.find_objects(reaches)
    for number, core in enumerate(ndimage.find_objects(cores), 1):
        inside = believed[core][cores[core] == number]
        if inside.size < FEWEST:
            continue
        rows, columns = whole[number - 1]
        box = (rows.start, columns.start, rows.stop, columns.stop)
        yield Line(
            box=_in_film(box, times, shape),
            parts=tuple(_in_film(one, times, shape) for one in _parts(reaches == number, box)),
            cells=inside.size,
            mean=float(inside.mean()),
            high=float(np.quantile(inside, 0.9)),
            thick=_thickness(cores[core] == number),
        )


def _thickness(core: npt.NDArray[np.bool_]) -> int:
    """Return how thick a core is where it is thickest, whichever way it bends."""
    return int(2 * ndimage.distance_transform_edt(np.pad(core, 1)).max() - 1)


def _in_film(box: Box, times: int, shape: tuple[int, ...]) -> Box:
    """Bring a box of cells to the film, with a margin."""
    top, left, bottom, right = (CELL * times * side for side in box)
    # What the copy lost at the film's last rows and columns is within the margin.
    margin = _MARGIN_PX * times
    return (
        max(top - margin, 0),
        max(left - margin, 0),
        min(bottom + margin, shape[0]),
        min(right + margin, shape[1]),
    )


def _parts(line: npt.NDArray[np.bool_], box: Box) -> list[Box]:
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
    cores: npt.NDArray[np.int32], believed: _FLOATS, reach: int
) -> npt.NDArray[np.int32]:
    """Give the hints around each core its number: its line goes on there."""
    far, nearest = ndimage.distance_transform_edt(cores == 0, return_indices=True)
    is_hint = (believed > _HINT) & (far <= reach)
    return np.where(is_hint, cores[tuple(nearest)], 0)


def share_within(line: Line, others: Iterable[Line], times: int) -> float:
    """Return how much of a line, its margin left out, lies in the parts of others.

    Parameters
    ----------
    line
        Found on a copy of the film so many ``times`` smaller.
    others
        Found on any.
    """
    top, left, bottom, right = line.box
    itself = np.zeros((bottom - top, right - left), bool)
    covered = itself.copy()
    margin = _MARGIN_PX * times
    for part in line.parts:
        itself[_inside(part, line.box, margin)] = True
    for other in others:
        for part in other.parts:
            covered[_inside(part, line.box, 0)] = True
    return float(covered[itself].mean()) if itself.any() else 0.0


def _inside(part: Box, box: Box, margin: int) -> tuple[slice, slice]:
    """Return where in a box a part without its margin lies."""
    sides = (
        slice(max(part[i] + margin - box[i], 0), max(part[i + 2] - margin - box[i], 0))
        for i in range(2)
    )
    rows, columns = sides
    return rows, columns


def sharpness(picture: _FLOATS, box: Box) -> float:
    """Return how far the steepest steps in a box stand out of its usual ones.

    Parameters
    ----------
    picture
        Film as displayed, float32 (rows, columns) in [0, 1].
    box
        In its pixels.

    Returns
    -------
    float
        99th percentile over median, of which a thousandth of the film's range is the least. Anatomy
        gives 3 to 7, print tens; 0 where nothing is to be seen.
    """
    top, left, bottom, right = box
    part = picture[top:bottom, left:right]
    down = np.abs(np.diff(part, axis=0))[:, :-1]
    across = np.abs(np.diff(part, axis=1))[:-1]
    steps = np.maximum(down, across)
    if not steps.size:
        return 0.0
    usual, steep = np.percentile(steps, (50, 99))
    return float(steep / (usual + 1e-3))
