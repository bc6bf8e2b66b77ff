"""One statistic over several centers: random effects, heterogeneity, and what a new one may show.

With three or four centers the variance between them is hardly estimable: each center's own number
stays the result, and this is a summary with a caveat.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import optimize, stats

from reports.statistics.estimate import MIN_FOR_SPREAD, Floats

METHODS: Final = ("reml", "dl")
FEW: Final = 5
MIN_FOR_PREDICTION: Final = 3


@dataclass(frozen=True, slots=True)
class RandomEffects:
    """A random-effects summary.

    Attributes
    ----------
    mean, se
        Pooled estimate and its conventional standard error.
    ci_low, ci_high
        Hartung-Knapp interval, t with centers - 1 degrees of freedom, never with a standard error
        below the conventional one.
    prediction_low, prediction_high
        Where a new center's true value is expected; None below three centers.
    tau2, i2, q, q_p
        Variance between centers, share of the variation that is not chance (0 to 1), Cochran's Q
        and its p.
    k
        Centers used.
    """

    mean: float
    se: float
    ci_low: float
    ci_high: float
    prediction_low: float | None
    prediction_high: float | None
    tau2: float
    i2: float
    q: float
    q_p: float
    k: int

    @property
    def caveat(self) -> str:
        """What the number of centers does not allow."""
        if self.k >= FEW:
            return f"{self.k} centers"
        return f"{self.k} centers only: the variance between them is hardly estimable"


def random_effects(
    values: npt.ArrayLike,
    standard_errors: npt.ArrayLike,
    *,
    alpha: float = 0.05,
    method: str = "reml",
) -> RandomEffects | None:
    """Pool one statistic over centers.

    Parameters
    ----------
    values, standard_errors
        Each center's estimate and standard error, shape (centers,), on a scale where a normal
        distribution is a fair description (``fisher_z`` and ``logit`` below).
    alpha
        One minus the coverage of both intervals.
    method
        ``reml`` or ``dl`` (DerSimonian-Laird) for the variance between centers.

    Returns
    -------
    The summary; None for fewer than two centers.

    Raises
    ------
    ValueError
        Shapes differ, a standard error is not positive, or the method is unknown.

    Notes
    -----
    Weights 1 / (se^2 + tau^2). Interval: Hartung-Knapp with Roever's correction. Prediction
    interval: mean -+ t(k - 2) sqrt(tau^2 + se^2).

    References
    ----------
    DerSimonian R, Laird N. Control Clin Trials 1986;7:177-188. doi:10.1016/0197-2456(86)90046-2
    Roever C, Knapp G, Friede T. BMC Med Res Methodol 2015;15:99. doi:10.1186/s12874-015-0091-1
    IntHout J et al. BMC Med Res Methodol 2014;14:25. doi:10.1186/1471-2288-14-25
    Higgins JPT et al. J R Stat Soc A 2009;172:137-159. doi:10.1111/j.1467-985X.2008.00552.x
    """
    y, se = np.asarray(values, dtype=np.float64), np.asarray(standard_errors, dtype=np.float64)
    if y.shape != se.shape or y.ndim != 1:
        raise ValueError(f"values and standard_errors differ in shape: {y.shape}, {se.shape}")
    if not (se > 0).all():
        raise ValueError("every standard error must be above 0")
    if method not in METHODS:
        raise ValueError(f"method must be one of {METHODS}, got {method!r}")
    if y.size < MIN_FOR_SPREAD:
        return None
    variance, k = se**2, int(y.size)
    q, i2 = heterogeneity(y, variance)
    tau2 = _dersimonian_laird(y, variance) if method == "dl" else _reml(y, variance)
    weights = 1 / (variance + tau2)
    mean = float((weights * y).sum() / weights.sum())
    pooled = float(np.sqrt(1 / weights.sum()))
    knapp = float(np.sqrt((weights * (y - mean) ** 2).sum() / ((k - 1) * weights.sum())))
    # Centers that happen to agree would else give an interval of no width (Roever et al. 2015).
    half = float(stats.t.ppf(1 - alpha / 2, k - 1)) * max(knapp, pooled)
    reach = None
    if k >= MIN_FOR_PREDICTION:
        reach = float(stats.t.ppf(1 - alpha / 2, k - 2)) * float(np.sqrt(tau2 + pooled**2))
    return RandomEffects(
        mean=mean,
        se=pooled,
        ci_low=mean - half,
        ci_high=mean + half,
        prediction_low=None if reach is None else mean - reach,
        prediction_high=None if reach is None else mean + reach,
        tau2=tau2,
        i2=i2,
        q=q,
        q_p=float(stats.chi2.sf(q, k - 1)),
        k=k,
    )


def heterogeneity(values: Floats, variance: Floats) -> tuple[float, float]:
    """Give Cochran's Q and I^2.

    Parameters
    ----------
    values, variance
        Estimates and their squared standard errors, shape (centers,), above 0.

    Returns
    -------
    Q (chi-square with centers - 1 degrees of freedom when centers agree) and I^2 from 0 to 1.

    Notes
    -----
    Q = sum w (y - mean)^2 with w = 1 / variance; I^2 = max(0, (Q - df) / Q), 0 when Q is 0. I^2
    grows with the centers' sizes: it is no measure of how far they lie apart, tau^2 is.

    References
    ----------
    Higgins JPT, Thompson SG. Stat Med 2002;21:1539-1558. doi:10.1002/sim.1186
    """
    weights = 1 / variance
    mean = (weights * values).sum() / weights.sum()
    q = float((weights * (values - mean) ** 2).sum())
    return q, max(0.0, (q - (values.size - 1)) / q) if q > 0 else 0.0


def _dersimonian_laird(y: Floats, variance: Floats) -> float:
    """Moment estimate of the variance between centers."""
    weights = 1 / variance
    q, _ = heterogeneity(y, variance)
    below = float(weights.sum() - (weights**2).sum() / weights.sum())
    return max(0.0, (q - (y.size - 1)) / below)


def _reml(y: Floats, variance: Floats) -> float:
    """Restricted maximum likelihood estimate of the variance between centers."""

    def minus_log_likelihood(tau2: float) -> float:
        weights = 1 / (variance + tau2)
        mean = (weights * y).sum() / weights.sum()
        misfit = float((weights * (y - mean) ** 2).sum())
        return 0.5 * (misfit - float(np.log(weights).sum()) + float(np.log(weights.sum())))

    top = 10 * float(y.var(ddof=1)) + float(variance.max())
    found = optimize.minimize_scalar(
        minus_log_likelihood, bounds=(0.0, top), method="bounded", options={"xatol": 1e-10 * top}
    )
    best = float(found.x)
    return best if minus_log_likelihood(best) < minus_log_likelihood(0.0) else 0.0


Link = tuple[Callable[[float], float], Callable[[float], float], Callable[[float], float]]


def fisher_z(value: float) -> float:
    """Give the scale on which correlations and ICCs are pooled.

    Parameters
    ----------
    value
        Above -1 and below 1.

    Returns
    -------
    arctanh(value).

    References
    ----------
    Fisher RA. Metron 1921;1:3-32.
    """
    return float(np.arctanh(value))


def logit(value: float) -> float:
    """Give the scale on which shares are pooled.

    Parameters
    ----------
    value
        Above 0 and below 1.

    Returns
    -------
    log(value / (1 - value)).
    """
    return float(np.log(value / (1 - value)))


# Link, its inverse, and its slope (which carries a standard error to the linked scale).
LINKS: Final[dict[str, Link]] = {
    "identity": (float, float, lambda _: 1.0),
    "log": (lambda v: float(np.log(v)), lambda z: float(np.exp(z)), lambda v: 1 / v),
    "fisher_z": (fisher_z, lambda z: float(np.tanh(z)), lambda v: 1 / (1 - v**2)),
    "logit": (logit, lambda z: float(1 / (1 + np.exp(-z))), lambda v: 1 / (v * (1 - v))),
}


def linked(
    values: Sequence[float | None], standard_errors: Sequence[float | None], link: str
) -> tuple[list[float], list[float], list[bool]]:
    """Carry estimates to the link's scale, leaving out centers where that is undefined.

    Parameters
    ----------
    values, standard_errors
        Each center's estimate and standard error; None where undefined.
    link
        Key of ``LINKS``.

    Returns
    -------
    Linked values and standard errors (delta method) of the centers that have both, and which of
    all centers these are.
    """
    forward, _, slope = LINKS[link]
    pairs = list(zip(values, standard_errors, strict=True))
    finite = [
        (v, s) for v, s in pairs if v is not None and s is not None and s > 0 and _inside(v, link)
    ]
    is_kept = [pair in finite for pair in pairs]
    return [forward(v) for v, _ in finite], [slope(v) * s for v, s in finite], is_kept


def _inside(value: float, link: str) -> bool:
    """Whether the link is finite at the value."""
    bounds = {
        "identity": (-np.inf, np.inf),
        "log": (0, np.inf),
        "fisher_z": (-1, 1),
        "logit": (0, 1),
    }[link]
    return bool(bounds[0] < value < bounds[1])
