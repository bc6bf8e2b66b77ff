"""Soft tissue and air: the trunk, lung bases, bowel gas, the faint vessel and its fat plane."""

import numpy as np
import numpy.typing as npt

from aac_models.phantom.build import Build
from aac_models.phantom.canvas import Canvas, Map, smooth_noise
from aac_models.phantom.styles import Style

Points = npt.NDArray[np.float64]

MU_SOFT_PER_MM = 0.0206  # water at about 60 keV


def draw_trunk(
    canvas: Canvas,
    style: Style,
    middle: Points,
    unit_mm: float,
    rng: np.random.Generator,
    build: Build,
) -> None:
    """Draw the trunk as an ellipse across, the lung bases, and a mottled interior.

    Parameters
    ----------
    canvas
        The sheet; its ``other`` map is added to.
    style
        Gives the trunk's width along the ray.
    middle
        Middle of L3 on the film, (x, y) in mm.
    unit_mm
        Depth of a vertebral body there.
    rng
        Source of chance, of the film.
    build
        Steepness of the trunk's edges.
    """
    x, y = canvas.axes()
    obesity = (style.body_mm - 320) / 80
    back = middle[0] - unit_mm * (2.75 + 0.35 * obesity + rng.normal(0, 0.15))
    depth = unit_mm * (7.6 + 1.2 * obesity + rng.normal(0, 0.5))
    down = (y - np.float32(middle[1])) / np.float32(100)
    hip = 1 + np.float32(rng.uniform(0.02, 0.08)) * np.clip(down, -1.5, 2) ** 2
    hollow = unit_mm * np.float32(rng.uniform(0.05, 0.3)) * np.exp(-(down * down) / 0.8)
    lean = -np.float32(0.85 * np.sin(np.deg2rad(style.tilt_deg))) * (y - np.float32(middle[1]))
    across = (x - np.float32(back) - hollow - lean) / np.float32(depth / 2) / hip - 1
    # A trunk is squarer than an ellipse, and its front is fat and gas: less attenuating.
    thick = np.clip(1 - across * across, 0, None) ** np.float32(
        rng.uniform(0.3, 0.42) * build.trunk
    )
    thick = style.body_mm * thick * (0.94 + 0.06 * hip)
    thick = thick * (1 - np.float32(rng.uniform(0.05, 0.13)) * np.clip(across + 0.25, 0, 1))
    size = (canvas.shape[0] * canvas.mm_per_px, canvas.shape[1] * canvas.mm_per_px)
    broad = smooth_noise(rng, size, 28, canvas.shape)
    mottle = smooth_noise(rng, size, 7, canvas.shape)
    thick = thick * (1 + 0.028 * broad + 0.009 * mottle)
    thick = np.maximum(thick - _lungs(x, y, middle, unit_mm, rng), 0)
    canvas.other[...] += np.float32(MU_SOFT_PER_MM) * thick


def _lungs(x: Map, y: Map, middle: Points, unit_mm: float, rng: np.random.Generator) -> Map:
    """Air above two domes of the diaphragm, in mm of missing tissue."""
    air = np.zeros(np.broadcast_shapes(x.shape, y.shape), np.float32)
    top = middle[1] - unit_mm * rng.uniform(3.0, 5.0)
    for _ in range(2):
        apex_x = middle[0] + unit_mm * rng.uniform(1.0, 2.4)
        apex_y = top + rng.normal(0, 0.2) * unit_mm
        bow = rng.uniform(0.10, 0.20)
        aside = (x - np.float32(apex_x)) / np.float32(unit_mm)
        fall = bow * aside * aside
        dome = np.float32(apex_y) + np.float32(1.6 * unit_mm) * np.tanh(fall / 1.6)
        above = np.clip((dome - y) / np.float32(1.3 * unit_mm), 0, None)
        soft = np.clip((dome - y) / 3.5 + 0.5, 0, 1)
        air += np.float32(rng.uniform(6, 14)) * soft + np.float32(17) * (1 - np.exp(-above))
    return air


def draw_gas(
    canvas: Canvas, middle: Points, unit_mm: float, rng: np.random.Generator, build: Build
) -> None:
    """Draw bowel gas: clusters of rounded pockets, mostly well in front of the spine."""
    for _ in range(int(rng.poisson(3.0 * build.gas))):
        center = middle + unit_mm * np.array([rng.uniform(1.0, 3.6), rng.uniform(-2.0, 3.5)])
        heading, size = rng.uniform(0, np.pi), unit_mm * rng.uniform(0.16, 0.5)
        for _ in range(int(rng.integers(1, 6))):
            axes = (size * rng.uniform(0.7, 1.3), size * rng.uniform(0.5, 1.0))
            amount = -MU_SOFT_PER_MM * min(axes) * float(rng.uniform(0.5, 1.5))
            wobble = (float(rng.normal(0, 0.2)), float(rng.normal(0, 0.08)))
            canvas.blob(
                canvas.other,
                center,
                axes,
                float(rng.uniform(0, np.pi)),
                amount,
                soft_mm=2.0,
                wobble=wobble,
            )
            heading += rng.normal(0, 0.6)
            center = center + size * 1.4 * np.array([np.cos(heading), np.sin(heading)])


def draw_vessel(canvas: Canvas, course: Points, faint: float) -> None:
    """Draw the blood-filled aorta: hardly denser than its surroundings, edged by a little fat.

    Parameters
    ----------
    canvas
        The sheet.
    course
        (2 walls anterior/posterior, n, (x, y)) on the film in mm.
    faint
        Log attenuation in the middle of the vessel, a few hundredths.
    """
    y = canvas.axes()[1][:, 0].astype(np.float64)
    front, back = (np.interp(y, wall[:, 1], wall[:, 0]) for wall in course)
    inside = (y > course[0, 0, 1]) & (y < course[0, -1, 1])
    reach = np.flatnonzero(inside)
    if reach.size == 0:
        return
    rows = slice(int(reach[0]), int(reach[-1]) + 1)
    x = canvas.axes()[0]
    middle = ((front + back) / 2)[rows, None].astype(np.float32)
    half = (np.abs(front - back) / 2 + 0.1)[rows, None].astype(np.float32)
    radius = np.abs(x - middle) / half
    lumen = np.sqrt(np.clip(1 - radius * radius, 0, None))
    fat = np.exp(-(((radius - 1.06) * half / 2.0) ** 2))
    canvas.other[rows] += np.float32(faint) * (lumen - 0.5 * fat)
