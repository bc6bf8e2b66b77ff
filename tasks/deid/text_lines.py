"""Find lines of text in a film by their strokes and their look, and follow them to their ends."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image

from data_contracts.errors import FilmRejected
from data_contracts.reasons import Reason
from tasks.deid.line_ends import DENSE, Found, along_of, contrast_of, trimmed, with_fragments
from tasks.deid.plain_text import sharpness
from tasks.deid.quick_look import Box, merged
from tasks.deid.strokes import NARROW, SCALE, WIDE, Pen, StrokeMap, plain_windows, render
from tasks.deid.text_network import Line, find_lines

_FLOATS = npt.NDArray[np.float32]

# Measured by benchmarks/deidentification/burned_in.py on seeds 2, 402, 771 and 9011, and on plain
# films of benchmarks/other_origin, in whose grain the network sees lines too. A line whose sharp
# pixels crowd is text when the network says so; a faint one has to be long, and certain.
MIN_SCORE_DENSE: Final = 0.8
# Of the film's longer side: higher is a spine, where pixels are so coarse that edges are sharp. So
# is what is nearly half as high, unless its sharp pixels are as many as glyphs have.
_MAX_CORE: Final = 0.08
_TALL: Final = (0.031, 0.18)
# No line of print is higher, as a share of the film's longer side.
_PRINT: Final = 0.033


class Rule(NamedTuple):
    """What a line has at least, and how high it is at most, to count for faint text.

    ``score`` of the network, ``contrast`` of its strokes to its sides, ``aspect``, ``density`` of
    sharp pixels; ``highest`` is a share of the film's longer side.
    """

    score: float
    contrast: float
    aspect: float
    density: float = 0.0
    highest: float = _PRINT


# A line keeps to one of these. What the network sees in grain has less contrast or is shorter;
# endplates and ribs in a row are larger.
FAINT: Final = (
    Rule(score=0.98, contrast=0.8, aspect=2.2, highest=_MAX_CORE),
    Rule(score=0.98, contrast=0.6, aspect=2.2),
    Rule(score=0.96, contrast=0.6, aspect=5.0, density=0.1),
    Rule(score=0.98, contrast=0.3, aspect=6.0),
    Rule(score=0.94, contrast=1.0, aspect=10.0, density=0.1),
)
# Less than that, but more than plain films show: a person has to look. Measured on the same films.
DOUBTFUL: Final = (
    Rule(score=0.98, contrast=0.22, aspect=5.0),
    Rule(score=0.945, contrast=0.4, aspect=14.0),
)
MIN_ASPECT: Final = 1.3
# The narrow pen sees parts of a thick letter and of a bone's edge, but never a long, dense line.
_SCORE_SMALL: Final = 0.88
_ASPECT_SMALL: Final = 4.5
_MAX_SMALL: Final = 0.02  # of the film's longer side
# In pixels of the stroke map: collimator edges are thinner, unless they are dense with glyphs.
_MIN_CORE: Final = 5
_MIN_CORE_DENSE: Final = 4

# Letters too wide for a stroke are looked for in the film as it is displayed, in a small copy.
WINDOW_SIDE: Final = 960
LARGE_TEXT: Final = 0.02
MIN_DENSITY_LARGE: Final = 0.14
GIANT_TEXT: Final = 0.05
MAX_TEXT_HEIGHT: Final = 0.13
MIN_SCORE: Final = 0.7
MIN_SCORE_LARGE: Final = 0.97
SURE_SHARPNESS: Final = 8.0
# Clips and calcified plaque in a row are large, fairly sharp, and never quite convincing.
LARGE_SHARPNESS: Final = 20.0
LINE_ASPECT: Final = 1.6
# Even ground around what is sharp, and a share of its extent: glyphs may be as sharp and apart.
_AROUND_LARGE: Final = 24
_REACH_LARGE: Final = 0.3

_UNCLIP: Final = 0.7  # the network shows the core of a line; its glyphs reach further
_MARGIN_PX: Final = 8.0


def sharp_text(picture: _FLOATS, strokes: StrokeMap) -> tuple[list[Found], list[Found]]:
    """Find text by its strokes, faint text and text over anatomy included; sure and doubtful."""
    sure, doubtful = [], []
    lines = _lines(strokes)
    for line in lines:
        if _is_text(line, strokes, FAINT):
            whole = with_fragments(trimmed(line, strokes), lines)
            sure.append(_found(whole, (SCALE, SCALE), picture.shape))
        elif _is_text(line, strokes, DOUBTFUL):
            doubtful.append(_found(line, (SCALE, SCALE), picture.shape))
    return sure, doubtful


def _lines(strokes: StrokeMap) -> list[Line]:
    """Find lines in the strokes of a film; where they are plain, in those of small glyphs again."""
    small = _lines_of(strokes, plain_windows(strokes), NARROW)
    return _lines_of(strokes, strokes.windows, WIDE) + [
        line
        for line in small
        if line.score >= _SCORE_SMALL
        and line.aspect >= _ASPECT_SMALL
        and line.height <= _MAX_SMALL * max(strokes.density.shape)
        and _density_of(line, strokes) >= DENSE
    ]


def _lines_of(strokes: StrokeMap, windows: Sequence[Box], pen: Pen) -> list[Line]:
    """Find lines along rows in the strokes of a film, and along columns with the film on its side.

    The network learned from lines along rows: in noise it misses those along columns.
    """
    upright = find_lines((one[0], one[1], render(strokes, one, 1, pen)) for one in windows)
    turned = find_lines((one[1], one[0], render(strokes, one, 0, pen).T) for one in windows)
    return [line for line in upright if _runs_along_rows(line)] + [
        replace(line, box=(line.box[1], line.box[0], line.box[3], line.box[2]))
        for line in turned
        if _runs_along_rows(line)
    ]


def _density_of(line: Line, strokes: StrokeMap) -> float:
    """Return how many of a line's pixels are near sharp ones."""
    top, left, bottom, right = line.box
    return float(strokes.density[top:bottom, left:right].mean())


def _runs_along_rows(line: Line) -> bool:
    """Return whether a line is longer than high."""
    return line.box[3] - line.box[1] >= line.box[2] - line.box[0]


def _is_text(line: Line, strokes: StrokeMap, rules: tuple[Rule, ...]) -> bool:
    """Decide on a line by its shape, its score and how its sharp pixels crowd."""
    density = _density_of(line, strokes)
    height = line.height / max(strokes.density.shape)
    if height > _TALL[0] and density < _TALL[1]:
        return False
    if density >= DENSE:
        is_line = line.aspect >= MIN_ASPECT and line.height >= _MIN_CORE_DENSE
        return is_line and height <= _MAX_CORE and line.score >= MIN_SCORE_DENSE
    if line.height < _MIN_CORE:
        return False
    film_shape = tuple(SCALE * side for side in strokes.density.shape)
    box = _found(line, (SCALE, SCALE), film_shape).box
    contrast = contrast_of(strokes, box, along_of(box))
    return any(
        line.score >= rule.score
        and contrast >= rule.contrast
        and line.aspect >= rule.aspect
        and density >= rule.density
        and height <= rule.highest
        for rule in rules
    )


def large_text(stored: npt.NDArray[Any], picture: _FLOATS, strokes: StrokeMap) -> list[Found]:
    """Find text of wide strokes, which has sharp edges too."""
    scale = min(1.0, WINDOW_SIDE / max(picture.shape))
    shape = tuple(max(round(side * scale), 1) for side in picture.shape)
    scales = picture.shape[0] / shape[0], picture.shape[1] / shape[1]
    film = Image.fromarray(picture)
    lines = find_lines(
        (window[0], window[1], _shrunk(film, scales, window))
        for window in _large_windows(strokes, scales, shape)
    )
    found = [(line, _found(line, scales, picture.shape)) for line in lines]
    return [one for line, one in found if _is_large_text(stored, strokes, line, one)]


def _large_windows(
    strokes: StrokeMap, scales: tuple[float, float], shape: tuple[int, ...]
) -> tuple[Box, ...]:
    """Return where to look for wide strokes, in pixels of the small copy: around what is sharp."""
    boxes = []
    for window in strokes.windows:
        around = _AROUND_LARGE + int(
            _REACH_LARGE * min(window[2] - window[0], window[3] - window[1])
        )
        start = [max(int((window[i] - around) * SCALE / scales[i]), 0) for i in (0, 1)]
        stop = [
            min(int((window[i + 2] + around) * SCALE / scales[i]) + 1, shape[i]) for i in (0, 1)
        ]
        boxes.append((start[0], start[1], stop[0], stop[1]))
    return merged(boxes)


def _shrunk(film: Image.Image, scales: tuple[float, float], window: Box) -> _FLOATS:
    """Return a part of the film as displayed, at the small copy's scale."""
    top, left, bottom, right = window
    of_film = (left * scales[1], top * scales[0], right * scales[1], bottom * scales[0])
    size = (right - left, bottom - top)
    return np.asarray(film.resize(size, Image.Resampling.BOX, of_film), np.float32)


def _is_large_text(stored: npt.NDArray[Any], strokes: StrokeMap, line: Line, found: Found) -> bool:
    """Decide on a line in the film as displayed: its edges have to be sharp."""
    steep = sharpness(stored, found.box)
    height = found.core / max(stored.shape)
    if line.score < MIN_SCORE or steep < SURE_SHARPNESS:
        return False
    if height > MAX_TEXT_HEIGHT:
        if line.aspect >= LINE_ASPECT:
            raise FilmRejected(Reason.TEXT_NOT_CLEARED, "text too high to be told from the film")
        return False
    if height <= LARGE_TEXT:
        top, left, bottom, right = (side // SCALE for side in found.box)
        return float(strokes.density[top:bottom, left:right].mean()) >= MIN_DENSITY_LARGE
    is_sure = line.score >= MIN_SCORE_LARGE and height <= GIANT_TEXT
    return steep >= LARGE_SHARPNESS or is_sure


def _found(line: Line, scales: tuple[float, float], shape: tuple[int, ...]) -> Found:
    """Bring a line from a rendering to the film, with a margin."""
    top, left, bottom, right = line.box
    core = line.height * max(scales)
    grow = _UNCLIP * core + _MARGIN_PX
    box = (
        int(max(top * scales[0] - grow, 0)),
        int(max(left * scales[1] - grow, 0)),
        int(min(bottom * scales[0] + grow, shape[0])),
        int(min(right * scales[1] + grow, shape[1])),
    )
    return Found(box, core)
