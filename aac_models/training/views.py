"""What a scorer sees of a film in training, altered, with the truth carried along."""

from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from aac_models import normalise, strip
from aac_models.networks import whole_image
from aac_models.training import augment
from aac_models.training.data import Film, as_float

View = dict[str, npt.NDArray[np.float32]]
_JITTER: Final = 0.04  # of the body depth: how far the localizer's corners lie off
_ROW_STRIDE: Final = 2


def strip_view(film: Film, rng: np.random.Generator, strength: float) -> View:
    """Straighten a film on shaken corners and alter its look."""
    depth = strip.body_depth(film.corners)
    shaken = film.corners + rng.normal(0, _JITTER * depth, film.corners.shape)
    shaken = shaken + rng.normal(0, 1.2 * _JITTER * depth, 2)
    points = strip.strip_points(shaken)
    pixels, inside = strip.sample(as_float(film.pixels), points)
    if rng.random() < 0.5:  # noqa: PLR2004 - measured: always costs more than it gives
        pixels = augment.photometric(pixels, rng, strength)
    if rng.random() < 0.1:  # noqa: PLR2004 - now and then
        pixels = augment.erase(pixels, rng)
    return {
        "image": normalise.strip_input(pixels, inside),
        **traced_rows(film, points),
        **_truth(film),
    }


def traced_rows(film: Film, points: npt.NDArray[np.float32]) -> View:
    """Where the walls cross the network's rows as a share of the width, and how calcified.

    Returns
    -------
    ``walls`` and ``calcified``, (2 walls, rows / 2) each; NaN where nothing was traced.
    """
    rows = points[::_ROW_STRIDE]
    if not film.walls.shape[1]:
        unknown = np.full((2, len(rows)), np.nan, dtype=np.float32)
        return {"walls": unknown, "calcified": unknown}
    columns, steps = strip.wall_crossings(rows, film.walls)
    there = np.take_along_axis(film.calcified, steps, axis=1)
    return {
        "walls": columns / np.float32(strip.COLUMNS - 1),
        "calcified": np.where(np.isfinite(columns), there, np.float32(np.nan)),
    }


def still_strip(film: Film) -> npt.NDArray[np.float32]:
    """Network input of a film's strip as it is."""
    points = strip.strip_points(film.corners)
    return normalise.strip_input(*strip.sample(as_float(film.pixels), points))


def film_view(film: Film, rng: np.random.Generator, strength: float) -> View:
    """Move a whole film a little and alter its look."""
    canvas = as_float(film.canvas)
    rows, columns = whole_image.ROWS, whole_image.COLUMNS
    matrix = augment.affine(
        (rows, columns), rng, rotation_deg=4, scale=0.07, shift=(0.04, 0.04), flip=True
    )
    canvas = augment.warp(canvas, matrix, rows, columns)
    if rng.random() < 0.5:  # noqa: PLR2004 - as for the strips
        canvas = augment.photometric(canvas, rng, strength)
    maps, calcified = segment_maps(film, matrix)
    return {
        "image": normalise.film_input(canvas),
        "maps": maps,
        "calcified": calcified,
        **_truth(film),
    }


def segment_maps(
    film: Film, matrix: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Where each segment's wall lies on the baseline's maps, and how calcified it is there.

    Returns
    -------
    (8, rows, columns), and (1, rows, columns), 0 to 1; NaN where unknown, the latter also off
    the walls.
    """
    size = whole_image.ROWS // whole_image.STRIDE, whole_image.COLUMNS // whole_image.STRIDE
    points = film.walls.shape[1]
    if not points:
        return np.full((8, *size), np.nan, np.float32), np.full((1, *size), np.nan, np.float32)
    shape = (film.pixels.shape[0], film.pixels.shape[1])
    placement, _ = normalise.letterbox_placement(shape, whole_image.ROWS, whole_image.COLUMNS)
    walls = augment.carry(placement.to_canvas(film.walls), matrix)
    cells = np.rint((walls + 0.5) / whole_image.STRIDE - 0.5).astype(np.int64)
    maps, calcium = np.zeros((8, *size), np.float32), np.full((1, *size), -1, np.float32)
    amount = np.nan_to_num(np.pad(film.calcified, [(0, 0), (0, 1)], mode="edge"), nan=-1)
    for segment in range(8):
        level, wall = divmod(segment, 2)
        first, last = level * (points - 1) // 4, (level + 1) * (points - 1) // 4
        row, column = cells[wall, first : last + 1].T
        there = (row >= 0) & (row < size[0]) & (column >= 0) & (column < size[1])
        maps[segment, row[there], column[there]] = 1
        np.maximum.at(
            calcium[0], (row[there], column[there]), amount[wall, first : last + 1][there]
        )
    maps = np.asarray(ndimage.maximum_filter(maps, (1, 3, 3)), dtype=np.float32)
    calcium = np.asarray(ndimage.maximum_filter(calcium, (1, 3, 3)), dtype=np.float32)
    return maps, np.where(calcium < 0, np.float32(np.nan), calcium)


def still_film(film: Film) -> npt.NDArray[np.float32]:
    """Network input of a whole film as it is."""
    return normalise.film_input(as_float(film.canvas))


def _truth(film: Film) -> View:
    return {
        "grades": film.grades.astype(np.float32),
        "total": np.asarray(film.total, dtype=np.float32),
    }
