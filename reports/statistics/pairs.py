"""Pairs of reference and prediction: what is missing is counted, what is impossible is refused."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from reports.statistics.estimate import Booleans, Counts, Floats, Integers, Strings

# Differences are rounded to this many decimals before ties and zeros are looked for, so that
# they are those of the scores and not of binary arithmetic (0.3 - 0.1 against 0.2).
TIE_DECIMALS = 9


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Complete pairs of one reference and one prediction.

    Attributes
    ----------
    reference, prediction
        float64 of shape (n,), nothing missing.
    kept
        bool of shape (n + n_missing,): which of the rows given are here.
    """

    reference: Floats
    prediction: Floats
    kept: Booleans

    @property
    def n(self) -> int:
        """Complete pairs."""
        return int(self.reference.size)

    @property
    def n_missing(self) -> int:
        """Rows of which one side or both had no value."""
        return int(self.kept.size - self.reference.size)

    @property
    def counts(self) -> Counts:
        """Both counts, as keywords of an estimate."""
        return Counts(n=self.n, n_missing=self.n_missing)

    @property
    def difference(self) -> Floats:
        """Prediction minus reference, shape (n,)."""
        return self.prediction - self.reference


def complete_pairs(reference: npt.ArrayLike, prediction: npt.ArrayLike) -> Pairs:
    """Keep the rows of which both sides have a value, and count the others.

    Parameters
    ----------
    reference, prediction
        Scores of shape (images,); NaN where there is none.

    Returns
    -------
    The complete pairs in the order given.

    Raises
    ------
    ValueError
        The shapes differ, are not one-dimensional, or a score is infinite.
    """
    left = np.asarray(reference, dtype=np.float64)
    right = np.asarray(prediction, dtype=np.float64)
    if left.ndim != 1 or left.shape != right.shape:
        raise ValueError(
            f"reference and prediction must be of one shape (images,), got {left.shape} and "
            f"{right.shape}"
        )
    if np.isinf(left).any() or np.isinf(right).any():
        raise ValueError("a score is infinite; a missing score is NaN")
    kept = ~(np.isnan(left) | np.isnan(right))
    return Pairs(left[kept], right[kept], kept)


def refuse_out_of_range(scores: npt.ArrayLike, low: float = 0.0, high: float = 24.0) -> None:
    """Raise when a score cannot be one; missing scores (NaN) pass.

    Parameters
    ----------
    scores
        Scores of any shape.
    low, high
        Smallest and largest possible score.

    Raises
    ------
    ValueError
        A score is outside the range.
    """
    values = np.asarray(scores, dtype=np.float64)
    with np.errstate(invalid="ignore"):
        outside = (values < low) | (values > high)
    if outside.any():
        raise ValueError(
            f"score outside {low:g} to {high:g}: {int(outside.sum())} values, the first is "
            f"{values[outside].flat[0]:g}"
        )


def round_half_up(total: npt.ArrayLike) -> Floats:
    """Round as severity classes are defined.

    Parameters
    ----------
    total
        Totals of any shape.

    Returns
    -------
    Whole numbers as float64 of the same shape, 5.5 to 6; NaN stays.
    """
    return np.asarray(np.floor(np.asarray(total, dtype=np.float64) + 0.5), dtype=np.float64)


def clusters_of(patient_id: Strings | None, kept: Booleans) -> Integers:
    """Give the kept rows' patients numbers from 0.

    Parameters
    ----------
    patient_id
        Patients of shape (rows,); None when each row is a patient.
    kept
        Which rows are asked for, shape (rows,).

    Returns
    -------
    Integers of shape (kept rows,), without gaps.

    Raises
    ------
    ValueError
        Shapes differ.
    """
    if patient_id is None:
        return np.arange(int(kept.sum()), dtype=np.int64)
    names = np.asarray(patient_id)
    if names.shape != kept.shape:
        raise ValueError(f"patient_id must have shape {kept.shape}, got {names.shape}")
    _, numbers = np.unique(names[kept], return_inverse=True)
    return np.asarray(numbers, dtype=np.int64)


def correlation(x: Floats, y: Floats) -> float:
    """Give Pearson's correlation of two columns that both vary.

    Parameters
    ----------
    x, y
        Shape (n,), nothing missing.

    Returns
    -------
    From -1 to 1.

    Notes
    -----
    Written out: the usual routine goes through a matrix product, whose last digit depends on the
    number of threads.
    """
    a, b = x - x.mean(), y - y.mean()
    below = float(np.sqrt((a * a).sum() * (b * b).sum()))
    return float(np.clip((a * b).sum() / below, -1.0, 1.0))
