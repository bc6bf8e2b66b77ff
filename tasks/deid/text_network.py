"""How much each place of a film looks like a line of text, by small networks that run offline.

They learned from text planted in phantoms, in grain, across the edges of bones and fields and as
faint as can be read: networks that learned from print see nothing of that.
``benchmarks/deidentification/train_text_network.py`` made them, see ``models/README.md``.
"""

from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from tasks.deid.quick_look import Box, merged

_FLOATS = npt.NDArray[np.float32]
# For lines of print on the film, and for tall letters on copies of it, where a spine is a line.
PRINT: Final = "models/text_network.onnx"
TALL: Final = "models/tall_letters.onnx"
# Pixels of the picture along each side of a cell, and what the sides of a part have to divide by.
CELL: Final = 8
_STRIDE: Final = 32
# What the network has to see around a window to judge all that is in it.
_AROUND: Final = 64
# Where it believes so much in text at a window's side the line goes on, and so much more is asked.
_RUNS_OUT: Final = 0.2
_FURTHER: Final = 256


def beliefs(picture: _FLOATS, windows: Iterable[Box], model: str = PRINT) -> _FLOATS:
    """Return how much each cell looks like part of a line of text.

    Parameters
    ----------
    picture
        Film as displayed, float32 (rows, columns) in [0, 1].
    windows
        Boxes (top, left, bottom, right) in its pixels, ends outside: where to look.
    model
        ``PRINT`` or ``TALL``.

    Returns
    -------
    float32 (rows / 8, columns / 8), rounded up, 0 to 1; 0 where nothing was looked at.
    """
    rows, columns = picture.shape
    believed = np.zeros((-(-rows // CELL), -(-columns // CELL)), np.float32)
    waiting = list(merged([_widened(one, picture.shape, (_AROUND,) * 4) for one in windows]))
    while waiting:
        window = waiting.pop()
        top, left, bottom, right = window
        said = _ask(picture[top:bottom, left:right], model)
        wider = _widened(window, picture.shape, _running_out(said))
        if wider != window:
            waiting.append(wider)
            continue
        row, column = top // CELL, left // CELL
        there = believed[row : row + said.shape[0], column : column + said.shape[1]]
        np.maximum(there, said, out=there)
    return believed


def _running_out(said: _FLOATS) -> tuple[int, ...]:
    """Return by how much to widen a window at each side: where a line runs out of it."""
    rims = said[0], said[:, 0], said[-1], said[:, -1]
    return tuple(_FURTHER if rim.max() > _RUNS_OUT else 0 for rim in rims)


def _widened(window: Box, shape: tuple[int, ...], by: tuple[int, ...]) -> Box:
    """Return a window with what is around it, from where the network's coarsest cells begin."""
    top, left, bottom, right = window
    return (
        max(top - by[0], 0) // _STRIDE * _STRIDE,
        max(left - by[1], 0) // _STRIDE * _STRIDE,
        min(bottom + by[2], shape[0]),
        min(right + by[3], shape[1]),
    )


@cache
def session(model: str) -> Any:  # noqa: ANN401 - a type of what is imported late
    """Load a network once a process, on one thread: films are what runs in parallel.

    Parameters
    ----------
    model
        Its file in this package.
    """
    import onnxruntime  # noqa: PLC0415 - for those alone who look for text

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # Windows differ in size: kept memory would be that of the largest, and plans one a size.
    options.enable_cpu_mem_arena = options.enable_mem_pattern = False
    content = files(__package__).joinpath(model).read_bytes()
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])


def _ask(part: _FLOATS, model: str) -> _FLOATS:
    """Run a network on a part of a film, which goes on mirrored to the network's stride."""
    cells = [-(-side // CELL) for side in part.shape]
    missing = [(0, -side % _STRIDE) for side in part.shape]
    planes = np.pad(part, missing, "symmetric")[None, None]
    (logits,) = session(model).run(None, {"film": planes})
    believed: _FLOATS = 1 / (1 + np.exp(-logits[0, 0, : cells[0], : cells[1]]))
    return believed
