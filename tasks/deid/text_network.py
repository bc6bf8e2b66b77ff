"""How much each place of a film looks like a line of text, by a small network that runs offline.

It learned from text planted in phantoms, in grain, across the edges of bones and fields and as
faint as can be read: networks that learned from print see nothing of that.
``benchmarks/deidentification/train_text_network.py`` made it, see ``models/README.md``.
"""

from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from tasks.deid.quick_look import Box, merged

_FLOATS = npt.NDArray[np.float32]
MODEL: Final = "models/text_network.onnx"
# Pixels of the picture along each side of a cell, and what the sides of a part have to divide by.
CELL: Final = 8
_STRIDE: Final = 32
# What the network has to see around a window to judge all that is in it.
_AROUND: Final = 64


def beliefs(picture: _FLOATS, windows: Iterable[Box]) -> _FLOATS:
    """Return how much each cell looks like part of a line of text.

    Parameters
    ----------
    picture
        Film as displayed, float32 (rows, columns) in [0, 1].
    windows
        Boxes (top, left, bottom, right) in its pixels, ends outside: where to look.

    Returns
    -------
    float32 (rows / 8, columns / 8), rounded up, 0 to 1; 0 where nothing was looked at.
    """
    rows, columns = picture.shape
    believed = np.zeros((-(-rows // CELL), -(-columns // CELL)), np.float32)
    for top, left, bottom, right in merged([_widened(one, picture.shape) for one in windows]):
        said = _ask(picture[top:bottom, left:right])
        row, column = top // CELL, left // CELL
        believed[row : row + said.shape[0], column : column + said.shape[1]] = said
    return believed


def _widened(window: Box, shape: tuple[int, ...]) -> Box:
    """Return a window with what is around it, from where the network's coarsest cells begin."""
    top, left, bottom, right = window
    return (
        max(top - _AROUND, 0) // _STRIDE * _STRIDE,
        max(left - _AROUND, 0) // _STRIDE * _STRIDE,
        min(bottom + _AROUND, shape[0]),
        min(right + _AROUND, shape[1]),
    )


@cache
def _session() -> Any:  # noqa: ANN401 - a type of what is imported late
    """Load the network once a process, on one thread: films are what runs in parallel."""
    import onnxruntime  # noqa: PLC0415 - for those alone who look for text

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # Windows differ in size: kept memory would be that of the largest, and plans one a size.
    options.enable_cpu_mem_arena = options.enable_mem_pattern = False
    content = files(__package__).joinpath(MODEL).read_bytes()
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])


def _ask(part: _FLOATS) -> _FLOATS:
    """Run the network on a part of a film, which goes on mirrored to the network's stride."""
    cells = [-(-side // CELL) for side in part.shape]
    missing = [(0, -side % _STRIDE) for side in part.shape]
    planes: Any = np.pad(part, missing, "symmetric")[None, None]
    (logits,) = _session().run(None, {"film": planes})
    believed: _FLOATS = 1 / (1 + np.exp(-logits[0, 0, : cells[0], : cells[1]]))
    return believed
