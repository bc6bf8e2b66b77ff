"""How bias and spread change with the size of the score: what plain limits of agreement hide."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import stats

from reports.statistics.estimate import Estimate, Floats, undefined
from reports.statistics.pairs import Pairs, complete_pairs, correlation

# The 1999 paper's 2.46: mean absolute residuals are SD sqrt(2 / pi) when normal, and it takes 1.96.
REGRESSION_MULTIPLIER: Final = 1.96 * float(np.sqrt(np.pi / 2))
MIN_FOR_LINE: Final = 3


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """An ordinary least squares line with both standard errors of its slope."""

    intercept: float
    slope: float
    se_ols: float
    se_hc3: float
    residual: Floats
    leverage: Floats

    @property
    def df(self) -> int:
        """Residual degrees of freedom."""
        return int(self.residual.size) - 2


def fit_line(x: Floats, y: Floats) -> Line | None:
    """Fit y = intercept + slope x, or None where x does not vary or fewer than three points.

    Parameters
    ----------
    x, y
        Shape (n,), nothing missing.

    Returns
    -------
    Line with the OLS and the HC3 standard error of its slope.

    References
    ----------
    MacKinnon JG, White H. J Econom 1985;29:305-325. doi:10.1016/0304-4076(85)90158-7
    """
    if x.size < MIN_FOR_LINE or np.ptp(x) == 0:
        return None
    centered = x - x.mean()
    sxx = float((centered**2).sum())
    slope = float((centered * y).sum() / sxx)
    intercept = float(y.mean() - slope * x.mean())
    residual = y - intercept - slope * x
    if np.abs(residual).max() <= 1e-12 * max(1.0, float(np.abs(y).max())):
        residual = np.zeros_like(residual)  # what rounding leaves of an exact line
    leverage = 1 / x.size + centered**2 / sxx
    se_ols = float(np.sqrt((residual**2).sum() / (x.size - 2) / sxx))
    free = np.maximum(1 - leverage, np.finfo(float).eps)
    se_hc3 = float(np.sqrt((centered**2 * (residual / free) ** 2).sum())) / sxx
    return Line(intercept, slope, se_ols, se_hc3, residual, leverage)


def proportional_bias(
    reference: npt.ArrayLike, prediction: npt.ArrayLike, *, alpha: float = 0.05
) -> dict[str, Estimate]:
    """Regress the differences on the means, test the spread, and give the sloping limits.

    Parameters
    ----------
    reference, prediction
        Scores of shape (images,); NaN where missing.
    alpha
        One minus the coverage of the intervals.

    Returns
    -------
    ``ba_slope_ols`` and ``ba_slope_hc3`` (same slope, two intervals) with their p values,
    ``ba_intercept``; ``heteroscedasticity_p`` (Breusch-Pagan in Koenker's studentized form),
    ``ba_spread_slope`` and ``ba_spread_intercept`` (of the absolute residuals on the mean) and
    ``ba_spread_slope_p``; the sloping limits as lines over the mean of the two scores,
    ``regression_loa_lower_intercept``, ``..._slope`` and the same of ``upper``. A slope near 0 is
    better; a small p says that a single pair of limits misdescribes the differences.

    Raises
    ------
    ValueError
        Shapes differ.

    Notes
    -----
    Regression limits at mean A: b0 + b1 A -+ 2.4565 (c0 + c1 A), with c the regression of the
    absolute residuals on A.
    Undefined for fewer than three pairs or means that are all equal. A slope also arises when
    the two methods only differ in spread; it is no proof of miscalibration.

    References
    ----------
    Bland JM, Altman DG. Stat Methods Med Res 1999;8:135-160. doi:10.1177/096228029900800204
    Koenker R. J Econom 1981;17:107-112. doi:10.1016/0304-4076(81)90062-2
    """
    pairs = complete_pairs(reference, prediction)
    mean = (pairs.reference + pairs.prediction) / 2
    line = fit_line(mean, pairs.difference)
    counts = pairs.counts
    if line is None:
        why = "needs three complete pairs whose means are not all equal"
        return {name: undefined("Bland-Altman regression", why, **counts) for name in _NAMES}
    spread = fit_line(mean, np.abs(line.residual))
    result = _slopes(line, pairs, alpha)
    result["heteroscedasticity_p"] = _breusch_pagan(mean, line, pairs)
    if spread is not None:
        result |= _sloping_limits(line, spread, pairs)
        method = "absolute residuals regressed on the mean of the two scores"
        result["ba_spread_slope"] = Estimate(spread.slope, method=method, **counts)
        result["ba_spread_intercept"] = Estimate(spread.intercept, method=method, **counts)
        result["ba_spread_slope_p"] = _slope_p(spread, spread.se_ols, f"{method}; t test", pairs)
    return result


_NAMES: Final = (
    "ba_slope_ols",
    "ba_slope_ols_p",
    "ba_slope_hc3",
    "ba_slope_hc3_p",
    "ba_intercept",
    "heteroscedasticity_p",
    "ba_spread_slope",
    "ba_spread_intercept",
    "ba_spread_slope_p",
    "regression_loa_lower_intercept",
    "regression_loa_lower_slope",
    "regression_loa_upper_intercept",
    "regression_loa_upper_slope",
)


def _slopes(line: Line, pairs: Pairs, alpha: float) -> dict[str, Estimate]:
    """Slope with its OLS and its HC3 interval and test."""
    counts = pairs.counts
    t = float(stats.t.ppf(1 - alpha / 2, line.df))
    base = "difference regressed on the mean of the two scores"
    result = {"ba_intercept": Estimate(line.intercept, method=base, **counts)}
    for name, label, se in (("ols", "OLS", line.se_ols), ("hc3", "HC3", line.se_hc3)):
        method = f"{base}; {label} t interval"
        ends = (line.slope - t * se, line.slope + t * se)
        result[f"ba_slope_{name}"] = Estimate(line.slope, *ends, method, **counts)
        result[f"ba_slope_{name}_p"] = _slope_p(line, se, f"{base}; {label} t test", pairs)
    return result


def _sloping_limits(line: Line, spread: Line, pairs: Pairs) -> dict[str, Estimate]:
    """Limits of agreement as lines over the mean of the two scores."""
    method = "regression limits of agreement, b0 + b1 A -+ 2.46 (c0 + c1 A)"
    result = {}
    for side, sign in (("lower", -1), ("upper", 1)):
        for part in ("intercept", "slope"):
            value = getattr(line, part) + sign * REGRESSION_MULTIPLIER * getattr(spread, part)
            key = f"regression_loa_{side}_{part}"
            result[key] = Estimate(value, method=method, **pairs.counts)
    return result


def _slope_p(line: Line, se: float, method: str, pairs: Pairs) -> Estimate:
    """Two-sided p of a zero slope."""
    counts = pairs.counts
    if se == 0:
        return undefined(method, "the points lie on a line: no residual variance", **counts)
    return Estimate(float(2 * stats.t.sf(abs(line.slope / se), line.df)), method=method, **counts)


def _breusch_pagan(mean: Floats, line: Line, pairs: Pairs) -> Estimate:
    """Koenker's form: n R^2 of the squared residuals on the mean, chi-square with one df."""
    method = "Breusch-Pagan test, Koenker's studentized form"
    counts = pairs.counts
    squared = line.residual**2
    if np.ptp(squared) == 0:
        return undefined(method, "squared residuals do not vary", **counts)
    r = correlation(mean, squared)
    return Estimate(float(stats.chi2.sf(pairs.n * r**2, 1)), method=method, **counts)
