"""Which lines on a film are text, in print of any size, and which only may be."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image

from tasks.deid.cut_lines import FEWEST, Line, cut_lines, share_within
from tasks.deid.quick_look import Box
from tasks.deid.text_network import CELL

_FLOATS = npt.NDArray[np.float32]


class Rule(NamedTuple):
    """How many cells a line has at least, and what log odds that it is text."""

    cells: int
    odds: float


class Copy(NamedTuple):
    """So many times smaller is the film seen for letters too tall for the network.

    On the copy they are ``thick`` cells thick at least, for what is thinner is print, and on the
    film no higher than so much of its longer side.
    """

    times: int
    thick: int
    highest: float


# Measured by benchmarks/deidentification/burned_in.py, and on plain films of false_alarms.py.
SURE: Final = Rule(cells=12, odds=1.5)
# On copies a spine is a line, and often less likely text than any letters.
_SURE_TALL: Final = Rule(cells=12, odds=2.2)
# Less, but more than most plain films show: a person looks.
DOUBTFUL: Final = Rule(cells=60, odds=1.0)
# What goes on with a sure line may be less certain: how far off, in its thickness.
_FRAGMENT: Final = Rule(FEWEST, odds=-2.0)
_GAP: Final = 1.5
# A window with tall letters in it is so high and so wide, its margin included.
_ROOM_PX: Final = 170
COPIES: Final = (Copy(times=2, thick=7, highest=0.1), Copy(times=4, thick=5, highest=0.2))
# Thinner lines on a copy are shades.
_THINNEST: Final = 3
# Of a line on a copy so much is covered where no stroke lies beyond: its box would only be coarser.
# And where a larger copy shows so much of it as print, a smaller one saw print run together.
_NOTHING_NEW: Final = 0.9
_PRINT_AFTER_ALL: Final = 0.5
# So does a copy that shows one thing where the film shows a line that no one would doubt, with
# letters of little more than half the height.
_PRINT: Final = Rule(cells=30, odds=6.0)
_LOWER: Final = 0.6
_MOST_OF_IT: Final = 0.8


def text_lines(picture: _FLOATS, windows: Sequence[Box]) -> tuple[list[Line], list[Line]]:
    """Find lines of text.

    Parameters
    ----------
    picture
        Film as displayed, float32 (rows, columns) in [0, 1].
    windows
        Boxes in its pixels: where to look.

    Returns
    -------
    Sure lines, and doubtful ones.
    """
    lines = list(cut_lines(picture, windows, 1, picture.shape))
    sure = _sure(lines, SURE)
    doubtful = [line for line in lines if line not in sure and _keeps(line, DOUBTFUL)]
    return [*sure, *_tall(picture, windows, sure)], doubtful


def _sure(lines: Iterable[Line], rule: Rule) -> list[Line]:
    """Return the lines that keep to a rule, and those that go on with one of them."""
    sure: list[Line] = []
    others: list[Line] = []
    for line in lines:
        (sure if _keeps(line, rule) else others).append(line)
    ends = [part for line in sure for part in line.parts]
    return sure + [
        line
        for line in others
        if _keeps(line, _FRAGMENT) and any(_goes_on(part, line.box) for part in ends)
    ]


def _keeps(line: Line, rule: Rule) -> bool:
    """Return whether a line keeps to a rule."""
    return line.cells >= rule.cells and line.odds >= rule.odds


def _goes_on(line: Box, other: Box) -> bool:
    """Return whether a box lies on the level of a line, close to one of its ends."""
    along = 1 if line[3] - line[1] >= line[2] - line[0] else 0
    start, stop = line[1 - along], line[3 - along]
    gap = max(line[along], other[along]) - min(line[along + 2], other[along + 2])
    middle = (other[1 - along] + other[3 - along]) / 2
    is_level = start < middle < stop and other[3 - along] - other[1 - along] <= 2 * (stop - start)
    return is_level and gap <= _GAP * (stop - start)


def _tall(picture: _FLOATS, windows: Sequence[Box], print_: Sequence[Line]) -> list[Line]:
    """Return lines of letters too tall for the network, as another sees them on small copies."""
    tall: list[Line] = []
    known = [part for line in print_ for part in line.parts]
    thin: list[Box] = []
    for copy in COPIES:
        for line in _sure(_lines_of(picture, windows, copy), _SURE_TALL):
            if line.thick < copy.thick:
                thin += line.parts
            elif (
                share_within(line, known, copy.times) < _NOTHING_NEW
                and share_within(line, thin, copy.times) < _PRINT_AFTER_ALL
                and not any(_runs_together(one, line, copy.times) for one in print_)
            ):
                tall.append(line)
                known += line.parts
    return tall


def _runs_together(line: Line, seen: Line, times: int) -> bool:
    """Return whether what is seen on a copy is a line of print with something beside it."""
    is_lower = line.thick <= _LOWER * times * seen.thick
    return _keeps(line, _PRINT) and is_lower and share_within(line, seen.parts) >= _MOST_OF_IT


def _lines_of(picture: _FLOATS, windows: Sequence[Box], copy: Copy) -> Iterator[Line]:
    """Yield what may be lines on a copy of the film, no shades and no higher than letters."""
    times = copy.times
    large = [one for one in windows if min(one[2] - one[0], one[3] - one[1]) >= _ROOM_PX]
    if not large:
        return
    rows, columns = (side // times * times for side in picture.shape)
    # Its last rows and columns are left out by the box: cut off here, all others would be copied.
    film = Image.fromarray(picture)
    reduced = np.asarray(film.reduce(times, (0, 0, columns, rows)), np.float32)
    in_reduced = [
        (top // times, left // times, bottom // times, right // times)
        for top, left, bottom, right in large
    ]
    for line in cut_lines(reduced, in_reduced, times, picture.shape):
        height = line.thick * CELL * times / max(picture.shape)
        if line.thick >= _THINNEST and height <= copy.highest:
            yield line
