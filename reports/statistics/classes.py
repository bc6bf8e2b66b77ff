"""Severity classes: confusion with fixed levels, accuracy with Wilson intervals, recalls."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy import stats

from reports.statistics.estimate import Counts, Estimate, Integers, undefined
from reports.statistics.pairs import complete_pairs, round_half_up


def class_of(total: npt.ArrayLike, cuts: Sequence[float]) -> npt.NDArray[np.float64]:
    """Give the severity class of each total.

    Parameters
    ----------
    total
        Totals of any shape, NaN where missing; rounded half up before they are cut.
    cuts
        Largest total of every class but the last, increasing: (1, 5) is 0-1, 2-5, 6 and above.

    Returns
    -------
    Class numbers from 0 as float64 of the same shape, NaN where the total is missing.

    Raises
    ------
    ValueError
        The cuts are empty or do not increase.
    """
    bounds = np.asarray(cuts, dtype=np.float64)
    if bounds.size == 0 or (np.diff(bounds) <= 0).any():
        raise ValueError(f"cuts must increase and hold at least one value, got {tuple(cuts)}")
    rounded = round_half_up(total)
    classes = np.searchsorted(bounds, rounded, side="left").astype(np.float64)
    return np.asarray(np.where(np.isnan(rounded), np.nan, classes), dtype=np.float64)


def class_labels(cuts: Sequence[float], max_total: float = 24) -> list[str]:
    """Name the classes by their totals.

    Parameters
    ----------
    cuts
        Largest total of every class but the last, increasing.
    max_total
        Largest possible total.

    Returns
    -------
    One label a class, e.g. ``0-1``, ``2-5``, ``6-24`` for cuts (1, 5).
    """
    lows = [0, *(c + 1 for c in cuts)]
    highs = [*cuts, max_total]
    return [f"{a:g}" if a == b else f"{a:g}-{b:g}" for a, b in zip(lows, highs, strict=True)]


def confusion(reference: npt.ArrayLike, prediction: npt.ArrayLike, n_classes: int) -> Integers:
    """Count classes against each other with every class present, seen or not.

    Parameters
    ----------
    reference, prediction
        Class numbers 0 to n_classes - 1 of shape (images,); NaN where missing.
    n_classes
        Number of classes.

    Returns
    -------
    Counts, int64 of shape (reference class, predicted class).

    Raises
    ------
    ValueError
        A class is no integer of 0 to n_classes - 1, or shapes differ.
    """
    pairs = complete_pairs(reference, prediction)
    both = np.stack([pairs.reference, pairs.prediction])
    if ((both < 0) | (both >= n_classes) | (both != np.floor(both))).any():
        raise ValueError(f"classes must be integers of 0 to {n_classes - 1}")
    cells = both.astype(np.int64)
    flat = np.bincount(cells[0] * n_classes + cells[1], minlength=n_classes**2)
    return np.asarray(flat.reshape(n_classes, n_classes), dtype=np.int64)


def wilson(successes: int, n: int, alpha: float = 0.05) -> tuple[float | None, float | None]:
    """Give the Wilson score interval of a share.

    Parameters
    ----------
    successes, n
        Counts, 0 <= successes <= n.
    alpha
        One minus the coverage.

    Returns
    -------
    Limits within 0 to 1; none without trials.

    Notes
    -----
    (p + z^2 / 2n -+ z sqrt(p (1 - p) / n + z^2 / 4n^2)) / (1 + z^2 / n). Trials are independent.

    References
    ----------
    Wilson EB. J Am Stat Assoc 1927;22:209-212. doi:10.1080/01621459.1927.10502953
    """
    if n == 0:
        return None, None
    z = float(stats.norm.ppf(1 - alpha / 2))
    share = successes / n
    center = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * float(np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2)))
    # At the ends the limit is the end itself; arithmetic would miss it by a rounding step.
    low = 0.0 if successes == 0 else center - half
    high = 1.0 if successes == n else center + half
    return low, high


def share(
    successes: int, n: int, name: str, *, alpha: float = 0.05, n_missing: int = 0
) -> Estimate:
    """Give a share with its Wilson interval.

    Parameters
    ----------
    successes, n
        Counts, 0 <= successes <= n.
    name
        What is counted, for ``method``.
    alpha
        One minus the coverage.
    n_missing
        Images that count in neither.

    Returns
    -------
    Share with the counts in its note; undefined without trials.
    """
    method = f"{name}; Wilson interval"
    if n == 0:
        return undefined(method, "no image counts towards it", n_missing=n_missing)
    low, high = wilson(successes, n, alpha)
    note = f"{successes}/{n}"
    return Estimate(successes / n, low, high, method, n=n, n_missing=n_missing, note=note)


def class_accuracy(
    reference: npt.ArrayLike,
    prediction: npt.ArrayLike,
    cuts: Sequence[float],
    *,
    alpha: float = 0.05,
) -> dict[str, Estimate]:
    """Compute accuracy, balanced accuracy and each class's recall and precision.

    Parameters
    ----------
    reference, prediction
        Totals of shape (images,); NaN where missing; rounded half up before they are cut.
    cuts
        Largest total of every class but the last.
    alpha
        One minus the coverage of the intervals.

    Returns
    -------
    ``accuracy``, ``balanced_accuracy``, ``macro_f1``, ``recall_0`` ... and ``precision_0`` ...
    Higher is better.

    Raises
    ------
    ValueError
        Shapes differ, or the cuts do not increase.

    Notes
    -----
    Accuracy is correct / n. Balanced accuracy is the mean of the recalls; it is undefined when
    the reference lacks a class, since a mean over the classes that happen to be present would not
    compare between centers. Macro F1 likewise. Wilson intervals take images as independent.

    References
    ----------
    Wilson EB. J Am Stat Assoc 1927;22:209-212. doi:10.1080/01621459.1927.10502953
    Brodersen KH et al. ICPR 2010:3121-3124. doi:10.1109/ICPR.2010.764
    """
    pairs = complete_pairs(reference, prediction)
    n_classes = len(cuts) + 1
    table = confusion(class_of(pairs.reference, cuts), class_of(pairs.prediction, cuts), n_classes)
    result = accuracy_of(table, alpha=alpha, n_missing=pairs.n_missing)
    for c in range(n_classes):
        right, truth, called = (int(x) for x in (table[c, c], table[c].sum(), table[:, c].sum()))
        for name, below in (("recall", truth), ("precision", called)):
            result[f"{name}_{c}"] = share(
                right, below, f"{name} of class {c}", alpha=alpha, n_missing=pairs.n_missing
            )
    return result


def accuracy_of(table: Integers, *, alpha: float = 0.05, n_missing: int = 0) -> dict[str, Estimate]:
    """Compute accuracy, balanced accuracy and macro F1 of a confusion matrix.

    Parameters
    ----------
    table
        Counts of shape (reference class, predicted class).
    alpha
        One minus the coverage.
    n_missing
        Images that are not in the table.

    Returns
    -------
    ``accuracy``, ``balanced_accuracy``, ``macro_f1``; see ``class_accuracy``.
    """
    n, correct = int(table.sum()), np.diag(table)
    counts = Counts(n=n, n_missing=n_missing)
    right = share(int(correct.sum()), n, "correct / n", alpha=alpha, n_missing=n_missing)
    truth, called = table.sum(axis=1), table.sum(axis=0)
    empty = [str(c) for c in np.flatnonzero(truth == 0)]
    if empty:
        why = f"the reference holds no image of class {', '.join(empty)}"
        return {
            "accuracy": right,
            "balanced_accuracy": undefined("mean of the recalls", why, **counts),
            "macro_f1": undefined("mean of the F1 scores", why, **counts),
        }
    return {
        "accuracy": right,
        "balanced_accuracy": Estimate(
            float((correct / truth).mean()), method="mean of the recalls", **counts
        ),
        "macro_f1": Estimate(
            float((2 * correct / (truth + called)).mean()),
            method="mean of the F1 scores",
            **counts,
        ),
    }


def worst_case_accuracy(
    reference: npt.ArrayLike, prediction: npt.ArrayLike, cuts: Sequence[float]
) -> tuple[float, float] | None:
    """Bound accuracy with every incomplete image counted wrong, then right.

    Parameters
    ----------
    reference, prediction
        Totals of shape (images,), NaN where missing; every image that was eligible.
    cuts
        Largest total of every class but the last.

    Returns
    -------
    Lowest and highest accuracy over all eligible images; None without images.

    Raises
    ------
    ValueError
        Shapes differ, or the cuts do not increase.
    """
    pairs = complete_pairs(reference, prediction)
    n = pairs.kept.size
    if n == 0:
        return None
    right = int((class_of(pairs.reference, cuts) == class_of(pairs.prediction, cuts)).sum())
    return right / n, (right + pairs.n_missing) / n
