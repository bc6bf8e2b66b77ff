"""The aorta in front of the spine: two walls as polylines, cut by the mid-disc lines.

Geometry in the patient's frame (x forward, y downward, mm at the detector).
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from aac_models.kauppila import LEVELS
from aac_models.phantom.build import TYPICAL, Build
from aac_models.phantom.spine import Spine

Points = npt.NDArray[np.float64]

STEPS_PER_LEVEL: Final = 40
_LIMITS: Final = ("T12", *LEVELS)
_BULGING: Final = 0.06


@dataclass(frozen=True, slots=True, eq=False)
class Aorta:
    """Both walls.

    Attributes
    ----------
    course
        (2 walls anterior/posterior, n, (x, y)): the whole drawn course, y increasing.
    walls
        (2, 4 x STEPS_PER_LEVEL + 1, (x, y)): from mid-disc T12/L1 to mid-disc L4/L5; within a
        level the points stand at equal distances along the wall, so every
        ``STEPS_PER_LEVEL``-th point is a level limit.
    """

    course: Points
    walls: Points


def lay(
    rng: np.random.Generator,
    spine: Spine,
    *,
    age: float,
    is_male: bool,
    build: Build = TYPICAL,
) -> Aorta:
    """Draw an aorta: distance from the spine, caliber, taper, bulge, tortuosity, bifurcation.

    Parameters
    ----------
    rng
        Source of chance, of the patient and not of the film.
    spine
        The spine behind it.
    age, is_male
        Caliber and tortuosity rise with age and are larger in men.
    build
        The aorta's distance from the spine and its width.

    Returns
    -------
    The walls, cut at the mid-disc lines.
    """
    front = _front_of_spine(spine)
    y = np.arange(front[0, 1], front[-1, 1], 1.0)
    margin = _smooth_curve(front, y)
    first, last = (float(spine.body(name)[:, 1].mean()) for name in ("L1", "L4"))
    level = np.clip(3 * (y - first) / (last - first), -2, 4)  # L1 0 ... L4 3
    size = spine.magnification
    gap = (_gap(rng, level, y) + build.gap_mm) * size
    caliber = _caliber(rng, level, age=age, is_male=is_male) * size * build.caliber
    if rng.random() < 0.12 + 0.004 * max(age - 60, 0):
        phase, length = rng.uniform(0, 2 * np.pi), rng.uniform(60, 130)
        gap = gap + rng.uniform(1.0, 4.0) * (1 + np.sin(2 * np.pi * y / length + phase))
    divide = spine.disc_line("L4")[0][1] + rng.normal(-10, 13) * size
    narrow = 1 - 0.25 / (1 + np.exp(-(y - divide) / 9))
    posterior = margin + gap
    slope = np.gradient(posterior, y)
    anterior = posterior + caliber * narrow * np.sqrt(1 + slope**2)
    course = np.stack([np.stack([wall, y], axis=1) for wall in (anterior, posterior)])
    walls = np.stack([_cut(wall, spine) for wall in course])
    return Aorta(course=course, walls=walls)


def _front_of_spine(spine: Spine) -> Points:
    """Anterior mid-heights of bodies, prolonged a little at both ends, y increasing."""
    names = [n for n in spine.names if n not in {"S1", "L6"}]
    front = np.array([spine.body(n)[[0, 2]].mean(axis=0) for n in names])
    first = front[0] + (front[0] - front[1]) * 2.5
    last = front[-1] + (front[-1] - front[-2]) * np.array([0.6, 1.2])
    return np.concatenate([first[None], front, last[None]])


def _smooth_curve(points: Points, y: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Run a quartic through the points, as an artery does not follow each body's waist."""
    middle, scale = points[:, 1].mean(), np.ptp(points[:, 1]) / 2
    factors = np.polynomial.polynomial.polyfit((points[:, 1] - middle) / scale, points[:, 0], 4)
    return np.asarray(np.polynomial.polynomial.polyval((y - middle) / scale, factors))


def _gap(
    rng: np.random.Generator, level: npt.NDArray[np.float64], y: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Distance from the vertebral edge to the posterior wall, mm before magnification."""
    middle = np.clip(rng.gamma(1.6, 1.9) - 1.8, -4.5, 8)
    drift = rng.normal(0.3, 0.6)
    wave = rng.normal(0, 0.6) * np.sin(y / rng.uniform(18, 40) + rng.uniform(0, 6))
    return np.asarray(np.clip(middle + drift * (level - 1.5) + wave, -5, 9), dtype=np.float64)


def _caliber(
    rng: np.random.Generator, level: npt.NDArray[np.float64], *, age: float, is_male: bool
) -> npt.NDArray[np.float64]:
    """Diameter along the course, mm before magnification; a bulge in a few."""
    base = (17.5 if is_male else 15.5) + 0.05 * (age - 60) + rng.normal(0, 1.4)
    caliber = np.maximum(base + 1.2 - rng.uniform(0.8, 1.5) * level, 9.5)
    if rng.random() < _BULGING:
        center, width = rng.uniform(1.5, 3.0), rng.uniform(0.6, 1.1)
        caliber = caliber + rng.uniform(4, 16) * np.exp(-(((level - center) / width) ** 2))
    return np.asarray(caliber, dtype=np.float64)


def _cut(wall: Points, spine: Spine) -> Points:
    """Resample a wall between the five mid-disc lines at equal steps within each level."""
    length = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(wall, axis=0).T))])
    limits = [_crossing(wall, length, *spine.disc_line(name)) for name in _LIMITS]
    places = [np.linspace(a, b, STEPS_PER_LEVEL, endpoint=False) for a, b in pairwise(limits)]
    at = np.concatenate([*places, limits[-1:]])
    return np.stack([np.interp(at, length, wall[:, axis]) for axis in (0, 1)], axis=1)


def _crossing(wall: Points, length: npt.NDArray[np.float64], point: Points, along: Points) -> float:
    """Length along the wall at which it crosses a line."""
    offset = wall - point
    side = along[0] * offset[:, 1] - along[1] * offset[:, 0]
    first = int(np.argmax(side > 0))
    if first == 0:
        return float(length[0])
    share = side[first - 1] / (side[first - 1] - side[first])
    return float(length[first - 1] + share * (length[first] - length[first - 1]))
