"""How far the strokes of a line stand out from their ground, cell by cell."""

from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from tasks.deid.cells import Place, in_pixels
from tasks.deid.text_network import CELL

_FLOATS = npt.NDArray[np.float32]

# A stroke is no wider than such a share of its line's thickness; and that in pixels.
_WIDEST: Final = 0.25
_WIDTHS_PX: Final = (5, 25)


def stroke_heights(picture: _FLOATS, place: Place, thick: int) -> _FLOATS:
    """Return how far the strongest stroke of each cell rises above its ground, or falls below.

    Parameters
    ----------
    picture
        Film as displayed, or a smaller copy of it, float32 (rows, columns) in [0, 1].
    place
        Rows and columns of cells.
    thick
        Of the line there, in cells.

    Returns
    -------
    float32, one for each cell of the place, 0 to 1. What is wider than a stroke can be is ground.
    """
    part = picture[in_pixels(place)]
    width = int(np.clip(round(_WIDEST * CELL * thick), *_WIDTHS_PX))
    above, below = ndimage.white_tophat(part, width), ndimage.black_tophat(part, width)
    cells = [side.stop - side.start for side in place]
    # At the film's end cells may be cut.
    missing = [(0, CELL * n - there) for n, there in zip(cells, part.shape, strict=True)]
    strokes = np.pad(np.maximum(above, below), missing)
    heights: _FLOATS = strokes.reshape(cells[0], CELL, cells[1], CELL).max((1, 3))
    return heights
