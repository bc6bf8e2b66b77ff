"""Which lines on a film are text, in print of any size, and which only may be."""

from collections.abc import Iterable, Sequence
from itertools import pairwise, product
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image

from tasks.deid.cut_lines import FEWEST, Line, cut_lines, sharpness
from tasks.deid.quick_look import Box
from tasks.deid.text_network import CELL

_FLOATS = npt.NDArray[np.float32]


class Rule(NamedTuple):
    """What a line has at least of each."""

    cells: int
    mean: float
    high: float


class _Copy(NamedTuple):
    """So many times smaller is the film seen for letters too tall for the network.

    ``thick`` is how many cells of the copy they fill at least and at most, ``rule`` how far the
    network has to believe in them, and ``sharp`` how sharp they are at least all along.
    """

    times: int
    thick: tuple[int, int]
    rule: Rule
    sharp: float


# Measured by benchmarks/deidentification/burned_in.py, and on plain films of false_alarms.py: the
# shorter a line, the more certain. Less, but more than most plain films show: a person looks.
SURE: Final = (Rule(60, 0.9, 0.985), Rule(30, 0.92, 0.99), Rule(12, 0.95, 0.995))
DOUBTFUL: Final = (Rule(cells=60, mean=0.82, high=0.97),)
# What is as sharp as print no anatomy is, and there less belief will do; what is as blurred as a
# shadow has to be believed in all the more. What is so high, in the film's longer side, is a spine,
# unless it is as sharp as print.
_PRINT: Final = (
    (40.0, Rule(20, 0.65, 0.85)),
    (18.0, Rule(20, 0.8, 0.95)),
    (18.0, Rule(80, 0.7, 0.9)),
)
_EDGED: Final = ((6.5, Rule(60, 0.82, 0.98)),)
# What is long, or high, is text nevertheless where the network believes in it so firmly.
_BLURRED: Final = 3.45
_THOUGH_BLURRED: Final = (Rule(12, 0.92, 0.0), Rule(80, 0.89, 0.99))
_HIGHEST: Final = 0.1
_THOUGH_HIGH: Final = (Rule(60, 0.935, 0.9985),)
# What goes on with a sure line may be less certain: how far off, in its thickness.
_LEAST: Final = Rule(12, 0.65, 0.85)
_FRAGMENT: Final = Rule(FEWEST, mean=0.55, high=0.6)
_GAP: Final = 1.5
# A window with tall letters in it is so high and so wide, its margin included.
_ROOM_PX: Final = 170
# On a small copy a spine looks like a line, and an edge of the field along it is sharp: what is as
# high as one has to be so sharp all along, and what is twice as high is no letter.
_SHARP_IF_HIGH: Final = 28.0
_NO_LETTER: Final = 0.2
_COPIES: Final = (
    _Copy(2, (7, 16), Rule(60, 0.79, 0.94), 4.0),
    _Copy(4, (5, 16), Rule(100, 0.82, 0.94), 13.0),
)


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
    sure: list[Line] = []
    others: list[Line] = []
    doubtful: list[Line] = []
    for line in cut_lines(picture, windows, 1, picture.shape):
        if not _keeps(line, (_LEAST,)):  # of every rule but that of fragments
            others.append(line)
            continue
        steep = _steepness(picture, line)
        is_shadow = _is_shadow(line, steep, picture.shape)
        is_likely = _keeps(line, SURE) or _is_sharp(line, steep, _EDGED)
        is_sure = _is_sharp(line, steep, _PRINT) or (is_likely and not is_shadow)
        (sure if is_sure else others).append(line)
        if not is_sure and not is_shadow and _keeps(line, DOUBTFUL):
            doubtful.append(line)
    sure += _fragments(others, sure)
    # Pieces of tall letters look like small ones too, but less.
    small = [line for line in sure if _keeps(line, SURE)]
    tall = [line for copy in _COPIES for line in _tall(picture, windows, copy, small)]
    return [*sure, *tall], doubtful


def _fragments(lines: Iterable[Line], sure: Sequence[Line]) -> list[Line]:
    """Return the lines that go on with a sure one."""
    return [
        line
        for line in lines
        if _keeps(line, (_FRAGMENT,))
        and any(_goes_on(part, line.box) for one in sure for part in one.parts)
    ]


def _is_sharp(line: Line, steep: float, rules: Iterable[tuple[float, Rule]]) -> bool:
    """Return whether a line is as sharp as one of some rules asks, and keeps to that."""
    return any(steep >= least and _keeps(line, (rule,)) for least, rule in rules)


def _is_shadow(line: Line, steep: float, shape: tuple[int, ...]) -> bool:
    """Return whether a line is as blurred as cartilage, or as high as a spine in coarse pixels."""
    is_blurred = steep < _BLURRED and not _keeps(line, _THOUGH_BLURRED)
    is_high = _height(line, 1, shape) > _HIGHEST and not _keeps(line, _THOUGH_HIGH)
    return is_blurred or is_high


def _height(line: Line, times: int, shape: tuple[int, ...]) -> float:
    """Return how high a line in so much smaller a copy is, in the film's longer side."""
    return line.thick * CELL * times / max(shape)


def _keeps(line: Line, rules: Iterable[Rule]) -> bool:
    """Return whether a line keeps to one of some rules."""
    return any(
        line.cells >= rule.cells and line.mean >= rule.mean and line.high >= rule.high
        for rule in rules
    )


def _goes_on(line: Box, other: Box) -> bool:
    """Return whether a box lies on the level of a line, close to one of its ends."""
    along = 1 if line[3] - line[1] >= line[2] - line[0] else 0
    start, stop = line[1 - along], line[3 - along]
    gap = max(line[along], other[along]) - min(line[along + 2], other[along + 2])
    middle = (other[1 - along] + other[3 - along]) / 2
    is_level = start < middle < stop and other[3 - along] - other[1 - along] <= 2 * (stop - start)
    return is_level and gap <= _GAP * (stop - start)


def _tall(
    picture: _FLOATS, windows: Iterable[Box], copy: _Copy, smaller: Iterable[Line]
) -> list[Line]:
    """Return lines of letters too tall for the network, as it sees them on a small copy.

    A spine is not as sharp, unless for print that was found on it: ``smaller`` is not looked at.
    """
    times = copy.times
    large = [one for one in windows if min(one[2] - one[0], one[3] - one[1]) >= _ROOM_PX]
    if not large:
        return []
    rows, columns = (side // times * times for side in picture.shape)
    # Its last rows and columns are left out by the box: cut off here, all others would be copied.
    film = Image.fromarray(picture)
    reduced = np.asarray(film.reduce(times, (0, 0, columns, rows)), np.float32)
    in_reduced = [
        (top // times, left // times, bottom // times, right // times)
        for top, left, bottom, right in large
    ]
    hidden = np.zeros(picture.shape, bool)
    for top, left, bottom, right in (part for line in smaller for part in line.parts):
        hidden[top:bottom, left:right] = True
    lines = [
        line
        for line in cut_lines(reduced, in_reduced, times, picture.shape)
        if line.thick <= copy.thick[1] and _height(line, times, picture.shape) <= _NO_LETTER
    ]
    believed = [line for line in lines if _keeps(line, (copy.rule,))]
    sure = [line for line in believed if _are_letters(line, copy, picture, hidden)]
    # What is believed in and not sharp is anatomy, and no end of a line either.
    return [*sure, *_fragments([line for line in lines if line not in believed], sure)]


def _are_letters(line: Line, copy: _Copy, picture: _FLOATS, hidden: npt.NDArray[np.bool_]) -> bool:
    """Return whether a line in a copy is too thick for print, and sharp enough for no anatomy."""
    is_high = _height(line, copy.times, picture.shape) > _HIGHEST
    least = _SHARP_IF_HIGH if is_high else copy.sharp
    return line.thick >= copy.thick[0] and (
        _sharp_along(picture, hidden, line, copy.times) >= least
    )


def _steepness(picture: _FLOATS, line: Line) -> float:
    """Return how sharp a line is in the middle of its parts: what they leave out is anatomy."""
    return float(np.median([sharpness(picture, part) for part in line.parts]))


def _sharp_along(picture: _FLOATS, hidden: npt.NDArray[np.bool_], line: Line, times: int) -> float:
    """Return how sharp a line is in the middle of its stretches, of which each may hold a letter.

    A spine with something sharp somewhere on it is not.
    """
    top, left, bottom, right = line.box
    side = line.thick * CELL * times
    rows, columns = (
        np.linspace(start, stop, max(round((stop - start) / side), 1) + 1).astype(int).tolist()
        for start, stop in ((top, bottom), (left, right))
    )
    stretches = product(pairwise(rows), pairwise(columns))
    sharp = [sharpness(picture, (a, c, b, d), hidden) for (a, b), (c, d) in stretches]
    return float(np.median([one for one in sharp if one > 0] or [0]))
