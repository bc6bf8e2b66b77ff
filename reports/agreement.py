"""The agreement table: one row a center, model and statistic, from the study's own tables.

Nothing is computed here: arrays are cut to cohorts, handed to ``reports.statistics``, and the
estimates become rows. Figures and sentences of the report read this table and nothing else.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np
import pyarrow as pa

from data_contracts.errors import ContractError
from reports.center_summary import summarize_centers
from reports.cohort_statistics import cohort_block, resample_cohort
from reports.statistics.classes import class_labels, class_of, confusion
from reports.statistics.estimate import Booleans, Estimate
from reports.statistics.plan import StatisticsPlan
from reports.study_arrays import StudyArrays, study_arrays

AGREEMENT_SCHEMA: Final = pa.schema(
    [
        ("center", pa.string()),
        ("model", pa.string()),
        ("statistic", pa.string()),
        ("estimate", pa.float64()),
        ("ci_low", pa.float64()),
        ("ci_high", pa.float64()),
        ("method", pa.string()),
        ("n", pa.int64()),
        ("n_missing", pa.int64()),
        ("note", pa.string()),
    ]
)
CONFUSION_SCHEMA: Final = pa.schema(
    [
        ("center", pa.string()),
        ("model", pa.string()),
        ("preset", pa.string()),
        ("reference_class", pa.string()),
        ("predicted_class", pa.string()),
        ("n", pa.int64()),
    ]
)
POOLED: Final = ("internal", "external", "all")


@dataclass(frozen=True, slots=True)
class Cohort:
    """One center, or several pooled under a name of ``POOLED``."""

    name: str
    arrays: StudyArrays


def agreement_table(
    predictions: pa.Table,
    annotations: pa.Table,
    *,
    statistics: StatisticsPlan,
    prediction_grades: pa.Table | None = None,
) -> pa.Table:
    """Compute every statistic of the study.

    Parameters
    ----------
    predictions, annotations, prediction_grades
        Tables as described in ``study_arrays``; the grades add kappa by level and wall.
    statistics
        What was declared.

    Returns
    -------
    Columns of ``AGREEMENT_SCHEMA``. ``center`` is a center, or ``internal``, ``external``, ``all``
    where that pools at least two. ``model`` is a model (against the reference), ``a vs b`` for two
    readers, a model and a reader, or two models (first minus second), ``readers`` for all readers
    jointly. An undefined estimate is null and ``note`` says why.

    Raises
    ------
    ContractError
        A table breaks what ``study_arrays`` asks, a center has the name of a pool, or more models
        were run than the declared family holds.
    """
    arrays = study_arrays(predictions, annotations, statistics, prediction_grades)
    _check(arrays, statistics)
    parts = {cohort.name: cohort.arrays for cohort in cohorts(arrays, statistics)}
    drawn = {name: resample_cohort(part, statistics) for name, part in parts.items()}
    blocks = {name: cohort_block(part, statistics, drawn[name]) for name, part in parts.items()}
    for name, members in _pools(list(blocks), statistics).items():
        single = {m: blocks[m] for m in members}
        errors = {m: drawn[m].standard_error for m in members}
        for model, summary in summarize_centers(single, errors, arrays.models, statistics).items():
            blocks[name][model] |= summary
    rows = [
        (center, model, name, estimate)
        for center, block in blocks.items()
        for model, found in block.items()
        for name, estimate in found.items()
    ]
    return _as_table(rows)


def confusion_table(
    predictions: pa.Table, annotations: pa.Table, *, statistics: StatisticsPlan
) -> pa.Table:
    """Count severity classes against each other, every class present, seen or not.

    Parameters
    ----------
    predictions, annotations, statistics
        As for ``agreement_table``.

    Returns
    -------
    Columns of ``CONFUSION_SCHEMA``: for each cohort, model (and pair of readers, the first in the
    place of the reference), preset and cell its number of images.

    Raises
    ------
    ContractError
        As for ``agreement_table``.
    """
    arrays = study_arrays(predictions, annotations, statistics)
    _check(arrays, statistics)
    rows = []
    for cohort in cohorts(arrays, statistics):
        a = cohort.arrays
        pairs = {m: (a.reference, a.total[:, i]) for i, m in enumerate(a.models)}
        for i, j in combinations(range(len(a.readers)), 2):
            name = f"{a.readers[i]} vs {a.readers[j]}"
            pairs[name] = (a.reader_total[:, i], a.reader_total[:, j])
        for model, (truth, called) in pairs.items():
            for preset, cuts in statistics.presets.items():
                labels = class_labels(cuts, statistics.max_total)
                cells = confusion(class_of(truth, cuts), class_of(called, cuts), len(labels))
                rows += [
                    (cohort.name, model, preset, labels[r], labels[c], int(cells[r, c]))
                    for r, c in np.ndindex(cells.shape)
                ]
    columns = list(zip(*rows, strict=True)) or [()] * len(CONFUSION_SCHEMA)
    arrays_of = [pa.array(c, f.type) for c, f in zip(columns, CONFUSION_SCHEMA, strict=True)]
    return pa.Table.from_arrays(arrays_of, schema=CONFUSION_SCHEMA)


def cohorts(arrays: StudyArrays, plan: StatisticsPlan) -> Iterator[Cohort]:
    """Give each center, then the pools that hold at least two.

    Parameters
    ----------
    arrays
        The whole study.
    plan
        Names the centers' roles.

    Yields
    ------
    Centers in alphabetical order, then ``internal``, ``external``, ``all``.
    """
    centers = sorted(set(arrays.center))
    for center in centers:
        yield Cohort(center, arrays.of(_mask(arrays, [center])))
    for name, members in _pools(centers, plan).items():
        yield Cohort(name, arrays.of(_mask(arrays, members)))


def _pools(names: list[str], plan: StatisticsPlan) -> dict[str, list[str]]:
    """Pools and their centers; a pool of one would only repeat it."""
    centers = [n for n in names if n not in POOLED]
    members = {
        "internal": [c for c in centers if plan.roles.get(c) == "internal"],
        "external": [c for c in centers if plan.roles.get(c) == "external"],
        "all": centers,
    }
    return {name: found for name, found in members.items() if len(found) > 1}


def _mask(arrays: StudyArrays, centers: list[str]) -> Booleans:
    """Which images belong to any of the centers."""
    return np.isin(arrays.center.astype(str), centers)


def _check(arrays: StudyArrays, plan: StatisticsPlan) -> None:
    """Refuse what would make the table ambiguous."""
    clash = sorted(set(arrays.center) & set(POOLED))
    if clash:
        raise ContractError(f"a center is named {clash[0]!r}, which names a pool; rename it")
    if plan.family_size is not None and plan.family_size < len(arrays.models):
        raise ContractError(
            f"statistics.family_size is {plan.family_size} but {len(arrays.models)} models were "
            "run; declare every test of a cohort"
        )


def _as_table(rows: list[tuple[str, str, str, Estimate]]) -> pa.Table:
    """Write estimates as rows."""
    columns = {
        "center": [center for center, *_ in rows],
        "model": [model for _, model, *_ in rows],
        "statistic": [name for *_, name, _ in rows],
        "estimate": [e.value for *_, e in rows],
        "ci_low": [e.ci_low for *_, e in rows],
        "ci_high": [e.ci_high for *_, e in rows],
        "method": [e.method for *_, e in rows],
        "n": [e.n for *_, e in rows],
        "n_missing": [e.n_missing for *_, e in rows],
        "note": [e.note for *_, e in rows],
    }
    return pa.table(columns, schema=AGREEMENT_SCHEMA)
