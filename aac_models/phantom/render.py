"""The pixels of one film: draw the scene, expose it, develop it, mirror and mark it."""

from typing import Final

import numpy as np
import numpy.typing as npt

from aac_models.phantom import bones, calcium, hardware, tissue
from aac_models.phantom.aorta import STEPS_PER_LEVEL
from aac_models.phantom.build import Build
from aac_models.phantom.canvas import Canvas, Map, smooth_noise
from aac_models.phantom.cohort import FilmPlan
from aac_models.phantom.detector import develop, expose
from aac_models.phantom.scene import Scene
from aac_models.phantom.styles import Style

_FUSED: Final = 0.03
_FILTER: Final = 0.015
_CLIPS: Final = 0.05
_DIRECT: Final = 2.2


def render(plan: FilmPlan, scene: Scene, field: npt.NDArray[np.float64], spacing: float) -> Map:
    """Draw, expose, develop, mirror and mark."""
    style = plan.style
    body_chance = np.random.default_rng([plan.patient_seed, 1])
    film_chance = np.random.default_rng([plan.seed, 2])
    shape = tuple(round(v / spacing) for v in scene.size_mm)
    canvas = Canvas((shape[0], shape[1]), spacing)
    build = scene.build
    bones.draw_bones(canvas, scene.spine, scene.corners, body_chance, build)
    _add_texture(canvas, film_chance, build)
    place = (scene.middle, scene.unit_mm, film_chance, build)
    tissue.draw_trunk(canvas, style, *place)
    tissue.draw_gas(canvas, *place)
    tissue.draw_vessel(canvas, scene.course, build.vessel * float(body_chance.uniform(0.0, 0.05)))
    calcium.draw_deposits(canvas, scene.walls, scene.arcs, body_chance, build)
    limits = (scene.walls[:, 0, 1].min(), scene.walls[:, -1, 1].max())
    calcium.draw_beyond(canvas, scene.course, limits, plan.burden, body_chance)
    calcium.draw_distractors(canvas, scene.walls[0], scene.middle, scene.unit_mm, body_chance)
    _implant(canvas, scene, plan.is_fused, body_chance)
    return _develop_sheet(canvas, scene, field, style, film_chance)


def _add_texture(canvas: Canvas, rng: np.random.Generator, build: Build) -> None:
    """Give bone its trabecular grain."""
    size = (canvas.shape[0] * canvas.mm_per_px, canvas.shape[1] * canvas.mm_per_px)
    grain = smooth_noise(rng, size, 1.3 * build.grain_mm, canvas.shape)
    broad = smooth_noise(rng, size, 9.0, canvas.shape)
    canvas.bone[...] *= 1 + np.float32(0.07 * build.grain) * grain + np.float32(0.05) * broad


def _implant(
    canvas: Canvas,
    scene: Scene,
    is_fused: bool | None,  # noqa: FBT001 - a fact of the plan, not a switch
    rng: np.random.Generator,
) -> None:
    """Put metal into some patients."""
    fate, first = rng.random(3), int(rng.integers(4, 7))
    if fate[0] < _FUSED if is_fused is None else is_fused:
        hardware.draw_fusion(canvas, scene.corners, first, min(3, len(scene.corners) - first))
    if fate[1] < _FILTER:
        hardware.draw_filter(canvas, scene.walls.mean(axis=0)[STEPS_PER_LEVEL])
    if fate[2] < _CLIPS:
        at = scene.middle + scene.unit_mm * np.array([rng.uniform(0.8, 2.2), rng.uniform(-3, 0)])
        hardware.draw_clips(canvas, at, rng)


def _develop_sheet(
    canvas: Canvas,
    scene: Scene,
    field: npt.NDArray[np.float64],
    style: Style,
    rng: np.random.Generator,
) -> Map:
    """Expose and develop; mirror a patient who faces left; lay the shutter."""
    attenuation = canvas.other + canvas.bone
    spot = attenuation[_region(scene, canvas, 0.7)]
    reference = float(np.median(spot)) if spot.size else float(np.median(attenuation))
    if style.has_marker:
        _mark(canvas, field, style, rng)
    attenuation += canvas.metal
    x, y = canvas.axes()
    lead = np.minimum(
        np.minimum(x - np.float32(field[0]), np.float32(field[1]) - x),
        np.minimum(y - np.float32(field[2]), np.float32(field[3]) - y),
    )
    closed = np.clip(0.5 - lead / 1.5, 0, 1)
    attenuation += np.float32(5.0) * closed
    if style.faces_left:
        attenuation = np.ascontiguousarray(attenuation[:, ::-1])
        closed = np.ascontiguousarray(closed[:, ::-1])
    signal = expose(attenuation, reference, style, canvas.mm_per_px, rng)
    metal = canvas.metal[:, ::-1] if style.faces_left else canvas.metal
    rows, columns = _region(scene, canvas, 2.2)
    if style.faces_left:
        total = canvas.shape[1]
        columns = slice(total - columns.stop, total - columns.start)
    inside = (closed < 0.01) & (metal < 0.1)  # noqa: PLR2004 - wholly open, free of metal
    # Direct exposure beside the trunk must not steer the window either.
    inside &= attenuation > reference - _DIRECT
    gray = develop(signal, inside, (rows, columns), style, canvas.mm_per_px)
    if style.shutter >= 0:
        gray = gray * (1 - closed) + np.float32(style.shutter) * closed
    return np.clip(gray, 0, 1).astype(np.float32)


def _region(scene: Scene, canvas: Canvas, reach: float) -> tuple[slice, slice]:
    """Rows and columns around the spine, ``reach`` body depths to either side."""
    low = scene.corners[2:8].min(axis=(0, 1)) - np.array([0.3, 0]) * scene.unit_mm
    high = scene.corners[2:8].max(axis=(0, 1)) + np.array([reach - 0.7, 0]) * scene.unit_mm
    c0, r0 = np.clip(np.floor(low / canvas.mm_per_px).astype(int), 0, None)
    c1, r1 = np.minimum(np.ceil(high / canvas.mm_per_px).astype(int), canvas.shape[::-1])
    return slice(int(r0), int(r1)), slice(int(c0), int(c1))


def _mark(
    canvas: Canvas, field: npt.NDArray[np.float64], style: Style, rng: np.random.Generator
) -> None:
    """Lay the lead letter in a front corner; it reads upright on the film as displayed."""
    at = np.array(
        [
            min(field[1], canvas.shape[1] * canvas.mm_per_px) - rng.uniform(16, 40),
            max(field[2], 0) + rng.uniform(6, 40),
        ]
    )
    letter, height = str(rng.choice(["L", "R"])), float(rng.uniform(9, 15))
    hardware.draw_marker(canvas, letter, at, height, is_mirrored=style.faces_left)
