"""Find lines of text in a film by their strokes and their look, and follow them to their ends."""

from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from PIL import Image

from data_contracts.errors import FilmRejected
from data_contracts.reasons import Reason
from tasks.deid.strokes import SCALE, Box, StrokeMap, render, sharpness
from tasks.deid.text_network import Line, find_lines

_FLOATS = npt.NDArray[np.float32]

# Measured by benchmarks/deidentification/burned_in.py on seeds 11, 21 and 31. A line whose sharp
# pixels crowd is text when the network says so; one that is faint has to be long, and certain.
DENSE: Final = 0.3
_ENDS: Final = 0.12
_ENDS_DENSE: Final = 0.6
MIN_SCORE_DENSE: Final = 0.8
MIN_SCORE_FAINT: Final = 0.97
FAINT_ASPECT: Final = 2.2
MIN_ASPECT: Final = 1.3
# In pixels of the stroke map: collimator edges are thinner, unless they are dense with glyphs.
_MIN_CORE: Final = 7
_MIN_CORE_DENSE: Final = 4
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
_STEP: Final = 1.2
_STEPS: Final = 12
_MOST_LOST: Final = 2.0
_GOES_ON: Final = 0.4
_LEAST_CONTRAST: Final = 0.2
# Below this the ends of a line cannot be seen with certainty: skip a gap, take a glyph on trust.
_SURE_CONTRAST: Final = 1.2
_TRUST: Final = 1.4
_NOISE_EVIDENCE: Final = 1.1


@dataclass(frozen=True, slots=True)
class Found:
    """A text that was found: its box on the film, margin included, and the height of its core."""

    box: Box
    core: float


def sharp_text(picture: _FLOATS, strokes: StrokeMap) -> list[Found]:
    """Find text by its strokes, faint text and text over anatomy included."""
    if not strokes.crowded.any():
        return []
    lines = find_lines(render(picture, strokes), strokes.crowded)
    texts = [_trimmed(line, strokes) for line in lines if _is_text(line, strokes)]
    return [_found(line, (SCALE, SCALE), picture.shape) for line in texts]


def _is_text(line: Line, strokes: StrokeMap) -> bool:
    """Decide on a line by its shape, its score and how its sharp pixels crowd."""
    top, left, bottom, right = line.box
    density = float(strokes.density[top:bottom, left:right].mean())
    if line.height > GIANT_TEXT * max(strokes.density.shape):
        return False  # a whole spine, where pixels are so coarse that every edge is sharp
    if density >= DENSE:
        is_line = line.aspect >= MIN_ASPECT and line.height >= _MIN_CORE_DENSE
        return is_line and line.score >= MIN_SCORE_DENSE
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
    height = found.core / max(stored.shape)
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
    core = line.height * max(scales)
    grow = _UNCLIP * core + _MARGIN_PX
    box = (
        int(max(top * scales[0] - grow, 0)),
        int(max(left * scales[1] - grow, 0)),
        int(min(bottom * scales[0] + grow, shape[0])),
        int(min(right * scales[1] + grow, shape[1])),
    )
    return Found(box, core)


def grown(found: Found, strokes: StrokeMap, shape: tuple[int, ...]) -> Box:
    """Follow a line of text to its ends, which the network may lose in noise or in anatomy."""
    box = found.box
    along = 1 if box[3] - box[1] >= box[2] - box[0] else 0
    own = _contrast(strokes, box, along)
    if own >= _SURE_CONTRAST:
        return _to_ends(found, strokes, along)
    goal = max(_GOES_ON * own, _LEAST_CONTRAST)
    reach = max(int(_STEP * found.core), 2 * SCALE)
    for end in (along, along + 2):
        ahead, gaps = box, 0
        for _ in range(_STEPS):
            ahead, beyond = _extended(ahead, end, reach, shape)
            gaps = 0 if _contrast(strokes, beyond, along) >= goal else gaps + 1
            if gaps > 1 or beyond[along] >= beyond[along + 2]:
                break
            box = box if gaps else ahead
        box, _ = _extended(box, end, int(_TRUST * reach), shape)
    return box


def _to_ends(found: Found, strokes: StrokeMap, along: int) -> Box:
    """Move the ends of a line out for as long as its sharp pixels crowd on."""
    sides = list(found.box)
    first, last = sides[along] // SCALE, sides[along + 2] // SCALE
    start, stop = sides[1 - along] // SCALE, sides[3 - along] // SCALE
    middle = slice(start + (stop - start) // 4, stop - (stop - start) // 4)
    band = strokes.density[middle] if along else strokes.density[:, middle]
    is_dense = band.max(axis=1 - along, initial=0.0)
    is_dense = is_dense >= np.median(is_dense[first:last]) / 2
    most = int(_MOST_LOST * found.core) // SCALE
    before, beyond = is_dense[max(first - most, 0) : first][::-1], is_dense[last : last + most]
    sides[along] -= SCALE * (len(before) if before.all() else int(np.argmin(before)))
    sides[along + 2] += SCALE * (len(beyond) if beyond.all() else int(np.argmin(beyond)))
    return (sides[0], sides[1], sides[2], sides[3])


def _contrast(strokes: StrokeMap, box: Box, along: int) -> float:
    """Return how much more evidence of strokes the middle of a box has than its sides."""
    start, stop = (side // SCALE for side in (box[1 - along], box[3 - along]))
    part = (stop - start) // 4
    bands = (
        (start + part, stop - part),
        (start - part - part // 2, start + part // 4),
        (stop - part // 4, stop + part + part // 2),
    )
    middle, *sides = (_mean_evidence(strokes, box, along, band) for band in bands)
    return middle - min(sides)


def _mean_evidence(strokes: StrokeMap, box: Box, along: int, band: tuple[int, int]) -> float:
    """Return the mean evidence of a band along a box; noise where the film ends."""
    length = slice(box[along] // SCALE, box[along + 2] // SCALE)
    width = slice(max(band[0], 0), max(band[1], 0))
    values = strokes.evidence[length, width] if along == 0 else strokes.evidence[width, length]
    return float(values.mean()) if values.size else _NOISE_EVIDENCE


def _extended(box: Box, end: int, reach: int, shape: tuple[int, ...]) -> tuple[Box, Box]:
    """Return a box moved out at one end, and the strip it gained."""
    sides, strip = list(box), list(box)
    if end < 2:  # noqa: PLR2004 - top or left
        sides[end] = max(box[end] - reach, 0)
        strip[end], strip[end + 2] = sides[end], box[end]
    else:
        sides[end] = min(box[end] + reach, shape[end - 2])
        strip[end - 2], strip[end] = box[end], sides[end]
    wider: Box = (sides[0], sides[1], sides[2], sides[3])
    return wider, (strip[0], strip[1], strip[2], strip[3])
