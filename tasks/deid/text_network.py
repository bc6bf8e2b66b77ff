"""Find lines of text in a rendering of a film with a small detection network that runs offline.

PP-OCRv3, see ``models/README.md``.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.util import find_spec
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from tasks.deid.quick_look import Box

_FLOATS = npt.NDArray[np.float32]
MODEL: Final = "models/text_detection_en_ppocrv3_2023may.onnx"
_STRIDE: Final = 32
# Of the model's training: BGR means over 255.
_MEAN: Final = np.array([122.67891434, 116.66876762, 104.00698793], np.float32) / 255.0
_PIXEL_SCORE: Final = 0.3
_MIN_PIXELS: Final = 6
# Parts of one line are about equally high, on one level, and close to one another.
_HEIGHTS: Final = 2.0
_SHARED: Final = 0.5
_THICKER: Final = 1.7
_GAP: Final = 2.0
_SLACK_PX: Final = 4


@dataclass(frozen=True, slots=True)
class Line:
    """A region that may hold a line of text.

    Attributes
    ----------
    box
        (top, left, bottom, right) in pixels of the rendering, ends outside: the core of the line,
        which its glyphs overtop by about a third.
    score
        0 to 1.
    pixels
        How many pixels of the score map lie in it.
    """

    box: Box
    score: float
    pixels: int

    @property
    def height(self) -> int:
        """Thickness of the core, whichever way the line runs."""
        return min(self.box[2] - self.box[0], self.box[3] - self.box[1])

    @property
    def aspect(self) -> float:
        """Length over height."""
        return max(self.box[2] - self.box[0], self.box[3] - self.box[1]) / self.height


def is_available() -> bool:
    """Return whether the runtime of the network is installed."""
    return find_spec("onnxruntime") is not None


def find_lines(views: Iterable[tuple[int, int, _FLOATS]]) -> list[Line]:
    """Find lines of text.

    Parameters
    ----------
    views
        Parts of a rendering, float32 (rows, columns) in [0, 1], and the row and column of each
        one's first pixel.
    """
    parts: list[Line] = []
    for top, left, view in views:
        parts += _regions(_score_map(view), top, left)
    return _joined(parts)


@cache
def _session() -> Any:  # noqa: ANN401 - an optional dependency's type
    """Load the network once a process, on one thread: films are what runs in parallel."""
    import onnxruntime  # noqa: PLC0415 - optional

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # Windows differ in size: kept memory would be that of the largest, and plans one a size.
    options.enable_cpu_mem_arena = options.enable_mem_pattern = False
    content = files(__package__).joinpath(MODEL).read_bytes()
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])


def _score_map(rendering: _FLOATS) -> _FLOATS:
    """Run the network on one rendering, or a window of it, made up to the network's stride."""
    rows, columns = rendering.shape
    missing = ((0, -rows % _STRIDE), (0, -columns % _STRIDE))
    session = _session()
    planes = np.pad(rendering, missing, "edge")[None, None] - _MEAN[None, :, None, None]
    (scores,) = session.run(None, {session.get_inputs()[0].name: planes})
    return np.asarray(scores, np.float32).reshape(planes.shape[2:])[:rows, :columns]


def _regions(scores: _FLOATS, top: int, left: int) -> list[Line]:
    """Cut a score map into regions."""
    labels, _ = ndimage.label(scores > _PIXEL_SCORE, np.ones((3, 3)))
    found = []
    for number, region in enumerate(ndimage.find_objects(labels), 1):
        inside = labels[region] == number
        pixels = int(inside.sum())
        if pixels >= _MIN_PIXELS:
            rows, columns = region
            box = (top + rows.start, left + columns.start, top + rows.stop, left + columns.stop)
            found.append(Line(box, float(scores[region][inside].mean()), pixels))
    return found


def _joined(parts: list[Line]) -> list[Line]:
    """Join parts of one line."""
    lines: list[Line] = []
    for part in sorted(parts, key=lambda line: line.box):
        whole = part
        while True:
            fitting = next((line for line in lines if _is_continued(line, whole)), None)
            if fitting is None:
                break
            lines.remove(fitting)
            whole = _union(fitting, whole)
        lines.append(whole)
    return lines


def _is_continued(one: Line, other: Line) -> bool:
    """Return whether two regions are parts of one line, along rows or columns."""
    low, high = sorted((one.height, other.height))
    if high > _HEIGHTS * low + 2:
        return False
    for along in (0, 1):
        across = 1 - along
        gap = max(one.box[along], other.box[along]) - min(one.box[along + 2], other.box[along + 2])
        starts = one.box[across], other.box[across]
        ends = one.box[across + 2], other.box[across + 2]
        shared, thickness = min(ends) - max(starts), max(ends) - min(starts)
        is_level = shared > _SHARED * low and thickness < _THICKER * high + 2
        if is_level and gap < _GAP * low + _SLACK_PX:
            return True
    return False


def _union(one: Line, other: Line) -> Line:
    """Return two parts as one."""
    pixels = one.pixels + other.pixels
    score = (one.score * one.pixels + other.score * other.pixels) / pixels
    top, left = min(one.box[0], other.box[0]), min(one.box[1], other.box[1])
    bottom, right = max(one.box[2], other.box[2]), max(one.box[3], other.box[3])
    return Line((top, left, bottom, right), score, pixels)
