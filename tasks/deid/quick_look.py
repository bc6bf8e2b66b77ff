"""Where on a film text can be at all: a look that costs little and finds most of a film empty.

An x-ray edge is blurred by focus, patient and detector over several pixels and lies under noise; a
glyph written into the stored values jumps from one pixel to the next. Such jumps are looked for at
every third place: a glyph of 26 pixels stands in three or four groups of six rows. Nothing is
looked at closely but where they crowd.
"""

from typing import Any, Final

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
_FLOOR: Final = 0.006
# The largest value of which a cell's side adds up to 16 bits.
_FITS: Final = 65535 // CELL
# The rest is in cells. Noise is measured block by block, and by how bright the film is: beside
# bone the dark ground is quiet, and the bone's own noise would be the sharpest thing around.
_BLOCK: Final = 5
_NOISE_BLOCKS: Final = 7
_NOISE_PERCENTILE: Final = 40
_OF_BOTH: Final = 1.3
# Under a shutter, and where the film is white, there is so much less noise than in the field nearby
# that only places as bright say what is usual; with some to spare.
_QUIET: Final = 0.25
_SPARE: Final = 1.5
_GRAYS: Final = 40
_FEWEST_BLOCKS: Final = 8
_STEPS: Final = 256
# No row of glyphs is as long as the edge of a collimator without a gap.
_STRAIGHT: Final = 27
_WINDOW: Final = 5
_MIN_DENSITY: Final = 0.1
# Two glyphs of the smallest text, widened; one alone names nobody.
_MIN_EXTENT: Final = 11
_MARGIN: Final = 5


def quick_look(film: npt.NDArray[Any], span: float = 1.0) -> tuple[Box, ...]:
    """Find where sharp edges crowd on a film.

    Parameters
    ----------
    film
        Values of any type (rows, columns).
    span
        From the film's black to its white.

    Returns
    -------
    Boxes (top, left, bottom, right) of its pixels, ends outside, which do not overlap, with a
    margin. None: there is no text on the film.
    """
    rows, columns = (side // CELL for side in film.shape)
    if not rows or not columns:
        return ()
    even = film[: rows * CELL, : columns * CELL]
    upright = _means(even, 0, span)
    gray = _means(upright, 1)
    across, down = _jumps(upright), _jumps_down(_means(even, 1, span))
    thirds = [(across[:, part::3], down[part::3]) for part in range(3)]
    limit = np.maximum(_OVER_NOISE * _usual(*thirds[1], gray), np.float32(_FLOOR))
    upright_edges = _without_lines(_share([part > limit for part, _ in thirds]))
    level_edges = _without_lines(_share([part > limit for _, part in thirds]).T).T
    share = 1 - (1 - upright_edges) * (1 - level_edges)
    return _windows(ndimage.uniform_filter(share, _WINDOW) > _MIN_DENSITY)


def _means(values: npt.NDArray[Any], axis: int, span: float = 1.0) -> _FLOATS:
    """Return the mean of each six rows, or columns, over the span.

    Whole numbers are added up in their own type where the sum fits, which takes half the time.
    """
    parts = [values[part::CELL] if axis == 0 else values[:, part::CELL] for part in range(CELL)]
    fits = values.dtype == np.uint16 and int(values.max()) <= _FITS
    total = parts[0].astype(np.uint16 if fits else np.float32)
    for part in parts[1:]:
        np.add(total, part, out=total)
    means: _FLOATS = total.astype(np.float32)
    means *= np.float32(1 / (CELL * span))
    return means


def _share(parts: list[_MASK]) -> _FLOATS:
    """Return in how many of some masks each place is, as a share."""
    count = parts[0].astype(np.uint8)
    for part in parts[1:]:
        count += part
    share: _FLOATS = count * np.float32(1 / len(parts))
    return share


def _jumps(lines: _FLOATS) -> _FLOATS:
    """Return how much steeper lines are over two pixels than over six, at half resolution.

    Parameters
    ----------
    lines
        float32 (lines, pixels), pixels even.
    """
    steep = _three_jumps(lines.T).T
    return np.maximum(steep[:, ::2], steep[:, 1::2]) * np.float32(1 / 3)


def _jumps_down(lines: _FLOATS) -> _FLOATS:
    """Return the same of lines that run along columns: (pixels, lines)."""
    steep = _three_jumps(lines)
    return np.maximum(steep[::2], steep[1::2]) * np.float32(1 / 3)


def _three_jumps(lines: _FLOATS) -> _FLOATS:
    """Return three times the jump of (pixels, lines) at each pixel, laid out as the lines are."""
    padded = np.concatenate([*[lines[:1]] * 3, lines, *[lines[-1:]] * 3])
    steep = padded[4:-2] - padded[2:-4]
    steep *= np.float32(3)
    steep -= padded[6:]
    steep += padded[:-6]
    absolute: _FLOATS = np.abs(steep, out=steep)
    return absolute


def _usual(across: _FLOATS, down: _FLOATS, gray: _FLOATS) -> _FLOATS:
    """Return the usual jump around each cell, or that of places as bright, if larger or tiny."""
    noise = np.maximum(_block_medians(across), _block_medians(down))
    noise *= np.float32(_OF_BOTH)
    local = _percentiles_around(noise)
    rows, columns = (
        np.minimum(np.arange(cells) // _BLOCK, blocks - 1)
        for cells, blocks in zip(gray.shape, noise.shape, strict=True)
    )
    there = _at_gray(*_by_gray(noise, _block_medians(gray)), ndimage.uniform_filter(gray, 3))
    near = local[np.ix_(rows, columns)]
    is_quiet = there < np.float32(_QUIET) * near
    usual: _FLOATS = np.where(is_quiet, np.float32(_SPARE) * there, np.maximum(near, there))
    return usual


def _block_medians(cells: _FLOATS) -> _FLOATS:
    """Return the median of each block of cells."""
    padded = np.pad(cells, [(0, max(_BLOCK - side, 0)) for side in cells.shape], "edge")
    rows, columns = (side // _BLOCK for side in padded.shape)
    blocks = padded[: rows * _BLOCK, : columns * _BLOCK].reshape(rows, _BLOCK, columns, _BLOCK)
    flat = blocks.transpose(0, 2, 1, 3).reshape(rows, columns, -1)
    middle = flat.shape[2] // 2
    medians: _FLOATS = np.partition(flat, middle, axis=2)[..., middle]
    return medians


def _percentiles_around(blocks: _FLOATS) -> _FLOATS:
    """Return the percentile of the noise around each block."""
    around = np.lib.stride_tricks.sliding_window_view(
        np.pad(blocks, _NOISE_BLOCKS // 2, "symmetric"), (_NOISE_BLOCKS, _NOISE_BLOCKS)
    ).reshape(*blocks.shape, -1)
    rank = around.shape[2] * _NOISE_PERCENTILE // 100
    percentiles: _FLOATS = np.partition(around, rank, axis=2)[..., rank]
    return percentiles


def _by_gray(noise: _FLOATS, gray: _FLOATS) -> tuple[_FLOATS, _FLOATS]:
    """Return grays, rising, and the usual noise at each."""
    order = np.argsort(gray, axis=None, kind="stable")
    count = max(min(len(order) // _FEWEST_BLOCKS, _GRAYS), 1)
    # As many blocks of each gray: where they do not divide, some count twice.
    size = -(-len(order) // count)
    alike = order[np.arange(count * size) * len(order) // (count * size)].reshape(count, size)
    grays = np.median(gray.ravel()[alike], axis=1)
    return grays, np.percentile(noise.ravel()[alike], _NOISE_PERCENTILE, axis=1)


def _at_gray(grays: _FLOATS, noise: _FLOATS, gray: _FLOATS) -> _FLOATS:
    """Look up the noise at each gray: in a table of steps, for interpolating is slow."""
    low, step = float(grays[0]), max(float(grays[-1] - grays[0]) / _STEPS, 1e-6)
    table = np.interp(low + step * np.arange(_STEPS + 1), grays, noise).astype(np.float32)
    there: _FLOATS = table[np.clip((gray - low) / step + 0.5, 0, _STEPS).astype(np.intp)]
    return there


def _without_lines(edges: _FLOATS) -> _FLOATS:
    """Take long lines along the first axis out of a map of the edges that cross it."""
    rows = edges.shape[0]
    if rows <= _STRAIGHT:
        return edges
    is_edge = edges > 0
    # Three wide, so that a collimator may be tilted by a degree or two.
    wide = is_edge.copy()
    wide[:, 1:] |= is_edge[:, :-1]
    wide[:, :-1] |= is_edge[:, 1:]
    # Places from which an edge goes on for so long, found by doubling; and all that they reach.
    starts, long = wide, 1
    while long < _STRAIGHT:
        further = min(long, _STRAIGHT - long)
        starts = starts[: len(starts) - further] & starts[further:]
        long += further
    is_line, long = np.pad(starts, ((0, rows - len(starts)), (0, 0))), 1
    while long < _STRAIGHT:
        further = min(long, _STRAIGHT - long)
        is_line[further:] |= is_line[:-further].copy()
        long += further
    return np.where(is_line, np.float32(0), edges)


def _windows(edges: _MASK) -> tuple[Box, ...]:
    """Return boxes around crowds that have room for more than one glyph."""
    labels, _ = ndimage.label(ndimage.maximum_filter(edges, _WINDOW))
    return merged(
        [
            (
                max(rows.start - _MARGIN, 0) * CELL,
                max(columns.start - _MARGIN, 0) * CELL,
                min(rows.stop + _MARGIN, edges.shape[0]) * CELL,
                min(columns.stop + _MARGIN, edges.shape[1]) * CELL,
            )
            for rows, columns in ndimage.find_objects(labels)
            if max(rows.stop - rows.start, columns.stop - columns.start) >= _MIN_EXTENT
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
    """Return whether two boxes share a pixel."""
    return all(max(one[i], other[i]) < min(one[i + 2], other[i + 2]) for i in (0, 1))
