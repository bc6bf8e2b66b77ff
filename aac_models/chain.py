"""Choose among each corner's likely places those that together form a spine.

Neighboring vertebrae look alike, so a corner's map often has a peak on each of two of them, and
corners read one by one can come to lie on different vertebrae. Here the four corners of a
vertebra are chosen together, and the six vertebrae as a chain (Viterbi), by the maps' own
probabilities and by what every spine obeys: bodies are near rectangles, discs are thin.
"""

import itertools
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import ndimage

Floats = npt.NDArray[np.float64]

_CANDIDATES: Final = 3
_KEPT: Final = 24  # combinations a vertebra that enter the chain
_APART_PX: Final = 5  # map pixels between two peaks
_RADIUS: Final = 2
_LEAST_MASS: Final = 1e-3
_NEGLIGIBLE: Final = 1e-6  # of the highest peak: not worth sorting
# Expected value and spread: wide enough for wedges, fractures, fusions and worn discs.
_DEPTH_RATIO_SD: Final = 0.15  # log of upper over lower depth
_HEIGHT_RATIO_SD: Final = 0.3  # log of anterior over posterior height
_ASPECT: Final = (np.log(0.85), 0.22)  # log of height over depth
_DISC: Final = (0.25, 0.15)  # thickness over depth
_STEP_SD: Final = 0.15  # sideways step between neighbors over depth
_TALLER: Final = (-0.02, 0.22)  # log of a height over the next one's: none is two bodies long
_MOST: Final = 15.0  # no single rule weighs more than this
_COMBINATIONS: Final = np.array(list(itertools.product(range(_CANDIDATES), repeat=4)))


def read_spine(
    maps: npt.NDArray[np.float32],
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Read the corners of six vertebrae off their probability maps.

    Parameters
    ----------
    maps
        (24 corners, rows, columns), each summing to 1, in the order of ``Anatomy.corners_px``.

    Returns
    -------
    (6 vertebrae, 4 corners, (row, column)) in map pixels, and the probability mass about each
    chosen peak, (6, 4).
    """
    highest = ndimage.maximum_filter(maps, (1, _APART_PX, _APART_PX), mode="constant")
    found = [_candidates(one, where) for one, where in zip(maps, maps == highest, strict=True)]
    places = np.stack([place for place, _ in found]).reshape(6, 4, _CANDIDATES, 2)
    masses = np.stack([mass for _, mass in found]).reshape(6, 4, _CANDIDATES)
    corner = np.arange(4)
    bodies, scores, chosen = [], [], []
    for vertebra in range(6):
        options = places[vertebra][corner, _COMBINATIONS]  # (combinations, 4, 2)
        belief = np.log(np.maximum(masses[vertebra][corner, _COMBINATIONS], _LEAST_MASS)).sum(1)
        score = belief - _body_cost(options)
        best = np.argsort(-score, kind="stable")[:_KEPT]
        bodies.append(options[best])
        scores.append(score[best])
        chosen.append(masses[vertebra][corner, _COMBINATIONS[best]])
    path = _best_path(bodies, scores)
    corners = np.stack([body[state] for body, state in zip(bodies, path, strict=True)])
    mass = np.stack([one[state] for one, state in zip(chosen, path, strict=True)])
    return corners.astype(np.float32), mass.astype(np.float32)


def _candidates(
    one: npt.NDArray[np.float32], is_peak: npt.NDArray[np.bool_]
) -> tuple[Floats, Floats]:
    """Highest peaks of a map: center of mass about each, and that mass."""
    peaks = np.where(is_peak, one, 0.0).ravel()
    order = _highest(peaks)
    row, column = np.unravel_index(order, one.shape)
    reach = np.arange(-_RADIUS, _RADIUS + 1)
    padded = np.pad(one.astype(np.float64), _RADIUS)
    rows, columns = row[:, None] + reach + _RADIUS, column[:, None] + reach + _RADIUS
    window = padded[rows[:, :, None], columns[:, None, :]]
    mass = window.sum((1, 2))
    safe = np.maximum(mass, 1e-12)
    shift_row = (window.sum(2) * reach).sum(1) / safe
    shift_column = (window.sum(1) * reach).sum(1) / safe
    mass = np.where(peaks[order] > 0, mass, 0.0)
    return np.stack([row + shift_row, column + shift_column], axis=1), mass


def _highest(peaks: npt.NDArray[np.float32]) -> npt.NDArray[np.int64]:
    """Where the highest peaks are, the first of equal ones first."""
    likely = np.flatnonzero(peaks > peaks.max(initial=0) * _NEGLIGIBLE)
    if len(likely) < _CANDIDATES:
        likely = np.arange(len(peaks))
    return likely[np.argsort(-peaks[likely], kind="stable")[:_CANDIDATES]]


def _half_square(value: Floats, expected: float, spread: float) -> Floats:
    """Cost of a deviation, as of a normal distribution, with a ceiling."""
    return np.minimum(((value - expected) / spread) ** 2 / 2, _MOST)


def _lengths(bodies: Floats) -> tuple[Floats, Floats]:
    """Depths (upper, lower) and heights (anterior, posterior) of bodies (..., 4, 2)."""
    upper = np.linalg.norm(bodies[..., 0, :] - bodies[..., 1, :], axis=-1)
    lower = np.linalg.norm(bodies[..., 2, :] - bodies[..., 3, :], axis=-1)
    front = np.linalg.norm(bodies[..., 0, :] - bodies[..., 2, :], axis=-1)
    back = np.linalg.norm(bodies[..., 1, :] - bodies[..., 3, :], axis=-1)
    floor = 0.5
    return (
        np.maximum(np.stack([upper, lower], axis=-1), floor),
        np.maximum(np.stack([front, back], axis=-1), floor),
    )


def _body_cost(bodies: Floats) -> Floats:
    """How unlike a vertebral body each quadrilateral (n, 4, 2) is."""
    depths, heights = _lengths(bodies)
    aspect = np.log(heights.mean(-1) / depths.mean(-1))
    return (
        _half_square(np.log(depths[:, 0] / depths[:, 1]), 0.0, _DEPTH_RATIO_SD)
        + _half_square(np.log(heights[:, 0] / heights[:, 1]), 0.0, _HEIGHT_RATIO_SD)
        + _half_square(aspect, *_ASPECT)
    )


def _disc_cost(above: Floats, below: Floats) -> Floats:
    """How unlike neighbors each pair of bodies is, (n, m)."""
    depths, _ = _lengths(above)
    depth = depths.mean(-1)[:, None]
    axis = (above[:, 2] + above[:, 3] - above[:, 0] - above[:, 1]) / 2
    axis = axis / np.maximum(np.linalg.norm(axis, axis=-1, keepdims=True), 1e-6)
    taller = _mean_log_height(above)[:, None] - _mean_log_height(below)
    cost = _half_square(taller, *_TALLER)
    for lower, upper in ((2, 0), (3, 1)):
        gap = below[None, :, upper] - above[:, None, lower]
        along = (gap * axis[:, None]).sum(-1) / depth
        aside = (gap[..., 0] * axis[:, None, 1] - gap[..., 1] * axis[:, None, 0]) / depth
        cost += _half_square(along, *_DISC) + _half_square(aside, 0.0, _STEP_SD)
    return cost


def _mean_log_height(bodies: Floats) -> Floats:
    return np.asarray(np.log(_lengths(bodies)[1].mean(-1)), dtype=np.float64)


def _best_path(bodies: list[Floats], scores: list[Floats]) -> list[int]:
    """Choose one combination a vertebra so that the whole chain scores highest."""
    best, back = scores[0], []
    for k in range(1, len(bodies)):
        through = best[:, None] - _disc_cost(bodies[k - 1], bodies[k])
        back.append(through.argmax(axis=0))
        best = through.max(axis=0) + scores[k]
    path = [int(best.argmax())]
    for pointers in reversed(back):
        path.append(int(pointers[path[-1]]))
    return path[::-1]
