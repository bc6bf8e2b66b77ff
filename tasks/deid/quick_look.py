"""Where on a film text can be at all: a look that costs little and finds most of a film empty.

It sees the jumps that ``strokes`` looks for, but of every third place alone: a glyph of 26 pixels
stands in three or four groups of six rows. Nothing is looked at closely but what it points out.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import ndimage

Box = tuple[int, int, int, int]
_FLOATS = npt.NDArray[np.float32]
_MASK = npt.NDArray[np.bool_]

# Pixels of the film along each side of a cell.
CELL: Final = 6
# A jump exceeds the usual one around it so many times, and this share of the film's range.
_OVER_NOISE: Final = 2.5
FLOOR: Final = 0.006
# The rest is in cells. Noise is measured block by block, and by how bright the film is: beside
# bone the dark ground is quiet, and the bone's own noise would be the sharpest thing around.
_BLOCK: Final = 5
_NOISE_BLOCKS: Final = 7
_NOISE_PERCENTILE: Final = 40
_OF_BOTH: Final = 1.3
_GRAYS: Final = 40
_FEWEST_BLOCKS: Final = 8
# No row of glyphs is as long as the edge of a collimator without a gap.
_STRAIGHT: Final = 27
_WINDOW: Final = 5
_MIN_DENSITY: Final = 0.1
# Two glyphs of the smallest text, widened; one alone names nobody.
_MIN_EXTENT: Final = 11
_MARGIN: Final = 5


@dataclass(frozen=True, slots=True, eq=False)
class QuickLook:
    """What a first look at a film says.

    Attributes
    ----------
    usual
        float32 (rows, columns) of cells: the usual jump around each, noise but no strokes.
    windows
        Boxes (top, left, bottom, right) of cells, ends outside, which do not overlap: where sharp
        edges crowd, with a margin. None: there is no text on the film.
    """

    usual: _FLOATS
    windows: tuple[Box, ...]


def quick_look(picture: _FLOATS) -> QuickLook:
    """Find where sharp edges crowd on a film.

    Parameters
    ----------
    picture
        float32 (rows, columns) in [0, 1].
    """
    rows, columns = (side // CELL for side in picture.shape)
    if not rows or not columns:
        return QuickLook(np.zeros((1, 1), np.float32), ())
    even = np.ascontiguousarray(picture[: rows * CELL, : columns * CELL])
    mean = np.full(CELL, 1 / CELL, np.float32)
    upright: _FLOATS = (mean @ even.reshape(rows, CELL, -1)).reshape(rows, -1)
    lying = (even.reshape(-1, CELL) @ mean).reshape(-1, columns)
    across = jumps(upright).reshape(rows, columns, -1)
    down = jumps(np.ascontiguousarray(lying.T)).reshape(columns, rows, -1).transpose(1, 0, 2)
    gray: _FLOATS = (upright.reshape(-1, CELL) @ mean).reshape(rows, columns)
    usual = _usual(across, down, gray)
    limit = np.maximum(_OVER_NOISE * usual, np.float32(FLOOR))[..., None]
    upright_edges = _without_lines((across > limit).mean(axis=2, dtype=np.float32))
    level_edges = _without_lines((down > limit).mean(axis=2, dtype=np.float32).T).T
    share = 1 - (1 - upright_edges) * (1 - level_edges)
    return QuickLook(usual, _windows(ndimage.uniform_filter(share, _WINDOW) > _MIN_DENSITY))


def jumps(lines: _FLOATS) -> _FLOATS:
    """Return how much steeper lines are over two pixels than over six, at half resolution.

    Parameters
    ----------
    lines
        float32 (lines, pixels), pixels even.
    """
    pixels = lines.shape[1]
    padded = np.pad(lines, ((0, 0), (3, 3)), "edge")
    steep = padded[:, 4 : 4 + pixels] - padded[:, 2 : 2 + pixels]
    steep -= (padded[:, 6:] - padded[:, :pixels]) * np.float32(1 / 3)
    np.abs(steep, out=steep)
    larger: _FLOATS = np.maximum(steep[:, ::2], steep[:, 1::2])
    return larger


def _usual(across: _FLOATS, down: _FLOATS, gray: _FLOATS) -> _FLOATS:
    """Return the usual jump around each cell, or that of places as bright, if it is larger."""
    noise = np.maximum(_block_medians(across[..., 1]), _block_medians(down[..., 1]))
    noise *= np.float32(_OF_BOTH)
    local = ndimage.percentile_filter(noise, _NOISE_PERCENTILE, _NOISE_BLOCKS)
    rows, columns = (
        np.minimum(np.arange(cells) // _BLOCK, blocks - 1)
        for cells, blocks in zip(gray.shape, noise.shape, strict=True)
    )
    grays, of_gray = _by_gray(noise, _block_medians(gray))
    there = np.interp(ndimage.uniform_filter(gray, 3), grays, of_gray).astype(np.float32)
    usual: _FLOATS = np.maximum(local[np.ix_(rows, columns)], there)
    return usual


def _block_medians(cells: _FLOATS) -> _FLOATS:
    """Return the median of each block of cells."""
    padded = np.pad(cells, [(0, max(_BLOCK - side, 0)) for side in cells.shape], "edge")
    rows, columns = (side // _BLOCK for side in padded.shape)
    blocks = padded[: rows * _BLOCK, : columns * _BLOCK].reshape(rows, _BLOCK, columns, _BLOCK)
    flat = blocks.transpose(0, 2, 1, 3).reshape(rows, columns, -1)
    medians: _FLOATS = np.median(flat, axis=2)
    return medians


def _by_gray(noise: _FLOATS, gray: _FLOATS) -> tuple[_FLOATS, _FLOATS]:
    """Return grays, rising, and the usual noise at each."""
    order = np.argsort(gray, axis=None, kind="stable")
    alike = np.array_split(order, max(min(len(order) // _FEWEST_BLOCKS, _GRAYS), 1))
    grays = [np.median(gray.ravel()[blocks]) for blocks in alike]
    usual = [np.percentile(noise.ravel()[blocks], _NOISE_PERCENTILE) for blocks in alike]
    return np.array(grays, np.float32), np.array(usual, np.float32)


def _without_lines(edges: _FLOATS) -> _FLOATS:
    """Take long lines along the first axis out of a map of the edges that cross it."""
    if edges.shape[0] <= _STRAIGHT:
        return edges
    # Three wide, so that a collimator may be tilted by a degree or two.
    wide = ndimage.maximum_filter1d((edges > 0).astype(np.uint8), 3, axis=1)
    low = ndimage.minimum_filter1d(wide, _STRAIGHT, axis=0)
    is_line = ndimage.maximum_filter1d(low, _STRAIGHT, axis=0).astype(bool)
    return np.where(is_line, np.float32(0), edges)


def _windows(edges: _MASK) -> tuple[Box, ...]:
    """Return boxes around crowds that have room for more than one glyph."""
    labels, _ = ndimage.label(ndimage.maximum_filter(edges, _WINDOW))
    regions = [
        region
        for region in ndimage.find_objects(labels)
        if max(part.stop - part.start for part in region) >= _MIN_EXTENT
    ]
    return around(regions, edges.shape, _MARGIN)


def around(
    regions: Iterable[tuple[slice, ...]], shape: tuple[int, ...], margin: int, step: int = 1
) -> tuple[Box, ...]:
    """Return boxes around regions of a map, joined where they overlap.

    Parameters
    ----------
    regions
        (rows, columns) of the map.
    shape
        Of what the boxes are for.
    margin
        Even ground around each, in pixels of that.
    step
        How many of these a pixel of the map stands for.
    """
    return merged(
        [
            (
                max(rows.start * step - margin, 0),
                max(columns.start * step - margin, 0),
                min(rows.stop * step + margin, shape[0]),
                min(columns.stop * step + margin, shape[1]),
            )
            for rows, columns in regions
        ]
    )


def merged(boxes: list[Box]) -> tuple[Box, ...]:
    """Join boxes that overlap until none do."""
    apart: list[Box] = []
    for box in boxes:
        whole = box
        while True:
            met = next((one for one in apart if _overlap(one, whole)), None)
            if met is None:
                break
            apart.remove(met)
            low, high = np.minimum(met, whole), np.maximum(met, whole)
            whole = (int(low[0]), int(low[1]), int(high[2]), int(high[3]))
        apart.append(whole)
    return tuple(sorted(apart))


def _overlap(one: Box, other: Box) -> bool:
    """Return whether two boxes share a cell."""
    return all(max(one[i], other[i]) < min(one[i + 2], other[i + 2]) for i in (0, 1))
