"""The record that every statistic returns, and the array types of this room."""

import math
from dataclasses import dataclass
from typing import Any, TypedDict

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Booleans = npt.NDArray[np.bool_]
Strings = npt.NDArray[Any]

MIN_FOR_SPREAD = 2  # observations below which a variance is undefined


class Counts(TypedDict):
    """How many observations an estimate rests on, to be handed to it as keywords."""

    n: int
    n_missing: int


@dataclass(frozen=True, slots=True)
class Estimate:
    """One number of the agreement table with its interval.

    Attributes
    ----------
    value
        None when undefined; ``note`` then says why.
    ci_low, ci_high
        Limits of the interval named in ``method``; both None where there is none, also when one
        side is unbounded (``note`` then says so).
    method
        Form of the statistic and of its interval.
    n
        Observations used.
    n_missing
        Observations left out because one side had no value.
    note
        Why a value or limit is undefined, or what a reader must know.

    Raises
    ------
    ValueError
        The value is undefined and no note says why.
    """

    value: float | None
    ci_low: float | None = None
    ci_high: float | None = None
    method: str = ""
    n: int = 0
    n_missing: int = 0
    note: str = ""

    def __post_init__(self) -> None:
        """Turn every number that is not finite into None, and ask for the reason."""
        for name in ("value", "ci_low", "ci_high"):
            object.__setattr__(self, name, finite_or_none(getattr(self, name)))
        if (self.ci_low is None) != (self.ci_high is None):
            object.__setattr__(self, "ci_low", None)
            object.__setattr__(self, "ci_high", None)
            remark = "the interval is unbounded on one side"
            object.__setattr__(self, "note", f"{self.note}; {remark}" if self.note else remark)
        if self.value is None and not self.note:
            raise ValueError(f"an undefined estimate needs a note that says why: {self.method}")


def finite_or_none(value: float | None) -> float | None:
    """Give a plain float, or None for what is missing or not finite.

    Parameters
    ----------
    value
        Any number, or None.

    Returns
    -------
    Python float or None.
    """
    if value is None or not math.isfinite(value):
        return None
    return float(value)


def undefined(method: str, note: str, *, n: int = 0, n_missing: int = 0) -> Estimate:
    """Give a missing estimate with its reason.

    Parameters
    ----------
    method, note
        What was asked for, and why there is none.
    n, n_missing
        What there was.

    Returns
    -------
    Estimate without value.
    """
    return Estimate(None, method=method, n=n, n_missing=n_missing, note=note)
