"""The Hodges-Lehmann shift: median of the Walsh averages, without writing them all down."""

import numpy as np
import numpy.typing as npt
from scipy import stats

from reports.statistics.estimate import Estimate, Integers, undefined
from reports.statistics.pairs import TIE_DECIMALS, complete_pairs
from reports.statistics.wilcoxon import EXACT_LIMIT, rank_sum_distribution


def hodges_lehmann(
    reference: npt.ArrayLike,
    prediction: npt.ArrayLike,
    *,
    drop_zeros: bool = False,
    alpha: float = 0.05,
) -> Estimate:
    """Estimate the shift of the predictions against the reference.

    Parameters
    ----------
    reference, prediction
        Scores of shape (images,); NaN where missing.
    drop_zeros
        Leave zero differences out, as R's ``wilcox.test`` does; kept, many of them may shrink
        shift and interval to zero.
    alpha
        One minus the coverage of the interval.

    Returns
    -------
    Median of the Walsh averages of the differences, with the signed-rank interval. Near 0 is
    better.

    Raises
    ------
    ValueError
        Shapes differ.

    Notes
    -----
    Walsh averages are (d_i + d_j) / 2 for i <= j. The interval runs between the order statistics
    that invert the signed-rank test (exact null distribution up to 500 pairs, normal beyond); with
    ties it is conservative or approximate. Where n is too small for the level it spans all Walsh
    averages. Undefined without pairs, and without non-zero ones when zeros are dropped.

    References
    ----------
    Hodges JL, Lehmann EL. Ann Math Stat 1963;34:598-611. doi:10.1214/aoms/1177704172
    """
    pairs = complete_pairs(reference, prediction)
    zeros = ", zeros dropped" if drop_zeros else ""
    method = f"Hodges-Lehmann median of Walsh averages{zeros}; signed-rank interval"
    counts = pairs.counts
    # Integers of 1e-9 points: sums compare exactly, so that the bisection ends on one of them.
    unit = 10**TIE_DECIMALS
    d = np.sort(np.rint(pairs.difference * unit).astype(np.int64))
    d = d[d != 0] if drop_zeros else d
    if d.size == 0:
        why = "all differences are zero" if pairs.n else "no complete pairs"
        return undefined(method, why, **counts)
    total = d.size * (d.size + 1) // 2
    middle = (_walsh(d, (total + 1) // 2) + _walsh(d, total // 2 + 1)) / 4 / unit
    depth = _interval_depth(int(d.size), alpha)
    low, high = _walsh(d, depth) / 2 / unit, _walsh(d, total + 1 - depth) / 2 / unit
    return Estimate(middle, low, high, method, **counts)


def _interval_depth(n: int, alpha: float) -> int:
    """Which Walsh average, counted from either end, bounds the interval."""
    if n <= EXACT_LIMIT:
        below = np.cumsum(rank_sum_distribution(np.arange(1, n + 1, dtype=np.int64)))
        return max(1, int(np.searchsorted(below, alpha / 2, side="right")))
    mean, sd = n * (n + 1) / 4, np.sqrt(n * (n + 1) * (2 * n + 1) / 24)
    return max(1, int(np.floor(mean + sd * stats.norm.ppf(alpha / 2))))


def _walsh(d: Integers, k: int) -> int:
    """Give the k-th smallest sum d_i + d_j, i <= j, of sorted integers, by bisection on counts."""
    low, high = int(2 * d[0]), int(2 * d[-1])
    while low < high:
        middle = (low + high) // 2
        if _count_to(d, middle) >= k:
            high = middle
        else:
            low = middle + 1
    return low


def _count_to(d: Integers, bound: int) -> int:
    """Count pairs i <= j whose sum is at most the bound."""
    ordered = int(np.searchsorted(d, bound - d, side="right").sum())
    return (ordered + int((2 * d <= bound).sum())) // 2
