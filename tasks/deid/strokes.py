"""What tells burned-in text from anatomy: its edges are sharper than any shadow in the film.

An x-ray edge is blurred by focus, patient and detector over several pixels and lies under noise; a
glyph written into the stored values jumps from one pixel to the next. Where such jumps crowd, the
film is rendered as thin strokes on even ground: even faint text over endplates stands alone there.
"""

from dataclasses import dataclass
from typing import Any, Final

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
_MIN_DENSITY: Final = 0.12
_MOST_EVIDENCE: Final = 6.0
# Sigma that quiets the noise between strokes, for the network.
_QUIET: Final = 0.8
# A straight edge of a collimator; a line of small glyphs is as long, but not as thin.
_STRAIGHT: Final = 81
_THIN: Final = 0.45
# Two glyphs of the smallest text; one alone names nobody.
_MIN_EXTENT: Final = 24
_STROKE: Final = 9
_FULL_CONTRAST: Final = 0.06
_AROUND: Final = 16

# Without the network: blocks of so many pixels of the film, how many sharp ones make a part of a
# text, and what a step has to exceed.
_PX: Final = 8
_BLOCK_EDGES: Final = 4
_EDGE_STEP: Final = 0.04
_EDGE_OVER_NOISE: Final = 8.0
_REACH: Final = 3
_MIN_HEIGHT_PX: Final = 12
_MAX_HEIGHT_SHARE: Final = 0.08
_MIN_FILL: Final = 0.3
_MAX_FILL_LINE: Final = 12.0


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
    crowded
        bool: where they crowd over more than one glyph.
    windows
        Boxes around the crowds, with even ground. None: no strokes to look at.
    """

    evidence: _FLOATS
    density: _FLOATS
    crowded: _MASK
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
    crowded = np.zeros(shape, bool)
    for cells in look.windows:
        window = tuple(slice(_PER_CELL * cells[i], _PER_CELL * cells[i + 2]) for i in (0, 1))
        evidence[window], density[window] = _strokes(picture, look.usual, window)
        crowded[window] = _of_several_glyphs(density[window] > _MIN_DENSITY)
    return StrokeMap(evidence, density, crowded, _windows(crowded) if look.windows else ())


def _strokes(
    picture: _FLOATS, usual: _FLOATS, window: tuple[slice, ...]
) -> tuple[_FLOATS, _FLOATS]:
    """Return the evidence and the density of a window, of whole cells, of the stroke map."""
    down, right = (slice(SCALE * part.start, SCALE * part.stop) for part in window)
    part = picture[down, right]
    steps = _steps(part)
    cells = tuple(slice(part.start // _PER_CELL, part.stop // _PER_CELL) for part in window)
    noise = usual[cells].repeat(_PER_CELL, 0).repeat(_PER_CELL, 1)
    sharp = steps > np.maximum(_OVER_NOISE * noise, np.float32(FLOOR))
    straight = _straight(sharp) & (_density(sharp) < _THIN)
    density = _density(sharp & ~straight)
    steepness = steps / np.maximum(noise, np.float32(FLOOR / _OVER_NOISE))
    steepness[ndimage.binary_dilation(straight, np.ones((3, 3)), iterations=2)] = 1.0
    return np.minimum(steepness, np.float32(_MOST_EVIDENCE)), density


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


def _straight(sharp: _MASK) -> _MASK:
    """Return the long straight edges of a map, along rows and columns."""
    found = np.zeros_like(sharp)
    for axis in (0, 1):
        if sharp.shape[axis] > _STRAIGHT:
            # Three wide, so that a collimator may be tilted by a degree or two.
            wide = ndimage.maximum_filter1d(sharp.astype(np.uint8), 3, axis=1 - axis)
            low = ndimage.minimum_filter1d(wide, _STRAIGHT, axis=axis)
            found |= ndimage.maximum_filter1d(low, _STRAIGHT, axis=axis).astype(bool)
    return found


def _of_several_glyphs(edges: _MASK) -> _MASK:
    """Widen edges to crowds, and leave out those that have room for one glyph alone."""
    labels, count = ndimage.label(ndimage.maximum_filter(edges, _WINDOW))
    is_long = np.zeros(count + 1, bool)
    for number, region in enumerate(ndimage.find_objects(labels), 1):
        extent = max(part.stop - part.start for part in region)
        is_long[number] = extent >= _MIN_EXTENT + _WINDOW
    kept: _MASK = is_long[labels]
    return kept


def _windows(crowded: _MASK) -> tuple[Box, ...]:
    """Return boxes around crowds, which do not overlap, with even ground around each."""
    step = _AROUND // 2
    coarse = crowded[::step, ::step]
    labels, _ = ndimage.label(ndimage.binary_dilation(coarse, np.ones((3, 3)), iterations=2))
    return around(ndimage.find_objects(labels), crowded.shape, step, step)


def render(picture: _FLOATS, strokes: StrokeMap, window: Box) -> _FLOATS:
    """Show thin structures where sharp edges crowd, as gray 0 to 1 on even gray.

    A structure wider than a stroke, an edge of any steepness included, leaves nothing behind.

    Parameters
    ----------
    picture
        float32 (rows, columns) in [0, 1].
    strokes
        Its stroke map.
    window
        The part of the stroke map to show.
    """
    top, left, bottom, right = window
    even = picture[SCALE * top : SCALE * bottom, SCALE * left : SCALE * right]
    small = (even[::2, ::2] + even[1::2, ::2] + even[::2, 1::2] + even[1::2, 1::2]) / 4
    opened = ndimage.maximum_filter(ndimage.minimum_filter(small, _STROKE), _STROKE)
    closed = ndimage.minimum_filter(ndimage.maximum_filter(small, _STROKE), _STROKE)
    thin = (2 * small - opened - closed) / np.float32(2 * _FULL_CONTRAST)
    crowded = strokes.crowded[top:bottom, left:right]
    shown = np.where(crowded, np.clip(0.5 + thin, 0, 1), np.float32(0.5))
    rendering: _FLOATS = ndimage.gaussian_filter(shown, _QUIET, truncate=2.0)
    return rendering


def edges(stored: npt.NDArray[Any]) -> _FLOATS:
    """Return the larger step to the next row or column, float32 (rows - 1, columns - 1)."""
    values = stored.astype(np.float32)
    down = np.abs(np.diff(values, axis=0))[:, :-1]
    across = np.abs(np.diff(values, axis=1))[:-1]
    return np.maximum(down, across, out=down)


def sharpness(stored: npt.NDArray[Any], box: Box) -> float:
    """Return how far the steepest steps in a box stand out of its usual ones.

    Returns
    -------
    float
        98th percentile over median, both in stored units and at least one. Anatomy gives 2 to 4,
        ordinary text tens to thousands.
    """
    top, left, bottom, right = box
    steps = edges(stored[top:bottom, left:right])
    if steps.size == 0:
        return 0.0
    usual, steep = np.percentile(steps, (50, 98))
    return float(steep / (usual + 1.0))


def stroke_boxes(stored: npt.NDArray[Any], span: float) -> list[Box]:
    """Find text without a network: dense groups of steps that no shadow makes.

    Parameters
    ----------
    stored
        Stored values (rows, columns).
    span
        Range of the film's values without its extremes.
    """
    steps = edges(stored)
    rows, columns = (side // _PX for side in steps.shape)
    if not rows or not columns:
        return []
    blocks = steps[: rows * _PX, : columns * _PX].reshape(rows, _PX, columns, _PX)
    usual = np.median(blocks[:, ::2, :, ::2], axis=(1, 3))
    noise = ndimage.median_filter(usual, 9)
    limit = np.maximum(_EDGE_STEP * span, _EDGE_OVER_NOISE * noise)
    dense = (blocks > limit[:, None, :, None]).sum((1, 3)) >= _BLOCK_EDGES
    return _groups(dense, stored.shape)


def _groups(dense: npt.NDArray[np.bool_], shape: tuple[int, ...]) -> list[Box]:
    """Join dense blocks to lines of text, along rows and along columns."""
    found: list[Box] = []
    for reach in ((1, _REACH), (_REACH, 1)):
        padded = np.pad(dense, _REACH)
        joined = ndimage.binary_closing(padded, np.ones(reach))[_REACH:-_REACH, _REACH:-_REACH]
        labels, _ = ndimage.label(joined, np.ones((3, 3)))
        for number, (vertical, horizontal) in enumerate(ndimage.find_objects(labels), 1):
            fill = float((labels[vertical, horizontal] == number).mean())
            box = (
                max(vertical.start * _PX - _PX, 0),
                max(horizontal.start * _PX - _PX, 0),
                min(vertical.stop * _PX + _PX + 1, shape[0]),
                min(horizontal.stop * _PX + _PX + 1, shape[1]),
            )
            if _has_text_shape(box, fill, shape):
                found.append(box)
    return found


def _has_text_shape(box: Box, fill: float, shape: tuple[int, ...]) -> bool:
    """Return whether a group is as high and as full as a line of text, and no collimator edge."""
    height, width = box[2] - box[0] - 2 * _PX, box[3] - box[1] - 2 * _PX
    low, high = sorted((height, width))
    if not _MIN_HEIGHT_PX <= low <= _MAX_HEIGHT_SHARE * max(shape):
        return False
    is_line = high > _MAX_FILL_LINE * low and low <= 2 * _PX
    return fill >= _MIN_FILL and not is_line
