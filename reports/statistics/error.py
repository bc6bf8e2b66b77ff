"""Size of the error: MAE, RMSE, and the two quantities that both go by the name of R squared."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from reports.statistics.estimate import Estimate, undefined
from reports.statistics.pairs import TIE_DECIMALS, Pairs, complete_pairs, correlation

_CONSTANT = "the reference does not vary"
MIN_FOR_FISHER = 4


def errors(
    reference: npt.ArrayLike, prediction: npt.ArrayLike, *, alpha: float = 0.05
) -> dict[str, Estimate]:
    """Compute the error of the predictions.

    Parameters
    ----------
    reference, prediction
        Scores of shape (images,); NaN where missing. The order matters.
    alpha
        One minus the coverage of the correlations' interval.

    Returns
    -------
    ``mae``, ``rmse``, ``median_absolute_error`` (lower is better); ``r2_determination``,
    ``r2_pearson``, ``pearson`` (Fisher z interval), ``spearman`` (higher is better);
    ``share_exact``, ``share_within_1``, ``share_within_2`` of the unrounded differences. The
    intervals of the errors come from the patient bootstrap.

    Raises
    ------
    ValueError
        Shapes differ.

    Notes
    -----
    r2_determination = 1 - sum (r - p)^2 / sum (r - mean r)^2: at most 1, negative when the
    predictions are worse than the reference's mean; it punishes bias. r2_pearson is the squared
    correlation: it forgives bias and scale. Both are undefined when the reference does not vary,
    the second also when the predictions do not.

    References
    ----------
    Kvalseth TO. Am Stat 1985;39:279-285. doi:10.1080/00031305.1985.10479448
    """
    pairs = complete_pairs(reference, prediction)
    counts = pairs.counts
    if pairs.n == 0:
        return {name: undefined(name, "no complete pairs", **counts) for name in _NAMES}
    size = np.abs(np.round(pairs.difference, TIE_DECIMALS))
    result = {
        "mae": Estimate(float(size.mean()), method="mean absolute error", **counts),
        "rmse": Estimate(
            float(np.sqrt((size**2).mean())), method="root mean squared error", **counts
        ),
        "median_absolute_error": Estimate(
            float(np.median(size)), method="median absolute error", **counts
        ),
    }
    for name, bound in (("share_exact", 0), ("share_within_1", 1), ("share_within_2", 2)):
        method = f"share of images with an absolute difference of at most {bound}"
        result[name] = Estimate(float((size <= bound).mean()), method=method, **counts)
    return result | {"r2_determination": determination(pairs)} | _correlations(pairs, alpha)


def determination(pairs: Pairs) -> Estimate:
    """Compute the coefficient of determination of complete pairs.

    Parameters
    ----------
    pairs
        Complete pairs.

    Returns
    -------
    1 - SSE / SST, at most 1, possibly negative; undefined when the reference does not vary.

    References
    ----------
    Kvalseth TO. Am Stat 1985;39:279-285. doi:10.1080/00031305.1985.10479448
    """
    method = "coefficient of determination, 1 - SSE / SST of the reference"
    counts = pairs.counts
    if pairs.n == 0 or np.ptp(pairs.reference) == 0:
        return undefined(method, _CONSTANT, **counts)
    spread = float(((pairs.reference - pairs.reference.mean()) ** 2).sum())
    return Estimate(1 - float((pairs.difference**2).sum()) / spread, method=method, **counts)


def _correlations(pairs: Pairs, alpha: float) -> dict[str, Estimate]:
    """Pearson with Fisher's interval, its square, and Spearman."""
    counts = pairs.counts
    names = {
        "pearson": "Pearson correlation; Fisher z interval",
        "r2_pearson": "squared Pearson correlation; Fisher z interval of r, squared",
        "spearman": "Spearman rank correlation",
    }
    if np.ptp(pairs.reference) == 0 or np.ptp(pairs.prediction) == 0:
        side = "reference" if np.ptp(pairs.reference) == 0 else "prediction"
        why = f"the {side} does not vary"
        return {name: undefined(method, why, **counts) for name, method in names.items()}
    r = correlation(pairs.reference, pairs.prediction)
    low, high = fisher_interval(r, pairs.n, alpha)
    ranks = [stats.rankdata(x) for x in (pairs.reference, pairs.prediction)]
    rho = correlation(*ranks)
    return {
        "pearson": Estimate(r, low, high, names["pearson"], **counts),
        "r2_pearson": Estimate(r**2, *_squared(low, high), names["r2_pearson"], **counts),
        "spearman": Estimate(rho, method=names["spearman"], **counts),
    }


def _squared(low: float | None, high: float | None) -> tuple[float | None, float | None]:
    """Square an interval; one that holds zero begins at zero."""
    if low is None or high is None:
        return None, None
    ends = sorted((low**2, high**2))
    return (0.0 if low < 0 < high else ends[0]), ends[1]


def fisher_interval(r: float, n: int, alpha: float) -> tuple[float | None, float | None]:
    """Give the Fisher z interval of a correlation.

    Parameters
    ----------
    r
        Correlation, -1 to 1.
    n
        Pairs.
    alpha
        One minus the coverage.

    Returns
    -------
    Limits tanh(arctanh r -+ z / sqrt(n - 3)); none below four pairs, [r, r] at -1 and 1.

    References
    ----------
    Fisher RA. Metron 1921;1:3-32.
    """
    if n < MIN_FOR_FISHER:
        return None, None
    if abs(r) >= 1:
        return r, r
    half = float(stats.norm.ppf(1 - alpha / 2)) / np.sqrt(n - 3)
    z = np.arctanh(r)
    return float(np.tanh(z - half)), float(np.tanh(z + half))


@dataclass(frozen=True, slots=True)
class Bounds:
    """Best and worst value that a statistic could take had nothing been missing."""

    low: float
    high: float


def worst_case(
    reference: npt.ArrayLike, prediction: npt.ArrayLike, *, max_total: float = 24.0
) -> dict[str, Bounds]:
    """Bound MAE and bias over everything that the missing scores could have been.

    Parameters
    ----------
    reference, prediction
        Scores of shape (images,), NaN where missing; every image that was eligible.
    max_total
        Largest possible score; the smallest is 0.

    Returns
    -------
    ``mae`` and ``bias`` with the smallest and the largest value that any completion of the
    missing scores gives. Empty without images.

    Raises
    ------
    ValueError
        Shapes differ.

    Notes
    -----
    A missing side may lie anywhere in 0 to ``max_total``: with x known the difference lies
    between -x and max_total - x (or their mirror), with neither known between -+ max_total.

    References
    ----------
    Manski CF. Am Econ Rev 1990;80:319-323. https://www.jstor.org/stable/2006592
    """
    pairs = complete_pairs(reference, prediction)
    if pairs.kept.size == 0:
        return {}
    r = np.asarray(reference, dtype=np.float64)
    p = np.asarray(prediction, dtype=np.float64)
    low = np.where(np.isnan(p), 0.0, p) - np.where(np.isnan(r), max_total, r)
    high = np.where(np.isnan(p), max_total, p) - np.where(np.isnan(r), 0.0, r)
    smallest = np.where(pairs.kept, np.abs(low), 0.0)
    largest = np.maximum(np.abs(low), np.abs(high))
    return {
        "mae": Bounds(float(smallest.mean()), float(largest.mean())),
        "bias": Bounds(float(low.mean()), float(high.mean())),
    }


_NAMES = (
    "mae",
    "rmse",
    "median_absolute_error",
    "share_exact",
    "share_within_1",
    "share_within_2",
    "r2_determination",
    "pearson",
    "r2_pearson",
    "spearman",
)
