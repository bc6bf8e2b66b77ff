"""The bootstrap over patients, as matrix products.

Every statistic resampled here is a function of sums over images, so a resample is a vector of
how often each patient was drawn, times a matrix of the patients' sums. That makes 9,999 resamples
of some thousand patients a matter of seconds, and gives every model the same draws: differences
between models are paired by construction.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import stats

from reports.statistics.estimate import Booleans, Floats, Integers

BLOCK_CELLS = 2_000_000  # drawn counts held at once, 16 MB
_MIN_FINITE = 0.9  # share of resamples that must give a value


@dataclass(frozen=True, slots=True)
class Interval:
    """An interval with the method that gave it, and why not a better one."""

    low: float | None
    high: float | None
    method: str
    note: str = ""


def cluster_sums(columns: Floats, clusters: Integers, n_clusters: int) -> Floats:
    """Sum the columns of every patient.

    Parameters
    ----------
    columns
        One row an image, shape (images, columns).
    clusters
        Patient number of each image, shape (images,).
    n_clusters
        Number of patients.

    Returns
    -------
    Sums of shape (patients, columns).
    """
    sums = [np.bincount(clusters, weights=c, minlength=n_clusters) for c in columns.T]
    return np.stack(sums, axis=1) if sums else np.zeros((n_clusters, 0))


def exact_sums(sums: Floats) -> Floats:
    """Round patients' sums so that every resample adds up exactly, in whatever order.

    Parameters
    ----------
    sums
        Shape (patients, columns).

    Returns
    -------
    The sums on a grid of powers of two, one a column, fine enough to leave about nine digits.

    Notes
    -----
    A matrix product adds in an order that depends on the number of threads. On this grid no
    addition rounds (a resample is at most patients times the largest sum, below 2^52 steps), so
    that the same seed gives the same bytes on any number of cores.
    """
    bound = sums.shape[0] * np.abs(sums).max(axis=0, initial=0.0)
    _, exponent = np.frexp(np.maximum(bound, 1.0))
    step = np.ldexp(1.0, exponent - 52)
    return np.asarray(np.rint(sums / step) * step, dtype=np.float64)


def draw_counts(n_clusters: int, resamples: int, seed: int) -> Iterator[Floats]:
    """Draw how often each patient stands in each resample.

    Parameters
    ----------
    n_clusters
        Patients, at least one.
    resamples
        Number of resamples.
    seed
        Same seed, same draws.

    Yields
    ------
    Blocks of shape (some resamples, patients); each row sums to ``n_clusters``.

    References
    ----------
    Efron B, Tibshirani RJ. An Introduction to the Bootstrap. Chapman & Hall, 1993.
    doi:10.1201/9780429246593
    """
    rng = np.random.default_rng(seed)
    size = max(1, BLOCK_CELLS // n_clusters)
    for start in range(0, resamples, size):
        rows = min(size, resamples - start)
        counts = np.empty((rows, n_clusters))
        for row, drawn in zip(
            counts, rng.integers(0, n_clusters, size=(rows, n_clusters)), strict=True
        ):
            row[:] = np.bincount(drawn, minlength=n_clusters)
        yield counts


def tail_quantile(
    ordered: Floats, owner: Integers, counts: Floats, totals: Floats, probability: float
) -> Floats:
    """Give a low quantile of many resamples of one sorted sample.

    Parameters
    ----------
    ordered
        Values in increasing order, shape (n,), n at least one.
    owner
        Patient of each value, shape (n,).
    counts
        How often each patient stands in each resample, shape (resamples, patients).
    totals
        Values in each resample, shape (resamples,).
    probability
        Below one half for speed; any quantile is right. For a high one hand over the negatives.

    Returns
    -------
    Shape (resamples,), linear interpolation (type 7); NaN for an empty resample.

    Notes
    -----
    Only the tail that the quantile can lie in is counted: its expected length plus eight standard
    deviations. Where a resample reaches beyond it all the same, everything is counted.

    References
    ----------
    Hyndman RJ, Fan Y. Am Stat 1996;50:361-365. doi:10.1080/00031305.1996.10473566
    """
    last = np.maximum(totals - 1, 0)
    place = last * probability
    below = np.floor(place)
    above = np.minimum(below + 1, last)
    largest = int(np.bincount(owner).max())
    expected = probability * ordered.size
    reach = min(ordered.size, int(expected + 8 * np.sqrt(expected * largest)) + 8 * largest + 8)
    reached = np.cumsum(counts[:, owner[:reach]], axis=1)
    if reach < ordered.size and (reached[:, -1] <= above).any():
        reached = np.cumsum(counts[:, owner], axis=1)
    low, high = (ordered[(reached > at[:, None]).argmax(axis=1)] for at in (below, above))
    return np.where(totals > 0, low + (high - low) * (place - below), np.nan)


def interval(
    draws: Floats, estimate: float | None, jackknife: Floats | None, *, alpha: float = 0.05
) -> Interval:
    """Turn bootstrap draws into an interval, BCa where it is defined.

    Parameters
    ----------
    draws
        Statistic of each resample, shape (resamples,); NaN where it was undefined.
    estimate
        Statistic of the sample; None where undefined.
    jackknife
        Statistic with each patient left out, shape (patients,); None asks for percentiles.
    alpha
        One minus the coverage.

    Returns
    -------
    Limits and method. Where BCa degenerates (the jackknife or all draws do not vary, or the
    estimate lies outside the draws), percentiles; where more than a tenth of the resamples are
    undefined, nothing.

    References
    ----------
    Efron B. J Am Stat Assoc 1987;82:171-185. doi:10.1080/01621459.1987.10478410
    """
    base = f"{draws.size} patient-bootstrap resamples"
    if estimate is None or not np.isfinite(estimate):
        return Interval(None, None, base, "the estimate itself is undefined")
    finite: Booleans = np.isfinite(draws)
    if draws.size == 0 or finite.mean() < _MIN_FINITE:
        return Interval(None, None, base, f"{int((~finite).sum())} resamples were undefined")
    good = draws[finite]
    note = "" if finite.all() else f"{int((~finite).sum())} undefined resamples left out"
    levels = None if jackknife is None else bca_levels(good, estimate, jackknife, alpha)
    if levels is None:
        low, high = np.quantile(good, [alpha / 2, 1 - alpha / 2])
        return Interval(float(low), float(high), f"percentile interval of {base}", note)
    low, high = np.quantile(good, levels)
    return Interval(float(low), float(high), f"BCa interval of {base}", note)


def bca_levels(
    draws: Floats, estimate: float, jackknife: Floats, alpha: float
) -> tuple[float, float] | None:
    """Give the corrected percentiles, or None where the correction is undefined.

    Parameters
    ----------
    draws
        Finite draws of shape (resamples,).
    estimate
        Statistic of the sample.
    jackknife
        Statistic with each patient left out, shape (patients,).
    alpha
        One minus the coverage.

    Returns
    -------
    Lower and upper percentile, 0 to 1.
    """
    # Ties with the estimate count half: else a discrete statistic shifts the whole interval.
    below = float((draws < estimate).mean() + (draws == estimate).mean() / 2)
    left_out = jackknife[np.isfinite(jackknife)]
    if not 0 < below < 1 or left_out.size < jackknife.size or np.ptp(left_out) == 0:
        return None
    gap = left_out.mean() - left_out
    acceleration = float((gap**3).sum() / (6 * (gap**2).sum() ** 1.5))
    shift = float(stats.norm.ppf(below))
    levels = []
    for z in stats.norm.ppf([alpha / 2, 1 - alpha / 2]):
        scale = 1 - acceleration * (shift + z)
        if scale <= 0:
            return None
        levels.append(float(stats.norm.cdf(shift + (shift + z) / scale)))
    return levels[0], levels[1]


def two_sided_p(draws: Floats, patients: int, null: float = 0.0) -> float | None:
    """Give the two-sided bootstrap p of a difference: how far its draws reach across the null.

    Parameters
    ----------
    draws
        Differences of shape (resamples,); NaN where undefined.
    patients
        That were resampled.
    null
        Value under the null hypothesis.

    Returns
    -------
    min(1, 2 (1 + fewer) / (resamples + 1)), ties with the null on both sides, but no less than
    2^(1 - patients): were the models exchangeable, the differences of so many patients would all
    have one sign as often as that. None without draws.

    References
    ----------
    Davison AC, Hinkley DV. Bootstrap Methods and their Application. Cambridge, 1997.
    doi:10.1017/CBO9780511802843
    """
    good = draws[np.isfinite(draws)]
    if good.size == 0:
        return None
    fewer = min(int((good <= null).sum()), int((good >= null).sum()))
    return min(1.0, max(2 * (1 + fewer) / (good.size + 1), 2.0 ** (1 - patients)))
