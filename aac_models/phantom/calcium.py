"""Calcium on the film: deposits on the walls, and what is calcified but no aortic wall."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from aac_models.phantom.aorta import STEPS_PER_LEVEL
from aac_models.phantom.build import TYPICAL, Build
from aac_models.phantom.canvas import Canvas
from aac_models.phantom.deposits import Arcs

Points = npt.NDArray[np.float64]
Vector = npt.NDArray[np.float64]

_INWARD: Final = (-1.0, 1.0)  # toward the lumen: backward from the anterior wall, and reverse
_SIGMA_OF_WIDTH: Final = 0.40
_NODES: Final = 0.12
_CARTILAGE: Final = 0.25
_STONE: Final = 0.08


def draw_deposits(
    canvas: Canvas,
    walls: Points,
    arcs: Sequence[Sequence[Arcs]],
    rng: np.random.Generator,
    build: Build = TYPICAL,
) -> None:
    """Draw the arcs of every segment.

    Parameters
    ----------
    canvas
        The sheet.
    walls
        (2, 4 x STEPS_PER_LEVEL + 1, (x, y)) on the film in mm, as ``Aorta.walls``.
    arcs
        Per level, per wall.
    rng
        Source of chance, of the patient: lumps and speckles.
    build
        How uneven the deposits are.
    """
    for wall, line in enumerate(walls):
        lumps = np.exp(rng.normal(0, 0.28 * build.lumps, len(line)))
        specks = rng.gamma(0.35, 2.2, len(line))
        stray = rng.uniform(0, 2.6, len(line))
        y = canvas.axes()[1][:, 0].astype(np.float64)
        along = np.interp(y, line[:, 1], np.arange(len(line)), left=-9, right=len(line) + 9)
        x = np.interp(y, line[:, 1], line[:, 0])
        slant = np.gradient(x, canvas.mm_per_px)
        step = np.maximum(np.abs(np.gradient(along)), 1e-6)
        for level, pair in enumerate(arcs):
            one = pair[wall]
            place = (along - level * STEPS_PER_LEVEL) / STEPS_PER_LEVEL
            amount, width = _cover(one, place, step / STEPS_PER_LEVEL)
            at = np.clip(along, 0, len(line) - 1)
            inward = _INWARD[wall]
            if one.is_stippled:
                amount = amount * np.interp(at, np.arange(len(line)), specks)
                x_drawn = x + inward * np.interp(at, np.arange(len(line)), stray)
                canvas.stroke(canvas.other, x_drawn, 1.1 * amount, 0.9 * width, slant)
                canvas.stroke(canvas.other, x, 0.6 * amount, width, slant)
                continue
            amount = amount * np.interp(at, np.arange(len(line)), lumps)
            canvas.stroke(canvas.other, x, amount, width, slant)
            shade = x + inward * 2.0 * width
            canvas.stroke(canvas.other, shade, 0.22 * amount, 2.2 * width, slant)


def _cover(one: Arcs, place: Vector, step: Vector) -> tuple[Vector, Vector]:
    """Attenuation and profile width of each row, from how much of the row each arc covers."""
    amount, width = np.zeros_like(place), np.full_like(place, 0.4)
    for start, stop, thick, dense in zip(
        one.start, one.stop, one.thickness_mm, one.density, strict=True
    ):
        overlap = np.minimum(stop, place + step / 2) - np.maximum(start, place - step / 2)
        covered = np.clip(overlap / step, 0, 1)
        amount += covered * dense
        width = np.where(covered > 0, thick * _SIGMA_OF_WIDTH, width)
    return amount, width


def draw_beyond(
    canvas: Canvas,
    course: Points,
    limits: tuple[float, float],
    burden: float,
    rng: np.random.Generator,
) -> None:
    """Draw calcium of the aorta above L1 and of the iliac arteries: real, but not graded."""
    y = canvas.axes()[1][:, 0].astype(np.float64)
    for line in course:
        x = np.interp(y, line[:, 1], line[:, 0])
        slant = np.gradient(x, canvas.mm_per_px)
        for low, high in ((line[0, 1], limits[0]), (limits[1], line[-1, 1])):
            for _ in range(int(rng.poisson(max(burden, 0) * 2.5))):
                start = rng.uniform(low, high)
                stop = min(start + rng.exponential(9), high)
                amount = np.clip((y - start) / 0.5, 0, 1) * np.clip((stop - y) / 0.5, 0, 1)
                dense = float(rng.uniform(0.07, 0.2))
                canvas.stroke(canvas.other, x, dense * amount, np.full_like(y, 0.45), slant)


def draw_distractors(
    canvas: Canvas, front: Points, middle: Points, unit_mm: float, rng: np.random.Generator
) -> None:
    """Draw lymph nodes, costal cartilage, stones and phleboliths, each in some films."""
    if rng.random() < _NODES:
        at = front[int(rng.integers(len(front)))] + unit_mm * rng.uniform(0.3, 1.2) * np.array(
            [1.0, rng.normal(0, 0.3)]
        )
        _cluster(canvas, at, unit_mm * 0.16, int(rng.integers(5, 18)), rng)
    if rng.random() < _CARTILAGE:
        _cartilage(canvas, middle, unit_mm, rng)
    if rng.random() < _STONE:
        at = middle + unit_mm * np.array([rng.uniform(0.2, 2.0), rng.uniform(-3, 0.5)])
        size = unit_mm * float(rng.uniform(0.05, 0.16))
        canvas.blob(canvas.other, at, (size, size * 0.8), 0.3, 0.22, rim=0.2)
    for _ in range(int(rng.poisson(0.5))):
        at = middle + unit_mm * np.array([rng.uniform(-0.5, 2.5), rng.uniform(4, 6)])
        size = float(rng.uniform(1.2, 2.6))
        canvas.blob(canvas.other, at, (size, size), 0.0, 0.28, rim=0.1)


def _cluster(
    canvas: Canvas, at: Points, spread_mm: float, count: int, rng: np.random.Generator
) -> None:
    """Draw a mulberry of specks."""
    for _ in range(count):
        size = float(rng.uniform(0.6, 1.8))
        canvas.blob(
            canvas.other,
            at + rng.normal(0, spread_mm, 2),
            (size, size * 0.8),
            float(rng.uniform(0, 3)),
            float(rng.uniform(0.08, 0.22)),
        )


def _cartilage(canvas: Canvas, middle: Points, unit_mm: float, rng: np.random.Generator) -> None:
    """Draw calcified rib ends in front of the upper abdomen."""
    for _ in range(int(rng.integers(1, 4))):
        start = middle + unit_mm * np.array([rng.uniform(1.4, 3.2), rng.uniform(-3.6, -1.2)])
        for _ in range(int(rng.integers(3, 9))):
            size = unit_mm * float(rng.uniform(0.03, 0.09))
            canvas.blob(
                canvas.other,
                start,
                (size * 1.8, size),
                float(rng.normal(-0.5, 0.4)),
                float(rng.uniform(0.03, 0.10)),
                rim=0.09,
            )
            start = start + unit_mm * np.array([rng.uniform(0.05, 0.2), rng.normal(-0.02, 0.06)])
