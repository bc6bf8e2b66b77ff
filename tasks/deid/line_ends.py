"""Where a line of text ends: what the network loses in noise, and what it takes of anatomy."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from tasks.deid.quick_look import Box
from tasks.deid.strokes import SCALE, StrokeMap
from tasks.deid.text_network import Line

# Share of sharp pixels of a line whose glyphs stand out, and of its ends.
DENSE: Final = 0.3
_ENDS: Final = 0.12
_STEP: Final = 1.2
_STEPS: Final = 12
# A gap in a line, and how much thicker than it what goes on may be, in its heights.
_TORN: Final = 2.5
_THICKER: Final = 1.5
_MOST_LOST: Final = 3.0
_GOES_ON: Final = 0.4
_LEAST_CONTRAST: Final = 0.2
# Below this the ends of a line cannot be seen with certainty: skip a gap, take a glyph on trust.
_SURE_CONTRAST: Final = 1.2
_TRUST: Final = 1.4
_MOST_TRUST_PX: Final = 60
_NOISE_EVIDENCE: Final = 1.1


@dataclass(frozen=True, slots=True)
class Found:
    """A text that was found: its box on the film, margin included, and the height of its core."""

    box: Box
    core: float


def trimmed(line: Line, strokes: StrokeMap) -> Line:
    """Cut the ends off a line where it has no strokes: anatomy goes on there."""
    top, left, bottom, right = line.box
    density = strokes.density[top:bottom, left:right]
    along = along_of(line.box)
    profile = density.max(axis=1 - along)
    written = np.flatnonzero(profile >= _ENDS)
    # The strokes of a faint line crowd here and there: where they do by chance is not its end.
    if not written.size or density.mean() < DENSE:
        return line
    start, stop = int(written[0]), int(written[-1]) + 1
    box = (
        (top, left + start, bottom, left + stop)
        if along
        else (top + start, left, top + stop, right)
    )
    return replace(line, box=box)


def with_fragments(line: Line, others: Iterable[Line]) -> Line:
    """Lengthen a line by what the network saw of the rest of it: torn, thin, and in doubt alone."""
    along = along_of(line.box)
    start, stop = line.box[1 - along], line.box[3 - along]
    level = [
        (one.box[along], one.box[along + 2])
        for one in others
        if along_of(one.box) == along
        and start <= (one.box[1 - along] + one.box[3 - along]) / 2 <= stop
        and one.height <= _THICKER * line.height
    ]
    first, last = line.box[along], line.box[along + 2]
    reach = int(_TORN * line.height)
    for low, high in [*sorted(level), *sorted(level, reverse=True)]:
        if low <= last + reach and high >= first - reach:
            first, last = min(first, low), max(last, high)
    box = (start, first, stop, last) if along else (first, start, last, stop)
    return replace(line, box=box)


def grown(found: Found, strokes: StrokeMap, shape: tuple[int, ...]) -> Box:
    """Follow a line of text to its ends, which the network may lose in noise or in anatomy."""
    box = found.box
    along = along_of(box)
    own = contrast_of(strokes, box, along)
    if own >= _SURE_CONTRAST:
        return _to_ends(found, strokes, along)
    goal = max(_GOES_ON * own, _LEAST_CONTRAST)
    reach = max(int(_STEP * found.core), 2 * SCALE)
    for end in (along, along + 2):
        ahead, gaps = box, 0
        for _ in range(_STEPS):
            ahead, beyond = _extended(ahead, end, reach, shape)
            gaps = 0 if contrast_of(strokes, beyond, along) >= goal else gaps + 1
            if gaps > 1 or beyond[along] >= beyond[along + 2]:
                break
            box = box if gaps else ahead
        box, _ = _extended(box, end, min(int(_TRUST * reach), _MOST_TRUST_PX), shape)
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


def along_of(box: Box) -> int:
    """Return the axis a line of text runs along."""
    return 1 if box[3] - box[1] >= box[2] - box[0] else 0


def contrast_of(strokes: StrokeMap, box: Box, along: int) -> float:
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
