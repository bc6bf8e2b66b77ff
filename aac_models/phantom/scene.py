"""One patient laid on one film: everything in millimeters, facing right, nothing drawn yet."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from aac_models.kauppila import LEVELS, WALLS
from aac_models.phantom.aorta import STEPS_PER_LEVEL, lay
from aac_models.phantom.build import Build, build_of
from aac_models.phantom.cohort import FilmPlan
from aac_models.phantom.deposits import Arcs, draw_shares, lay_arcs
from aac_models.phantom.spine import Spine, grow

Points = npt.NDArray[np.float64]

_CROPPED: Final = 0.045


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """Anatomy laid on the film, facing right, in mm."""

    build: Build
    spine: Spine
    corners: Points
    course: Points
    walls: Points
    arcs: tuple[tuple[Arcs, ...], ...]
    middle: Points
    unit_mm: float
    size_mm: tuple[float, float]


def lay_out(plan: FilmPlan) -> Scene:
    """Grow the patient's anatomy and place it on the film."""
    rng = np.random.default_rng([plan.patient_seed, 0])
    style = plan.style
    build = build_of(plan)
    spine = grow(rng, age=plan.age_years, is_male=plan.is_male, build=build)
    aorta = lay(rng, spine, age=plan.age_years, is_male=plan.is_male, build=build)
    truth = draw_shares(rng, plan.burden)
    fade = float(rng.uniform(0.65, 1.35))
    arcs = []
    for level in range(len(LEVELS)):
        pair = []
        for wall in range(len(WALLS)):
            stretch = aorta.walls[wall, level * STEPS_PER_LEVEL : (level + 1) * STEPS_PER_LEVEL + 1]
            length = float(np.hypot(*np.diff(stretch, axis=0).T).sum())
            pair.append(lay_arcs(rng, float(truth[level, wall]), length, fade, build))
        arcs.append(tuple(pair))
    turn = np.deg2rad(style.tilt_deg)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    size = (style.field_height_mm, style.field_width_mm)
    middle = np.array([style.spine_column * size[1], style.spine_row * size[0]])
    body = spine.body("L3")
    return Scene(
        build=build,
        spine=spine,
        corners=spine.corners @ rotation.T + middle,
        course=aorta.course @ rotation.T + middle,
        walls=aorta.walls @ rotation.T + middle,
        arcs=tuple(arcs),
        middle=middle,
        unit_mm=float(np.hypot(*(body[0] - body[1]))),
        size_mm=size,
    )


def collimate(scene: Scene, rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """Exposed field as (x low, x high, y low, y high) in mm; now and then it cuts a level."""
    height, width = scene.size_mm
    margins = rng.uniform(-10, 14, 4)
    field = np.array([margins[0], width - margins[1], margins[2], height - margins[3]])
    fate = rng.random()
    walls = scene.walls
    if fate < _CROPPED * 0.5:
        level = walls[:, 3 * STEPS_PER_LEVEL :, 1]
        field[3] = rng.uniform(level.min(), level.max())
    elif fate < _CROPPED * 0.8:
        level = walls[:, : STEPS_PER_LEVEL + 1, 1]
        field[2] = rng.uniform(level.min(), level.max())
    elif fate < _CROPPED:
        field[1] = walls[0, :, 0].max() - rng.uniform(1, 9)
    return field


def assessable_levels(walls: Points, field: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Whether both walls of each level lie in the exposed field."""
    x, y = walls[..., 0], walls[..., 1]
    seen = (x > field[0] + 1) & (x < field[1] - 1) & (y > field[2]) & (y < field[3])
    return np.array(
        [
            seen[:, k * STEPS_PER_LEVEL + 1 : (k + 1) * STEPS_PER_LEVEL].mean() > 0.97  # noqa: PLR2004
            for k in range(len(LEVELS))
        ]
    )
