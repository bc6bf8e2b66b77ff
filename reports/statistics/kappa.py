"""Cohen's kappa, unweighted, linear and quadratic, over levels that are fixed beforehand."""

from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import stats

from reports.statistics.classes import confusion
from reports.statistics.estimate import Counts, Estimate, Floats, Integers, undefined
from reports.statistics.pairs import complete_pairs

WEIGHTS: Final = ("unweighted", "linear", "quadratic")
TOTAL_LEVELS: Final = 25  # totals 0 to 24
GRADE_LEVELS: Final = 4  # grades 0 to 3


def kappa(
    reference: npt.ArrayLike,
    prediction: npt.ArrayLike,
    levels: int,
    *,
    weights: str = "quadratic",
    alpha: float = 0.05,
) -> Estimate:
    """Compute (weighted) kappa between two ratings on the levels 0 to ``levels`` - 1.

    Parameters
    ----------
    reference, prediction
        Integer ratings of shape (images,); NaN where missing.
    levels
        Number of levels, seen or not: 25 for totals, 4 for grades. Weights by observed levels
        alone, as some packages have it, give another number.
    weights
        ``unweighted``, ``linear`` or ``quadratic``.
    alpha
        One minus the coverage of the interval.

    Returns
    -------
    Kappa with its large-sample interval. 1 is perfect, 0 what chance would give.

    Raises
    ------
    ValueError
        A rating is no level, shapes differ, or the weights are unknown.

    Notes
    -----
    See ``kappa_of``. Kappa falls with prevalence: beside it belongs the share of zeros.

    References
    ----------
    Cohen J. Psychol Bull 1968;70:213-220. doi:10.1037/h0026256
    Fleiss JL, Cohen J, Everitt BS. Psychol Bull 1969;72:323-327. doi:10.1037/h0028106
    """
    pairs = complete_pairs(reference, prediction)
    table = confusion(pairs.reference, pairs.prediction, levels)
    return kappa_of(table, weights=weights, alpha=alpha, n_missing=pairs.n_missing)


def kappa_of(
    table: Integers, *, weights: str = "quadratic", alpha: float = 0.05, n_missing: int = 0
) -> Estimate:
    """Compute (weighted) kappa of a square table of counts.

    Parameters
    ----------
    table
        Counts of shape (reference level, predicted level), every level present.
    weights
        ``unweighted``, ``linear`` or ``quadratic``.
    alpha
        One minus the coverage of the interval.
    n_missing
        Images that are not in the table.

    Returns
    -------
    Kappa with the interval of Fleiss, Cohen and Everitt's non-null standard error, within -1 to 1.

    Raises
    ------
    ValueError
        The weights are unknown.

    Notes
    -----
    kappa = (po - pe) / (1 - pe) with agreement weights 1 - |i - j| / (K - 1) (linear), its
    squared form (quadratic) or identity. Undefined without images, and where both ratings sit on
    one and the same level (pe = 1).

    References
    ----------
    Fleiss JL, Cohen J, Everitt BS. Psychol Bull 1969;72:323-327. doi:10.1037/h0028106
    """
    method = f"Cohen's kappa, {weights}, {table.shape[0]} levels; large-sample interval"
    n = int(table.sum())
    counts = Counts(n=n, n_missing=n_missing)
    agreement = agreement_weights(table.shape[0], weights)
    if n == 0:
        return undefined(method, "no complete pairs", **counts)
    p = table / n
    rows, columns = p.sum(axis=1), p.sum(axis=0)
    observed = float((agreement * p).sum())
    expected = float(rows @ agreement @ columns)
    if np.count_nonzero(rows) == 1 and np.array_equal(rows > 0, columns > 0):
        return undefined(method, "both ratings are constant and equal", **counts)
    value = (observed - expected) / (1 - expected)
    se = _standard_error(p, agreement, observed, expected) / np.sqrt(n)
    half = float(stats.norm.ppf(1 - alpha / 2)) * se
    return Estimate(value, max(-1.0, value - half), min(1.0, value + half), method, **counts)


def agreement_weights(levels: int, weights: str) -> Floats:
    """Give the agreement weights of two levels.

    Parameters
    ----------
    levels
        Number of levels, at least two.
    weights
        ``unweighted``, ``linear`` or ``quadratic``.

    Returns
    -------
    Shape (levels, levels), 1 on the diagonal, 0 at the far corners (off the diagonal: unweighted).

    Raises
    ------
    ValueError
        The weights are unknown.
    """
    if weights not in WEIGHTS:
        raise ValueError(f"weights must be one of {WEIGHTS}, got {weights!r}")
    if weights == "unweighted":
        return np.eye(levels)
    grid = np.arange(levels, dtype=np.float64)
    distance = np.abs(grid[:, None] - grid) / (levels - 1)
    power = {"linear": 1, "quadratic": 2}[weights]
    return np.asarray(1 - distance**power, dtype=np.float64)


def _standard_error(p: Floats, agreement: Floats, observed: float, expected: float) -> float:
    """Non-null standard error times sqrt(n)."""
    by_row = agreement @ p.sum(axis=0)
    by_column = p.sum(axis=1) @ agreement
    mixed = by_row[:, None] + by_column
    inner = agreement * (1 - expected) - mixed * (1 - observed)
    below = observed * expected - 2 * expected + observed
    variance = (float((p * inner**2).sum()) - below**2) / (1 - expected) ** 4
    return float(np.sqrt(max(variance, 0.0)))
