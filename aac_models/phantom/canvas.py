"""A sheet of attenuation and the few shapes that are drawn on it, each in its own small patch.

Coordinates are millimeters in the plane of the detector: x to the right, y downward, the origin
at the outer corner of the first pixel. Attenuation is linear along a ray, so shapes simply add.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy import ndimage

Map = npt.NDArray[np.float32]
Points = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Patch:
    """A rectangle of the sheet with the coordinates of its pixel centers.

    Attributes
    ----------
    where
        Slices of rows and columns.
    x, y
        Millimeters, shapes (1, columns) and (rows, 1).
    """

    where: tuple[slice, slice]
    x: Map
    y: Map


@dataclass(frozen=True, slots=True, eq=False)
class Canvas:
    """What attenuates the beam, as log attenuation over soft tissue.

    Attributes
    ----------
    shape
        Rows and columns.
    mm_per_px
        Size of a pixel at the detector.
    bone, other, metal
        Log attenuation of bone (gets a trabecular texture), of everything else, of metal.
    """

    shape: tuple[int, int]
    mm_per_px: float
    bone: Map = field(init=False)
    other: Map = field(init=False)
    metal: Map = field(init=False)

    def __post_init__(self) -> None:
        """Start with air."""
        for name in ("bone", "other", "metal"):
            object.__setattr__(self, name, np.zeros(self.shape, np.float32))

    def axes(self) -> tuple[Map, Map]:
        """Pixel centers of the whole sheet: x of shape (1, columns), y of shape (rows, 1)."""
        rows, columns = self.shape
        x = (np.arange(columns) + 0.5) * self.mm_per_px
        y = (np.arange(rows) + 0.5) * self.mm_per_px
        return x.astype(np.float32)[None, :], y.astype(np.float32)[:, None]

    def patch(self, points: Points, margin_mm: float) -> Patch | None:
        """Cut the rectangle around points (n, (x, y)); None when it lies off the sheet."""
        low = np.floor((points.min(axis=0) - margin_mm) / self.mm_per_px).astype(int)
        high = np.ceil((points.max(axis=0) + margin_mm) / self.mm_per_px).astype(int)
        c0, r0 = np.maximum(low, 0)
        c1, r1 = np.minimum(high, (self.shape[1], self.shape[0]))
        if c1 <= c0 or r1 <= r0:
            return None
        x, y = self.axes()
        rows, columns = slice(int(r0), int(r1)), slice(int(c0), int(c1))
        return Patch((rows, columns), x[:, columns], y[rows])

    def blob(  # noqa: PLR0913 - an ellipse has this many numbers
        self,
        target: Map,
        center: Points,
        axes_mm: tuple[float, float],
        angle: float,
        amount: float,
        *,
        rim: float = 0.0,
        rim_mm: float = 1.0,
        soft_mm: float = 0.8,
        wobble: tuple[float, float] = (0.0, 0.0),
    ) -> None:
        """Add an ellipsoid: its chord length as thickness, with a denser rim if asked.

        Parameters
        ----------
        target
            One of the maps of this canvas.
        center
            (x, y) in mm.
        axes_mm
            Half axes along ``angle`` (radians) and across it.
        amount, rim
            Log attenuation at the middle, and of the rim on top.
        rim_mm, soft_mm
            Width of the rim and of the blurred edge.
        wobble
            Departures from the ellipse, skewed and three-lobed, within about 0.3.
        """
        reach = max(axes_mm) * (1.1 + abs(wobble[0]) + abs(wobble[1])) + 2.0
        patch = self.patch(np.asarray(center, dtype=np.float64)[None], reach)
        if patch is None:
            return
        dx, dy = patch.x - np.float32(center[0]), patch.y - np.float32(center[1])
        cos, sin = np.float32(np.cos(angle)), np.float32(np.sin(angle))
        u, v = (dx * cos + dy * sin) / axes_mm[0], (dy * cos - dx * sin) / axes_mm[1]
        square = u * u + v * v
        radius = np.sqrt(square)
        if any(wobble):
            lobes = wobble[0] * u * v + wobble[1] * u * (u * u - 3 * v * v) / (radius + 0.1)
            radius = radius * (1 + lobes / (square + 0.1))
        depth = (1 - radius) * np.float32(min(axes_mm))
        edge = np.clip(depth / soft_mm + 0.5, 0, 1)
        value = amount * edge * np.sqrt(np.clip(1.02 - radius * radius, 0.02, None))
        if rim:
            value = value + rim * edge * np.exp(-((depth / rim_mm - 0.5) ** 2))
        target[patch.where] += value.astype(np.float32)

    def tube(  # noqa: PLR0913 - a bent tube has this many numbers
        self,
        target: Map,
        start: Points,
        stop: Points,
        *,
        bend_mm: float,
        width_mm: float,
        amount: float,
        rim: float = 0.0,
    ) -> None:
        """Add a tube bent like a parabola between two points, with cortical rims if asked."""
        along = np.asarray(stop, dtype=np.float64) - np.asarray(start, dtype=np.float64)
        length = float(np.hypot(*along))
        patch = self.patch(np.stack([start, stop]), abs(bend_mm) + width_mm + 2)
        if patch is None or length == 0:
            return
        ux, uy = along / length
        dx, dy = patch.x - np.float32(start[0]), patch.y - np.float32(start[1])
        t = (dx * np.float32(ux) + dy * np.float32(uy)) / np.float32(length)
        slope = 4 * bend_mm * (1 - 2 * t) / length
        across = dy * np.float32(ux) - dx * np.float32(uy) - 4 * bend_mm * t * (1 - t)
        depth = width_mm / 2 - np.abs(across) / np.sqrt(1 + slope * slope)
        ends = np.clip(np.minimum(t, 1 - t) * length / 2 + 0.5, 0, 1)
        edge = np.clip(depth / 0.7 + 0.5, 0, 1) * ends
        value = amount * edge
        if rim:
            value = value + rim * edge * np.exp(-((depth / 0.9 - 0.4) ** 2))
        target[patch.where] += value.astype(np.float32)

    def stroke(
        self,
        target: Map,
        x_mm: npt.NDArray[np.float64],
        amount: npt.NDArray[np.float64],
        sigma_mm: npt.NDArray[np.float64],
        slant: npt.NDArray[np.float64],
    ) -> None:
        """Add a line that crosses every row once, at ``x_mm``; all arrays are (rows,).

        The profile is a normal curve of ``sigma_mm`` widened by the pixel, so that the mass of a
        thin line does not depend on the resolution. ``slant`` is dx/dy.
        """
        rows = np.flatnonzero((amount > 0) & (x_mm > 0) & (x_mm < self.shape[1] * self.mm_per_px))
        if rows.size == 0:
            return
        sigma = np.hypot(sigma_mm[rows], 0.29 * self.mm_per_px)
        cosine = 1 / np.sqrt(1 + slant[rows] ** 2)
        half = int(np.ceil(float((3 * sigma / cosine).max()) / self.mm_per_px)) + 1
        columns = (x_mm[rows] / self.mm_per_px).astype(int)[:, None] + np.arange(-half, half + 1)
        across = ((columns + 0.5) * self.mm_per_px - x_mm[rows][:, None]) * cosine[:, None]
        height = (amount[rows] * sigma_mm[rows] / sigma)[:, None]
        value = height * np.exp(-0.5 * (across / sigma[:, None]) ** 2)
        inside = (columns >= 0) & (columns < self.shape[1])
        target[np.broadcast_to(rows[:, None], columns.shape)[inside], columns[inside]] += value[
            inside
        ].astype(np.float32)


def spread(coarse: Map, shape: tuple[int, int]) -> Map:
    """Enlarge a coarse field to a shape, linearly.

    Without a matrix product, which rounds differently with another number of threads.
    """
    return _enlarged(_enlarged(coarse, shape[1], 1), shape[0], 0)


def _enlarged(coarse: Map, count: int, axis: int) -> Map:
    """Interpolate a field along an axis at the middles of ``count`` equal parts."""
    size = coarse.shape[axis]
    place = np.clip((np.arange(count) + 0.5) * size / count - 0.5, 0, size - 1)
    low = np.minimum(place.astype(int), max(size - 2, 0))
    rest = np.expand_dims((place - low).astype(np.float32), 1 - axis)
    fine: Map = np.take(coarse, low, axis)
    fine += rest * (np.take(coarse, np.minimum(low + 1, size - 1), axis) - fine)
    return fine


def smooth_noise(
    rng: np.random.Generator, size_mm: Sequence[float], grain_mm: float, shape: tuple[int, int]
) -> Map:
    """Draw a smooth random field of unit variance with a grain in mm.

    The field is drawn on its own grid, so that it stays the same at every resolution.
    """
    # Broad fields get a finer grid than they need, or the linear enlargement would show.
    finer = 3 if grain_mm > 4 else 1  # noqa: PLR2004 - broader than any bone detail
    grid = tuple(max(4, int(np.ceil(finer * size / grain_mm)) + 2) for size in size_mm)
    coarse = ndimage.gaussian_filter(rng.standard_normal(grid, dtype=np.float32), 0.8 * finer)
    return spread(coarse / np.float32(max(float(coarse.std()), 1e-6)), shape)


def soften(image: Map, sigma_px: float) -> Map:
    """Blur by a wide normal curve, on a coarser grid where nothing is lost by it."""
    step = max(1, int(sigma_px / 2))
    rows, columns = (n // step * step for n in image.shape)
    padded = np.pad(
        image,
        ((0, -image.shape[0] % step), (0, -image.shape[1] % step)),
        mode="edge",
    )
    rows, columns = padded.shape
    coarse = padded.reshape(rows // step, step, columns // step, step).mean(axis=(1, 3))
    blurred = ndimage.gaussian_filter(coarse, sigma_px / step, mode="nearest", truncate=3)
    if step == 1:
        return np.asarray(blurred, dtype=np.float32)
    return spread(blurred, (rows, columns))[: image.shape[0], : image.shape[1]]
