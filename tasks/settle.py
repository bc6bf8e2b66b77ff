"""Settle what every delivered file of a center ended as.

The catalogue knows the files, the steps know whom they set aside, the score knows who has a
total. Here the three meet, so that each file has one outcome and the counts add up.
"""

from collections.abc import Iterable, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from data_contracts.records import Rejection
from data_contracts.schemas import conform, replaced

# Rows of these tables belong to films that were kept.
_OF_KEPT_FILMS = ("predictions", "prediction_grades", "film_views")


def settle(
    catalogue: pa.Table,
    scored: Mapping[str, pa.Table],
    rejections: Iterable[Rejection],
    *,
    model: str,
) -> dict[str, pa.Table]:
    """Give every file its outcome and take the rows of rejected films out of the results.

    Parameters
    ----------
    catalogue
        One row a delivered file; ``outcome`` is null where no step has decided yet.
    scored
        Tables of the film pass.
    rejections
        Of all steps, in the order of the steps; a film's first rejection counts.
    model
        The study's first model: a film that it could not assess is not assessable, whatever a
        model that looks at less of the film says.

    Returns
    -------
    The center's tables by name; rows of films that were set aside are in ``quarantine`` and
    ``catalogue`` only.
    """
    first = _first_by_film(rejections)
    aside = {r.image_id for r in first.values() if r.image_id}
    tables = dict(scored)
    for name in _OF_KEPT_FILMS:
        tables[name] = _without(tables[name], aside)
    status = _status_by_film(tables["predictions"], model)
    rejected = {r.source_digest for r in first.values()}
    rows = catalogue.select(["outcome", "source_digest", "image_id"]).to_pylist()
    outcomes = [_outcome(row, rejected, aside, status) for row in rows]
    tables["catalogue"] = conform("catalogue", replaced(catalogue, outcome=outcomes))
    tables["quarantine"] = conform("quarantine", [r.as_row() for r in first.values()])
    return tables


def _first_by_film(rejections: Iterable[Rejection]) -> dict[tuple[str, str | None], Rejection]:
    first: dict[tuple[str, str | None], Rejection] = {}
    for rejection in rejections:
        first.setdefault((rejection.source_digest, rejection.image_id), rejection)
    return dict(sorted(first.items(), key=lambda item: (item[0][0], item[0][1] or "")))


def _without(table: pa.Table, image_ids: set[str]) -> pa.Table:
    gone = pc.is_in(table.column("image_id"), pa.array(sorted(image_ids), pa.string()))
    return table.filter(pc.invert(gone))


def _status_by_film(predictions: pa.Table, model: str) -> dict[str, str]:
    rows = predictions.select(["image_id", "model", "status"]).to_pylist()
    return {
        row["image_id"]: row["status"]
        for row in sorted(rows, key=lambda row: str(row["model"]) == model)
    }


def _outcome(
    row: Mapping[str, str | None], rejected: set[str], aside: set[str], status: Mapping[str, str]
) -> str | None:
    if row["outcome"] == "duplicate":
        return "duplicate"
    if row["source_digest"] in rejected or row["image_id"] in aside:
        return "quarantined"
    return status.get(row["image_id"] or "")
