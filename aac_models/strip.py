"""The aorta's field in front of L1 to L4, straightened.

An aorta without calcification is nearly invisible on a plain film, so its field follows from
the vertebrae: rows run down the anterior surface of the spine from mid-disc T12/L1 to mid-disc
L4/L5, columns run forward along the disc planes. Column 0 always lies in the vertebral body,
so a mirrored film gives the same strip.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy import interpolate, ndimage

from aac_models.kauppila import LEVELS
from aac_models.quantiles import median

ROWS_PER_LEVEL: Final = 70
COLUMNS: Final = 96
# In depths of the vertebral body, forward of its anterior surface.
INNER_DEPTH: Final = -0.25
OUTER_DEPTH: Final = 1.35
LEVEL_ROWS: Final = np.array(
    [[i * ROWS_PER_LEVEL, (i + 1) * ROWS_PER_LEVEL] for i in range(len(LEVELS))], dtype=np.int64
)
_DEPTHS: Final = np.linspace(INNER_DEPTH, OUTER_DEPTH, COLUMNS)


@dataclass(frozen=True, slots=True, eq=False)
class AorticStrip:
    """The straightened field of one film.

    Attributes
    ----------
    pixels
        float32 (rows, columns) in [0, 1]; 0 where the film ends.
    level_rows
        int64 (4 levels, (start, stop)).
    image_points
        float32 (rows, columns, (row, column)): where each pixel lies on the film.
    inside
        bool (rows, columns): the pixel lies on the film.
    """

    pixels: npt.NDArray[np.float32]
    level_rows: npt.NDArray[np.int64]
    image_points: npt.NDArray[np.float32]
    inside: npt.NDArray[np.bool_]


def strip_points(corners: npt.ArrayLike) -> npt.NDArray[np.float32]:
    """Lay the strip's grid over a film.

    Parameters
    ----------
    corners
        (6 vertebrae, 4 corners, (row, column)) as in ``Anatomy.corners_px``.

    Returns
    -------
    float32 (rows, columns, (row, column)) in the same pixels.
    """
    marks = np.asarray(corners, dtype=np.float64)
    anterior, posterior = _disc_middles(marks)
    spine = _surface(marks, anterior)
    forward = _forward(anterior, posterior)
    depth = body_depth(marks)
    grid = spine[:, None, :] + forward[:, None, :] * (_DEPTHS[None, :, None] * depth)
    return np.asarray(grid, dtype=np.float32)


def body_depth(corners: npt.ArrayLike) -> float:
    """Median anterior-posterior depth of L1 to L4 in pixels."""
    marks = np.asarray(corners, dtype=np.float64)[1:5]
    upper = np.linalg.norm(marks[:, 0] - marks[:, 1], axis=-1)
    lower = np.linalg.norm(marks[:, 2] - marks[:, 3], axis=-1)
    return float(np.median(np.concatenate([upper, lower])))


def _disc_middles(
    marks: npt.NDArray[np.float64],
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Middle of each of the five discs at its anterior and posterior edge, (5, 2) each."""
    anterior = (marks[:-1, 2] + marks[1:, 0]) / 2
    posterior = (marks[:-1, 3] + marks[1:, 1]) / 2
    return anterior, posterior


def _rows() -> npt.NDArray[np.float64]:
    """Center of each strip row in levels, 0 at mid-disc T12/L1, 4 at mid-disc L4/L5."""
    count = len(LEVELS) * ROWS_PER_LEVEL
    return (np.arange(count) + 0.5) / ROWS_PER_LEVEL


def _surface(
    marks: npt.NDArray[np.float64], anterior: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Point of the anterior surface for each row, (rows, 2), through discs and bodies."""
    bodies = (marks[1:5, 0] + marks[1:5, 2]) / 2
    knots = np.empty((9, 2))
    knots[0::2] = anterior
    knots[1::2] = bodies
    spline = interpolate.CubicSpline(np.arange(9) / 2.0, knots, axis=0)
    return np.asarray(spline(_rows()), dtype=np.float64)


def _forward(
    anterior: npt.NDArray[np.float64], posterior: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Return the unit vector from spine to belly for each row, (rows, 2).

    Disc planes turn evenly down the spine; a parabola through the five keeps one misplaced
    corner from tilting its level.
    """
    discs = anterior - posterior
    mean = discs.sum(axis=0)
    heading = np.arctan2(mean[0], mean[1])
    turn = np.arctan2(discs[:, 0], discs[:, 1]) - heading
    turn = (turn + np.pi) % (2 * np.pi) - np.pi
    fitted = np.polynomial.Polynomial.fit(np.arange(5.0), turn, 2)
    angle = heading + fitted(_rows())
    return np.stack([np.sin(angle), np.cos(angle)], axis=-1)


def sample(
    pixels: npt.NDArray[np.float32], points: npt.NDArray[np.float32]
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_]]:
    """Read a film at the strip's points.

    Parameters
    ----------
    pixels
        Film, shape (rows, columns).
    points
        (strip rows, strip columns, (row, column)) in pixels of that film.

    Returns
    -------
    The strip and a mask of the points that lie on the film, both (strip rows, strip columns).
    """
    # Rows and columns apart: NumPy is slow at sums over a last axis of two.
    row, column = np.ascontiguousarray(np.moveaxis(points, -1, 0))
    last_row, last_column = pixels.shape[0] - 1, pixels.shape[1] - 1
    inside = (row >= 0) & (row <= last_row) & (column >= 0) & (column <= last_column)
    limit = np.array([last_row, last_column])
    least, most = np.array([[row.min(), column.min()], [row.max(), column.max()]])
    low = np.clip(np.floor(least).astype(int) - 8, 0, limit)
    high = np.clip(np.ceil(most).astype(int) + 9, low + 1, limit + 1)
    crop = pixels[low[0] : high[0], low[1] : high[1]]
    step = median(_length(np.diff(row, axis=1), np.diff(column, axis=1)))
    if step > 1.2:  # noqa: PLR2004 - film pixels a strip pixel; fewer need no low-pass
        crop = ndimage.gaussian_filter(crop, 0.45 * np.sqrt(step**2 - 1))
    moved = np.stack([row.ravel() - low[0], column.ravel() - low[1]])
    values = ndimage.map_coordinates(crop, moved, order=1, mode="constant", cval=0.0)
    return np.asarray(values, dtype=np.float32).reshape(inside.shape), inside


def wall_crossings(
    points: npt.NDArray[np.float32], walls: npt.NDArray[np.float32]
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]:
    """Find where the aortic walls cross each strip row.

    Parameters
    ----------
    points
        Strip grid (rows, columns, (row, column)).
    walls
        (2 walls, n points, (row, column)) in the same pixels.

    Returns
    -------
    float32 (2 walls, rows), the fractional column, NaN where the wall does not cross the strip;
    and int64 (2 walls, rows), which step between two wall points crosses there.
    """
    columns, steps = zip(*(_crossings(points, wall) for wall in walls), strict=True)
    return np.stack(columns), np.stack(steps)


def _crossings(
    points: npt.NDArray[np.float32], wall: npt.NDArray[np.float32]
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]:
    """Column of the wall in each row, and the step of the wall that lies there."""
    (row, column), (end_row, end_column) = (points[:, i].astype(np.float64).T for i in (0, -1))
    length = _length(end_row - row, end_column - column)
    down, right = (end_row - row) / length, (end_column - column) / length
    below = wall[None, :, 0].astype(np.float64) - row[:, None]  # (rows, n)
    beside = wall[None, :, 1].astype(np.float64) - column[:, None]
    across = below * right[:, None] - beside * down[:, None]
    forward = below * down[:, None] + beside * right[:, None]
    change = np.sign(across[:, :-1]) != np.sign(across[:, 1:])
    first = change.argmax(axis=1)
    rows = np.arange(len(row))
    before, after = across[rows, first], across[rows, first + 1]
    weight = before / np.where(before == after, 1.0, before - after)
    place = forward[rows, first] * (1 - weight) + forward[rows, first + 1] * weight
    columns = place / length * (points.shape[1] - 1)
    found = change.any(axis=1) & (columns >= 0) & (columns <= points.shape[1] - 1)
    return np.where(found, columns, np.nan).astype(np.float32), first


def _length(row: npt.NDArray[Any], column: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Euclidean length of vectors, component by component."""
    return np.asarray(np.sqrt(row * row + column * column))
