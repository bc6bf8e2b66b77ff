"""Vertebral corners that a group marked on its clean films, for training the localizer."""

import math
from collections import defaultdict
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from aac_models.anatomy import CORNERS, VERTEBRAE
from data_contracts.errors import StudyError
from tasks import spreadsheet

COLUMNS: Final = ("image_id", "vertebra", "corner", "row", "column")
_ALL: Final = len(VERTEBRAE) * len(CORNERS)


def read(path: Path) -> dict[str, npt.NDArray[np.float32]]:
    """Read ``landmarks.csv``: one line a corner, 24 lines a film.

    Parameters
    ----------
    path
        Read by ``tasks.spreadsheet``, with the columns of ``COLUMNS``: the film's pseudonym, T12
        to L5, one of ``aac_models.anatomy.CORNERS``, and the corner's place in pixels of the clean
        film, 0 at the middle of its first pixel.

    Returns
    -------
    Corners by image_id, (6 vertebrae, 4 corners, (row, column)).

    Raises
    ------
    StudyError
        A column is missing, a line cannot be used, or a film has not all 24 corners.
    """
    try:
        columns, rows = spreadsheet.read(path)
    except spreadsheet.NoTable as fault:
        raise StudyError(f"landmarks: {fault}") from None
    missing = [name for name in COLUMNS if name not in columns]
    if missing:
        raise StudyError(f"landmarks: column {missing[0]} is missing; give {', '.join(COLUMNS)}")
    places: dict[str, dict[tuple[int, int], tuple[float, float]]] = defaultdict(dict)
    for row in rows:
        image_id, corner, place = _line(row)
        if corner in places[image_id]:
            raise StudyError(f"landmarks, row {row.number}: this corner was given before")
        places[image_id][corner] = place
    short = sum(len(found) < _ALL for found in places.values())
    if short:
        raise StudyError(
            f"landmarks: {short} of {len(places)} films have not all {_ALL} corners of T12 to L5;"
            " complete them or leave these films out"
        )
    return {image_id: _corners(found) for image_id, found in places.items()}


def _line(row: spreadsheet.Row) -> tuple[str, tuple[int, int], tuple[float, float]]:
    """Film, corner and place of one line."""
    said, number = row.cells, row.number
    if row.is_longer:
        raise StudyError(f"landmarks, row {number}: {spreadsheet.TOO_LONG}")
    for name, known in (("vertebra", VERTEBRAE), ("corner", CORNERS)):
        if said[name] not in known:
            raise StudyError(f"landmarks, row {number}: {name} must be one of {', '.join(known)}")
    try:
        place = float(said["row"].replace(",", ".")), float(said["column"].replace(",", "."))
    except ValueError:
        place = math.nan, math.nan
    if not all(map(math.isfinite, place)):
        raise StudyError(f"landmarks, row {number}: row and column must be numbers of pixels")
    corner = VERTEBRAE.index(said["vertebra"]), CORNERS.index(said["corner"])
    return said["image_id"], corner, place


def _corners(
    found: dict[tuple[int, int], tuple[float, float]],
) -> npt.NDArray[np.float32]:
    corners = np.empty((len(VERTEBRAE), len(CORNERS), 2), dtype=np.float32)
    for corner, place in found.items():
        corners[corner] = place
    return corners
