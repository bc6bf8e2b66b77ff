"""A sheet in millimeters to paint on: filled outlines with rims, ribbons of varying width."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw
from scipy import interpolate, ndimage

Floats = npt.NDArray[np.float64]
Picture = npt.NDArray[np.float32]
_FINER = 3  # an edge is averaged over so many parts of a pixel


@dataclass(frozen=True, slots=True)
class Paint:
    """How an outline is filled: value, rim on top of it, softness of the edge; mm."""

    value: float
    rim: float = 0.0
    rim_mm: float = 1.2
    soft_mm: float = 0.3


class Sheet:
    """An empty film; +x is forward (anterior), +y downward, in the patient's frame."""

    def __init__(
        self, size: tuple[int, int], mm_per_px: float, middle: tuple[float, float], turn: float
    ) -> None:
        self.pixels = np.zeros(size, np.float32)
        self.mm_per_px = mm_per_px
        cos, sin = np.cos(turn), np.sin(turn)
        self._turn = np.array([[cos, -sin], [sin, cos]])
        self._origin = np.zeros(2)
        self._origin = np.array(size) / 2 - self.place(np.array(middle))
        row, column = np.mgrid[: size[0], : size[1]].astype(np.float32)
        down, across = (row - self._origin[0]) * mm_per_px, (column - self._origin[1]) * mm_per_px
        self.x: Picture = across * np.float32(cos) + down * np.float32(sin)
        self.y: Picture = down * np.float32(cos) - across * np.float32(sin)

    def place(self, points: Floats) -> Floats:
        """From (..., (x, y)) in mm to (..., (row, column)) in pixels."""
        turned = points @ self._turn.T
        return np.asarray(turned[..., ::-1] / self.mm_per_px + self._origin, dtype=np.float64)

    def fill(self, outline: Floats, paint: Paint, grain: Floats | None = None) -> None:
        """Add an outline, (points, (x, y)) in mm; ``grain`` makes its inside mottled."""
        where = self.place(outline)
        margin = 4 + int(3 * paint.soft_mm / self.mm_per_px)
        low = np.floor(where.min(axis=0)).astype(int) - margin
        high = np.ceil(where.max(axis=0)).astype(int) + margin
        if np.any(high <= 0) or np.any(low >= self.pixels.shape):
            return
        cover = _cover(where - low, (int(high[0] - low[0]), int(high[1] - low[1])))
        value = paint.value * cover
        if paint.rim or grain is not None:
            depth = ndimage.distance_transform_edt(cover > 0.5) * self.mm_per_px
            value = value + paint.rim * cover * np.exp(-((depth / paint.rim_mm) ** 1.5))
            if grain is not None:
                mottle = np.pad(grain, [(0, max(0, n - len(grain))) for n in cover.shape], "wrap")
                mottle = mottle[: cover.shape[0], : cover.shape[1]]
                value = value + cover * mottle * np.clip(depth / 3, 0, 1)
        self._add(ndimage.gaussian_filter(value, paint.soft_mm / self.mm_per_px), low)

    def ribbon(self, line: Floats, half_mm: npt.ArrayLike, paint: Paint) -> None:
        """Add a ribbon along (points, (x, y)), as wide as told at each point."""
        along = np.gradient(line, axis=0)
        across = np.stack([-along[:, 1], along[:, 0]], axis=1)
        across /= np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-6)
        half = np.broadcast_to(np.asarray(half_mm, dtype=np.float64), len(line))[:, None]
        self.fill(np.concatenate([line + across * half, (line - across * half)[::-1]]), paint)

    def _add(self, value: Floats, low: npt.NDArray[np.int64]) -> None:
        start = np.maximum(low, 0)
        stop = np.minimum(low + value.shape, self.pixels.shape)
        inner = value[
            start[0] - low[0] : stop[0] - low[0],
            start[1] - low[1] : stop[1] - low[1],
        ]
        self.pixels[start[0] : stop[0], start[1] : stop[1]] += inner.astype(np.float32)


def _cover(outline: Floats, size: tuple[int, int]) -> Floats:
    """Share of each pixel within an outline of (row, column)."""
    fine = Image.new("L", (size[1] * _FINER, size[0] * _FINER))
    corners = ((outline + 0.5) * _FINER)[:, ::-1]
    ImageDraw.Draw(fine).polygon([(float(x), float(y)) for x, y in corners], fill=1)
    parts = np.asarray(fine, dtype=np.float64)
    return np.asarray(
        parts.reshape(size[0], _FINER, size[1], _FINER).mean(axis=(1, 3)), dtype=np.float64
    )


def ellipse(
    middle: npt.ArrayLike, half: tuple[float, float], turn: float, ragged: Floats | None = None
) -> Floats:
    """Outline of an ellipse; ``ragged`` are amplitudes of its deviation, two a harmonic."""
    angle = np.linspace(0, 2 * np.pi, 64, endpoint=False)
    reach = np.ones_like(angle)
    for k, (cosine, sine) in enumerate(() if ragged is None else ragged, start=2):
        reach += cosine * np.cos(k * angle) + sine * np.sin(k * angle)
    x, y = half[0] * np.cos(angle) * reach, half[1] * np.sin(angle) * reach
    cos, sin = np.cos(turn), np.sin(turn)
    return np.asarray(np.stack([x * cos - y * sin, x * sin + y * cos], axis=1) + middle)


def rounded(corners: Floats) -> Floats:
    """Close a smooth outline through a few points."""
    closed = np.concatenate([corners, corners[:1]])
    length = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(closed, axis=0), axis=1))])
    curve = interpolate.CubicSpline(length, closed, bc_type="periodic")
    return np.asarray(curve(np.linspace(0, length[-1], 60, endpoint=False)))


def clouds(rng: np.random.Generator, size: tuple[int, int], largest_px: float) -> Picture:
    """Fractal noise of standard deviation 1: octaves from ``largest_px`` down to 4 pixels."""
    total = np.zeros(size, np.float32)
    step, weight = largest_px, 1.0
    while step > 4:
        coarse = rng.standard_normal(tuple(int(n / step) + 3 for n in size)).astype(np.float32)
        total += weight * ndimage.zoom(coarse, step, order=1)[: size[0], : size[1]]
        step, weight = step / 2, weight * 0.6
    return np.asarray(total / max(float(total.std()), 1e-6), dtype=np.float32)
