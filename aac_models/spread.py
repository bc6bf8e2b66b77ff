"""Undo the shrinking of expected grades, so that totals spread as the readers' do.

An expectation stays away from 0 and from 3 as long as anything is unsure: clean films would
read high and heavy ones low, which a Bland-Altman plot shows as a slope. Two limits, fitted on
validation films, say which expected grade counts as a full 0 and which as a full 3.
"""

from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import optimize

from aac_models.kauppila import GRADES, HALVES

Limits = tuple[float, float]
UNCHANGED: Final[Limits] = (float(GRADES[0]), float(GRADES[-1]))
_BOUNDS: Final = ((0.0, 0.4), (2.5, 3.0))  # short of the halves, which tell the grades apart
_FEWEST: Final = 30


def stretched(expected: npt.NDArray[np.float64], limits: Limits) -> npt.NDArray[np.float64]:
    """Map expected grades linearly so that ``limits`` come to 0 and 3, and cut there."""
    low, high = limits
    return np.clip((expected - low) * (GRADES[-1] / (high - low)), *UNCHANGED)


def cuts(limits: Limits) -> tuple[float, ...]:
    """Return where the halves between the grades come to lie.

    A grade is a decision on one wall, not part of a sum: it is the grade nearest to the expected
    one as it was before it was stretched.
    """
    return tuple(float(cut) for cut in stretched(np.array(HALVES), limits))


def spread(probabilities: npt.NDArray[np.float64], limits: Limits) -> npt.NDArray[np.float64]:
    """Move chance to the outer grades until the expected grades are stretched.

    Parameters
    ----------
    probabilities
        Of the grades 0 to 3, (..., 4).
    limits
        As ``fit`` finds them.

    Returns
    -------
    Probabilities of the same shape whose expectation is ``stretched``: the share that is moved
    comes from all grades alike and goes to 0 or to 3.
    """
    before = probabilities @ np.asarray(GRADES, dtype=np.float64)
    after = stretched(before, limits)
    room = np.where(after < before, before, GRADES[-1] - before)
    moved = np.abs(after - before) / np.maximum(room, np.finfo(np.float64).tiny)
    moved = np.clip(moved, 0.0, 1.0)[..., None]
    outer = np.zeros_like(probabilities)
    outer[..., 0] = after < before
    outer[..., -1] = after >= before
    return np.asarray((1 - moved) * probabilities + moved * outer, dtype=np.float64)


def fit(expected: npt.NDArray[np.float64], truth: npt.NDArray[np.float64]) -> Limits:
    """Find the limits that give the totals the mean and the spread of the readers'.

    Parameters
    ----------
    expected
        Expected grades of the validation films, (films, levels, walls).
    truth
        The readers' totals, (films,).

    Returns
    -------
    ``UNCHANGED`` where fewer than 30 films, or no two different totals, are there.
    """
    if len(truth) < _FEWEST or not truth.std():
        return UNCHANGED

    def miss(limits: npt.NDArray[np.float64]) -> float:
        totals = stretched(expected, (float(limits[0]), float(limits[1]))).sum((1, 2))
        return float((totals.mean() - truth.mean()) ** 2 + (totals.std() - truth.std()) ** 2)

    found = optimize.minimize(miss, (0.05, 2.9), method="Nelder-Mead", bounds=_BOUNDS)
    return round(float(found.x[0]), 4), round(float(found.x[1]), 4)
