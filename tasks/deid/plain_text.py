"""How steep a film's steps are, and what stands in for the network where it is not installed.

A search for edges alone: it finds plain text and misses faint text.
"""

from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from tasks.deid.quick_look import Box

_FLOATS = npt.NDArray[np.float32]

# Blocks of so many pixels of the film, how many sharp ones make a part of a
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
