"""Calcification: from a patient's burden to shares of wall length, and from shares to arcs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from aac_models.kauppila import LEVELS, WALLS
from aac_models.phantom.build import TYPICAL, Build

SEGMENTS: Final = (len(LEVELS), len(WALLS))
# L1 < L2 < L3 <= L4 (CORD); the posterior wall a little more and earlier (Copenhagen).
_LEVEL_EFFECT: Final = np.array([-0.38, -0.13, 0.17, 0.26])
_WALL_EFFECT: Final = np.array([-0.07, 0.07])
_LEAST_MM: Final = 2.0
_TYPICAL_ARC_MM: Final = 9.0
_LEAST_SHARE: Final = 0.05
_BORDERLINE: Final = 0.10
_STIPPLED: Final = 0.15


@dataclass(frozen=True, slots=True, eq=False)
class Arcs:
    """Calcified stretches of one wall at one level.

    Attributes
    ----------
    start, stop
        Ends as fractions of that wall's length at that level, (n,), disjoint and ascending.
    thickness_mm
        Across the wall, at the detector, (n,).
    density
        Log attenuation in the middle of the stretch, (n,).
    is_stippled
        Whether the stretch is diffuse stippling rather than a solid line.
    """

    start: npt.NDArray[np.float64]
    stop: npt.NDArray[np.float64]
    thickness_mm: npt.NDArray[np.float64]
    density: npt.NDArray[np.float64]
    is_stippled: bool

    @property
    def share(self) -> float:
        """Calcified share of the wall's length."""
        return float((self.stop - self.start).sum())


def coverage(arcs: Sequence[Sequence[Arcs]], steps: int) -> npt.NDArray[np.float32]:
    """How much of each short step along the walls is calcified.

    Parameters
    ----------
    arcs
        Per level, per wall.
    steps
        Steps a level.

    Returns
    -------
    float32 (walls, levels x steps), 0 to 1, from the top of the first level on.
    """
    edges = np.linspace(0, 1, steps + 1)
    out = np.zeros((SEGMENTS[1], SEGMENTS[0], steps))
    for level, pair in enumerate(arcs):
        for wall, one in enumerate(pair):
            for start, stop in zip(one.start, one.stop, strict=True):
                overlap = np.minimum(stop, edges[1:]) - np.maximum(start, edges[:-1])
                out[wall, level] += np.clip(overlap * steps, 0, 1)
    return np.asarray(out.clip(0, 1).reshape(SEGMENTS[1], -1), dtype=np.float32)


def draw_shares(rng: np.random.Generator, burden: float) -> npt.NDArray[np.float64]:
    """Draw the calcified share of each segment.

    Parameters
    ----------
    rng
        Source of chance, of the patient.
    burden
        Latent burden: below about -0.5 nothing is calcified, above 1.5 nearly everything is.

    Returns
    -------
    Shares (levels, walls), 0 to 1; neighbors resemble each other.

    Notes
    -----
    A tenth of the calcified segments is moved close to one third or two thirds, where graders
    disagree most.
    """
    latent = burden + _LEVEL_EFFECT[:, None] + _WALL_EFFECT + 0.30 * _neighborly(rng)
    shares = np.clip(0.62 * latent, 0.0, 0.98)
    shares = np.where(shares < _LEAST_SHARE, 0.0, shares)
    borderline = (rng.random(SEGMENTS) < _BORDERLINE) & (shares > 1 / 5)
    nearest = np.where(shares < 1 / 2, 1 / 3, 2 / 3)
    offset = rng.uniform(0.01, 0.04, SEGMENTS) * rng.choice([-1, 1], SEGMENTS)
    return np.asarray(np.where(borderline, nearest + offset, shares), dtype=np.float64)


def _neighborly(rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """Draw unit normal deviates (levels, walls) whose neighbors correlate."""
    apart = np.abs(np.subtract.outer(np.arange(len(LEVELS)), np.arange(len(LEVELS))))
    root = np.linalg.cholesky(np.exp(-apart / 1.5))
    common, own = rng.standard_normal(len(LEVELS)), rng.standard_normal(SEGMENTS)
    return np.asarray(root @ (0.75 * common[:, None] + 0.66 * own), dtype=np.float64)


def lay_arcs(
    rng: np.random.Generator,
    share: float,
    length_mm: float,
    fade: float,
    build: Build = TYPICAL,
) -> Arcs:
    """Break a share into disjoint stretches whose lengths sum to it.

    Parameters
    ----------
    rng
        Source of chance, of the patient.
    share
        Calcified share, 0 to 1.
    length_mm
        Length of the wall at this level.
    fade
        Factor on the density: how faint this patient's calcium is.
    build
        Factors on thickness and density.

    Returns
    -------
    The stretches; none when the share is 0.
    """
    if share <= 0:
        none = np.empty(0)
        return Arcs(none, none, none, none, is_stippled=False)
    total_mm = share * length_mm
    fewest = 1 + int(total_mm / (3 * _TYPICAL_ARC_MM))
    most = max(fewest, int(total_mm / _LEAST_MM))
    count = int(np.clip(1 + rng.poisson(total_mm / _TYPICAL_ARC_MM), fewest, most))
    lengths = _parts(rng, share, count, min(_LEAST_MM / length_mm, share / count))
    gaps = _parts(rng, 1 - share, count + 1, 0.0)
    start = np.cumsum(gaps[:-1]) + np.concatenate([[0], np.cumsum(lengths)[:-1]])
    # Longer deposits are thicker, loosely (r about 0.5).
    longer = np.log(np.maximum(lengths * length_mm, 1) / _TYPICAL_ARC_MM)
    thickness = np.clip(np.exp(np.log(1.1) + 0.2 * longer + rng.normal(0, 0.33, count)), 0.5, 2.0)
    density = fade * np.exp(rng.normal(np.log(0.18), 0.30, count)) * thickness**0.5 * build.density
    thickness = thickness * 1.2 * build.thickness
    return Arcs(start, start + lengths, thickness, density, bool(rng.random() < _STIPPLED))


def _parts(
    rng: np.random.Generator, whole: float, count: int, least: float
) -> npt.NDArray[np.float64]:
    """Break a length into random parts, none below ``least``."""
    return np.asarray(least + (whole - count * least) * rng.dirichlet(np.full(count, 1.5)))
