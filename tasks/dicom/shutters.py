"""Display shutters embedded in a film (PS3.3 C.7.6.11)."""

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw
from pydicom.dataset import Dataset

from tasks.dicom.elements import decimals, integer, texts

# A shutter that leaves less than this of the film open was not meant for it.
_MIN_OPEN = 0.05


def outside_shutter(ds: Dataset, shape: tuple[int, ...]) -> npt.NDArray[np.bool_] | None:
    """Return where the shutter hides the film, bool (rows, columns); None without a usable one."""
    shapes = texts(ds, "ShutterShape")
    masks = [
        mask
        for name, draw in (
            ("RECTANGULAR", _rectangle),
            ("CIRCULAR", _circle),
            ("POLYGONAL", _polygon),
        )
        if name in shapes and (mask := draw(ds, (shape[0], shape[1]))) is not None
    ]
    if not masks:
        return None
    opening = np.logical_and.reduce(masks)
    return ~opening if opening.mean() >= _MIN_OPEN else None


def _rectangle(ds: Dataset, shape: tuple[int, int]) -> npt.NDArray[np.bool_] | None:
    """Open the rectangle; edges are one-based and belong to the shutter."""
    names = ("UpperHorizontal", "LowerHorizontal", "LeftVertical", "RightVertical")
    edges = [integer(ds, f"Shutter{name}Edge") for name in names]
    if any(edge is None for edge in edges):
        return None
    top, bottom, left, right = (max(edge or 0, 0) for edge in edges)
    mask = np.zeros(shape, bool)
    mask[top : max(bottom - 1, 0), left : max(right - 1, 0)] = True
    return mask


def _circle(ds: Dataset, shape: tuple[int, int]) -> npt.NDArray[np.bool_] | None:
    """Open the circle."""
    center, radius = decimals(ds, "CenterOfCircularShutter"), integer(ds, "RadiusOfCircularShutter")
    if len(center) != 2 or not radius:  # noqa: PLR2004 - row and column
        return None
    rows, columns = np.ogrid[: shape[0], : shape[1]]
    inside = (rows + 1 - center[0]) ** 2 + (columns + 1 - center[1]) ** 2 < float(radius) ** 2
    return np.asarray(inside, bool)


def _polygon(ds: Dataset, shape: tuple[int, int]) -> npt.NDArray[np.bool_] | None:
    """Open the polygon, given as row and column pairs."""
    numbers = decimals(ds, "VerticesOfThePolygonalShutter")
    if len(numbers) < 6 or len(numbers) % 2:  # noqa: PLR2004 - three corners
        return None
    canvas = Image.new("1", (shape[1], shape[0]))
    corners = [(c - 1, r - 1) for r, c in zip(numbers[::2], numbers[1::2], strict=True)]
    ImageDraw.Draw(canvas).polygon(corners, fill=1)
    return np.asarray(canvas, bool)
