"""Settle what every delivered file of a center ended as.

The catalogue knows the files, the steps know whom they set aside, the score knows who has a
total. Here the three meet, so that each file has one outcome and the counts add up.
"""

from collections.abc import Iterable, Mapping

import numpy as np
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
    rejected = {r.source_digest for r in first.values()}
    outcomes = _outcomes(catalogue, rejected, aside, _status_of(tables["predictions"], model))
    tables["catalogue"] = conform("catalogue", replaced(catalogue, outcome=outcomes))
    tables["quarantine"] = conform("quarantine", [r.as_row() for r in first.values()])
    return tables


def _first_by_film(rejections: Iterable[Rejection]) -> dict[tuple[str, str | None], Rejection]:
    first: dict[tuple[str, str | None], Rejection] = {}
    for rejection in rejections:
        first.setdefault((rejection.source_digest, rejection.image_id), rejection)
    return dict(sorted(first.items(), key=lambda item: (item[0][0], item[0][1] or "")))


def _without(table: pa.Table, image_ids: set[str]) -> pa.Table:
    """Leave rows out by taking the pieces between them: a table on disk stays there."""
    gone = pc.is_in(table.column("image_id"), _texts(image_ids))
    ends = np.flatnonzero(gone.to_numpy())
    starts = np.concatenate([[0], ends + 1])
    pieces = [
        table.slice(start, end - start)
        for start, end in zip(starts, [*ends, len(table)], strict=True)
        if end > start
    ]
    return pa.concat_tables([table.schema.empty_table(), *pieces])


def _texts(values: Iterable[str]) -> pa.Array:
    return pa.array(sorted(values), pa.string())


def _status_of(predictions: pa.Table, model: str) -> pa.Table:
    """Take the status of films, the rows of the model that decides first."""
    rows = predictions.select(["image_id", "model", "status"])
    decides = pc.equal(rows.column("model"), model)
    return pa.concat_tables([rows.filter(decides), rows.filter(pc.invert(decides))])


def _outcomes(
    catalogue: pa.Table, rejected: set[str], aside: set[str], status: pa.Table
) -> pa.Array:
    """Name what each file ended as: duplicate, else quarantined, else the status of its film."""
    images = catalogue.column("image_id")
    first = pc.index_in(images, status.column("image_id").combine_chunks())
    said = status.column("status").take(first)
    gone = pc.or_(
        pc.is_in(catalogue.column("source_digest"), _texts(rejected)),
        pc.is_in(images, _texts(aside)),
    )
    twice = pc.fill_null(pc.equal(catalogue.column("outcome"), "duplicate"), fill_value=False)
    outcomes = pc.if_else(twice, "duplicate", pc.if_else(gone, "quarantined", said))
    return outcomes.combine_chunks()
