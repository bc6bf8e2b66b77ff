"""Calibration: what a predicted score means, and whether predicted intervals cover."""

import numpy as np
import numpy.typing as npt
from scipy import stats

from reports.statistics.classes import share
from reports.statistics.estimate import Estimate, undefined
from reports.statistics.pairs import complete_pairs, round_half_up
from reports.statistics.proportional_bias import MIN_FOR_LINE, fit_line


def calibration(
    reference: npt.ArrayLike, prediction: npt.ArrayLike, *, alpha: float = 0.05
) -> dict[str, Estimate]:
    """Regress the reference on the prediction.

    Parameters
    ----------
    reference, prediction
        Scores of shape (images,); NaN where missing.
    alpha
        One minus the coverage of the intervals.

    Returns
    -------
    ``calibration_slope`` (HC3 t interval; 1 is ideal, below 1 means predictions too extreme),
    ``calibration_intercept`` (0 is ideal) and ``sd_ratio`` (SD of prediction / SD of reference;
    below 1 means predictions shrunk towards the mean).

    Raises
    ------
    ValueError
        Shapes differ.

    Notes
    -----
    OLS of reference on prediction. Slope and intercept are undefined for fewer than three pairs
    or a constant predictor, the ratio for a constant reference.

    References
    ----------
    Van Calster B et al. BMC Med 2019;17:230. doi:10.1186/s12916-019-1466-7
    """
    pairs = complete_pairs(reference, prediction)
    counts = pairs.counts
    method = "reference regressed on prediction, OLS"
    line = fit_line(pairs.prediction, pairs.reference)
    if line is None:
        few = pairs.n < MIN_FOR_LINE
        why = "needs three complete pairs" if few else "the prediction does not vary"
        names = ("calibration_slope", "calibration_intercept")
        result = {name: undefined(method, why, **counts) for name in names}
    else:
        half = float(stats.t.ppf(1 - alpha / 2, line.df)) * line.se_hc3
        ends = (line.slope - half, line.slope + half)
        result = {
            "calibration_slope": Estimate(line.slope, *ends, f"{method}; HC3 t interval", **counts),
            "calibration_intercept": Estimate(line.intercept, method=method, **counts),
        }
    ratio_method = "SD of prediction / SD of reference"
    if pairs.n == 0 or np.ptp(pairs.reference) == 0:
        result["sd_ratio"] = undefined(ratio_method, "the reference does not vary", **counts)
    else:
        ratio = float(pairs.prediction.std() / pairs.reference.std())
        result["sd_ratio"] = Estimate(ratio, method=ratio_method, **counts)
    return result


def reliability(
    reference: npt.ArrayLike, expected: npt.ArrayLike, levels: int, *, alpha: float = 0.05
) -> dict[int, tuple[Estimate, float]]:
    """Give the mean reference of the segments whose expected grade is nearest to each grade.

    Parameters
    ----------
    reference
        Reference grades of shape (segments,); NaN where missing.
    expected
        Predicted (expected) grades of shape (segments,); NaN where missing. Binned by rounding
        half up.
    levels
        Number of grades.
    alpha
        One minus the coverage of the t interval.

    Returns
    -------
    For each grade: mean reference with its interval, and mean prediction (NaN when empty). The
    two are equal when calibrated.

    Raises
    ------
    ValueError
        Shapes differ.

    Notes
    -----
    The interval takes segments as independent; undefined for empty grades, without interval for a
    single segment.

    References
    ----------
    Niculescu-Mizil A, Caruana R. ICML 2005:625-632. doi:10.1145/1102351.1102430
    """
    pairs = complete_pairs(reference, expected)
    bins = np.clip(round_half_up(pairs.prediction), 0, levels - 1)
    result = {}
    for grade in range(levels):
        method = f"mean reference where the expected grade rounds to {grade}; t interval"
        truth = pairs.reference[bins == grade]
        if truth.size == 0:
            result[grade] = (undefined(method, "no segment is predicted at it"), float("nan"))
            continue
        mean, half = float(truth.mean()), float("nan")
        if truth.size > 1:
            t = float(stats.t.ppf(1 - alpha / 2, truth.size - 1))
            half = t * float(truth.std(ddof=1)) / np.sqrt(truth.size)
        predicted = float(pairs.prediction[bins == grade].mean())
        estimate = Estimate(
            mean,
            mean - half,
            mean + half,
            method,
            n=int(truth.size),
            note=f"mean prediction {predicted:.4f}",
        )
        result[grade] = (estimate, predicted)
    return result


def interval_coverage(
    reference: npt.ArrayLike, low: npt.ArrayLike, high: npt.ArrayLike, *, alpha: float = 0.05
) -> dict[str, Estimate]:
    """Give the share of references inside the predicted intervals, and the intervals' width.

    Parameters
    ----------
    reference
        Scores of shape (images,); NaN where missing.
    low, high
        Limits that the model predicted, shape (images,); NaN where none. Both belong to it.
    alpha
        One minus the coverage of the Wilson interval.

    Returns
    -------
    ``interval_coverage`` (the nominal level is ideal) and ``interval_width`` (mean, narrower is
    better at equal coverage).

    Raises
    ------
    ValueError
        Shapes differ, or an interval is inverted.

    Notes
    -----
    Undefined without intervals.

    References
    ----------
    Gneiting T, Raftery AE. J Am Stat Assoc 2007;102:359-378. doi:10.1198/016214506000001437
    """
    below = complete_pairs(reference, np.asarray(low) + 0 * np.asarray(high))
    left = below.prediction
    right = np.asarray(high, dtype=np.float64)[below.kept]
    if (left > right).any():
        raise ValueError("a predicted interval is inverted: its lower limit is above its upper")
    inside = int(((left <= below.reference) & (below.reference <= right)).sum())
    counts = below.counts
    coverage = share(
        inside,
        below.n,
        "share of references inside the predicted interval",
        alpha=alpha,
        n_missing=below.n_missing,
    )
    method = "mean width of the predicted intervals"
    if below.n == 0:
        return {
            "interval_coverage": coverage,
            "interval_width": undefined(method, "no predicted interval", **counts),
        }
    width = Estimate(float((right - left).mean()), method=method, **counts)
    return {"interval_coverage": coverage, "interval_width": width}
