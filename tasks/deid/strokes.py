"""What tells burned-in text from anatomy: its edges are sharper than any shadow in the film.

An x-ray edge is blurred by focus, patient and detector over several pixels and lies under noise; a
glyph written into the stored values jumps from one pixel to the next. Where such jumps crowd, the
film is rendered as thin strokes on even ground: even faint text over endplates stands alone there.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from tasks.deid.quick_look import CELL, FLOOR, Box, QuickLook, around, jumps, jumps_down

_FLOATS = npt.NDArray[np.float32]
_MASK = npt.NDArray[np.bool_]

# One pixel of a stroke map stands for so many of the film along each side.
SCALE: Final = 2
# The rest is in pixels of the stroke map.
_PER_CELL: Final = CELL // SCALE
# A jump exceeds the usual one around it so many times.
_OVER_NOISE: Final = 3.0
_WINDOW: Final = 13
# A line of small glyphs, how much more evidence than noise it has, how much a plain one has, and
# what makes a stroke sure.
_POOL: Final = (15, 61)
_NO_LINE: Final = 1.15
_LINE: Final = 1.4
_PLAIN: Final = 1.55
_CLEAR: Final = 3.0
# Around such a line, so that the network sees all of it.
_AROUND: Final = 40
_MOST_EVIDENCE: Final = 6.0
# How wide a stroke may be; and sigmas that quiet the noise before thin structures are cut out, and
# between them. Beside the edges of bones the strokes of small glyphs are lost to those of large.
Pen = tuple[int, float, float]
WIDE: Final[Pen] = (9, 1.0, 0.8)
NARROW: Final[Pen] = (5, 0.6, 0.6)
# A straight edge of a collimator; a line of small glyphs is as long, but not as thin.
_STRAIGHT: Final = 81
_THIN: Final = 0.45
# Two edges side by side, as a bright line has.
_THIN_PAIR: Final = 0.6
_EDGE: Final = 9
_FULL_CONTRAST: Final = 0.06
# Of the film: over such a length an edge has to stay what it is, and strokes come and go.
_COMMON: Final = 161


@dataclass(frozen=True, slots=True, eq=False)
class StrokeMap:
    """Where a film has sharp edges, at half the film's resolution.

    Attributes
    ----------
    evidence
        float32: jump from pixel to pixel over the usual one around it, 6 at most; noise and long
        straight edges have about 1, and so has what was not looked at.
    density
        float32: share of sharp pixels around each.
    shown
        float32: the film without its long straight edges, where it was looked at.
    pooled
        float32 (2, rows, columns): the evidence of strokes around each pixel, along columns, and
        along rows.
    windows
        Boxes, which do not overlap, around what may be lines. None: no strokes to look at.
    """

    evidence: _FLOATS
    density: _FLOATS
    shown: _FLOATS
    pooled: _FLOATS
    windows: tuple[Box, ...]


def stroke_map(picture: _FLOATS, look: QuickLook) -> StrokeMap:
    """Find the sharp edges of a film.

    Parameters
    ----------
    picture
        float32 (rows, columns) in [0, 1].
    look
        What a first look at it says.
    """
    shape = picture.shape[0] // SCALE, picture.shape[1] // SCALE
    evidence, density = np.ones(shape, np.float32), np.zeros(shape, np.float32)
    shown, pooled = np.zeros(shape, np.float32), np.ones((2, *shape), np.float32)
    regions: list[tuple[slice, ...]] = []
    for cells in look.windows:
        window = tuple(slice(_PER_CELL * cells[i], _PER_CELL * cells[i + 2]) for i in (0, 1))
        of_film = tuple(slice(SCALE * part.start, SCALE * part.stop) for part in window)
        noise = look.usual[cells[0] : cells[2], cells[1] : cells[3]]
        noise = noise.repeat(_PER_CELL, 0).repeat(_PER_CELL, 1)
        even = without_edges(picture[of_film], noise)
        evidence[window], density[window] = _strokes(even, noise)
        shown[window] = (even[::2, ::2] + even[1::2, ::2] + even[::2, 1::2] + even[1::2, 1::2]) / 4
        pooled[:, *window] = _pooled(evidence[window])
        is_line = pooled[:, *window].max(axis=0) > _LINE
        regions += _regions(is_line, window[0].start, window[1].start)
    return StrokeMap(evidence, density, shown, pooled, around(regions, shape, _AROUND))


def plain_windows(strokes: StrokeMap) -> tuple[Box, ...]:
    """Return boxes around what may be lines and has evidence that somebody could read."""
    regions: list[tuple[slice, ...]] = []
    for top, left, bottom, right in strokes.windows:
        is_plain = strokes.pooled[:, top:bottom, left:right].max(axis=0) > _PLAIN
        regions += _regions(is_plain, top, left)
    return around(regions, strokes.density.shape, _AROUND)


def _pooled(evidence: _FLOATS) -> _FLOATS:
    """Return the evidence of strokes around each pixel, (2, ...): along columns, and along rows.

    Pooled over so many pixels, noise comes to much the same everywhere; strokes that hardly rise
    above it one by one do not.
    """
    clear = np.minimum(evidence, np.float32(_CLEAR))
    pooled = [ndimage.uniform_filter(clear, pool) for pool in (_POOL[::-1], _POOL)]
    return np.stack(pooled)


def _regions(lines: _MASK, top: int, left: int) -> list[tuple[slice, ...]]:
    """Return the regions of a part of a map, in places of the whole."""
    return [
        (
            slice(top + rows.start, top + rows.stop),
            slice(left + columns.start, left + columns.stop),
        )
        for rows, columns in ndimage.find_objects(ndimage.label(lines)[0])
    ]


def without_edges(part: _FLOATS, noise: _FLOATS) -> _FLOATS:
    """Take long straight edges out of a part of a film, so that text across them stands alone.

    Parameters
    ----------
    part
        float32 (rows, columns), both even.
    noise
        The usual jump, at half resolution.
    """
    sharp = _steps(part) > _limit(noise)
    thin = _density(sharp) < _THIN_PAIR
    even = part
    for axis in (0, 1):
        edges = _straight(sharp, axis) & thin
        if edges.any():
            even = even.copy() if even is part else even
            _level(even if axis else even.T, np.asarray(edges.any(axis=axis)))
    return even


def _level(lines: _FLOATS, crossed: npt.NDArray[np.bool_]) -> None:
    """Replace what lines along an edge have in common by a ramp from one of its sides to the other.

    Parameters
    ----------
    lines
        float32 (lines, pixels), changed in place.
    crossed
        bool (lines // 2,): which of them an edge runs along.
    """
    wide = ndimage.binary_dilation(crossed, iterations=_EDGE).repeat(SCALE)
    for (band,) in ndimage.find_objects(ndimage.label(wide)[0]):
        # A median keeps an edge in its place, be it tilted, and sees no stroke shorter than half.
        common = np.stack(
            [ndimage.median_filter(line, _COMMON, mode="nearest") for line in lines[band]]
        )
        ramp = np.linspace(0, 1, len(common), dtype=np.float32)[:, None]
        lines[band] += common[0] + ramp * (common[-1] - common[0]) - common


def _strokes(part: _FLOATS, noise: _FLOATS) -> tuple[_FLOATS, _FLOATS]:
    """Return the evidence and the density of a part of a film."""
    steps = _steps(part)
    sharp = steps > _limit(noise)
    straight = (_straight(sharp, 0) | _straight(sharp, 1)) & (_density(sharp) < _THIN)
    density = _density(sharp & ~straight)
    steepness = steps / np.maximum(noise, np.float32(FLOOR / _OVER_NOISE))
    steepness[ndimage.binary_dilation(straight, np.ones((3, 3)), iterations=2)] = 1.0
    return np.minimum(steepness, np.float32(_MOST_EVIDENCE)), density


def _limit(noise: _FLOATS) -> _FLOATS:
    """Return what a jump has to exceed to be sharp."""
    limit: _FLOATS = np.maximum(_OVER_NOISE * noise, np.float32(FLOOR))
    return limit


def _density(sharp: _MASK) -> _FLOATS:
    """Return the share of sharp pixels around each."""
    share: _FLOATS = ndimage.uniform_filter(sharp.astype(np.float32), _WINDOW)
    return share


def _steps(part: _FLOATS) -> _FLOATS:
    """Return the larger of the jumps along rows and along columns, at half resolution."""
    # Each averaged over six pixels across: strokes go on from row to row, and noise does not.
    rows = (part[::2] + part[1::2]) * np.float32(0.5)
    columns = (part[:, ::2] + part[:, 1::2]) * np.float32(0.5)
    across = jumps(ndimage.uniform_filter1d(rows, 3, axis=0))
    down = jumps_down(ndimage.uniform_filter1d(columns, 3, axis=1))
    steps: _FLOATS = np.maximum(across, down)
    return steps


def _straight(sharp: _MASK, axis: int) -> _MASK:
    """Return the long straight edges of a map that run along an axis."""
    if sharp.shape[axis] <= _STRAIGHT:
        return np.zeros_like(sharp)
    # Three wide, so that a collimator may be tilted by a degree or two.
    wide = ndimage.maximum_filter1d(sharp.astype(np.uint8), 3, axis=1 - axis)
    low = ndimage.minimum_filter1d(wide, _STRAIGHT, axis=axis)
    found: _MASK = ndimage.maximum_filter1d(low, _STRAIGHT, axis=axis).astype(bool)
    return found


def render(strokes: StrokeMap, window: Box, along: int, pen: Pen = WIDE) -> _FLOATS:
    """Show thin structures where there may be lines along an axis, as gray 0 to 1 on even gray.

    A structure wider than a stroke, an edge of any steepness included, leaves nothing behind.

    Parameters
    ----------
    strokes
        The film's stroke map.
    window
        The part of it to show.
    along
        Which axis.
    pen
        What a stroke is.
    """
    widest, soft, quiet = pen
    top, left, bottom, right = window
    # Noise is quieted first: its extremes would be taken for the ground of thin structures.
    small = ndimage.gaussian_filter(strokes.shown[top:bottom, left:right], soft, truncate=2.0)
    opened = ndimage.maximum_filter(ndimage.minimum_filter(small, widest), widest)
    closed = ndimage.minimum_filter(ndimage.maximum_filter(small, widest), widest)
    thin = np.clip((2 * small - opened - closed) / np.float32(2 * _FULL_CONTRAST), -0.5, 0.5)
    pooled = strokes.pooled[along, top:bottom, left:right]
    thin *= np.clip((pooled - _NO_LINE) / np.float32(_LINE - _NO_LINE), 0, 1)
    rendering: _FLOATS = ndimage.gaussian_filter(thin + np.float32(0.5), quiet, truncate=2.0)
    return rendering
