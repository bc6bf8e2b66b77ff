"""Lin's concordance correlation: with two raters nearly ICC(A,1), kept as a footnote."""

import numpy as np
import numpy.typing as npt
from scipy import stats

from reports.statistics.estimate import Estimate, undefined
from reports.statistics.pairs import complete_pairs, correlation

MIN_FOR_INTERVAL = 3


def concordance(
    reference: npt.ArrayLike, prediction: npt.ArrayLike, *, alpha: float = 0.05
) -> dict[str, Estimate]:
    """Compute Lin's concordance and its parts.

    Parameters
    ----------
    reference, prediction
        Scores of shape (images,); NaN where missing.
    alpha
        One minus the coverage of the interval.

    Returns
    -------
    ``ccc`` with the z-transform interval, ``ccc_bias_correction`` (C_b), ``ccc_scale_shift``
    (SD of prediction / SD of reference) and ``ccc_location_shift`` (in units of the geometric
    mean SD). Concordance 1, correction 1, scale 1 and location 0 are perfect.

    Raises
    ------
    ValueError
        Shapes differ.

    Notes
    -----
    ccc = 2 s_rp / (s_r^2 + s_p^2 + (mean p - mean r)^2), variances with divisor n. Undefined
    when all scores are equal; its parts when one side does not vary.

    References
    ----------
    Lin LI. Biometrics 1989;45:255-268. doi:10.2307/2532051
    Lin LI. Biometrics 2000;56:324-325. doi:10.1111/j.0006-341X.2000.00324.x
    """
    pairs = complete_pairs(reference, prediction)
    counts = pairs.counts
    method = "Lin's concordance correlation; z-transform interval"
    names = ("ccc_bias_correction", "ccc_scale_shift", "ccc_location_shift")
    if pairs.n == 0 or (np.ptp(pairs.reference) == np.ptp(pairs.prediction) == 0):
        why = "neither side varies" if pairs.n else "no complete pairs"
        return {name: undefined(method, why, **counts) for name in ("ccc", *names)}
    r, p = pairs.reference, pairs.prediction
    shift = float(p.mean() - r.mean())
    value = 2 * float(np.mean((r - r.mean()) * (p - p.mean())))
    value /= float(r.var() + p.var()) + shift**2
    if np.ptp(r) == 0 or np.ptp(p) == 0:
        why = "one side does not vary"
        parts = {name: undefined(method, why, **counts) for name in names}
        return {"ccc": Estimate(0.0, method=method, note=why, **counts), **parts}
    location = shift / float(np.sqrt(r.std() * p.std()))
    scale = float(p.std() / r.std())
    rho = correlation(r, p)
    low, high = _interval(value, rho, location, pairs.n, alpha)
    # The usual printout gives the location as reference minus prediction; ours is the reverse.
    values = (2 / (scale + 1 / scale + location**2), scale, location)
    return {
        "ccc": Estimate(value, low, high, method, **counts),
        **{
            name: Estimate(v, method=f"part of {method}", **counts)
            for name, v in zip(names, values, strict=True)
        },
    }


def _interval(
    value: float, rho: float, location: float, n: int, alpha: float
) -> tuple[float | None, float | None]:
    """Limits on the inverse hyperbolic tangent scale."""
    if n < MIN_FOR_INTERVAL:
        return None, None
    if abs(value) >= 1 or abs(rho) >= 1 - 1e-15 or rho == 0:
        # Without scatter about the line (or without slope) the variance formula has no value.
        return (value, value) if abs(value) >= 1 - 1e-12 else (None, None)
    square = (
        (1 - rho**2) * value**2 * (1 - value**2) / rho**2
        + 2 * value**3 * (1 - value) * location**2 / rho
        - value**4 * location**4 / (2 * rho**2)
    )
    se = float(np.sqrt(max(square, 0.0) / (n - 2))) / (1 - value**2)
    half = float(stats.norm.ppf(1 - alpha / 2)) * se
    z = np.arctanh(value)
    return float(np.tanh(z - half)), float(np.tanh(z + half))
