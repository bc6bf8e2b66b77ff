"""Bland-Altman agreement: bias, its spread, the limits of agreement and their intervals.

Difference is prediction minus reference throughout. Nothing is clipped or trimmed.
"""

from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import stats

from reports.statistics.estimate import MIN_FOR_SPREAD, Counts, Estimate, Strings, undefined
from reports.statistics.pairs import Pairs, clusters_of, complete_pairs

COVERAGE: Final = 0.95  # of the differences, between the limits; not the level of an interval
MULTIPLIER: Final = float(stats.norm.ppf(0.5 + COVERAGE / 2))
INTERVALS: Final = ("exact", "bland_altman_1999")
QUANTILES: Final = (0.5 - COVERAGE / 2, 0.5 + COVERAGE / 2)


def bland_altman(
    reference: npt.ArrayLike,
    prediction: npt.ArrayLike,
    *,
    alpha: float = 0.05,
    interval: str = "exact",
) -> dict[str, Estimate]:
    """Compute bias, standard deviation and limits of agreement.

    Parameters
    ----------
    reference, prediction
        Scores of shape (images,); NaN where missing.
    alpha
        One minus the coverage of the intervals.
    interval
        Of the limits: ``exact`` (noncentral t) or ``bland_altman_1999`` (normal approximation
        of the limits' standard error).

    Returns
    -------
    ``bias`` (t interval), ``sd_difference`` (ddof 1, chi-square interval), ``loa_lower``,
    ``loa_upper``, ``share_within_loa``. Bias near 0 and narrow limits are better.

    Raises
    ------
    ValueError
        Shapes differ, or the interval is unknown.

    Notes
    -----
    Limits are bias -+ 1.959964 s. Exact interval: (limit - mean) / s sqrt(n) follows a noncentral
    t with n - 1 degrees of freedom and noncentrality 1.959964 sqrt(n). The 1999 interval is
    limit -+ t s sqrt(1 / n + z^2 / (2 (n - 1))). Bias is undefined without pairs, the rest with
    fewer than two; equal differences give limits of no width.

    References
    ----------
    Bland JM, Altman DG. Stat Methods Med Res 1999;8:135-160. doi:10.1177/096228029900800204
    Carkeet A. Optom Vis Sci 2015;92:e71-e80. doi:10.1097/OPX.0000000000000513
    """
    if interval not in INTERVALS:
        raise ValueError(f"interval must be one of {INTERVALS}, got {interval!r}")
    pairs = complete_pairs(reference, prediction)
    if pairs.n < MIN_FOR_SPREAD:
        return _too_few(pairs)
    d = pairs.difference
    mean, sd, n = float(d.mean()), _spread(pairs), pairs.n
    counts = Counts(n=n, n_missing=pairs.n_missing)
    half = float(stats.t.ppf(1 - alpha / 2, n - 1)) * sd / np.sqrt(n)
    chi = stats.chi2.ppf([1 - alpha / 2, alpha / 2], n - 1)
    inner, outer = limit_factors(n, alpha, interval)
    label = {"exact": "exact noncentral-t", "bland_altman_1999": "Bland-Altman 1999 t"}[interval]
    loa = f"mean difference -+ 1.959964 SD; {label} interval"
    width = MULTIPLIER * sd
    return {
        "bias": Estimate(
            mean, mean - half, mean + half, "mean of prediction - reference; t interval", **counts
        ),
        "sd_difference": Estimate(
            sd,
            sd * float(np.sqrt((n - 1) / chi[0])),
            sd * float(np.sqrt((n - 1) / chi[1])),
            "SD of the differences (ddof 1); chi-square interval",
            **counts,
        ),
        "loa_lower": Estimate(mean - width, mean - outer * sd, mean - inner * sd, loa, **counts),
        "loa_upper": Estimate(mean + width, mean + inner * sd, mean + outer * sd, loa, **counts),
        "share_within_loa": Estimate(
            float(np.mean(np.abs(d - mean) <= width)),
            method="share of differences within the limits; about 0.95 if they are normal",
            **counts,
        ),
    }


def clustered_bias(
    reference: npt.ArrayLike,
    prediction: npt.ArrayLike,
    patient_id: Strings | None,
    *,
    alpha: float = 0.05,
) -> Estimate:
    """Compute the bias with a standard error that takes patients as the unit.

    Parameters
    ----------
    reference, prediction
        Scores of shape (images,); NaN where missing.
    patient_id
        Patients of shape (images,); None when each image is a patient.
    alpha
        One minus the coverage of the interval.

    Returns
    -------
    Mean difference with a t interval on patients - 1 degrees of freedom.

    Raises
    ------
    ValueError
        Shapes differ.

    Notes
    -----
    Sandwich (CR1): var = G / (G - 1) sum over patients of (sum of d - mean)^2 / n^2. With one
    image a patient it is the ordinary t interval. The interval is undefined with one patient.

    References
    ----------
    Liang KY, Zeger SL. Biometrika 1986;73:13-22. doi:10.1093/biomet/73.1.13
    """
    method = "mean of prediction - reference; patient-clustered (CR1) t interval"
    pairs = complete_pairs(reference, prediction)
    counts = pairs.counts
    if pairs.n == 0:
        return undefined(method, "no complete pairs", **counts)
    clusters = clusters_of(patient_id, pairs.kept)
    n_clusters = int(clusters.max()) + 1
    mean = float(pairs.difference.mean())
    if n_clusters < MIN_FOR_SPREAD:
        return Estimate(mean, method=method, note="one patient: no interval", **counts)
    sums = np.bincount(clusters, weights=pairs.difference - mean)
    se = np.sqrt(n_clusters / (n_clusters - 1) * float((sums**2).sum())) / pairs.n
    half = float(stats.t.ppf(1 - alpha / 2, n_clusters - 1)) * se
    return Estimate(mean, mean - half, mean + half, method, note=f"{n_clusters} patients", **counts)


@lru_cache(maxsize=1024)
def limit_factors(n: int, alpha: float, interval: str = "exact") -> tuple[float, float]:
    """Give the multiples of SD at which the interval of a limit begins and ends.

    Parameters
    ----------
    n
        Pairs, at least two.
    alpha
        One minus the coverage.
    interval
        ``exact`` or ``bland_altman_1999``.

    Returns
    -------
    Factors (inner, outer): the upper limit lies between bias + inner SD and bias + outer SD.

    References
    ----------
    Carkeet A. Optom Vis Sci 2015;92:e71-e80. doi:10.1097/OPX.0000000000000513
    """
    if interval == "exact":
        low, high = stats.nct.ppf([alpha / 2, 1 - alpha / 2], n - 1, MULTIPLIER * np.sqrt(n))
        return float(low / np.sqrt(n)), float(high / np.sqrt(n))
    t = float(stats.t.ppf(1 - alpha / 2, n - 1))
    half = t * float(np.sqrt(1 / n + MULTIPLIER**2 / (2 * (n - 1))))
    return MULTIPLIER - half, MULTIPLIER + half


def percentile_limits(difference: npt.ArrayLike) -> tuple[float, float]:
    """Give the 2.5 and 97.5 percentiles of the differences, which need no normality.

    Parameters
    ----------
    difference
        Prediction minus reference of shape (n,), nothing missing, n at least one.

    Returns
    -------
    Lower and upper limit, linear interpolation (Hyndman and Fan's type 7). Their interval comes
    from the patient bootstrap.

    References
    ----------
    Hyndman RJ, Fan Y. Am Stat 1996;50:361-365. doi:10.1080/00031305.1996.10473566
    """
    low, high = np.quantile(np.asarray(difference, dtype=np.float64), QUANTILES, method="linear")
    return float(low), float(high)


def _spread(pairs: Pairs) -> float:
    """SD of the differences, exactly zero where they are all equal."""
    d = pairs.difference
    return 0.0 if np.ptp(d) == 0 else float(d.std(ddof=1))


def _too_few(pairs: Pairs) -> dict[str, Estimate]:
    """Give what no pair or a single one allows."""
    counts = pairs.counts
    why = f"needs two complete pairs, has {pairs.n}"
    names = ("sd_difference", "loa_lower", "loa_upper", "share_within_loa")
    result = {name: undefined("Bland-Altman", why, **counts) for name in names}
    method = "mean of prediction - reference"
    bias = undefined(method, "no complete pairs", **counts)
    if pairs.n:
        bias = Estimate(float(pairs.difference[0]), method=method, note=why, **counts)
    return {"bias": bias, **result}
