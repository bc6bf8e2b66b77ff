"""Find text in a film with a small detection network that runs offline.

PP-OCRv3 (see ``models/README.md``) looks at the film twice: as it is displayed, and with each
pixel measured against the mean and deviation around it, which brings out faint text.
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.util import find_spec
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from PIL import Image
from scipy import ndimage

_FLOATS = npt.NDArray[np.float32]
MODEL: Final = "models/text_detection_en_ppocrv3_2023may.onnx"
LONGEST_SIDE: Final = 1280
_STRIDE: Final = 32
# Of the model's training: BGR means over 255.
_MEAN: Final = np.array([122.67891434, 116.66876762, 104.00698793], np.float32) / 255.0
_PIXEL_SCORE: Final = 0.3
_MIN_PIXELS: Final = 6
# The map shows the core of a line; the line reaches further by a share of its height.
_UNCLIP: Final = 0.7
_MARGIN_PX: Final = 6.0
_NEIGHBORHOOD_PX: Final = 25


@dataclass(frozen=True, slots=True)
class Candidate:
    """A region that may hold text.

    Attributes
    ----------
    box
        (top, left, bottom, right) in pixels of the film, ends outside, margin included.
    score
        0 to 1.
    core
        Height of the glyphs in pixels, roughly.
    """

    box: tuple[int, int, int, int]
    score: float
    core: float


def is_available() -> bool:
    """Return whether the runtime of the network is installed."""
    return find_spec("onnxruntime") is not None


def candidates(picture: _FLOATS) -> list[Candidate]:
    """Find text in both renderings.

    Parameters
    ----------
    picture
        float32 (rows, columns) in [0, 1].
    """
    small = _shrink(picture)
    found: list[Candidate] = []
    for rendering in (small, _local_contrast(small)):
        found += _boxes(_score_map(rendering), picture.shape)
    return found


def _shrink(picture: _FLOATS) -> _FLOATS:
    """Scale to the network's size; small films are not enlarged."""
    rows, columns = picture.shape
    scale = min(1.0, LONGEST_SIDE / max(rows, columns))
    size = [max(_STRIDE, round(side * scale / _STRIDE) * _STRIDE) for side in (columns, rows)]
    image = Image.fromarray(picture).resize((size[0], size[1]), Image.Resampling.BOX)
    return np.asarray(image, np.float32)


def _local_contrast(picture: _FLOATS) -> _FLOATS:
    """Measure each pixel against its surroundings."""
    mean = ndimage.uniform_filter(picture, _NEIGHBORHOOD_PX)
    square = ndimage.uniform_filter(picture * picture, _NEIGHBORHOOD_PX)
    deviation = np.sqrt(np.maximum(square - mean * mean, 0.0))
    contrast: _FLOATS = 0.5 + (picture - mean) / (4.0 * (deviation + 0.002))
    return np.clip(contrast, 0.0, 1.0)


@cache
def _session() -> Any:  # noqa: ANN401 - an optional dependency's type
    """Load the network once a process, on one thread: films are what runs in parallel."""
    import onnxruntime  # noqa: PLC0415 - optional

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    content = files(__package__).joinpath(MODEL).read_bytes()
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])


def _score_map(rendering: _FLOATS) -> _FLOATS:
    """Run the network on one rendering."""
    session = _session()
    planes = rendering[None, None] - _MEAN[None, :, None, None]
    (scores,) = session.run(None, {session.get_inputs()[0].name: planes.astype(np.float32)})
    return np.asarray(scores, np.float32).reshape(rendering.shape)


def _boxes(scores: _FLOATS, shape: tuple[int, ...]) -> list[Candidate]:
    """Turn a score map into boxes on the film."""
    labels, _ = ndimage.label(scores > _PIXEL_SCORE, np.ones((3, 3)))
    rows, columns = shape[0] / scores.shape[0], shape[1] / scores.shape[1]
    found = []
    for number, (vertical, horizontal) in enumerate(ndimage.find_objects(labels), 1):
        inside = labels[vertical, horizontal] == number
        if inside.sum() < _MIN_PIXELS:
            continue
        top, bottom = vertical.start * rows, vertical.stop * rows
        left, right = horizontal.start * columns, horizontal.stop * columns
        core = min(bottom - top, right - left)
        grow = _UNCLIP * core + _MARGIN_PX
        box = (
            int(max(top - grow, 0)),
            int(max(left - grow, 0)),
            int(min(bottom + grow, shape[0])),
            int(min(right + grow, shape[1])),
        )
        score = float(scores[vertical, horizontal][inside].mean())
        found.append(Candidate(box, score, float(core)))
    return found
