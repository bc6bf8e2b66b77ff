"""Statistics as functions of sums over images, for the bootstrap and for models side by side."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np

from reports.statistics.classes import class_of
from reports.statistics.estimate import Floats
from reports.statistics.pairs import TIE_DECIMALS

_BASE: Final = 7  # columns ahead of those of the presets
_FLAT: Final = 1e-12  # relative variance below which a resample does not vary
DIFFERENCES: Final = ("mae", "icc_a1", "r2_determination", "r2_pearson")


def moment_columns(
    reference: Floats, prediction: Floats, presets: Mapping[str, Sequence[float]]
) -> Floats:
    """Give the quantities whose sums all statistics below need; zero where a score is missing.

    Parameters
    ----------
    reference, prediction
        Totals of shape (images,); NaN where missing.
    presets
        Name to cuts of each severity preset.

    Returns
    -------
    Shape (images, 7 + presets): 1, r, p, r^2, p^2, r p, |p - r|, then right class or not.
    """
    known = ~(np.isnan(reference) | np.isnan(prediction))
    r, p = np.where(known, reference, 0.0), np.where(known, prediction, 0.0)
    size = np.round(np.abs(p - r), TIE_DECIMALS)
    right = [
        known & (class_of(reference, cuts) == class_of(prediction, cuts))
        for cuts in presets.values()
    ]
    return np.stack([known, r, p, r * r, p * p, r * p, size, *right], axis=1).astype(np.float64)


def statistics_of(sums: Floats, presets: Sequence[str]) -> dict[str, Floats]:
    """Compute every moment statistic of many resamples at once.

    Parameters
    ----------
    sums
        Sums of ``moment_columns``, shape (resamples, 7 + presets).
    presets
        Names of the presets in the order of the columns.

    Returns
    -------
    Statistic to values of shape (resamples,); NaN where undefined. Formulas as in ``error``,
    ``icc`` (two raters) and ``calibration``.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        values = {name: formula(sums) for name, formula in _FORMULAS.items()}
        for i, preset in enumerate(presets):
            values[f"accuracy_{preset}"] = sums[:, _BASE + i] / sums[:, 0]
    return {name: np.where(sums[:, 0] > 0, v, np.nan) for name, v in values.items()}


def _spread(sums: Floats, linear: int, square: int) -> Floats:
    """Sum of squares about the mean, exactly zero where rounding is all there is."""
    n, total, squares = sums[:, 0], sums[:, linear], sums[:, square]
    about = squares - total**2 / n
    return np.where(about <= _FLAT * np.maximum(squares, 1.0), 0.0, about)


def _cross(sums: Floats) -> Floats:
    """Sum of products about the means."""
    return np.asarray(sums[:, 5] - sums[:, 1] * sums[:, 2] / sums[:, 0], dtype=np.float64)


def _squared_error(sums: Floats) -> Floats:
    """Sum of squared differences."""
    return np.maximum(sums[:, 3] + sums[:, 4] - 2 * sums[:, 5], 0.0)


def _bias(sums: Floats) -> Floats:
    """Mean of prediction - reference."""
    return np.asarray((sums[:, 2] - sums[:, 1]) / sums[:, 0], dtype=np.float64)


def _mae(sums: Floats) -> Floats:
    """Mean absolute error."""
    return np.asarray(sums[:, 6] / sums[:, 0], dtype=np.float64)


def _rmse(sums: Floats) -> Floats:
    """Root mean squared error."""
    return np.asarray(np.sqrt(_squared_error(sums) / sums[:, 0]), dtype=np.float64)


def _determination(sums: Floats) -> Floats:
    """Coefficient of determination, missing for a constant reference."""
    spread = _spread(sums, 1, 3)
    return np.where(spread > 0, 1 - _squared_error(sums) / spread, np.nan)


def _pearson_squared(sums: Floats) -> Floats:
    """Squared correlation, missing when a side is constant."""
    below = _spread(sums, 1, 3) * _spread(sums, 2, 4)
    return np.where(below > 0, np.minimum(_cross(sums) ** 2 / below, 1.0), np.nan)


def _icc_a1(sums: Floats) -> Floats:
    """ICC(A,1) of two raters."""
    n, both = sums[:, 0], _spread(sums, 1, 3) + _spread(sums, 2, 4)
    cross, raters = _cross(sums), n * _bias(sums) ** 2 / 2
    targets = (both + 2 * cross) / (2 * (n - 1))
    residual = (both - 2 * cross) / (2 * (n - 1))
    below = targets + residual + 2 * (raters - residual) / n
    return np.where(both + raters > 0, (targets - residual) / below, np.nan)


def _calibration_slope(sums: Floats) -> Floats:
    """Slope of reference on prediction, missing for a constant predictor."""
    spread = _spread(sums, 2, 4)
    return np.where(spread > 0, _cross(sums) / spread, np.nan)


_FORMULAS: Final[dict[str, Callable[[Floats], Floats]]] = {
    "bias": _bias,
    "mae": _mae,
    "rmse": _rmse,
    "r2_determination": _determination,
    "r2_pearson": _pearson_squared,
    "icc_a1": _icc_a1,
    "calibration_slope": _calibration_slope,
}
