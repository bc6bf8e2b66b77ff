"""Hold tables to their contracts at each boundary; split films into kept and set aside.

The suites say what must hold (``data_contracts/suites``). A row that fails a critical expectation
is set aside with its reason, unless the study file releases it; warnings are only reported.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from data_contracts import suites
from data_contracts.errors import ContractError
from data_contracts.reasons import Reason
from data_contracts.records import Rejection
from data_contracts.schemas import conform, empty
from data_contracts.suites import CRITICAL, WARNING, Expected
from tasks import derived

NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


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


@dataclass(frozen=True, slots=True)
class _Contract:
    """A suite, the columns it needs beside the table's own, and a center's own shares."""

    name: str
    complete: Callable[[pa.Table], pa.Table]
    mostly: Mapping[str, float]

    def run(self, table: pa.Table, severity: str) -> list[Expected]:
        return suites.run(self.name, self.complete(table), severity, self.mostly)


def check_headers(
    table: pa.Table,
    center: str,
    release: Sequence[str] = (),
    mostly: Mapping[str, float] = NOTHING,
) -> Checked:
    """Hold the headers of a center to the header contract.

    Parameters
    ----------
    table
        Table ``catalogue``; rows that have an outcome already are left out.
    center
        Center's name.
    release
        image_ids that the study file takes out of quarantine.
    mostly
        Share of rows that a warning wants of this center, by ``contract.column``.

    Returns
    -------
    ``kept``: rows of the films to read.
    """
    films = table.filter(pc.is_null(table.column("outcome")))
    return _split(_Contract("header", derived.of_headers, mostly), films, center, release)


def check_images(
    image_quality: pa.Table,
    center: str,
    release: Sequence[str] = (),
    mostly: Mapping[str, float] = NOTHING,
    catalogue: pa.Table | None = None,
) -> Checked:
    """Hold the measures of the pixels to the image contract.

    Parameters
    ----------
    image_quality
        Table ``image_quality``.
    center, release, mostly
        As for ``check_headers``.
    catalogue
        Names the files behind the films in the quarantine table.
    """
    contract = _Contract("image", derived.of_images, mostly)
    return _split(contract, image_quality, center, release, _digests(catalogue))


def _digests(catalogue: pa.Table | None) -> dict[str, str]:
    if catalogue is None:
        return {}
    rows = catalogue.select(["image_id", "source_digest"]).to_pylist()
    return {row["image_id"]: row["source_digest"] for row in rows if row["image_id"]}


def check_annotations(
    annotations: pa.Table,
    known_image_ids: Iterable[str],
    center: str = "all",
    mostly: Mapping[str, float] = NOTHING,
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
    mostly
        As for ``check_headers``.

    Returns
    -------
    ``kept``: the rows of readings that broke nothing; ``findings`` names what was broken.
    """
    whole = derived.of_annotations(annotations, known_image_ids)
    found = suites.run("annotation", whole, mostly=mostly)
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


def check_predictions(
    predictions: pa.Table,
    grades: pa.Table,
    center: str = "all",
    mostly: Mapping[str, float] = NOTHING,
) -> Checked:
    """Hold predictions and their grades to the prediction contract.

    Parameters
    ----------
    predictions, grades
        Tables ``predictions`` and ``prediction_grades``.
    center
        Name that the rows of ``contracts`` carry.
    mostly
        As for ``check_headers``.

    Raises
    ------
    ContractError
        A number is impossible: the pipeline is at fault, and nothing may be published.
    """
    whole = derived.of_predictions(predictions, grades)
    found = suites.run("prediction", whole, mostly=mostly)
    found += suites.run("prediction_grade", derived.of_grades(grades), mostly=mostly)
    broken = [one.says for one in found if one.severity == CRITICAL and one.failed]
    if broken:
        raise ContractError(
            f"center {center}: predictions break their contract: {'; '.join(broken)}; this is a "
            "fault of the pipeline, please report it"
        )
    return Checked(predictions, [], _rows(found, center), list(_findings(found, center)))


def _split(
    contract: _Contract,
    table: pa.Table,
    center: str,
    release: Sequence[str],
    digests: Mapping[str, str] = NOTHING,
) -> Checked:
    """Rows that go on, and a rejection for each that does not.

    Warnings speak of the rows that go on: a stray CT says nothing of a center's radiographs.
    """
    found = contract.run(table, CRITICAL)
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
            source_digest=rows[i].get("source_digest") or digests.get(rows[i]["image_id"], ""),
            step=f"{contract.name} contract",
            reason=first[i].reason or Reason.FILM_FAILED,
            observed=_observed(table, i, first[i]),
            image_id=rows[i]["image_id"],
            expectation=first[i].says,
        )
        for i in aside
    ]
    gone = set(aside)
    kept = table.filter(pa.array([i not in gone for i in range(len(rows))], pa.bool_()))
    found += contract.run(kept, WARNING)
    contracts = _rows(found, center, list(_release_rows(contract.name, center, released, first)))
    return Checked(kept, rejections, contracts, list(_findings(found, center)))


def _identity(table: pa.Table) -> list[str]:
    return [name for name in ("image_id", "source_digest") if name in table.column_names]


def _observed(table: pa.Table, i: int, one: Expected) -> str:
    """Column and value. Columns hold numbers of bounded size, and words of a vocabulary."""
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


def renewed(contracts: pa.Table, later: Sequence[pa.Table]) -> pa.Table:
    """Put contracts that are checked again in the place of their earlier rows."""
    names = {name for table in later for name in table.column("contract").to_pylist()}
    old = pc.is_in(contracts.column("contract"), pa.array(sorted(names), pa.string()))
    return pa.concat_tables([contracts.filter(pc.invert(old)), *later])
