"""A film as the report shows it: the straightened spine with the aortic region before it.

Nothing else of the film is kept, so that whatever stands at its borders cannot reach a reader;
the whole film, cleaned, only where the study file asks for it.
"""

import io
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt
from PIL import Image

from aac_models import normalise, strip
from aac_models.anatomy import Anatomy
from aac_models.kauppila import LEVELS, WALLS
from aac_models.quantiles import median
from aac_models.radiograph import Radiograph
from data_contracts.records import ImageKey

if TYPE_CHECKING:
    from aac_models.predictor import FilmPrediction

# Columns behind the strip's first: the strip begins in the body, whose depth is about 60.
BACK: Final = 64
_FILM_SIDE: Final = 640
_QUALITY: Final = 85
_EACH: Final = 16  # row of the grid is enough to say how far its points lie apart
_BODIES: Final = slice(1, 1 + len(LEVELS))  # of T12 to L5, those that are graded

Places = npt.NDArray[np.float32]


def picture_of(
    key: ImageKey, said: "FilmPrediction", film: Radiograph, *, whole: bool = False
) -> list[dict[str, Any]]:
    """Draw the row of ``film_views``.

    Parameters
    ----------
    key
        Names the film.
    said
        The prediction; its anatomy is in pixels of ``film``.
    film
        The clean film.
    whole
        Whether the whole film may be shown as well.

    Returns
    -------
    One row, or none where the film was refused.
    """
    if said.strip is None or said.anatomy is None:
        return []
    grid = _widened(said.strip.image_points)
    pixels = _sampled(film.pixels, grid)
    corners = _on_grid(said.anatomy.corners_px[_BODIES].reshape(-1, 2), grid)
    row = {
        "center": key.center,
        "image_id": key.image_id,
        "picture": _jpeg(normalise.stretch(pixels)),
        "picture_rows": grid.shape[0],
        "picture_columns": grid.shape[1],
        "level_start_rows": [int(start) for start, _ in said.strip.level_rows],
        "level_stop_rows": [int(stop) for _, stop in said.strip.level_rows],
        "corner_rows": corners[:, 0].tolist(),
        "corner_columns": corners[:, 1].tolist(),
        "calcium": _calcium(said),
    }
    return [row | _walls(said.anatomy, grid) | (_whole(said.anatomy, film) if whole else {})]


def _widened(points: Places) -> Places:
    """Lay the strip's grid on over the vertebral bodies."""
    origin = points[:, :1]
    step = (points[:, -1:] - origin) / (points.shape[1] - 1)
    columns = np.arange(-BACK, points.shape[1], dtype=np.float32)
    return np.asarray(origin + step * columns[None, :, None], dtype=np.float32)


def _sampled(pixels: Places, grid: Places) -> Places:
    """Read a film at the grid's points; where they lie far apart, off means of its pixels."""
    # Rows and columns apart: NumPy is slow at a last axis of two.
    row, column = np.ascontiguousarray(np.moveaxis(grid, -1, 0))
    apart = int(median(np.hypot(np.diff(row[::_EACH]), np.diff(column[::_EACH]))))
    first = np.clip(np.floor([row.min(), column.min()]).astype(int), 0, None)
    last = np.ceil([row.max(), column.max()]).astype(int) + 1
    part = pixels[first[0] : last[0], first[1] : last[1]]
    if apart < 2 or min(part.shape) <= apart:  # noqa: PLR2004 - nothing to take a mean of
        return strip.sample(pixels, grid)[0]
    small = np.asarray(Image.fromarray(np.ascontiguousarray(part)).reduce(apart))
    return strip.sample(small, (grid - first + 0.5) / apart - 0.5)[0]


def _on_grid(places: Places, grid: Places) -> Places:
    """Find where points of the film lie on the picture, (n, (row, column))."""
    down, across = np.ascontiguousarray((grid[:, -1] - grid[:, 0]).T)
    below, beside = np.ascontiguousarray(np.moveaxis(places[:, None] - grid[None, :, 0], -1, 0))
    share = (below * down + beside * across) / np.maximum(down**2 + across**2, 1e-6)
    gap = np.sqrt((below - share * down) ** 2 + (beside - share * across) ** 2)
    rows = gap.argmin(axis=1)
    columns = share[np.arange(len(places)), rows] * (grid.shape[1] - 1)
    return np.stack([rows, columns.round(1)], axis=1).astype(np.float32)


def _walls(anatomy: Anatomy, grid: Places) -> dict[str, list[float]]:
    if anatomy.walls_px is None:
        return {}
    found = {wall: _on_grid(anatomy.walls_px[i], grid) for i, wall in enumerate(WALLS)}
    return {
        f"{wall}_wall_{side}": places[:, index].tolist()
        for wall, places in found.items()
        for index, side in enumerate(("rows", "columns"))
    }


def _calcium(said: "FilmPrediction") -> list[dict[str, Any]]:
    return [
        {"model": model, "wall": wall, "percent": np.rint(100 * shares[i]).astype(int).tolist()}
        for model, shares in said.presence.items()
        for i, wall in enumerate(WALLS)
    ]


def _whole(anatomy: Anatomy, film: Radiograph) -> dict[str, Any]:
    small, placement = normalise.shrink(film.pixels, _FILM_SIDE)
    corners = placement.to_canvas(anatomy.corners_px[_BODIES].reshape(-1, 2)).round(1)
    return {
        "film": _jpeg(normalise.stretch(small)),
        "film_rows": small.shape[0],
        "film_columns": small.shape[1],
        "film_corner_rows": corners[:, 0].tolist(),
        "film_corner_columns": corners[:, 1].tolist(),
    }


def _jpeg(pixels: Places) -> bytes:
    gray = np.rint(np.clip(pixels, 0, 1) * 255).astype(np.uint8)
    target = io.BytesIO()
    Image.fromarray(gray).save(target, format="JPEG", quality=_QUALITY)
    return target.getvalue()
