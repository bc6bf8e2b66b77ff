"""A lumbar spine, the aorta before it and its deposits, in millimeters of the patient's frame."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import interpolate

from aac_models.kauppila import LEVELS, WALLS, grade_of_share
from benchmarks.other_origin.sheet import Floats

# From below upward: S1, L5 ... T9.
COUNT: Final = 10
L5, L3, T12 = 1, 3, 6
_TURN: Final = np.array([1.0, 0.5, 0.22, 0.02])  # of the sacral slope
_LEAN: Final = np.array([0.55, 0.9, 1.0, 0.9, 0.6, 0.2])  # of the upper spine's
_DISC: Final = np.array([0.28, 0.30, 0.29, 0.27, 0.24, 0.20, 0.17, 0.15, 0.14])
_DEPTH: Final = np.array([1, 1.02, 1.02, 1, 0.98, 0.95, 0.93, 0.91, 0.88, 0.85])
_HEIGHT: Final = np.array([0.9, 1, 1, 1, 0.98, 0.95, 0.92, 0.88, 0.85, 0.82])
_STEPS: Final = 200  # of the walls within a level
_BY_LEVEL: Final = np.array([-0.25, -0.1, 0.12, 0.25])
_BY_WALL: Final = np.array([-0.05, 0.08])


@dataclass(frozen=True, slots=True, eq=False)
class Spine:
    """Vertebrae from below upward; ``corners`` in the order of ``anatomy.CORNERS``, (x, y)."""

    unit_mm: float
    middles: Floats
    up: Floats
    forward: Floats
    depths: Floats
    heights: Floats
    corners: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Aorta:
    """Both walls from mid-disc T12/L1 to L4/L5, and which of their points are calcified.

    ``walls`` (2, points, (x, y)); ``forward`` (points, 2); ``pieces`` (wall, points) each;
    ``grades`` (4 levels, 2 walls).
    """

    walls: Floats
    forward: Floats
    pieces: list[tuple[int, slice]]
    grades: Floats


def grow_spine(rng: np.random.Generator) -> Spine:
    """Stack ten vertebrae upon the sacrum, L3 in the middle."""
    unit = float(rng.normal(35, 2.5) * rng.uniform(1.05, 1.3))
    slope, lean = np.deg2rad(rng.uniform(28, 46)), np.deg2rad(rng.uniform(-18, -7))
    turn = np.concatenate([_TURN * slope, _LEAN * lean]) + rng.normal(0, 0.02, COUNT)
    disc = _DISC * unit * rng.uniform(0.7, 1.1) * rng.uniform(0.85, 1.1, COUNT - 1)
    if rng.random() < 0.3:
        disc[rng.integers(0, 4)] *= 0.5
    depths, heights = _DEPTH * unit, _HEIGHT * unit * rng.uniform(0.74, 0.88)
    up = np.stack([np.sin(turn), -np.cos(turn)], axis=1)
    forward = np.stack([np.cos(turn), np.sin(turn)], axis=1)
    middles = np.zeros((COUNT, 2))
    for k in range(1, COUNT):
        between = (up[k - 1] + up[k]) / 2 * disc[k - 1]
        middles[k] = middles[k - 1] + (up[k - 1] * heights[k - 1] + up[k] * heights[k]) / 2
        middles[k] += between
    middles -= middles[L3]
    corners = np.stack(
        [_corners(rng, k, middles[k], up[k], forward[k] * depths[k] / 2) for k in range(COUNT)]
    )
    # Wedges and fractures take from the top, so the lower endplates stay where they were put.
    height = heights[:, None, None] * up[:, None, :]
    loss = np.where(rng.random(COUNT) < 0.06, rng.uniform(0.15, 0.4, COUNT), 0.0)
    loss[[0, L5]] = 0
    tall = np.stack([1 - loss, 1 - loss * 0.2], axis=1) + rng.normal(0, 0.02, (COUNT, 2))
    corners[:, :2] += height * (tall[..., None] - 0.5)
    corners[:, 2:] -= height / 2
    return Spine(unit, middles, up, forward, depths, heights, corners)


def _corners(rng: np.random.Generator, k: int, middle: Floats, up: Floats, half: Floats) -> Floats:
    """Four corners without height."""
    narrow = half * rng.uniform(0.96, 1.0)
    lift = up * (rng.normal(0, 0.3) if k else 0.0)
    return np.stack([middle + narrow + lift, middle - narrow, middle + half, middle - half])


def lay_aorta(rng: np.random.Generator, spine: Spine, burden: float) -> Aorta:
    """Lay the aorta at a distance of its own before the spine and calcify it."""
    below_first = spine.corners[[6, 5, 4, 3, 2, 1]]  # T12 to L5
    front = (below_first[:-1, 2] + below_first[1:, 0]) / 2
    back = (below_first[:-1, 3] + below_first[1:, 1]) / 2
    bodies = (below_first[1:5, 0] + below_first[1:5, 2]) / 2
    knots = np.empty((9, 2))
    knots[::2], knots[1::2] = front, bodies
    at = (np.arange(4 * _STEPS) + 0.5) / _STEPS
    surface = interpolate.CubicSpline(np.arange(0, 4.1, 0.5), knots)(at)
    forward = interpolate.PchipInterpolator(np.arange(5), _unit(front - back))(at)
    forward = _unit(forward)
    gap = rng.uniform(-0.05, 0.3) + _wander(rng, at, 0.035) + rng.normal(0, 0.03) * (at - 2)
    width = rng.uniform(0.35, 0.6) * (1 + _wander(rng, at, 0.05) - 0.05 * (at - 2))
    reach = np.stack([gap + width, gap]) * spine.unit_mm
    walls = surface + forward * reach[..., None]
    shares = _shares(rng, burden)
    pieces: list[tuple[int, slice]] = []
    for level in range(len(LEVELS)):
        for wall in range(len(WALLS)):
            pieces += [(wall, one) for one in _pieces(rng, level, float(shares[level, wall]))]
    return Aorta(walls, forward, pieces, _grades(walls, pieces))


def _unit(vectors: Floats) -> Floats:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=-1, keepdims=True))


def _wander(rng: np.random.Generator, at: Floats, spread: float) -> Floats:
    return np.asarray(interpolate.CubicSpline(np.arange(5), rng.normal(0, spread, 5))(at))


def _shares(rng: np.random.Generator, burden: float) -> Floats:
    """Calcified share of each segment, (levels, walls): more below, a little more behind."""
    noise = rng.normal(0, 0.35, (4, 2)) + rng.normal(0, 0.15, (4, 1))
    latent = burden + _BY_LEVEL[:, None] + _BY_WALL + noise + 0.25
    return np.where(latent > 0, np.clip(latent * 0.6 + 0.05, 0, 1), 0.0)


def _pieces(rng: np.random.Generator, level: int, share: float) -> list[slice]:
    """Cut a share into one to four stretches of the level's points."""
    if share == 0:
        return []
    count = int(rng.integers(1, 5)) if share < 0.8 else int(rng.integers(1, 3))
    long = rng.dirichlet(np.full(count, 3.0)) * share
    free = rng.dirichlet(np.ones(count + 1))[:-1] * (1 - share)
    start = np.cumsum(free) + np.concatenate([[0], np.cumsum(long)[:-1]])
    first = level * _STEPS + np.floor(start * _STEPS).astype(int)
    last = np.minimum(first + np.maximum(4, (long * _STEPS).astype(int)), (level + 1) * _STEPS)
    return [slice(int(a), int(b)) for a, b in zip(first, last, strict=True) if b - a >= 3]


def _grades(walls: Floats, pieces: list[tuple[int, slice]]) -> Floats:
    """Grade by the share of the wall's own length (Kauppila 1997)."""
    step = np.linalg.norm(np.gradient(walls, axis=1), axis=-1)
    calcified = np.zeros_like(step)
    for wall, stretch in pieces:
        calcified[wall, stretch] = step[wall, stretch]
    by_level = (len(WALLS), len(LEVELS), _STEPS)
    share = calcified.reshape(by_level).sum(-1) / step.reshape(by_level).sum(-1)
    return grade_of_share(np.clip(share, 0, 1)).T.astype(np.float64)
