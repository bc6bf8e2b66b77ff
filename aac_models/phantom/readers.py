"""Two simulated readers and their consensus: they see the shares, with human error."""

from typing import Final

import numpy as np
import numpy.typing as npt

from aac_models.kauppila import GRADES, grade_of_share

READERS: Final = ("reader_1", "reader_2", "consensus")
NOT_READ: Final = -1

_FILM_SD: Final = 0.075  # a reader's mood on one film
_SEGMENT_SD: Final = 0.20
_MISSED: Final = 0.18  # a short deposit is overlooked
_IMAGINED: Final = 0.022  # a rib or an osteophyte is taken for calcium


def read(
    rng: np.random.Generator,
    shares: npt.NDArray[np.float64],
    assessable: npt.NDArray[np.bool_],
) -> dict[str, npt.NDArray[np.int8]]:
    """Have a film read twice and agreed upon.

    Parameters
    ----------
    rng
        Source of chance, of the film.
    shares
        True calcified shares, (levels, walls).
    assessable
        Which levels can be graded, (levels,).

    Returns
    -------
    Grades (levels, walls) for each of ``READERS``, ``NOT_READ`` where a level is not assessable.
    The consensus looks again where the two differ, with a smaller error.
    """
    seen = [_perceive(rng, shares, 1.0) for _ in range(2)]
    first, second = (grade_of_share(view) for view in seen)
    again = grade_of_share(_perceive(rng, shares, 0.5))
    low, high = np.minimum(first, second), np.maximum(first, second)
    agreed = np.clip(again, low, high).astype(np.int8)
    grades = (first, second, agreed)
    for each in grades:
        each[~assessable] = NOT_READ
    return dict(zip(READERS, grades, strict=True))


def _perceive(
    rng: np.random.Generator, shares: npt.NDArray[np.float64], error: float
) -> npt.NDArray[np.float64]:
    """Return shares as one reader sees them on one film."""
    noise = rng.normal(0, _FILM_SD) + rng.normal(0, _SEGMENT_SD, shares.shape)
    # A full or a short stretch is easier to judge than a half one.
    noise = noise * error * (0.35 + 2.6 * shares * (1 - shares))
    view = np.clip(shares + noise, 0.01, 1.0)
    missed = (rng.random(shares.shape) < _MISSED * error) & (shares < 1 / 9)
    imagined = rng.random(shares.shape) < _IMAGINED * error
    empty = np.where(imagined, 0.1, 0.0)
    return np.asarray(np.where(shares > 0, np.where(missed, 0.0, view), empty), dtype=np.float64)


def total(grades: npt.NDArray[np.int8]) -> int | None:
    """Total of a reading, 0 to 24; None when a level was not read."""
    if np.any(grades == NOT_READ):
        return None
    return int(np.clip(grades, GRADES[0], GRADES[-1]).sum())
