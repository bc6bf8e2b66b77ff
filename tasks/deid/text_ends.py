"""Follow a line of text to its ends, in two closer looks at a strip along it.

In a whole film the network may lose the ends of a line in noise, or take anatomy for them. One look
shows the strip at the scale of its glyphs and the contrast of its strokes: weaker edges fade. The
other shows nothing but how sharp each edge is: shadows fade, and faint glyphs stand out.
"""

from typing import Final

import numpy as np
import numpy.typing as npt
from PIL import Image
from scipy import ndimage

from tasks.deid.strokes import SCALE, Box, StrokeMap, thin_strokes
from tasks.deid.text_network import Line, find_lines

_FLOATS = npt.NDArray[np.float32]
# How far the strip reaches across and along a line, in heights of its core.
_ACROSS: Final = 2.2
_ALONG: Final = 12.0
_LOOKS: Final = 3
# Height of the core in the strip that shows the film.
_CORE: Final = 12.0
# Strokes of a line are as strong as this percentile of what is thin within its core.
_STRONG: Final = 90
_CONTRASTS: Final = (0.015, 0.25)
_QUIET: Final = 0.8
# Evidence of strokes from black to white: noise has about 1.
_BLACK: Final = np.float32(1.0)
_WHITE: Final = np.float32(3.0)
# In heights of the core: words stand apart no further, parts are on one level, about as high.
_GAP: Final = 3.2
_LEVEL: Final = 0.7
_HEIGHTS: Final = (0.4, 2.2)
_MIN_SCORE: Final = 0.6
# Share of sharp pixels from which a line is dense, and how many cores of it may be lost there.
_DENSE: Final = 0.3
_MOST_LOST: Final = 2.5
# What confirms a line that is in doubt.
_SURE_ASPECT: Final = 3.0
_SURE_SCORE: Final = 0.9


def followed(core: Box, picture: _FLOATS, strokes: StrokeMap) -> Box:
    """Return the core of a line as far as it goes on at either end.

    Parameters
    ----------
    core
        Box of the line without margin, in pixels of the film.
    picture
        float32 (rows, columns) in [0, 1].
    strokes
        Its stroke map.
    """
    along = _along(core)
    for _ in range(_LOOKS):
        strip = _strip(core, picture.shape)
        lines = [*_in_picture(core, strip, picture), *_in_strokes(strip, strokes)]
        core = _joined([box for box, score in lines if score >= _MIN_SCORE], core)
        near = int(_GAP * (core[3 - along] - core[1 - along]))
        rest = core[along] - strip[along], strip[along + 2] - core[along + 2]
        if min(rest) > near or _strip(core, picture.shape) == strip:
            break
    return _through_crowds(core, strokes)


def is_confirmed(core: Box, shape: tuple[int, ...], strokes: StrokeMap) -> bool:
    """Return whether a line in doubt shows as one, long and certain, in its strokes alone."""
    along = _along(core)
    for box, score in _in_strokes(_strip(core, shape), strokes):
        high = box[3 - along] - box[1 - along]
        is_line = box[along + 2] - box[along] >= _SURE_ASPECT * high and score >= _SURE_SCORE
        is_here = box[along] < core[along + 2] and box[along + 2] > core[along]
        if is_line and is_here and _is_level(box, core):
            return True
    return False


def _along(box: Box) -> int:
    """Return the axis a line runs along."""
    return 1 if box[3] - box[1] >= box[2] - box[0] else 0


def _through_crowds(core: Box, strokes: StrokeMap) -> Box:
    """Move the ends of a line of dense strokes out for as long as they crowd on beside it."""
    along = _along(core)
    top, left, bottom, right = (side // SCALE for side in core)
    if not strokes.density[top:bottom, left:right].size:
        return core
    if strokes.density[top:bottom, left:right].mean() < _DENSE:
        return core
    high = (bottom - top) if along else (right - left)
    part = high // 4
    band = (
        strokes.density[top + part : bottom - part]
        if along
        else strokes.density[:, left + part : right - part]
    )
    crowd = band.max(axis=1 - along, initial=0.0)
    first, last = (left, right) if along else (top, bottom)
    is_dense = crowd >= np.median(crowd[first:last]) / 2
    most = int(_MOST_LOST * high)
    before, beyond = is_dense[max(first - most, 0) : first][::-1], is_dense[last : last + most]
    sides = list(core)
    sides[along] -= SCALE * (len(before) if before.all() else int(np.argmin(before)))
    sides[along + 2] += SCALE * (len(beyond) if beyond.all() else int(np.argmin(beyond)))
    return (sides[0], sides[1], sides[2], sides[3])


def _strip(core: Box, shape: tuple[int, ...]) -> Box:
    """Return the part of the film along a line."""
    along = _along(core)
    high = core[3 - along] - core[1 - along]
    reach = [int(_ACROSS * high)] * 2
    reach[along] = int(_ALONG * high)
    return (
        max(core[0] - reach[0], 0),
        max(core[1] - reach[1], 0),
        min(core[2] + reach[0], shape[0]),
        min(core[3] + reach[1], shape[1]),
    )


def _in_picture(core: Box, strip: Box, picture: _FLOATS) -> list[tuple[Box, float]]:
    """Find lines in a strip of the film, with their scores."""
    part = picture[strip[0] : strip[2], strip[1] : strip[3]]
    high = min(core[2] - core[0], core[3] - core[1])
    scale = max(high / _CORE, SCALE)
    rows, columns = (max(round(side / scale), 8) for side in part.shape)
    small = Image.fromarray(part).resize((columns, rows), Image.Resampling.BOX)
    thin = thin_strokes(np.asarray(small, np.float32))
    top, left, bottom, right = (
        round((side - start) / scale) for side, start in zip(core, strip[:2] * 2, strict=True)
    )
    own = np.abs(thin[top : bottom + 1, left : right + 1])
    contrast = np.float32(2 * np.clip(np.percentile(own, _STRONG), *_CONTRASTS))
    shown = ndimage.gaussian_filter(np.clip(0.5 + thin / contrast, 0, 1), _QUIET, truncate=2.0)
    return [_on_film(line, strip, scale) for line in find_lines(shown)]


def _in_strokes(strip: Box, strokes: StrokeMap) -> list[tuple[Box, float]]:
    """Find lines in a strip of the stroke map, with their scores."""
    top, left, bottom, right = (side // SCALE for side in strip)
    evidence = strokes.evidence[top:bottom, left:right]
    if not evidence.size:
        return []
    shown = np.clip((evidence - _BLACK) / (_WHITE - _BLACK), 0, 1)
    return [_on_film(line, strip, SCALE) for line in find_lines(shown)]


def _on_film(line: Line, strip: Box, scale: float) -> tuple[Box, float]:
    """Bring a line from a strip to the film."""
    top, left, bottom, right = (
        int(start + side * scale) for side, start in zip(line.box, strip[:2] * 2, strict=True)
    )
    return (top, left, bottom, right), line.score


def _joined(parts: list[Box], core: Box) -> Box:
    """Join what stands beside a line, part for part, until the next is too far."""
    along = _along(core)
    across, high = 1 - along, core[3 - along] - core[1 - along]
    fitting = [part for part in parts if _is_level(part, core)]
    sides = list(core)
    for _ in fitting:
        for part in fitting:
            gap = max(part[along] - sides[along + 2], sides[along] - part[along + 2])
            if gap <= _GAP * high:
                sides[along] = min(sides[along], part[along])
                sides[along + 2] = max(sides[along + 2], part[along + 2])
                if gap < 0:
                    sides[across] = min(sides[across], part[across])
                    sides[across + 2] = max(sides[across + 2], part[across + 2])
    return (sides[0], sides[1], sides[2], sides[3])


def _is_level(part: Box, core: Box) -> bool:
    """Return whether a part is on the level of a line, and about as high."""
    across = 1 - _along(core)
    high = core[across + 2] - core[across]
    apart = abs(part[across] + part[across + 2] - core[across] - core[across + 2]) / 2
    tall = part[across + 2] - part[across]
    return apart < _LEVEL * high and _HEIGHTS[0] * high <= tall <= _HEIGHTS[1] * high
