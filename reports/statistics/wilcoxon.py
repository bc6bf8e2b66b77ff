"""Wilcoxon's signed-rank test with both treatments of zeros, exact with ties."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import stats

from reports.statistics.estimate import Estimate, Floats
from reports.statistics.pairs import TIE_DECIMALS, complete_pairs

ZERO_METHODS: Final = ("pratt", "wilcox")
EXACT_LIMIT: Final = 500  # non-zero differences; beyond, both forms agree to three digits


@dataclass(frozen=True, slots=True)
class SignedRank:
    """Outcome of one signed-rank test.

    Attributes
    ----------
    w_plus, w_minus
        Sums of the ranks of positive and of negative differences.
    p
        Two-sided: the exact one where it was computed, else the asymptotic one; None without
        pairs.
    p_exact, p_asymptotic
        Each by itself; ``p_exact`` is None above the limit.
    z
        Standardized W+, no continuity correction.
    rank_biserial
        (W+ - W-) / (W+ + W-), from -1 to 1; 0 when all differences are zero.
    """

    n: int
    n_missing: int
    n_zero: int
    n_positive: int
    n_negative: int
    w_plus: float
    w_minus: float
    p: float | None
    p_exact: float | None
    p_asymptotic: float | None
    z: float
    zero_method: str

    @property
    def rank_biserial(self) -> float:
        """Effect size: share of rank sum in favor of higher predictions minus that of lower."""
        total = self.w_plus + self.w_minus
        return (self.w_plus - self.w_minus) / total if total > 0 else 0.0

    @property
    def method(self) -> str:
        """Form of the test in words."""
        zeros = "Pratt's zeros" if self.zero_method == "pratt" else "zeros dropped"
        form = "exact given ties" if self.p_exact is not None else "normal approximation"
        return f"Wilcoxon signed-rank, two-sided, {zeros}, {form}"

    @property
    def estimate(self) -> Estimate:
        """The p value as a row of the table."""
        note = f"{self.n_zero} zeros, {self.n_positive} above, {self.n_negative} below"
        if self.p is None:
            note = "no complete pairs"
        elif self.n_zero == self.n:
            note = f"all {self.n} differences are zero: p is 1 by definition"
        return Estimate(self.p, method=self.method, n=self.n, n_missing=self.n_missing, note=note)


def signed_rank(
    reference: npt.ArrayLike,
    prediction: npt.ArrayLike,
    *,
    zero_method: str = "pratt",
    exact_limit: int = EXACT_LIMIT,
) -> SignedRank:
    """Test whether the differences are symmetric about zero.

    Parameters
    ----------
    reference, prediction
        Scores of shape (images,); NaN where missing.
    zero_method
        ``pratt`` ranks the zeros and then leaves them out; ``wilcox`` leaves them out first. It
        can turn the verdict when many differences are zero, so one is declared beforehand.
    exact_limit
        Non-zero differences up to which the exact distribution is used.

    Returns
    -------
    The test. A large p is no evidence of agreement: see ``equivalence``.

    Raises
    ------
    ValueError
        Shapes differ, or the treatment of zeros is unknown.

    Notes
    -----
    Exact: the distribution of W+ over all 2^m signs given the midranks (ties kept), by
    convolution. Asymptotic: mean sum(r) / 2, variance sum(r^2) / 4, which holds ties and zeros,
    no continuity correction. Two-sided p is P(|W+ - mean| >= observed). Differences are rounded
    to 1e-9 before ranking. All differences zero gives p = 1; no pairs gives none. The test takes
    images as independent.

    References
    ----------
    Wilcoxon F. Biometrics Bull 1945;1:80-83. doi:10.2307/3001968
    Pratt JW. J Am Stat Assoc 1959;54:655-667. doi:10.1080/01621459.1959.10501526
    """
    if zero_method not in ZERO_METHODS:
        raise ValueError(f"zero_method must be one of {ZERO_METHODS}, got {zero_method!r}")
    pairs = complete_pairs(reference, prediction)
    d = np.round(pairs.difference, TIE_DECIMALS)
    ranked = d if zero_method == "pratt" else d[d != 0]
    ranks = stats.rankdata(np.abs(ranked)) if ranked.size else np.zeros(0)
    plus, minus = float(ranks[ranked > 0].sum()), float(ranks[ranked < 0].sum())
    used = ranks[ranked != 0]
    spread = float(np.sqrt((used**2).sum())) / 2
    z = (plus - minus) / 2 / spread if spread > 0 else 0.0
    asymptotic = float(2 * stats.norm.sf(abs(z))) if pairs.n else None
    exact = exact_p(used, min(plus, minus)) if pairs.n and used.size <= exact_limit else None
    return SignedRank(
        n=pairs.n,
        n_missing=pairs.n_missing,
        n_zero=int((d == 0).sum()),
        n_positive=int((d > 0).sum()),
        n_negative=int((d < 0).sum()),
        w_plus=plus,
        w_minus=minus,
        p=asymptotic if exact is None else exact,
        p_exact=exact,
        p_asymptotic=asymptotic,
        z=z,
        zero_method=zero_method,
    )


def exact_p(ranks: Floats, smaller: float) -> float:
    """Give the exact two-sided p of the smaller rank sum, given the ranks.

    Parameters
    ----------
    ranks
        Midranks of the non-zero differences, shape (m,).
    smaller
        The smaller of W+ and W-.

    Returns
    -------
    min(1, 2 P(W <= smaller)); 1 without ranks.
    """
    if ranks.size == 0:
        return 1.0
    # Doubled midranks are integers, so that sums of signs live on a grid.
    mass = rank_sum_distribution(np.rint(2 * ranks).astype(np.int64))
    return float(min(1.0, 2 * mass[: round(2 * smaller) + 1].sum()))


def rank_sum_distribution(weights: npt.NDArray[np.int64]) -> Floats:
    """Give P(S = s) for s = 0 ... sum(weights), each weight in or out with probability 1/2.

    Parameters
    ----------
    weights
        Positive integers of shape (m,).

    Returns
    -------
    Probabilities of shape (sum(weights) + 1,).
    """
    mass = np.zeros(int(weights.sum()) + 1)
    mass[0] = 1.0
    reach = 0
    for weight in np.sort(weights):
        kept = mass[: reach + 1] / 2
        mass[: reach + 1] = kept
        mass[weight : reach + weight + 1] += kept
        reach += int(weight)
    return mass
