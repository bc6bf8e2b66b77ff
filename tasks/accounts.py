"""Every delivered file ends as exactly one thing, in every table; otherwise the run fails.

Catalogue, quarantine, predictions and annotations are made by different steps: here they are held
against each other before and after they are published.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from data_contracts.errors import ContractError
from data_contracts.reasons import Reason
from data_contracts.records import Rejection
from data_contracts.schemas import ENDINGS, OUTCOMES, conform

_MAX_NAMED: Final = 5
# Files that never were films: a viewer on a CD says nothing of a center's radiographs.
_NO_FILM: Final = (Reason.NOT_DICOM, Reason.NOT_AN_IMAGE)


def check_outcomes(catalogue: pa.Table, predictions: pa.Table, quarantine: pa.Table) -> None:
    """Hold every delivered file to exactly one outcome, and the outcome to the tables.

    Raises
    ------
    ContractError
        Counts do not add up; every way in which they do not is named.
    """
    _raise(list(_outcome_faults(catalogue, predictions, quarantine)))


def not_delivered_again(earlier: pa.Table, catalogue: pa.Table) -> list[str]:
    """Say how many films of the last run a center's delivery no longer holds.

    Parameters
    ----------
    earlier
        Table ``catalogue`` as published, of all centers or one; may be empty.
    catalogue
        Of one center, as delivered now; one row or more.
    """
    center = catalogue.column("center")[0].as_py()
    had = earlier.filter(pc.field("center") == center).column("image_id").drop_null().unique()
    gone = pc.invert(pc.is_in(had, value_set=catalogue.column("image_id").unique())).true_count
    said = "films of the last run that are not delivered any more, and leave tables and clean films"
    return [f"center {center}: {said}: {gone}"] if gone else []


def check_set_aside(rejections: Iterable[Rejection], n_files: int, most: float) -> None:
    """Stop a center of whose films too many were set aside.

    Parameters
    ----------
    rejections
        Of the center, so far.
    n_files
        Files that the center delivered.
    most
        Share of films, by the study file.

    Raises
    ------
    ContractError
        More than that are in quarantine; what was never a film does not count.
    """
    # A film that two contracts reject is one film.
    first: dict[object, Reason] = {}
    for number, one in enumerate(rejections):
        first.setdefault(one.source_digest or number, one.reason)
    reasons = Counter(first.values())
    no_film = sum(reasons.pop(reason, 0) for reason in _NO_FILM)
    aside, films = reasons.total(), n_files - no_film
    if films and aside / films > most:
        said = ", ".join(f"{n} {reason.value}" for reason, n in reasons.most_common())
        raise ContractError(
            f"{aside} of {films} films are set aside ({said}), and the study file allows "
            f"{most:.0%} (most_set_aside); what was published of it before stands"
        )


def endings(catalogue: pa.Table, annotations: pa.Table | None) -> list[str | None]:
    """Say what each delivered file ended as, one of ``ENDINGS``.

    Parameters
    ----------
    catalogue
        Table ``catalogue`` with outcomes.
    annotations
        Table ``annotations``; None where the study names no grades of experts.
    """
    graded = None if annotations is None else set(annotations.column("image_id").to_pylist())
    return [
        "unannotated"
        if row["outcome"] == "scored" and graded is not None and row["image_id"] not in graded
        else row["outcome"]
        for row in catalogue.select(["image_id", "outcome"]).to_pylist()
    ]


def check_endings(
    catalogue: pa.Table, annotations: pa.Table | None, n_delivered: int, center: str
) -> pa.Table:
    """Hold what is published of a center to the files that it delivered.

    Parameters
    ----------
    catalogue, annotations
        As for ``endings``.
    n_delivered
        Files that were found in the center's folder.
    center
        Center's name.

    Returns
    -------
    Rows of the table ``contracts``: one, with the counts.

    Raises
    ------
    ContractError
        A file has no ending, or there are more or fewer than were delivered.
    """
    counts = Counter(endings(catalogue, annotations))
    faults = [f"{counts[wrong]} files ended as {wrong}" for wrong in set(counts) - set(ENDINGS)]
    if catalogue.num_rows != n_delivered:
        faults.append(f"{n_delivered} files were delivered and {catalogue.num_rows} have an ending")
    _raise(faults)
    said = ", ".join(f"{counts[name]} {name.replace('_', ' ')}" for name in ENDINGS)
    row = {
        "center": center,
        "contract": "accounts",
        "expectation": "Every delivered file ended as exactly one thing",
        "column": "outcome",
        "severity": "critical",
        "success": True,
        "n_checked": n_delivered,
        "n_failed": 0,
        "observed": said,
    }
    return conform("contracts", [row])


def _raise(faults: list[str]) -> None:
    if faults:
        said = "; ".join(sorted(faults)[:_MAX_NAMED])
        raise ContractError(f"the files do not add up: {said}; please report it")


def _outcome_faults(
    catalogue: pa.Table, predictions: pa.Table, quarantine: pa.Table
) -> Iterator[str]:
    """Every way in which catalogue, predictions and quarantine contradict each other."""
    rows = catalogue.select(["image_id", "source_digest", "outcome", "duplicate_of"]).to_pylist()
    outcomes = Counter(row["outcome"] for row in rows)
    for wrong in sorted(set(outcomes) - set(OUTCOMES), key=str):
        yield f"{outcomes[wrong]} files have the outcome {wrong}"
    by_outcome = {name: [row for row in rows if row["outcome"] == name] for name in OUTCOMES}
    yield from _prediction_faults(by_outcome, predictions)
    yield from _quarantine_faults(by_outcome["quarantined"], quarantine)
    twins = by_outcome["duplicate"]
    films = {row["image_id"] for row in rows if row["outcome"] != "duplicate"}
    # A film that another center delivered too counts there, and stands for itself here.
    films |= {row["image_id"] for row in twins if row["duplicate_of"] == row["image_id"]}
    orphans = [row for row in twins if row["duplicate_of"] not in films]
    if orphans:
        yield f"{len(orphans)} duplicates stand for a film that is not there"


def _prediction_faults(
    by_outcome: dict[str, list[dict[str, Any]]], predictions: pa.Table
) -> Iterator[str]:
    predicted = set(predictions.column("image_id").to_pylist())
    counted = {row["image_id"] for name in ("scored", "not_assessable") for row in by_outcome[name]}
    twice = sum(len(by_outcome[name]) for name in ("scored", "not_assessable")) - len(counted)
    for n, what in (
        (twice, "films are counted twice"),
        (len(counted - predicted), "films count as scored without a prediction"),
        (len(predicted - counted), "films have a prediction and another outcome"),
    ):
        if n:
            yield f"{n} {what}"


def _quarantine_faults(aside: list[dict[str, Any]], quarantine: pa.Table) -> Iterator[str]:
    digests = set(quarantine.column("source_digest").to_pylist()) - {"", None}
    image_ids = set(quarantine.column("image_id").to_pylist()) - {None}
    unexplained = [
        row
        for row in aside
        if row["source_digest"] not in digests and row["image_id"] not in image_ids
    ]
    if unexplained:
        yield f"{len(unexplained)} files are in quarantine without a reason"
    if digests - {row["source_digest"] for row in aside}:
        yield f"{len(digests - {row['source_digest'] for row in aside})} reasons have no file"
