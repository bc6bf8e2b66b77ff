"""Correction for several tests within one declared family."""

from collections.abc import Sequence
from typing import Final

CORRECTIONS: Final = ("bonferroni", "holm")


def adjust(
    p_values: Sequence[float | None], correction: str = "bonferroni", family_size: int | None = None
) -> list[float | None]:
    """Adjust the p values of one family.

    Parameters
    ----------
    p_values
        Two-sided p values of shape (tests,); None where a test was undefined.
    correction
        ``bonferroni`` or ``holm``.
    family_size
        Tests that were declared, at least as many as are given; None takes the number given. A
        test that turned out undefined stays in the family: it was planned.

    Returns
    -------
    Adjusted p values in the order given, to be compared with alpha itself.

    Raises
    ------
    ValueError
        The correction is unknown, the family smaller than the number of tests, or a p value
        outside 0 to 1.

    Notes
    -----
    Bonferroni: min(1, m p). Holm: running maximum of (m - i) p(i), i from 0, over the sorted p
    values; never larger than Bonferroni's.

    References
    ----------
    Holm S. Scand J Stat 1979;6:65-70. https://www.jstor.org/stable/4615733

    Examples
    --------
    >>> adjust([0.01, 0.02, 0.4], "holm")
    [0.03, 0.04, 0.4]
    """
    size = len(p_values) if family_size is None else family_size
    known = [(p, i) for i, p in enumerate(p_values) if p is not None]
    if correction not in CORRECTIONS:
        raise ValueError(f"correction must be one of {CORRECTIONS}, got {correction!r}")
    if size < len(p_values):
        raise ValueError(f"the family holds {size} tests but {len(p_values)} were made")
    if any(not 0 <= p <= 1 for p, _ in known):
        raise ValueError("a p value is outside 0 to 1")
    adjusted: list[float | None] = [None] * len(p_values)
    largest = 0.0
    for rank, (p, i) in enumerate(sorted(known)):
        factor = size if correction == "bonferroni" else size - rank
        largest = max(largest, min(1.0, factor * p))
        adjusted[i] = largest
    return adjusted


def threshold(alpha: float, family_size: int) -> float:
    """Give the unadjusted p value below which a Bonferroni test rejects.

    Parameters
    ----------
    alpha
        Level of the family.
    family_size
        Tests in it.

    Returns
    -------
    alpha / family_size, e.g. 0.05 / 3 = 0.0167.
    """
    return alpha / family_size
