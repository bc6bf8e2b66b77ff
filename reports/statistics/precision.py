"""Precision: the interval width that n images give, and the n that a wanted width needs."""

from collections.abc import Callable
from functools import lru_cache
from typing import Final

import numpy as np
from scipy import stats

from reports.statistics.bland_altman import limit_factors
from reports.statistics.estimate import MIN_FOR_SPREAD

LARGEST: Final = 10_000_000
_EXACT_TO: Final = 2000  # images; beyond, both intervals of a limit agree to a part in a thousand


def mean_width(n: int, sd: float, alpha: float = 0.05) -> float:
    """Give the width of the t interval of a mean (the bias).

    Parameters
    ----------
    n
        Images.
    sd
        SD of the differences.
    alpha
        One minus the coverage.

    Returns
    -------
    2 t(n - 1) sd / sqrt(n); infinite below two images.
    """
    if n < MIN_FOR_SPREAD:
        return float("inf")
    return float(2 * stats.t.ppf(1 - alpha / 2, n - 1) * sd / np.sqrt(n))


def loa_width(n: int, sd: float, alpha: float = 0.05) -> float:
    """Give the width of the interval of one limit of agreement.

    Parameters
    ----------
    n
        Images.
    sd
        SD of the differences.
    alpha
        One minus the coverage.

    Returns
    -------
    Exact noncentral-t width up to 2,000 images, the 1999 approximation beyond; infinite below two.

    References
    ----------
    Bland JM, Altman DG. Stat Methods Med Res 1999;8:135-160. doi:10.1177/096228029900800204
    """
    if n < MIN_FOR_SPREAD:
        return float("inf")
    inner, outer = limit_factors(n, alpha, "exact" if n <= _EXACT_TO else "bland_altman_1999")
    return sd * (outer - inner)


def icc_width(n: int, icc: float, k: int = 2, alpha: float = 0.05) -> float:
    """Give the expected width of the interval of an ICC.

    Parameters
    ----------
    n
        Images.
    icc
        Coefficient expected.
    k
        Raters.
    alpha
        One minus the coverage.

    Returns
    -------
    sqrt(8 z^2 (1 - icc)^2 (1 + (k - 1) icc)^2 / (k (k - 1) (n - 1))); infinite below two images.

    References
    ----------
    Bonett DG. Stat Med 2002;21:1331-1335. doi:10.1002/sim.1108
    """
    if n < MIN_FOR_SPREAD:
        return float("inf")
    z = float(stats.norm.ppf(1 - alpha / 2))
    part = 8 * z**2 * (1 - icc) ** 2 * (1 + (k - 1) * icc) ** 2
    return float(np.sqrt(part / (k * (k - 1) * (n - 1))))


def share_width(n: int, share: float, alpha: float = 0.05) -> float:
    """Give the width of the Wilson interval of a share.

    Parameters
    ----------
    n
        Images.
    share
        Share expected; it need not be a whole count, so that the width falls steadily with n.
    alpha
        One minus the coverage.

    Returns
    -------
    Width; infinite without images.

    References
    ----------
    Wilson EB. J Am Stat Assoc 1927;22:209-212. doi:10.1080/01621459.1927.10502953
    """
    if n == 0:
        return float("inf")
    z = float(stats.norm.ppf(1 - alpha / 2))
    root = np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return float(2 * z / (1 + z**2 / n) * root)


def images_for(width: float, width_at: Callable[[int], float]) -> int | None:
    """Give the smallest n at which a falling width is no wider than wanted.

    Parameters
    ----------
    width
        Wanted width, above 0.
    width_at
        Width as a function of n, falling.

    Returns
    -------
    Number of images; None when ten million would not do.

    Raises
    ------
    ValueError
        The width is not positive.

    Examples
    --------
    >>> images_for(0.1, lambda n: icc_width(n, 0.9))
    57
    """
    if not width > 0:
        raise ValueError(f"the wanted width must be above 0, got {width}")
    high = 1
    while width_at(high) > width:
        high *= 2
        if high > LARGEST:
            return None
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if width_at(middle) <= width else (middle, high)
    return high


@lru_cache(maxsize=4096)
def images_for_loa(width: float, sd: float, alpha: float = 0.05) -> int | None:
    """Give the n at which one limit's interval is no wider than wanted.

    Parameters
    ----------
    width
        Wanted width in points, above 0.
    sd
        SD of the differences.
    alpha
        One minus the coverage.

    Returns
    -------
    Number of images; None when ten million would not do. Kept, since centers ask for it again.

    Raises
    ------
    ValueError
        The width is not positive.
    """
    return images_for(width, lambda n: loa_width(n, sd, alpha))
