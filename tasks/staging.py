"""Rows of scored films before they are published: one Parquet file a shard, one row a film.

A film's rows of every table stand in its own row, as lists, so that a film is staged whole or
not at all and a file is written by one rename.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from data_contracts.reasons import Reason
from data_contracts.records import ImageKey, Rejection
from data_contracts.schemas import SCHEMAS
from tasks.film import TABLES as _FILM_TABLES
from tasks.film import FilmResult, clean_path

TABLES: Final = _FILM_TABLES
_TEXT: Final = pa.string()


def _rows_of(table: str) -> pa.Field:
    return pa.field(table, pa.list_(pa.struct(list(SCHEMAS[table].remove_metadata()))))


SCHEMA: Final = pa.schema(
    [
        pa.field("source_digest", _TEXT),
        pa.field("patient_id", _TEXT),
        pa.field("image_id", _TEXT),
        pa.field("step", _TEXT),
        pa.field("reason", _TEXT),
        pa.field("observed", _TEXT),
        *(
            pa.field(name, pa.list_(pa.struct(list(SCHEMAS[name].remove_metadata()))))
            for name in TABLES
        ),
    ]
)
_INDEX: Final = ["source_digest", "patient_id", "image_id", "reason"]


def stage(results: Sequence[FilmResult], file: Path) -> None:
    """Write the rows of a shard aside and rename them into place; nothing for no film."""
    if not results:
        return
    table = pa.Table.from_pylist([_row(result) for result in results], schema=SCHEMA)
    aside = file.with_suffix(f".{os.getpid()}.tmp")
    pq.write_table(table, aside, compression="zstd")
    aside.replace(file)


def known(folder: Path, center: str, deidentified: Path) -> set[str]:
    """Digests of films that are staged and whose clean film, where there is one, is there."""
    return {
        row["source_digest"]
        for file in _files(folder)
        for row in pq.read_table(file, columns=_INDEX).to_pylist()
        if row["reason"] is not None or _is_kept(row, center, deidentified)
    }


def forget(folder: Path, digests: set[str]) -> None:
    """Take the rows of some films out of what is staged, so that they are done again."""
    gone = pa.array(sorted(digests), _TEXT)
    for file in _files(folder) if digests else ():
        table = pq.read_table(file, schema=SCHEMA)
        left = table.filter(pc.invert(pc.is_in(table.column("source_digest"), gone)))
        if left.num_rows < table.num_rows:
            aside = file.with_suffix(f".{os.getpid()}.tmp")
            pq.write_table(left, aside, compression="zstd")
            aside.replace(file)


def collect(folder: Path, digests: Iterable[str]) -> pa.Table:
    """Read the staged rows of some films, each film once, sorted by image and digest."""
    wanted = pa.array(sorted(set(digests)), _TEXT)
    parts = [pq.read_table(file, schema=SCHEMA) for file in _files(folder)]
    parts = [part.filter(pc.is_in(part.column("source_digest"), wanted)) for part in parts]
    table = pa.concat_tables([SCHEMA.empty_table(), *parts])
    order = pc.sort_indices(
        table, sort_keys=[("image_id", "ascending"), ("source_digest", "ascending")]
    )
    sources = table.column("source_digest").take(order).to_pylist()
    seen: set[str] = set()
    first = [
        index
        for index, digest in zip(order.to_pylist(), sources, strict=True)
        if not (digest in seen or seen.add(digest))  # type: ignore[func-returns-value]
    ]
    return table.take(pa.array(first, pa.int64()))


def tables(found: pa.Table) -> dict[str, pa.Table]:
    """Take the rows of each table out of the films' rows, in the films' order."""
    return {name: _unfold(found.column(name), SCHEMAS[name]) for name in TABLES}


def rejections(found: pa.Table, center: str) -> Iterator[Rejection]:
    """Name the films among the staged that were set aside."""
    columns = ["source_digest", "image_id", "step", "reason", "observed"]
    aside = found.select(columns).filter(pc.is_valid(found.column("reason")))
    for row in aside.to_pylist():
        yield Rejection(
            center,
            row["source_digest"],
            row["step"],
            Reason(row["reason"]),
            row["observed"],
            row["image_id"],
        )


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.parquet"))


def _row(result: FilmResult) -> dict[str, Any]:
    rejection = result.rejection
    return {
        "source_digest": result.source_digest,
        "patient_id": result.key and result.key.patient_id,
        "image_id": result.key.image_id if result.key else rejection and rejection.image_id,
        "step": rejection and rejection.step,
        "reason": rejection and rejection.reason.value,
        "observed": rejection and rejection.observed,
        **{name: result.rows.get(name, []) for name in TABLES},
    }


def _is_kept(row: dict[str, str], center: str, deidentified: Path) -> bool:
    key = ImageKey(center, row["patient_id"], row["image_id"], row["source_digest"])
    return clean_path(deidentified, key).is_file()


def _unfold(column: pa.ChunkedArray, schema: pa.Schema) -> pa.Table:
    parts = [pa.Table.from_struct_array(chunk.flatten()) for chunk in column.chunks if len(chunk)]
    return pa.concat_tables([schema.empty_table(), *(part.cast(schema) for part in parts)])
