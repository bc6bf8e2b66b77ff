"""How far a center's newest films have moved from those it delivered before.

Population stability index over the categories of a word, or the deciles of the earlier numbers:
sum of (now - before) x ln(now / before) over the bins' shares. By long custom below 0.1 is stable
and above 0.25 has moved. Few films differ by chance alone: for films drawn from one distribution
the index is about (1/n_now + 1/n_before) times a chi-squared variable of bins - 1 degrees of
freedom (Yurdakul and Naranjo 2020, doi:10.21314/JRMV.2020.227), and below its 99.9th percentile
nothing is claimed. Undefined, and not reported, below ``MIN_ROWS`` on either side.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from scipy.stats import chi2

from data_contracts.schemas import conform
from tasks import history
from tasks.study_folder import StudyFolder

MIN_ROWS: Final = 50
_BY_CHANCE: Final = 0.001
_BINS: Final = 10
# A share of zero has no logarithm; half a row stands in for none.
_HALF_A_ROW: Final = 0.5
_COLUMNS: Final = (
    "modality",
    "photometric_interpretation",
    "bits_stored",
    "pixel_spacing_row_mm",
    "manufacturer",
    "manufacturer_model_name",
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
    """Population stability index of one column; ``chance`` is what chance hardly ever passes."""

    column: str
    index: float
    chance: float
    n_now: int
    n_before: int

    def as_row(self, center: str, limit: float) -> dict[str, Any]:
        """Row of the table ``drift``."""
        return {
            "center": center,
            "column": self.column,
            "stability_index": self.index,
            "limit": limit,
            "chance": self.chance,
            "moved": self.index > max(limit, self.chance),
            "n_now": self.n_now,
            "n_before": self.n_before,
        }


def of_center(
    folder: StudyFolder, center: str, limit: float, withheld: Collection[str] = ()
) -> pa.Table:
    """Compare what a center's newest films are with what its earlier ones were.

    Parameters
    ----------
    folder
        Where the study lies; this run's tables are published.
    center
        Center's name.
    limit
        Index above which a column has moved.
    withheld
        Columns that the study's options keep from being published: to have begun or ended with
        that moves no film.

    Returns
    -------
    Table ``drift``; no rows while the center's history is short.
    """
    rows = []
    for name in ("catalogue", "image_quality"):
        parted = newest([table for _, table in history.tables(folder, name, center)])
        if parted is not None:
            found = compare(*parted)
            rows += [one.as_row(center, limit) for one in found if one.column not in withheld]
    return conform("drift", rows)


def warnings(table: pa.Table) -> list[str]:
    """Name what has moved, one line each."""
    return [
        f"center {row['center']}: {row['column']} of the {row['n_now']} newest films has moved "
        f"away from {row['n_before']} earlier ones (stability index "
        f"{row['stability_index']:.2f}, limit {row['limit']:g})"
        for row in table.to_pylist()
        if row["moved"]
    ]


def newest(nights: Sequence[pa.Table]) -> tuple[pa.Table, pa.Table] | None:
    """Part a center's newest films from those before.

    Parameters
    ----------
    nights
        ``catalogue`` or ``image_quality`` as each run published it, oldest first.

    Returns
    -------
    Films first seen in the last run, and in runs before it until they are ``MIN_ROWS``; and all
    films seen earlier, with the values of the run that first saw them. None where either side has
    fewer.
    """
    arrived = list(_arrivals(nights))
    now: list[pa.Table] = []
    while arrived and sum(map(len, now)) < MIN_ROWS:
        now.append(arrived.pop())
    if min(sum(map(len, now)), sum(map(len, arrived))) < MIN_ROWS:
        return None
    return pa.concat_tables(now), pa.concat_tables(arrived)


def _arrivals(nights: Sequence[pa.Table]) -> Iterator[pa.Table]:
    """Films that each run saw first."""
    seen: set[str] = set()
    for table in nights:
        if "outcome" in table.column_names:
            table = table.filter(pc.not_equal(table.column("outcome"), "duplicate"))  # noqa: PLW2901
        image_ids = table.column("image_id").to_pylist()
        fresh = [image_id is not None and image_id not in seen for image_id in image_ids]
        seen.update(image_id for image_id in image_ids if image_id is not None)
        yield table.filter(pa.array(fresh, pa.bool_()))


def compare(now: pa.Table, before: pa.Table) -> Iterator[Drift]:
    """Compare every column that both tables have and that a drift of means something.

    Of a column that was never filled before, as while an option withheld it, nothing has moved.
    """
    shared = [name for name in _COLUMNS if name in now.column_names and name in before.column_names]
    for name in shared:
        if before.column(name).null_count < len(before):
            yield drift_of(name, now.column(name).to_pylist(), before.column(name).to_pylist())


def drift_of(column: str, now: Sequence[Any], before: Sequence[Any]) -> Drift:
    """Return the population stability index of two samples.

    Parameters
    ----------
    column
        Name of what was sampled.
    now, before
        Numbers or words, at least one each; None is a category of its own.

    Returns
    -------
    Index 0 for equal shares; larger is further apart.
    """
    edges = _edges(before)
    counted = [_counts(values, edges) for values in (now, before)]
    bins = sorted(set(counted[0]) | set(counted[1]))
    p, q = (_shares([one.get(b, 0) for b in bins]) for one in counted)
    index = float(np.sum((p - q) * np.log(p / q)))
    spread = float(chi2.isf(_BY_CHANCE, max(len(bins) - 1, 1)))
    chance = (1 / len(now) + 1 / len(before)) * spread
    return Drift(column, index, chance, len(now), len(before))


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
