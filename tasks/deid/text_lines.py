"""Find lines of text in a film by their strokes and their look, and follow them to their ends."""

import math
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from PIL import Image

from data_contracts.errors import FilmRejected
from data_contracts.reasons import Reason
from tasks.deid.strokes import SCALE, Box, StrokeMap, render, sharpness
from tasks.deid.text_ends import is_confirmed
from tasks.deid.text_network import Line, find_lines

_FLOATS = npt.NDArray[np.float32]

# Measured by benchmarks/deidentification/burned_in.py on seeds 11, 12 and 13. A line whose sharp
# pixels crowd is text when the network says so; one that is faint has to be long, and certain.
DENSE: Final = 0.3
_ENDS: Final = 0.12
_ENDS_DENSE: Final = 0.6
MIN_SCORE_DENSE: Final = 0.9
MIN_SCORE_FAINT: Final = 0.97
# A single glyph's length over height, as the network sees it: nearly certain, or none.
_SHORT: Final = 1.8
MIN_SCORE_SHORT: Final = 0.95
FAINT_ASPECT: Final = 4.5
MIN_ASPECT: Final = 1.3
# In pixels of the stroke map: collimator edges are thinner, unless they are dense with glyphs.
_MIN_CORE: Final = 7
_MIN_CORE_DENSE: Final = 4
# Below it, what the network sees may still be a part of a line, and gets a closer look.
MIN_SCORE_DOUBT: Final = 0.6
_MAX_CORE_DOUBT: Final = 34
# Of the film's longer side: endplates and ribs in a row are larger than faint text.
_MAX_CORE_FAINT: Final = 0.028

# Letters too wide for a stroke are looked for in the film as it is displayed, in a small copy.
WINDOW_SIDE: Final = 960
LARGE_TEXT: Final = 0.02
GIANT_TEXT: Final = 0.05
MAX_TEXT_HEIGHT: Final = 0.13
MIN_SCORE: Final = 0.5
MIN_SCORE_LARGE: Final = 0.97
SURE_SHARPNESS: Final = 8.0
# Clips and calcified plaque in a row are large, fairly sharp, and never quite convincing.
LARGE_SHARPNESS: Final = 20.0
LINE_ASPECT: Final = 1.6

# The network shows the core of a line; its glyphs reach further by a share of it.
_UNCLIP: Final = 0.7
_MARGIN_PX: Final = 8.0


@dataclass(frozen=True, slots=True)
class Found:
    """A text that was found: its core on the film, and its box, margin included."""

    core: Box
    box: Box


def sharp_text(picture: _FLOATS, strokes: StrokeMap) -> list[Found]:
    """Find text by its strokes, faint text and text over anatomy included."""
    if not strokes.crowded.any():
        return []
    lines = find_lines(render(picture, strokes), strokes.crowded)
    texts = [_trimmed(line, strokes) for line in lines if _is_text(line, strokes)]
    found = [_found(line, (SCALE, SCALE), picture.shape) for line in texts]
    doubtful = [line for line in lines if _may_be_text(line) and not _is_text(line, strokes)]
    closer = [_found(line, (SCALE, SCALE), picture.shape) for line in doubtful]
    return found + [one for one in closer if is_confirmed(one.core, picture.shape, strokes)]


def _may_be_text(line: Line) -> bool:
    """Return whether a line is worth a closer look."""
    is_line = line.aspect >= MIN_ASPECT and _MIN_CORE <= line.height <= _MAX_CORE_DOUBT
    return is_line and line.score >= MIN_SCORE_DOUBT


def _is_text(line: Line, strokes: StrokeMap) -> bool:
    """Decide on a line by its shape, its score and how its sharp pixels crowd."""
    top, left, bottom, right = line.box
    density = float(strokes.density[top:bottom, left:right].mean())
    if line.height > GIANT_TEXT * max(strokes.density.shape):
        return False  # a whole spine, where pixels are so coarse that every edge is sharp
    if density >= DENSE:
        is_line = line.aspect >= MIN_ASPECT and line.height >= _MIN_CORE_DENSE
        least = MIN_SCORE_DENSE if line.aspect >= _SHORT else MIN_SCORE_SHORT
        return is_line and line.score >= least
    highest = _MAX_CORE_FAINT * max(strokes.density.shape)
    is_line = line.aspect >= FAINT_ASPECT and _MIN_CORE <= line.height <= highest
    return is_line and line.score >= MIN_SCORE_FAINT


def _trimmed(line: Line, strokes: StrokeMap) -> Line:
    """Cut the ends off a line where it has no strokes, or few beside its own: anatomy goes on."""
    top, left, bottom, right = line.box
    density = strokes.density[top:bottom, left:right]
    along = 1 if right - left >= bottom - top else 0
    profile = density.max(axis=1 - along)
    least = _ENDS_DENSE * np.percentile(profile, 75) if density.mean() >= DENSE else _ENDS
    written = np.flatnonzero(profile >= least)
    if not written.size:
        return line
    start, stop = int(written[0]), int(written[-1]) + 1
    box = (
        (top, left + start, bottom, left + stop)
        if along
        else (top + start, left, top + stop, right)
    )
    return replace(line, box=box)


def large_text(stored: npt.NDArray[Any], picture: _FLOATS) -> list[Found]:
    """Find text of wide strokes."""
    scale = min(1.0, WINDOW_SIDE / max(picture.shape))
    rows, columns = (max(round(side * scale), 1) for side in picture.shape)
    small = Image.fromarray(picture).resize((columns, rows), Image.Resampling.BOX)
    scales = picture.shape[0] / rows, picture.shape[1] / columns
    lines = find_lines(np.asarray(small, np.float32))
    found = [(line, _found(line, scales, picture.shape)) for line in lines]
    return [one for line, one in found if _is_large_text(stored, line, one)]


def _is_large_text(stored: npt.NDArray[Any], line: Line, found: Found) -> bool:
    """Decide on a line in the film as displayed: its edges have to be sharp."""
    steep = sharpness(stored, found.box)
    top, left, bottom, right = found.core
    height = min(bottom - top, right - left) / max(stored.shape)
    if line.score < MIN_SCORE or steep < SURE_SHARPNESS:
        return False
    if height > MAX_TEXT_HEIGHT:
        if line.aspect >= LINE_ASPECT:
            raise FilmRejected(Reason.TEXT_NOT_CLEARED, "text too high to be told from the film")
        return False
    is_sure = line.score >= MIN_SCORE_LARGE and height <= GIANT_TEXT
    return height <= LARGE_TEXT or steep >= LARGE_SHARPNESS or is_sure


def _found(line: Line, scales: tuple[float, float], shape: tuple[int, ...]) -> Found:
    """Bring a line from a rendering to the film, with a margin."""
    top, left, bottom, right = line.box
    core = (
        int(top * scales[0]),
        int(left * scales[1]),
        math.ceil(bottom * scales[0]),
        math.ceil(right * scales[1]),
    )
    return Found(core, with_margin(core, shape))


def with_margin(core: Box, shape: tuple[int, ...]) -> Box:
    """Return a box around the core of a line that holds its glyphs."""
    grow = int(_UNCLIP * min(core[2] - core[0], core[3] - core[1]) + _MARGIN_PX)
    return (
        max(core[0] - grow, 0),
        max(core[1] - grow, 0),
        min(core[2] + grow, shape[0]),
        min(core[3] + grow, shape[1]),
    )
