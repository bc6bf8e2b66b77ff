"""Cut the network's belief in text into lines, on the film and, for tall letters, a small copy."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image
from scipy import ndimage

from tasks.deid.quick_look import Box
from tasks.deid.text_network import CELL, beliefs

_FLOATS = npt.NDArray[np.float32]

# A line is where the network rather believes in text, and reaches as far as it has any hint of it.
_BELIEVED: Final = 0.5
_HINT: Final = 0.15
_REACH: Final = 6  # cells
_MARGIN_PX: Final = 8
# A part of a line is so full of it, or is no further cut, in cells.
_FULL: Final = 0.6
_SHORTEST: Final = 4
# How much smaller the film is seen for letters too tall for the network, and how tall these are in
# cells of that. They have to be as sharp as print: on a small copy a spine looks like a line.
_SMALLER: Final = (2, 4)
_TALL: Final = (7, 16)


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


class Rule(NamedTuple):
    """What a line has at least of each."""

    cells: int
    mean: float
    high: float


# Measured by benchmarks/deidentification/burned_in.py, and on plain films of false_alarms.py: the
# shorter a line, the more certain. Less, but more than most plain films show: a person looks.
SURE: Final = (Rule(60, 0.9, 0.985), Rule(30, 0.92, 0.99), Rule(12, 0.95, 0.995))
DOUBTFUL: Final = (Rule(cells=60, mean=0.82, high=0.97),)
# What is as sharp as print no anatomy is, and there less belief will do; what is as blurred as a
# shadow has to be believed in all the more. What is so high, in the film's longer side, is a spine,
# unless it is as sharp as print.
_PRINT: Final = ((40.0, Rule(20, 0.65, 0.85)), (18.0, Rule(20, 0.8, 0.95)))
_EDGED: Final = ((6.5, Rule(60, 0.82, 0.98)),)
_BLURRED: Final = 3.45
_LEAST_BLURRED: Final = 0.92
_HIGHEST: Final = 0.1
# What goes on with a sure line may be less certain: how far off, in its thickness.
_LEAST: Final = Rule(12, 0.65, 0.85)
_FRAGMENT: Final = Rule(cells=8, mean=0.55, high=0.6)
_GAP: Final = 1.5
_TALL_RULE: Final = Rule(cells=60, mean=0.88, high=0.99)


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
    for line in _lines(picture, windows, 1, picture.shape):
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
    fragments = [
        line
        for line in others
        if _keeps(line, (_FRAGMENT,))
        and any(_goes_on(part, line.box) for one in sure for part in one.parts)
    ]
    tall = [line for times in _SMALLER for line in _tall(picture, windows, times)]
    return [*sure, *fragments, *tall], doubtful


def _is_sharp(line: Line, steep: float, rules: Iterable[tuple[float, Rule]]) -> bool:
    """Return whether a line is as sharp as one of some rules asks, and keeps to that."""
    return any(steep >= least and _keeps(line, (rule,)) for least, rule in rules)


def _is_shadow(line: Line, steep: float, shape: tuple[int, ...]) -> bool:
    """Return whether a line is as blurred as cartilage, or as high as a spine in coarse pixels."""
    is_blurred = steep < _BLURRED and line.mean < _LEAST_BLURRED
    return is_blurred or line.thick * CELL > _HIGHEST * max(shape)


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


def _tall(picture: _FLOATS, windows: Iterable[Box], times: int) -> Iterator[Line]:
    """Yield lines of letters too tall for the network, as it sees them so many times smaller."""
    rows, columns = (side // times * times for side in picture.shape)
    small = np.asarray(Image.fromarray(picture[:rows, :columns]).reduce(times), np.float32)
    in_small = [
        (top // times, left // times, bottom // times, right // times)
        for top, left, bottom, right in windows
    ]
    for line in _lines(small, in_small, times, picture.shape):
        is_tall = _TALL[0] <= line.thick <= _TALL[1]
        is_sure = is_tall and _keeps(line, (_TALL_RULE,))
        if is_sure and sharpness(picture, line.box) >= _PRINT[0][0]:
            yield line


def _lines(
    picture: _FLOATS, windows: Iterable[Box], times: int, shape: tuple[int, ...]
) -> Iterator[Line]:
    """Yield what may be lines in a copy that is so many times smaller than the film's shape."""
    believed = beliefs(picture, windows)
    cores, _ = ndimage.label(believed > _BELIEVED, np.ones((3, 3)))
    reaches = _with_hints(cores, believed)
    whole = ndimage.find_objects(reaches)
    for number, core in enumerate(ndimage.find_objects(cores), 1):
        inside = believed[core][cores[core] == number]
        if inside.size < _FRAGMENT.cells:  # too few for any rule, and noise has hundreds
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


def _with_hints(cores: npt.NDArray[np.int32], believed: _FLOATS) -> npt.NDArray[np.int32]:
    """Give the hints around each core its number: its line goes on there."""
    far, nearest = ndimage.distance_transform_edt(cores == 0, return_indices=True)
    is_hint = (believed > _HINT) & (far <= _REACH)
    return np.where(is_hint, cores[tuple(nearest)], 0)


def _steepness(picture: _FLOATS, line: Line) -> float:
    """Return how sharp a line is in the middle of its parts: what they leave out is anatomy."""
    return float(np.median([sharpness(picture, part) for part in line.parts]))


def sharpness(picture: _FLOATS, box: Box) -> float:
    """Return how far the steepest steps in a box stand out of its usual ones.

    Returns
    -------
    float
        99th percentile over median, of which a thousandth of the film's range is the least. Anatomy
        gives 3 to 7, print tens.
    """
    top, left, bottom, right = box
    part = picture[top:bottom, left:right]
    if min(part.shape) < 2:  # noqa: PLR2004 - no step
        return 0.0
    down = np.abs(np.diff(part, axis=0))[:, :-1]
    across = np.abs(np.diff(part, axis=1))[:-1]
    usual, steep = np.percentile(np.maximum(down, across), (50, 99))
    return float(steep / (usual + 1e-3))
