"""Intraclass correlation: the six forms of Shrout-Fleiss and McGraw-Wong with exact F intervals.

ICC(A,1), two-way random effects, absolute agreement, single rater, is the headline: it is lowered
by a rater who is systematically higher, which the consistency forms forgive.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import stats

from reports.statistics.estimate import MIN_FOR_SPREAD, Counts, Estimate, undefined

FORMS: Final = ("icc_11", "icc_a1", "icc_c1", "icc_1k", "icc_ak", "icc_ck")
_NAMES: Final = {
    "icc_11": "ICC(1,1), one-way random, single rating",
    "icc_a1": "ICC(A,1), two-way random, absolute agreement, single rating",
    "icc_c1": "ICC(C,1), two-way, consistency, single rating",
    "icc_1k": "ICC(1,k), one-way random, mean of k ratings",
    "icc_ak": "ICC(A,k), two-way random, absolute agreement, mean of k ratings",
    "icc_ck": "ICC(C,k), two-way, consistency, mean of k ratings",
}
_NO_VARIANCE: Final = "all ratings are equal: there is no variance between images to explain"


@dataclass(frozen=True, slots=True)
class MeanSquares:
    """Two-way analysis of variance of complete ratings.

    Attributes
    ----------
    targets, raters, residual, within
        Mean squares between images, between raters, of the two-way residual, and within images.
    n, k
        Images and raters.
    n_missing
        Images left out because a rater gave no value.
    """

    targets: float
    raters: float
    residual: float
    within: float
    n: int
    k: int
    n_missing: int = 0


@dataclass(frozen=True, slots=True)
class Icc:
    """One form with its test of a zero coefficient.

    Attributes
    ----------
    estimate
        Coefficient and interval.
    f, df1, df2, p
        F of the image variance over the error variance, its degrees of freedom and p; None where
        undefined. This tests ICC = 0, not the bias of a rater (see ``rater_bias``).
    """

    estimate: Estimate
    f: float | None = None
    df1: int = 0
    df2: int = 0
    p: float | None = None


def mean_squares(ratings: npt.ArrayLike) -> MeanSquares:
    """Split the variance of ratings into images, raters and residual.

    Parameters
    ----------
    ratings
        Scores of shape (images, raters), raters at least two; NaN where there is none. An image
        with any rating missing is left out and counted.

    Returns
    -------
    The mean squares; all NaN when fewer than two complete images are left.

    Raises
    ------
    ValueError
        The array is not two-dimensional or has fewer than two raters.

    References
    ----------
    McGraw KO, Wong SP. Psychol Methods 1996;1:30-46. doi:10.1037/1082-989X.1.1.30
    """
    values = np.asarray(ratings, dtype=np.float64)
    if values.ndim != MIN_FOR_SPREAD or values.shape[1] < MIN_FOR_SPREAD:
        raise ValueError(f"ratings must be (images, raters >= 2), got shape {values.shape}")
    complete = ~np.isnan(values).any(axis=1)
    kept = values[complete]
    n, k = kept.shape
    n_missing = int((~complete).sum())
    if n < MIN_FOR_SPREAD:
        nan = float("nan")
        return MeanSquares(nan, nan, nan, nan, n, k, n_missing)
    centered = kept - kept.mean()
    rows = centered.mean(axis=1, keepdims=True)
    columns = centered.mean(axis=0, keepdims=True)
    residual = centered - rows - columns
    # What rounding leaves of equal ratings is no variance.
    floor = 1e-24 * max(1.0, float(np.abs(kept).max()) ** 2) * kept.size
    between, across, rest, inside = (
        0.0 if s < floor else s
        for s in (
            k * float((rows**2).sum()),
            n * float((columns**2).sum()),
            float((residual**2).sum()),
            float(((centered - rows) ** 2).sum()),
        )
    )
    return MeanSquares(
        between / (n - 1),
        across / (k - 1),
        rest / ((n - 1) * (k - 1)),
        inside / (n * (k - 1)),
        n,
        k,
        n_missing,
    )


def icc(ratings: npt.ArrayLike, *, alpha: float = 0.05) -> dict[str, Icc]:
    """Compute the six intraclass correlations with their intervals.

    Parameters
    ----------
    ratings
        Scores of shape (images, raters), NaN where missing; more than two raters are welcome.
    alpha
        One minus the coverage of the interval.

    Returns
    -------
    Form (``icc_a1`` and five more) to coefficient. Higher is better; 1 is perfect, values below
    zero are possible and mean that images differ less between than within.

    Raises
    ------
    ValueError
        The array is not (images, raters >= 2).

    Notes
    -----
    With mean squares B (images), R (raters), E (residual), W (within):
    ICC(1,1) = (B - W) / (B + (k - 1) W); ICC(C,1) = (B - E) / (B + (k - 1) E);
    ICC(A,1) = (B - E) / (B + (k - 1) E + k (R - E) / n); the k forms divide by what the mean of
    k ratings leaves. Intervals: F for the 1 and C forms, Satterthwaite's degrees of freedom for
    A,1 and its limits by Spearman-Brown for A,k. Undefined for fewer than two complete images and
    where all ratings are equal; perfect agreement gives 1 with the interval [1, 1].

    References
    ----------
    Shrout PE, Fleiss JL. Psychol Bull 1979;86:420-428. doi:10.1037/0033-2909.86.2.420
    McGraw KO, Wong SP. Psychol Methods 1996;1:30-46. doi:10.1037/1082-989X.1.1.30

    Examples
    --------
    >>> icc([[0, 1], [1, 2], [2, 3], [3, 4], [4, 5], [5, 6]])["icc_a1"].estimate.value
    0.875
    """
    ms = mean_squares(ratings)
    reason = ""
    if ms.n < MIN_FOR_SPREAD:
        reason = "fewer than two images with all ratings"
    elif ms.targets == ms.raters == ms.residual == 0:
        reason = _NO_VARIANCE
    if reason:
        counts = Counts(n=ms.n, n_missing=ms.n_missing)
        return {form: Icc(undefined(_NAMES[form], reason, **counts)) for form in FORMS}
    forms = _one_way_forms(ms, alpha) | _consistency_forms(ms, alpha) | _agreement_forms(ms, alpha)
    return {form: forms[form] for form in FORMS}


def rater_bias(ratings: npt.ArrayLike) -> Estimate:
    """Test whether the raters' means differ: F = MS(raters) / MS(residual).

    Parameters
    ----------
    ratings
        Scores of shape (images, raters), NaN where missing.

    Returns
    -------
    Two-sided p; undefined where the residual is zero. A small p means a systematic difference.

    Raises
    ------
    ValueError
        The array is not (images, raters >= 2).

    References
    ----------
    McGraw KO, Wong SP. Psychol Methods 1996;1:30-46. doi:10.1037/1082-989X.1.1.30
    """
    ms = mean_squares(ratings)
    method = "F test of equal rater means, two-way ANOVA"
    counts = Counts(n=ms.n, n_missing=ms.n_missing)
    if not ms.residual > 0:
        return undefined(method, "no residual variance, or fewer than two images", **counts)
    df = (ms.k - 1, (ms.n - 1) * (ms.k - 1))
    return Estimate(float(stats.f.sf(ms.raters / ms.residual, *df)), method=method, **counts)


def _one_way_forms(ms: MeanSquares, alpha: float) -> dict[str, Icc]:
    """ICC(1,1) and ICC(1,k)."""
    return _f_forms(ms, ms.within, ms.n * (ms.k - 1), ("icc_11", "icc_1k"), alpha)


def _consistency_forms(ms: MeanSquares, alpha: float) -> dict[str, Icc]:
    """ICC(C,1) and ICC(C,k)."""
    return _f_forms(ms, ms.residual, (ms.n - 1) * (ms.k - 1), ("icc_c1", "icc_ck"), alpha)


def _f_forms(
    ms: MeanSquares, error: float, df2: int, names: tuple[str, str], alpha: float
) -> dict[str, Icc]:
    """Single and mean form whose pivot is MS(images) / error, an F variable."""
    df1 = ms.n - 1
    shrink = float(stats.f.ppf(1 - alpha / 2, df1, df2))
    stretch = 1 / float(stats.f.ppf(1 - alpha / 2, df2, df1))
    errors = (error, error * shrink, error * stretch)  # at the estimate, low and high limit
    single = [_ratio(ms.targets - e, ms.targets + (ms.k - 1) * e) for e in errors]
    mean = [_ratio(ms.targets - e, ms.targets) for e in errors]
    return {
        name: _result(name, values, ms, error, df2)
        for name, values in zip(names, (single, mean), strict=True)
    }


def _ratio(above: float, below: float) -> float:
    """Divide, or give NaN where there is nothing to divide by."""
    return above / below if below > 0 else float("nan")


def _agreement_forms(ms: MeanSquares, alpha: float) -> dict[str, Icc]:
    """ICC(A,1) with Satterthwaite limits, and ICC(A,k) by Spearman-Brown."""
    n, k = ms.n, ms.k
    spread = ms.targets + (k - 1) * ms.residual + k * (ms.raters - ms.residual) / n
    df2 = (n - 1) * (k - 1)
    if spread <= 0:
        reason = "the variance components sum to zero or less"
        counts = Counts(n=n, n_missing=ms.n_missing)
        return {f: Icc(undefined(_NAMES[f], reason, **counts)) for f in ("icc_a1", "icc_ak")}
    value = (ms.targets - ms.residual) / spread
    low, high = _satterthwaite_limits(ms, value, alpha)
    single = [value, low, high]
    mean = [_ratio(k * v, 1 + (k - 1) * v) for v in single]
    return {
        "icc_a1": _result("icc_a1", single, ms, ms.residual, df2),
        "icc_ak": _result("icc_ak", mean, ms, ms.residual, df2),
    }


def _satterthwaite_limits(ms: MeanSquares, value: float, alpha: float) -> tuple[float, float]:
    """Limits of ICC(A,1), McGraw and Wong's table 7."""
    n, k = ms.n, ms.k
    if ms.raters == ms.residual == 0:
        return 1.0, 1.0
    a = k * value / (n * (1 - value))
    b = 1 + k * value * (n - 1) / (n * (1 - value))
    raters, rest = a * ms.raters, b * ms.residual
    below = raters**2 / (k - 1) + rest**2 / ((n - 1) * (k - 1))
    # Both parts vanish where neither rater nor residual variance carries weight (value 0, E 0).
    df = (raters + rest) ** 2 / below if below > 0 else float((n - 1) * (k - 1))
    other = k * ms.raters + (k * n - k - n) * ms.residual
    lower_f = float(stats.f.ppf(1 - alpha / 2, n - 1, df))
    upper_f = float(stats.f.ppf(1 - alpha / 2, df, n - 1))
    low = n * (ms.targets - lower_f * ms.residual) / (lower_f * other + n * ms.targets)
    high = n * (upper_f * ms.targets - ms.residual) / (other + n * upper_f * ms.targets)
    return low, high


def _result(form: str, values: list[float], ms: MeanSquares, error: float, df2: int) -> Icc:
    """Bind a coefficient, its limits and its F test."""
    interval = "Satterthwaite" if form in ("icc_a1", "icc_ak") else "F"
    defined = bool(np.isfinite(values[0]))
    value, low, high = values
    estimate = Estimate(
        value,
        low,
        high,
        f"{_NAMES[form]}; {interval} interval",
        n=ms.n,
        n_missing=ms.n_missing,
        note="" if defined else "images do not differ: the form divides by zero",
    )
    if error == 0:
        return Icc(estimate, None, ms.n - 1, df2, 0.0 if ms.targets > 0 else None)
    f = ms.targets / error
    return Icc(estimate, f, ms.n - 1, df2, float(stats.f.sf(f, ms.n - 1, df2)))
