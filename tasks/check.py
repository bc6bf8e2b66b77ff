"""Hold tables to their contracts at each boundary; split films into kept and set aside.

The suites say what must hold (``data_contracts/suites``). A row that fails a critical expectation
is set aside with its reason, unless the study file releases it; warnings are only reported.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from data_contracts import suites
from data_contracts.errors import ContractError
from data_contracts.reasons import Reason
from data_contracts.records import Rejection
from data_contracts.schemas import conform, empty
from data_contracts.suites import CRITICAL, WARNING, Expected
from tasks import derived, drift

_MAX_NAMED: Final = 5


@dataclass(frozen=True, slots=True, eq=False)
class Checked:
    """What a contract found.

    Attributes
    ----------
    kept
        Rows that go on.
    rejections
        One for each film set aside, with the first reason in the order of the suite.
    contracts
        Rows of the table ``contracts``.
    findings
        What a reader of the report must know, one line each, without identifiers.
    """

    kept: pa.Table
    rejections: list[Rejection]
    contracts: pa.Table
    findings: list[str] = field(default_factory=list)


def check_headers(table: pa.Table, center: str, release: Sequence[str] = ()) -> Checked:
    """Hold the headers of a center to the header contract.

    Parameters
    ----------
    table
        Table ``catalogue``; rows that have an outcome already are left out.
    center
        Center's name.
    release
        image_ids that the study file takes out of quarantine.

    Returns
    -------
    ``kept``: rows of the films to read.
    """
    films = table.filter(pc.is_null(table.column("outcome")))
    return _split("header", films, derived.of_headers, center, release)


def check_images(
    image_quality: pa.Table,
    center: str,
    release: Sequence[str] = (),
    digests: Mapping[str, str] | None = None,
) -> Checked:
    """Hold the measures of the pixels to the image contract.

    Parameters
    ----------
    image_quality
        Table ``image_quality``.
    center, release
        As for ``check_headers``.
    digests
        source_digest by image_id, to name the file in the quarantine table.
    """
    return _split("image", image_quality, derived.of_images, center, release, digests)


def check_annotations(
    annotations: pa.Table, known_image_ids: Iterable[str], center: str = "all"
) -> Checked:
    """Hold the experts' grades to the annotation contract.

    Parameters
    ----------
    annotations
        Table ``annotations``.
    known_image_ids
        Films of the catalogue.
    center
        Name that the rows of ``contracts`` carry.

    Returns
    -------
    ``kept``: the rows of readings that broke nothing; ``findings`` names what was broken.
    """
    found = suites.run("annotation", derived.of_annotations(annotations, known_image_ids))
    broken = {i for one in found if one.severity == CRITICAL for i in one.failed}
    readings = list(
        zip(
            annotations.column("image_id").to_pylist(),
            annotations.column("reader").to_pylist(),
            strict=True,
        )
    )
    spoiled = {readings[i] for i in broken}
    keep = pa.array([reading not in spoiled for reading in readings], pa.bool_())
    return Checked(
        annotations.filter(keep), [], _rows(found, center), list(_findings(found, center))
    )


def check_predictions(predictions: pa.Table, grades: pa.Table, center: str = "all") -> Checked:
    """Hold predictions and their grades to the prediction contract.

    Parameters
    ----------
    predictions, grades
        Tables ``predictions`` and ``prediction_grades``.
    center
        Name that the rows of ``contracts`` carry.

    Raises
    ------
    ContractError
        A number is impossible: the pipeline is at fault, and nothing may be published.
    """
    found = suites.run("prediction", derived.of_predictions(predictions, grades))
    found += suites.run("prediction_grade", derived.of_grades(grades))
    broken = [one.says for one in found if one.severity == CRITICAL and one.failed]
    if broken:
        raise ContractError(
            f"center {center}: predictions break their contract: {'; '.join(broken)}; this is a "
            "fault of the pipeline, please report it"
        )
    return Checked(predictions, [], _rows(found, center), list(_findings(found, center)))


def _split(
    step: str,
    table: pa.Table,
    complete: Callable[[pa.Table], pa.Table],
    center: str,
    release: Sequence[str],
    digests: Mapping[str, str] | None = None,
) -> Checked:
    """Rows that go on, and a rejection for each that does not.

    Warnings speak of the rows that go on: a stray CT says nothing of a center's radiographs.
    """
    found = suites.run(step, complete(table), CRITICAL)
    first: dict[int, Expected] = {}
    for one in found:
        for i in one.failed:
            first.setdefault(i, one)
    rows = table.select(_identity(table)).to_pylist()
    released = {i for i in first if rows[i]["image_id"] in release}
    aside = sorted(set(first) - released)
    rejections = [
        Rejection(
            center=center,
            source_digest=rows[i].get("source_digest")
            or (digests or {}).get(rows[i]["image_id"], ""),
            step=f"{step} contract",
            reason=first[i].reason or Reason.FILM_FAILED,
            observed=_observed(table, i, first[i]),
            image_id=rows[i]["image_id"],
        )
        for i in aside
    ]
    gone = set(aside)
    kept = table.filter(pa.array([i not in gone for i in range(len(rows))], pa.bool_()))
    found += suites.run(step, complete(kept), WARNING)
    contracts = _rows(found, center, list(_release_rows(step, center, released, first)))
    return Checked(kept, rejections, contracts, list(_findings(found, center)))


def _identity(table: pa.Table) -> list[str]:
    return [name for name in ("image_id", "source_digest") if name in table.column_names]


def _observed(table: pa.Table, i: int, one: Expected) -> str:
    """Column and value. Columns hold numbers, and words of a vocabulary: no identifiers."""
    if one.column not in table.column_names:
        return one.says
    value = table.column(one.column)[i].as_py()
    if value is None:
        return f"{one.column} is missing"
    said = f"{value:.4g}" if isinstance(value, float) else str(value)
    return f"{one.column} {said}"


def _release_rows(
    step: str, center: str, released: set[int], first: Mapping[int, Expected]
) -> Iterator[dict[str, Any]]:
    """Record what the study file took out of quarantine."""
    if released:
        reasons = sorted({(first[i].reason or Reason.FILM_FAILED).value for i in released})
        yield {
            "center": center,
            "contract": step,
            "expectation": "Released by the study file",
            "column": "image_id",
            "severity": "warning",
            "success": True,
            "n_checked": len(first),
            "n_failed": len(released),
            "observed": ", ".join(reasons),
        }


def _rows(
    found: Iterable[Expected], center: str, more: Sequence[Mapping[str, Any]] = ()
) -> pa.Table:
    rows = [one.as_row(center) for one in found]
    return conform("contracts", [*rows, *more]) if rows or more else empty("contracts")


def _findings(found: Iterable[Expected], center: str) -> Iterator[str]:
    """Name warnings that did not hold, and critical expectations that have no row to set aside."""
    for one in found:
        if not one.success and (one.severity != CRITICAL or one.reason is None):
            yield (
                f"center {center}, {one.contract} contract: {one.says}: "
                f"{len(one.failed)} of {one.n_checked} rows do not hold"
            )


def check_drift(table: pa.Table, history: pa.Table, center: str) -> Checked:
    """Compare headers or measures of a center with what the same center delivered before.

    Parameters
    ----------
    table, history
        The same table, now and earlier: ``catalogue`` or ``image_quality``.
    center
        Center's name.

    Returns
    -------
    Warnings only: ``kept`` is the table, whole.
    """
    rows = [one.as_row(center) for one in drift.compare(table, history)]
    moved = [
        f"center {center}: {row['column']} has drifted from earlier deliveries: {row['observed']}"
        for row in rows
        if not row["success"]
    ]
    return Checked(table, [], conform("contracts", rows) if rows else empty("contracts"), moved)


def check_outcomes(catalogue: pa.Table, predictions: pa.Table, quarantine: pa.Table) -> None:
    """Hold every delivered file to exactly one outcome, and the outcome to the tables.

    Raises
    ------
    ContractError
        Counts do not add up; every way in which they do not is named.
    """
    faults = list(derived.outcome_faults(catalogue, predictions, quarantine))
    if faults:
        said = "; ".join(faults[:_MAX_NAMED])
        raise ContractError(f"the files do not add up: {said}; please report it")
