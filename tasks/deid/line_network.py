"""Whether what may be a line is text, by a small network that sees its strokes and its ground.

The networks of ``text_network`` judge cell by cell; this one sees the whole line that they see, at
one size, so that print as faint as its noise and cartilage as bright as print are told apart.
``benchmarks/deidentification/train_line_network.py`` made it, see ``models/README.md``.
"""

import math
from typing import Final

import numpy as np
import numpy.typing as npt
from PIL import Image
from scipy import ndimage

from tasks.deid.cells import Place, grown, in_pixels, within
from tasks.deid.text_network import CELL, session

_FLOATS = npt.NDArray[np.float32]
_MASK = npt.NDArray[np.bool_]

MODEL: Final = "models/line_network.onnx"
# A line is shown so many pixels thick, never much enlarged, with some of what is around it.
_THICK_PX: Final = 32
_THINNEST: Final = 2
_ENLARGED: Final = 1.5
_REDUCED: Final = 0.1
_AROUND: Final = 0.75
# What the network's coarsest cells are wide, and the least that it is shown.
_STRIDE: Final = 8
_LEAST_PX: Final = 16
# What is longer, or higher, is judged by so much of its beginning.
_MOST_PX: Final = (192, 1024)


def log_odds(picture: _FLOATS, believed: _FLOATS, core: _MASK, place: Place) -> float:
    """Return how likely a line is text, as log odds; takes what ``shown`` takes."""
    planes = shown(picture, believed, core, place)
    (odds,) = session(MODEL).run(None, {"line": planes[None]})
    return float(odds[0])


def shown(picture: _FLOATS, believed: _FLOATS, core: _MASK, place: Place) -> _FLOATS:
    """Return what the network is shown of a line.

    Parameters
    ----------
    picture
        Film as displayed, or a smaller copy of it, float32 (rows, columns) in [0, 1].
    believed
        float32 (rows / 8, columns / 8), rounded up: how much each cell looks like text.
    core
        The line's cells among those of its place.
    place
        Its rows and columns in ``believed``.

    Returns
    -------
    float32 (3, rows, columns), sides multiples of 8, 16 to 192 and 16 to 1,024 pixels, the longer
    one across: the line with what is around it, how far it is believed in, and its cells as 1.
    """
    # Where a line runs into anatomy it is thick in one place, and not on the whole.
    usual = math.ceil(core.sum() / max(core.shape))
    thick = max(min(thickness(core), usual), _THINNEST)
    around = math.ceil(_AROUND * thick)
    view = grown(place, around, believed.shape)
    part = picture[in_pixels(view)]
    scale = min(max(_THICK_PX / (CELL * thick), _REDUCED), _ENLARGED)
    sides = [max(math.ceil(side * scale / _STRIDE) * _STRIDE, _LEAST_PX) for side in part.shape]
    cells = np.zeros(believed[view].shape, np.float32)
    cells[within(place, view)] = core
    planes = np.stack([
        _resized(part, sides, Image.Resampling.BILINEAR),
        _resized(believed[view], sides, Image.Resampling.BILINEAR),
        _resized(cells, sides, Image.Resampling.NEAREST),
    ])  # fmt: skip
    lengthwise = planes.transpose(0, 2, 1) if sides[0] > sides[1] else planes
    return np.ascontiguousarray(lengthwise[:, : _MOST_PX[0], : _MOST_PX[1]])


def thickness(core: _MASK) -> int:
    """Return how thick a core is where it is thickest, in cells, whichever way it bends."""
    return int(2 * ndimage.distance_transform_edt(np.pad(core, 1)).max() - 1)


def _resized(plane: _FLOATS, sides: list[int], way: Image.Resampling) -> _FLOATS:
    image = Image.fromarray(np.ascontiguousarray(plane))
    return np.asarray(image.resize((sides[1], sides[0]), way), np.float32)
