"""How far a delivery has moved from what the same center delivered before.

Population stability index over the categories of a word, or the deciles of the earlier numbers:
sum of (now - before) x ln(now / before) over the bins' shares. By long custom below 0.1 is stable
and above 0.25 has moved. Undefined, and not reported, below ``MIN_ROWS`` on either side.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

MIN_ROWS: Final = 50
MOVED: Final = 0.25
_BINS: Final = 10
# A share of zero has no logarithm; half a row stands in for none.
_HALF_A_ROW: Final = 0.5
_COLUMNS: Final = (
    "modality",
    "photometric_interpretation",
    "bits_stored",
    "pixel_spacing_row_mm",
    "manufacturer",
    "patient_sex",
    "patient_age_years",
    "dynamic_range",
    "saturated_share",
    "mean_level",
    "sharpness",
    "noise",
    "collimated_share",
    "lateral_lumbar",
)


@dataclass(frozen=True, slots=True)
class Drift:
    """Population stability index of one column."""

    column: str
    index: float
    n_now: int

    def as_row(self, center: str) -> dict[str, Any]:
        """Row of the ``contracts`` table."""
        return {
            "center": center,
            "contract": "drift",
            "expectation": f"Population stability index is at most {MOVED}",
            "column": self.column,
            "severity": "warning",
            "success": self.index <= MOVED,
            "n_checked": self.n_now,
            "n_failed": 0,
            "observed": f"index {self.index:.3f}",
        }


def compare(table: pa.Table, history: pa.Table) -> Iterator[Drift]:
    """Compare every column that both tables have and that a drift of means something."""
    for name in _COLUMNS:
        if name not in table.column_names or name not in history.column_names:
            continue
        now, before = table.column(name).to_pylist(), history.column(name).to_pylist()
        if min(len(now), len(before)) >= MIN_ROWS:
            yield Drift(name, stability_index(now, before), len(now))


def stability_index(now: Sequence[Any], before: Sequence[Any]) -> float:
    """Return the population stability index of two samples.

    Parameters
    ----------
    now, before
        Numbers or words; None is a category of its own.

    Returns
    -------
    0 for equal shares; larger is further apart.
    """
    edges = _edges(before)
    counted = [_counts(values, edges) for values in (now, before)]
    bins = sorted(set(counted[0]) | set(counted[1]))
    p, q = (_shares([one.get(b, 0) for b in bins]) for one in counted)
    return float(np.sum((p - q) * np.log(p / q)))


def _edges(values: Sequence[Any]) -> npt.NDArray[np.float64] | None:
    """Deciles of numbers, None for words."""
    numbers = [value for value in values if value is not None]
    if not numbers or isinstance(numbers[0], str | bool):
        return None
    inner = np.linspace(0, 1, _BINS + 1)[1:-1]
    return np.unique(np.quantile(np.asarray(numbers, dtype=np.float64), inner))


def _counts(values: Sequence[Any], edges: npt.NDArray[np.float64] | None) -> dict[str, int]:
    counts: dict[str, int] = {}
    for value in values:
        bin_ = str(value) if edges is None or value is None else f"{np.searchsorted(edges, value)}"
        counts[bin_] = counts.get(bin_, 0) + 1
    return counts


def _shares(counts: Sequence[int]) -> npt.NDArray[np.float64]:
    filled = np.maximum(np.asarray(counts, dtype=np.float64), _HALF_A_ROW)
    return np.asarray(filled / filled.sum())
