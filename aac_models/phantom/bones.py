"""Bones as a lateral film shows them: bodies, posterior elements, sacrum, pelvis and ribs."""

from typing import Final

import numpy as np
import numpy.typing as npt

from aac_models.phantom.build import TYPICAL, Build
from aac_models.phantom.canvas import Canvas
from aac_models.phantom.spine import Spine

Points = npt.NDArray[np.float64]

_OSSIFIED: Final = 0.08


def draw_bones(
    canvas: Canvas, spine: Spine, place: Points, rng: np.random.Generator, build: Build = TYPICAL
) -> None:
    """Draw the skeleton of the field.

    Parameters
    ----------
    canvas
        The sheet; its bone map is added to.
    spine
        The patient's spine.
    place
        Corners of the same vertebrae on the film, (vertebrae, 4, (x, y)) in mm.
    rng
        Source of chance, of the patient.
    build
        How strongly each part shows.
    """
    strength = float(rng.uniform(0.55, 1.15))
    for k, name in enumerate(spine.names):
        corners = place[k]
        dense = strength * (1.18 if spine.fractured[k] else 1.0) * float(rng.normal(1, 0.03))
        _body(canvas, corners, dense, float(spine.scoliosis_mm[k]), rng, build)
        _spurs(canvas, corners, spine.osteophytes_mm[k], strength, rng)
        if name != "S1":
            _posterior(canvas, corners, strength, rng, build)
    _sacrum(canvas, place[-1], strength * build.sacrum, rng, build)
    _pelvis(canvas, place, strength, rng, build)
    _ribs(canvas, place, strength * build.ribs, rng)
    if rng.random() < _OSSIFIED:
        _front_ligament(canvas, place, strength, rng)


def _to_unit(corners: Points) -> Points:
    """Homography (3, 3) that sends a body to the square: p backward -1 to forward +1, q down."""
    unit = np.array([[1, -1], [-1, -1], [1, 1], [-1, 1]], dtype=np.float64)
    rows, right = [], []
    for (x, y), (p, q) in zip(corners, unit, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -p * x, -p * y], [0, 0, 0, x, y, 1, -q * x, -q * y]]
        right += [p, q]
    return np.append(np.linalg.solve(np.array(rows), np.array(right)), 1.0).reshape(3, 3)


def _body(
    canvas: Canvas,
    corners: Points,
    dense: float,
    double: float,
    rng: np.random.Generator,
    build: Build,
) -> None:
    """Draw a vertebral body: spongy core, denser rim, endplates seen on edge."""
    waist = build.waist * float(rng.uniform(0.05, 0.11))
    cave = build.waist * float(rng.uniform(0.03, 0.08))
    patch = canvas.patch(corners, 3.0)
    if patch is None:
        return
    h = _to_unit(corners).astype(np.float32)
    w = h[2, 0] * patch.x + h[2, 1] * patch.y + h[2, 2]
    p = (h[0, 0] * patch.x + h[0, 1] * patch.y + h[0, 2]) / w
    q = (h[1, 0] * patch.x + h[1, 1] * patch.y + h[1, 2]) / w
    depth = float(np.hypot(*(corners[0] - corners[1]))) / 2
    height = float(np.hypot(*(corners[0] - corners[2]) + np.hypot(*(corners[1] - corners[3])))) / 4
    side = (1 - waist * (1 - q * q) - np.abs(p)) * np.float32(depth)
    plate = (1 - cave * (1 - p * p) - np.abs(q)) * np.float32(height)
    inner = 0.5 * (side + plate - np.sqrt((side - plate) ** 2 + 2.5))
    edge = np.clip(inner / 0.9 + 0.75, 0, 1)
    core = np.sqrt(np.clip(1 - 0.62 * p * p, 0.05, 1)) * (1 + 0.10 * q * q)
    lines = sum(np.exp(-(((plate - 0.9 - shift) / 0.75) ** 2)) for shift in (0.0, 2 * double)) / (
        2.0 if double > 0.3 else 1.6  # noqa: PLR2004 - a split line shares its calcium
    )
    rim = np.exp(-(((side - 0.8) / 0.8) ** 2))
    inside, ends = 0.52 * build.core * core, 0.30 * build.endplates * lines
    value = dense * edge * (inside + ends + 0.17 * build.rim * rim)
    canvas.bone[patch.where] += value.astype(np.float32)


def _spurs(
    canvas: Canvas,
    corners: Points,
    length: npt.NDArray[np.float64],
    strength: float,
    rng: np.random.Generator,
) -> None:
    """Draw osteophytes at the two anterior corners."""
    for corner, back, out in ((0, 1, length[0]), (2, 3, length[1])):
        turn = rng.normal(0, 0.25)
        if out < 1:
            continue
        forward = corners[corner] - corners[back]
        forward = forward / np.hypot(*forward)
        angle = float(np.arctan2(forward[1], forward[0]) + turn)
        center = corners[corner] + forward * (out / 2 - 1)
        size = (out / 2 + 2, 1.6)
        canvas.blob(canvas.bone, center, size, angle, 0.16 * strength, rim=0.10 * strength)


def _posterior(
    canvas: Canvas, corners: Points, strength: float, rng: np.random.Generator, build: Build
) -> None:
    """Draw pedicle, facets, lamina and spinous process behind a body."""
    top, bottom = corners[1], corners[3]
    back = corners[1] - corners[0]
    unit = float(np.hypot(*back))
    back = back / unit
    down = (bottom - top) / np.hypot(*(bottom - top))
    tall = float(np.hypot(*(bottom - top)))
    angle = float(np.arctan2(back[1], back[0]))
    size = unit * rng.normal(1, 0.04) * build.posterior_size
    strength *= build.posterior

    def blob(
        behind: float,
        below: float,
        axes: tuple[float, float],
        turn: float,
        amount: float,
        rim: float = 0.07,
    ) -> None:
        at = top + back * behind * size + down * below * tall
        scaled = (axes[0] * size, axes[1] * size)
        wobble = (float(rng.normal(0, 0.22)), float(rng.normal(0, 0.14)))
        canvas.blob(
            canvas.bone,
            at,
            scaled,
            angle + turn + float(rng.normal(0, 0.1)),
            amount * strength,
            rim=rim * strength,
            soft_mm=2.2,
            wobble=wobble,
        )

    lean = float(rng.normal(0, 0.08))
    blob(0.10, 0.27, (0.22, 0.15), 0.0, 0.36, 0.1)
    blob(0.34, -0.02, (0.11, 0.25), 0.25, 0.34)  # superior articular process
    blob(0.38, 0.55, (0.10, 0.30), 0.18, 0.22)  # pars
    blob(0.44, 0.98, (0.11, 0.24), 0.15, 0.34)  # inferior articular process
    blob(0.30, 0.42, (0.16, 0.55), 0.12, 0.26, 0.0)  # articular pillar of the other side
    blob(0.58, 0.72, (0.18, 0.32), -0.35, 0.24)  # lamina
    blob(0.92, 0.85 + lean, (0.44, 0.27), 0.22 + lean, 0.20, 0.10)  # spinous process


def _sacrum(
    canvas: Canvas, first: Points, strength: float, rng: np.random.Generator, build: Build
) -> None:
    """Draw the sacral segments below S1, tapering and curving backward."""
    corners = first
    for _ in range(3):
        forward = corners[2] - corners[3]
        depth = float(np.hypot(*forward))
        forward = forward / depth
        turn = float(rng.uniform(0.12, 0.3)) * build.sacral_curve
        cos, sin = np.cos(turn), np.sin(turn)
        forward = np.array(
            [forward[0] * cos - forward[1] * sin, forward[0] * sin + forward[1] * cos]
        )
        down = np.array([-forward[1], forward[0]])
        middle = corners[2:].mean(axis=0) + down * 1.2
        tall, deep = depth * 0.72, depth * 0.78 * build.sacral_taper
        corners = np.stack(
            [
                middle + forward * depth * 0.46,
                middle - forward * depth * 0.46,
                middle + down * tall + forward * deep / 2,
                middle + down * tall - forward * deep / 2,
            ]
        )
        _body(canvas, corners, strength * 0.8, 0.6, rng, build)
        _posterior(canvas, corners, strength * 0.6, rng, build)


def _pelvis(
    canvas: Canvas, place: Points, strength: float, rng: np.random.Generator, build: Build
) -> None:
    """Draw both iliac wings over L5 and the sacrum, slightly apart, and the femoral heads."""
    promontory, low = place[-1][0], place[-2].mean(axis=0)
    unit = float(np.hypot(*(place[-1][0] - place[-1][1])))
    # The crest stands at the L4/L5 disc in most people, about a body depth above the promontory.
    rise = (rng.normal(1.0, 0.35) + build.crest) * unit
    strength *= build.pelvis
    for apart in (0.0, 0.25):
        hip = promontory + unit * np.array([0.9 + apart, 3.1 + 0.4 * apart])
        amount, rim = 0.3 * strength * build.femurs, 0.15 * strength * build.femurs
        canvas.blob(canvas.bone, hip, (0.65 * unit, 0.65 * unit), 0.0, amount, rim=rim)
    for _ in range(2):
        shift = rng.normal(0, 0.10 * unit, 2)
        center = np.array([low[0] - 0.35 * unit, promontory[1] + 1.55 * unit - rise]) + shift
        axes = (2.0 * unit * rng.normal(1, 0.06), 1.5 * unit)
        canvas.blob(
            canvas.bone,
            center,
            axes,
            float(rng.normal(0.25, 0.08)),
            0.17 * strength,
            rim=0.13 * strength,
            rim_mm=2.6,
            soft_mm=2.5,
            wobble=(float(rng.normal(0, 0.1)), float(rng.normal(0, 0.1))),
        )


def _ribs(canvas: Canvas, place: Points, strength: float, rng: np.random.Generator) -> None:
    """Draw the tenth to twelfth ribs of both sides, running downward and forward."""
    for k, reach in ((0, 3.4), (1, 2.9), (2, 1.7)):
        body = place[k]
        unit = float(np.hypot(*(body[0] - body[1])))
        steep, length = rng.uniform(0.5, 1.0), reach * unit * rng.uniform(0.75, 1.1)
        for _ in range(2):
            start = body[1] + rng.normal(0, 2.5, 2) + np.array([-0.25 * unit, 0.1 * unit])
            angle = steep + rng.normal(0, 0.07)
            stop = start + length * np.array([np.cos(angle), np.sin(angle)])
            canvas.tube(
                canvas.bone,
                start,
                stop,
                bend_mm=float(rng.uniform(0.05, 0.13)) * length,
                width_mm=unit * float(rng.uniform(0.22, 0.3)),
                amount=0.11 * strength,
                rim=0.08 * strength,
            )


def _front_ligament(
    canvas: Canvas, place: Points, strength: float, rng: np.random.Generator
) -> None:
    """Draw an ossified anterior ligament over a few discs: it mimics the posterior wall."""
    first = int(rng.integers(2, 6))
    for k in range(first, min(first + int(rng.integers(1, 4)), len(place) - 1)):
        start, stop = (
            place[k][0] * 0.4 + place[k][2] * 0.6,
            place[k + 1][0] * 0.7 + place[k + 1][2] * 0.3,
        )
        canvas.tube(
            canvas.bone,
            start,
            stop,
            bend_mm=-float(rng.uniform(1.5, 4)),
            width_mm=float(rng.uniform(1.5, 3)),
            amount=0.16 * strength,
        )
