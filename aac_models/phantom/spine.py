"""The bony geometry of one patient: vertebrae T10 to S1 as quadrilaterals in millimeters.

The frame is the patient's own: x forward (anterior), y downward, the origin at the middle of L3.
Sizes are magnified as the detector sees them.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from aac_models.phantom.build import TYPICAL, Build

Points = npt.NDArray[np.float64]

NAMES: Final = ("T10", "T11", "T12", "L1", "L2", "L3", "L4", "L5", "L6", "S1")
_HEIGHT: Final = (23.0, 24.0, 25.5, 27.0, 28.0, 28.5, 28.5, 28.0, 27.5, 29.0)
_DEPTH: Final = (28.5, 29.5, 30.5, 31.5, 32.5, 33.5, 34.5, 35.0, 35.0, 33.0)
# Anterior minus posterior height: thoracic bodies are wedged forward, L5 backward.
_WEDGE: Final = (-1.5, -1.5, -1.5, -1.0, -0.3, 0.3, 1.0, 3.0, 3.0, 4.0)
_DISC: Final = (4.5, 5.5, 6.5, 8.0, 9.5, 10.5, 11.0, 10.0, 9.5)
# Share of the lordosis between neighbors; kyphotic (negative) above L1.
_BEND: Final = (-0.10, -0.07, 0.03, 0.09, 0.14, 0.20, 0.26, 0.28, 0.2)

_TRANSITIONAL: Final = 0.02
_SCOLIOTIC: Final = 0.25


@dataclass(frozen=True, slots=True, eq=False)
class Spine:
    """Vertebrae from above downward.

    Attributes
    ----------
    names
        Which vertebrae; L6 only in the few who have it.
    corners
        (vertebrae, 4 corners in the order of ``anatomy.CORNERS``, (x, y)) in mm.
    scoliosis_mm
        Half the distance between the two contours of each endplate, (vertebrae,).
    osteophytes_mm
        Length of the spur at each anterior corner, (vertebrae, 2 superior/inferior).
    fractured
        Whether the body is compressed, (vertebrae,).
    magnification
        Size at the detector over true size.
    """

    names: tuple[str, ...]
    corners: Points
    scoliosis_mm: npt.NDArray[np.float64]
    osteophytes_mm: npt.NDArray[np.float64]
    fractured: npt.NDArray[np.bool_]
    magnification: float

    def body(self, name: str) -> Points:
        """Return the four corners of a named vertebra, (4, (x, y))."""
        corners: Points = self.corners[self.names.index(name)]
        return corners

    def index(self, name: str) -> int:
        """Return the place of a named vertebra."""
        return self.names.index(name)

    def disc_line(self, above: str) -> tuple[Points, Points]:
        """Middle of the disc below a vertebra and its forward direction.

        Returns
        -------
        A point (x, y) and a unit vector: the line that limits the levels (Kauppila 1997).
        """
        k = self.names.index(above)
        lower, upper = self.corners[k][2:], self.corners[k + 1][:2]
        front, back = (lower[0] + upper[0]) / 2, (lower[1] + upper[1]) / 2
        along = front - back
        return (front + back) / 2, along / np.hypot(*along)


def grow(rng: np.random.Generator, *, age: float, is_male: bool, build: Build = TYPICAL) -> Spine:
    """Draw a spine: size, curve, wear, fractures and transitional vertebrae.

    Parameters
    ----------
    rng
        Source of chance, of the patient and not of the film.
    age
        Years; wear rises with it.
    is_male
        Men's vertebrae are larger.
    build
        The body's proportions.

    Returns
    -------
    The spine with L3's middle at the origin and no tilt but its own.
    """
    magnification = float(rng.uniform(1.14, 1.27))
    scale = magnification * (1.03 if is_male else 0.94) * rng.normal(1, 0.035)
    wear = float(np.clip((age - 40) / 45 + rng.normal(0, 0.25), 0, 1.3))
    has_l6 = rng.random() < _TRANSITIONAL
    kept = [k for k, name in enumerate(NAMES) if has_l6 or name != "L6"]
    count = len(kept)
    height = np.array(_HEIGHT)[kept] * scale * rng.normal(1, 0.02, count) * build.height
    depth = np.array(_DEPTH)[kept] * scale * rng.normal(1, 0.015, count) * rng.normal(1, 0.03)
    wedge = np.array(_WEDGE)[kept] * scale + rng.normal(0, 0.5, count)
    disc, lordosis = _discs(rng, kept, scale, wear, build)
    fractured = rng.random(count) < _fracture_risk(kept, wear)
    loss = np.where(fractured, rng.uniform(0.15, 0.42, count), 0.0)
    heights = np.stack(
        [(height + wedge / 2) * (1 - loss), (height - wedge / 2) * (1 - loss * 0.35)], axis=1
    )
    corners = _stack(heights, depth, disc, lordosis)
    spurs = rng.gamma(0.7 + wear, 1.4, (count, 2)) * (rng.random((count, 2)) < 0.15 + 0.45 * wear)
    has_scoliosis = rng.random() < _SCOLIOTIC
    curve = rng.uniform(0.5, 2.6) if has_scoliosis else rng.uniform(0.0, 0.5)
    phase = rng.uniform(0, np.pi)
    return Spine(
        names=tuple(NAMES[k] for k in kept),
        corners=corners,
        scoliosis_mm=curve * np.abs(np.sin(phase + np.arange(count) * 0.6)),
        osteophytes_mm=np.minimum(spurs, 8.0) * magnification,
        fractured=fractured,
        magnification=magnification,
    )


def _fracture_risk(kept: list[int], wear: float) -> npt.NDArray[np.float64]:
    """Compression fractures gather at the thoracolumbar junction."""
    by_level = np.array([0.3, 0.6, 1.0, 1.2, 0.5, 0.3, 0.25, 0.1, 0.0, 0.0])
    return np.asarray(by_level[kept] * 0.05 * wear, dtype=np.float64)


def _discs(
    rng: np.random.Generator, kept: list[int], scale: float, wear: float, build: Build
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Disc heights in mm and the angle across each disc in radians."""
    gaps = kept[:-1]
    narrowed = rng.random(len(gaps)) < np.linspace(0.05, 0.35, len(gaps)) * wear
    disc = np.array(_DISC)[gaps] * scale * rng.normal(1, 0.08, len(gaps))
    disc = disc * np.where(narrowed, rng.uniform(0.25, 0.7, len(gaps)), 1 - 0.08 * wear)
    disc = disc * build.disc
    total = np.deg2rad(np.clip(rng.normal(47, 11), 20, 75)) * build.lordosis
    bend = np.array(_BEND)[gaps] * total + np.deg2rad(rng.normal(0, 1.5, len(gaps)))
    bend[-1] *= build.sacral_bend
    if rng.random() < _TRANSITIONAL:  # sacralized L5: a rudimentary last disc that hardly bends
        disc[-1] *= 0.3
        bend[-1] *= 0.3
    return np.maximum(disc, 1.5), bend


def _stack(
    heights: npt.NDArray[np.float64],
    depth: npt.NDArray[np.float64],
    disc: npt.NDArray[np.float64],
    bend: npt.NDArray[np.float64],
) -> Points:
    """Put the bodies upon each other; heights are (vertebrae, (anterior, posterior))."""
    angle = np.concatenate([[0.0], np.cumsum(bend)])
    angle -= angle[5]  # L3 lies level
    middle = heights.mean(axis=1)
    centers = np.zeros((len(depth), 2))
    for k in range(1, len(depth)):
        between = (angle[k - 1] + angle[k]) / 2
        centers[k] = (
            centers[k - 1]
            + _down(angle[k - 1]) * middle[k - 1] / 2
            + _down(between) * disc[k - 1]
            + _down(angle[k]) * middle[k] / 2
        )
    forward = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    down = np.stack([-np.sin(angle), np.cos(angle)], axis=1)
    corners = np.empty((len(depth), 4, 2))
    for place, (f, d) in enumerate(((1, -1), (-1, -1), (1, 1), (-1, 1))):
        edge = heights[:, 0 if f > 0 else 1]
        corners[:, place] = (
            centers + f * forward * depth[:, None] / 2 + d * down * edge[:, None] / 2
        )
    return np.asarray(corners - corners[5].mean(axis=0), dtype=np.float64)


def _down(angle: float) -> Points:
    """Return the downward unit vector of a body whose endplates are turned by an angle."""
    return np.array([-np.sin(angle), np.cos(angle)])
