"""Which lines on a film are text, in print of any size, and which only may be."""

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image

from tasks.deid.cut_lines import FEWEST, Line, cut_lines, share_within, sharpness
from tasks.deid.quick_look import Box
from tasks.deid.text_network import CELL

_FLOATS = npt.NDArray[np.float32]


class Rule(NamedTuple):
    """What a line has at least of each."""

    cells: int
    mean: float
    high: float


class Properties(NamedTuple):
    """What speaks for a line on a copy, or what each is worth: both multiplied are log odds.

    One for all; the log odds of its mean belief and of its high one; how many times its cells, how
    sharp it is and its height in the film's longer side double.
    """

    one: float
    mean: float
    high: float
    cells: float
    sharp: float
    height: float


class Copy(NamedTuple):
    """So many times smaller is the film seen for letters too tall for the network.

    On the copy they are ``thick`` cells thick at least, for what is thinner is print, and on the
    film no higher than so much of its longer side.
    """

    times: int
    thick: int
    highest: float
    weights: Properties


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
# Fitted by benchmarks/deidentification/fit_tall_letters.py on phantoms of the training split and on
# plain films of another origin, other ones than false_alarms.py draws.
COPIES: Final = (
    Copy(2, 7, 0.1, Properties(-2.06, 3.59, 0.30, -0.85, 0.69, 0.01)),
    Copy(4, 5, 0.2, Properties(-7.09, 1.74, 0.18, 0.04, 1.21, -0.34)),
)
_TALL: Final = 2.5
_LEAST_TALL: Final = Rule(12, 0.7, 0.92)
_CERTAIN: Final = 0.001
# Thinner lines on a copy are shades.
_THINNEST: Final = 3
# Of a line on a copy so much is covered where no stroke lies beyond: its box would only be coarser.
# And where a larger copy shows so much of it as print, a smaller one saw print run together.
_NOTHING_NEW: Final = 0.9
_PRINT_AFTER_ALL: Final = 0.5


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
    return [*sure, *_tall(picture, windows, sure)], doubtful


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


def _tall(picture: _FLOATS, windows: Sequence[Box], print_: Sequence[Line]) -> list[Line]:
    """Return lines of letters too tall for the network, as another sees them on small copies."""
    tall: list[Line] = []
    thin: list[Line] = []
    for copy in COPIES:
        for line in _sure_on(picture, windows, copy):
            if line.thick < copy.thick:
                thin.append(line)
            elif (
                share_within(line, [*print_, *tall], copy.times) < _NOTHING_NEW
                and share_within(line, thin, copy.times) < _PRINT_AFTER_ALL
            ):
                tall.append(line)
    return tall


def _sure_on(picture: _FLOATS, windows: Sequence[Box], copy: Copy) -> list[Line]:
    """Return the sure lines on a copy, of whatever thickness."""
    lines = list(lines_of(picture, windows, copy))
    sure = [
        line
        for line in lines
        if _keeps(line, (_LEAST_TALL,))
        and log_odds(properties_of(line, picture, copy.times), copy.weights) >= _TALL
    ]
    return [*sure, *_fragments([line for line in lines if line not in sure], sure)]


def lines_of(picture: _FLOATS, windows: Sequence[Box], copy: Copy) -> Iterator[Line]:
    """Yield what may be lines on a copy of the film, no shades and no higher than letters.

    Parameters
    ----------
    picture, windows
        As ``text_lines`` takes them.
    copy
        Which copy.
    """
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
        is_low = _height(line, times, picture.shape) <= copy.highest
        if line.thick >= _THINNEST and is_low:
            yield line


def log_odds(found: Properties, weights: Properties) -> float:
    """Return how likely a line is text, as log odds."""
    return sum(one * worth for one, worth in zip(found, weights, strict=True))


def properties_of(line: Line, picture: _FLOATS, times: int) -> Properties:
    """Return what speaks for a line of a copy.

    Parameters
    ----------
    line
        Its places are on the film.
    picture
        Film as displayed, float32 (rows, columns) in [0, 1].
    times
        How many times smaller the copy is.
    """
    return Properties(
        one=1.0,
        mean=_odds(line.mean),
        high=_odds(line.high),
        cells=math.log2(line.cells),
        sharp=math.log2(1 + _steepness(picture, line)),
        height=math.log2(_height(line, times, picture.shape)),
    )


def _odds(belief: float) -> float:
    """Return log odds of a belief, of none more certain than one in a thousand."""
    bound = min(max(belief, _CERTAIN), 1 - _CERTAIN)
    return math.log(bound / (1 - bound))


def _steepness(picture: _FLOATS, line: Line) -> float:
    """Return how sharp a line is in the middle of its parts: what they leave out is anatomy."""
    return float(np.median([sharpness(picture, part) for part in line.parts]))
