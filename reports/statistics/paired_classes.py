"""Two predictors' classes on the same images: McNemar, Stuart-Maxwell, Bowker."""

import numpy as np
import numpy.typing as npt
from scipy import stats

from reports.statistics.estimate import Estimate, Floats, Integers, undefined


def mcnemar(correct_a: npt.ArrayLike, correct_b: npt.ArrayLike) -> Estimate:
    """Test whether two predictors are right equally often on the same images.

    Parameters
    ----------
    correct_a, correct_b
        Whether each is right, bool of shape (images,), nothing missing.

    Returns
    -------
    Exact two-sided p; the discordant counts are in the note. 1 when there are none.

    Raises
    ------
    ValueError
        Shapes differ.

    Notes
    -----
    Binomial test of the discordant images at 1/2: p = min(1, 2 P(X <= min(b, c))). Undefined
    without images. Images are taken as independent.

    References
    ----------
    McNemar Q. Psychometrika 1947;12:153-157. doi:10.1007/BF02295996
    """
    a, b = np.asarray(correct_a, dtype=np.bool_), np.asarray(correct_b, dtype=np.bool_)
    if a.shape != b.shape:
        raise ValueError(f"correct_a and correct_b must be of one shape, got {a.shape}, {b.shape}")
    method = "McNemar exact test, two-sided"
    if a.size == 0:
        return undefined(method, "no images")
    first, second = int((a & ~b).sum()), int((~a & b).sum())
    p = min(1.0, 2 * float(stats.binom.cdf(min(first, second), first + second, 0.5)))
    note = f"only the first right: {first}, only the second: {second}"
    return Estimate(p, method=method, n=int(a.size), note=note)


def stuart_maxwell(table: Integers) -> Estimate:
    """Test whether two raters use the classes equally often (marginal homogeneity).

    Parameters
    ----------
    table
        Counts of shape (class by the first, class by the second).

    Returns
    -------
    p of the chi-square test; 1 when all classes' margins agree.

    Raises
    ------
    ValueError
        The table is not square.

    Notes
    -----
    chi2 = d' S^-1 d over the classes that either used, one of them left out, d the differences of
    the margins, S_ii = n_i. + n_.i - 2 n_ii, S_ij = -(n_ij + n_ji). Undefined without images.

    References
    ----------
    Stuart A. Biometrika 1955;42:412-416. doi:10.1093/biomet/42.3-4.412
    Maxwell AE. Br J Psychiatry 1970;116:651-655. doi:10.1192/bjp.116.535.651
    """
    method, counts = "Stuart-Maxwell test of marginal homogeneity", _square(table)
    if counts.sum() == 0:
        return undefined(method, "no images")
    n = int(counts.sum())
    d = (counts.sum(axis=1) - counts.sum(axis=0)).astype(np.float64)
    if not d.any():
        return Estimate(1.0, method=method, n=n, note="the margins are equal")
    both = (counts + counts.T).astype(np.float64)
    # A class with equal rows and columns and nothing off its diagonal carries no information.
    off = both - np.diag(np.diag(both))
    used = np.flatnonzero(off.sum(axis=1) > 0)
    variance = np.diag(off.sum(axis=1)) - off
    statistic, df = _quadratic_form(d[used], variance[np.ix_(used, used)])
    return Estimate(
        float(stats.chi2.sf(statistic, df)),
        method=method,
        n=n,
        note=f"chi2 {statistic:.4g}, df {df}",
    )


def bowker(table: Integers) -> Estimate:
    """Test whether disagreements are symmetric.

    Parameters
    ----------
    table
        Counts of shape (class by the first, class by the second).

    Returns
    -------
    p of the chi-square test; 1 when there is no disagreement.

    Raises
    ------
    ValueError
        The table is not square.

    Notes
    -----
    chi2 = sum over i < j of (n_ij - n_ji)^2 / (n_ij + n_ji), with the pairs of cells that are both
    empty left out of sum and degrees of freedom. Undefined without images.

    References
    ----------
    Bowker AH. J Am Stat Assoc 1948;43:572-574. doi:10.1080/01621459.1948.10483284
    """
    method, counts = "Bowker test of symmetry", _square(table)
    n = int(counts.sum())
    if n == 0:
        return undefined(method, "no images")
    upper = np.triu_indices(counts.shape[0], 1)
    above, below = counts[upper].astype(np.float64), counts.T[upper].astype(np.float64)
    filled = above + below > 0
    if not filled.any():
        return Estimate(1.0, method=method, n=n, note="no disagreement")
    terms = (above - below)[filled] ** 2 / (above + below)[filled]
    statistic, df = float(terms.sum()), int(filled.sum())
    return Estimate(
        float(stats.chi2.sf(statistic, df)),
        method=method,
        n=n,
        note=f"chi2 {statistic:.6g}, df {df}",
    )


def _square(table: Integers) -> Integers:
    """Refuse what is no square table of counts."""
    counts = np.asarray(table, dtype=np.int64)
    if len(set(counts.shape)) != 1 or counts.ndim != len(("row", "column")):
        raise ValueError(f"table must be (classes, classes), got shape {counts.shape}")
    return counts


def _quadratic_form(d: Floats, variance: Floats) -> tuple[float, int]:
    """Give d' V^+ d and the rank of V: classes in separate blocks each lose one degree."""
    rank = int(np.linalg.matrix_rank(variance, hermitian=True))
    return float(d @ np.linalg.pinv(variance, hermitian=True) @ d), rank
