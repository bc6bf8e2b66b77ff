"""Equivalence against a declared margin: no difference found is not agreement shown."""

import numpy as np
import numpy.typing as npt
from scipy import stats

from reports.statistics.estimate import MIN_FOR_SPREAD, Estimate, undefined
from reports.statistics.pairs import complete_pairs


def equivalence(
    reference: npt.ArrayLike, prediction: npt.ArrayLike, margin: float, *, alpha: float = 0.05
) -> dict[str, Estimate]:
    """Test whether the bias lies within a margin (two one-sided tests).

    Parameters
    ----------
    reference, prediction
        Scores of shape (images,); NaN where missing.
    margin
        Largest bias, in points, that would not matter; chosen before the data were seen.
    alpha
        Level of each one-sided test; the interval covers 1 - 2 alpha.

    Returns
    -------
    ``tost_p`` (the larger one-sided p), ``tost_p_lower`` (bias above -margin), ``tost_p_upper``
    (bias below margin) and ``tost_bias`` with the 1 - 2 alpha interval. A small p shows that the
    mean bias is negligible; it says nothing about single images.

    Raises
    ------
    ValueError
        The margin is not positive, or shapes differ.

    Notes
    -----
    t = (bias -+ margin) / (s / sqrt(n)), n - 1 degrees of freedom. Undefined with fewer than two
    pairs. When all differences are equal, p is 0 inside the margin and 1 at or outside it.

    References
    ----------
    Schuirmann DJ. J Pharmacokinet Biopharm 1987;15:657-680. doi:10.1007/BF01068419
    """
    if not margin > 0:
        raise ValueError(f"the equivalence margin must be above 0, got {margin}")
    pairs = complete_pairs(reference, prediction)
    method = f"TOST, paired t, margin {margin:g}"
    counts = pairs.counts
    if pairs.n < MIN_FOR_SPREAD:
        why = f"needs two complete pairs, has {pairs.n}"
        return {name: undefined(method, why, **counts) for name in _NAMES}
    mean = float(pairs.difference.mean())
    spread = 0.0 if np.ptp(pairs.difference) == 0 else float(pairs.difference.std(ddof=1))
    se, df = spread / np.sqrt(pairs.n), pairs.n - 1
    note = "" if se > 0 else "all differences are equal"
    above, below = mean + margin, margin - mean
    if se > 0:
        p_lower, p_upper = float(stats.t.sf(above / se, df)), float(stats.t.sf(below / se, df))
    else:
        p_lower, p_upper = float(above <= 0), float(below <= 0)
    half = float(stats.t.ppf(1 - alpha, df)) * se
    p_note = note or f"bias within +-{margin:g} is shown if p < {alpha:g}"
    return {
        "tost_p": Estimate(max(p_lower, p_upper), method=method, note=p_note, **counts),
        "tost_p_lower": Estimate(p_lower, method=f"{method}, bias > -margin", **counts),
        "tost_p_upper": Estimate(p_upper, method=f"{method}, bias < margin", **counts),
        "tost_bias": Estimate(
            mean,
            mean - half,
            mean + half,
            f"mean of prediction - reference; {100 * (1 - 2 * alpha):g} % t interval",
            note=note,
            **counts,
        ),
    }


_NAMES = ("tost_p", "tost_p_lower", "tost_p_upper", "tost_bias")
