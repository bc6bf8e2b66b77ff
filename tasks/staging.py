"""Rows of scored films before they are published: one Parquet file a shard, one row a film.

A film's rows of every table stand in its own row, as lists, so that a film is staged whole or
not at all and a file is written by one rename. Shards are sorted into few files when a center is
done, and tables come out of these mapped from disk: memory does not grow with the films.
"""

import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from data_contracts.reasons import Reason
from data_contracts.records import ImageKey, Rejection
from data_contracts.schemas import SCHEMAS
from tasks.film_rows import BEFORE_CLEAN, TABLES, FilmResult, clean_path

__all__ = ["TABLES"]

_TEXT: Final = pa.string()


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
FILMS_A_FILE: Final = 1024
_MOST_FILES: Final = 256  # all are open at a time
_SORTED: Final = "sorted"
_INDEX: Final = ["source_digest", "patient_id", "image_id", "reason"]


def stage(results: Sequence[FilmResult], file: Path) -> None:
    """Write the rows of a shard aside and rename them into place; nothing for no film."""
    if not results:
        return
    table = pa.Table.from_pylist([_row(result) for result in results], schema=SCHEMA)
    _write(table, file)


def known(folder: Path, center: str, deidentified: Path) -> set[str]:
    """Digests of films that are staged and whose clean film, where there is one, is there."""
    return {
        row["source_digest"]
        for file in _files(folder)
        for row in _read(file, _INDEX).to_pylist()
        if row["reason"] is not None or _is_kept(row, center, deidentified)
    }


def clean_films(
    folder: Path, digests: Iterable[str], center: str, deidentified: Path
) -> frozenset[Path]:
    """Where the clean films lie of those among the staged that got that far.

    The folder has to be compact.
    """
    wanted, columns = _wanted(digests), [*_INDEX, "step"]
    rows = (
        row for file in _sorted(folder) for row in _of(wanted, _read(file, columns)).to_pylist()
    )
    return frozenset(
        _place(row, center, deidentified)
        for row in rows
        if row["patient_id"] and (row["reason"] is None or row["step"] not in BEFORE_CLEAN)
    )


def forget(folder: Path, digests: set[str]) -> None:
    """Take the rows of some films out of what is staged, so that they are done again."""
    gone = pa.array(sorted(digests), _TEXT)
    for file in _files(folder) if digests else ():
        table = _read(file)
        left = table.filter(pc.invert(pc.is_in(table.column("source_digest"), gone)))
        if left.num_rows < table.num_rows:
            _write(left, file)


def compact(folder: Path) -> None:
    """Sort the shards of a folder into files of about ``FILMS_A_FILE`` films, each film once.

    Nothing is done where no shard is new. Shards go when the sorted files are in their place:
    killed at any moment, this finds every film staged at least once when it is done again.
    """
    shards = sorted(folder.glob("*.parquet"))
    if shards:
        _sort(folder, shards)
    for left in folder.glob(f".{_SORTED}.*"):
        shutil.rmtree(left)


def tables(folder: Path, digests: Iterable[str]) -> dict[str, pa.Table]:
    """Take the rows of each table out of the staged rows of some films, sorted by image.

    The folder has to be compact. What is returned is mapped from files that go with it.
    """
    wanted = _wanted(digests)
    return {name: _mapped(folder, name, wanted) for name in TABLES}


def rejections(folder: Path, digests: Iterable[str], center: str) -> Iterator[Rejection]:
    """Name the films among the staged that were set aside."""
    wanted = _wanted(digests)
    columns = ["source_digest", "image_id", "step", "reason", "observed"]
    for file in _sorted(folder):
        found = _of(wanted, _read(file, columns))
        for row in found.filter(pc.is_valid(found.column("reason"))).to_pylist():
            yield Rejection(
                center,
                row["source_digest"],
                row["step"],
                Reason(row["reason"]),
                row["observed"],
                row["image_id"],
            )


def _files(folder: Path) -> list[Path]:
    """Staged files: sorted ones, those that a killed sorting left in between, and shards."""
    left = sorted(folder.glob(f".{_SORTED}.*.former/*.parquet"))
    return [*_sorted(folder), *left, *sorted(folder.glob("*.parquet"))]


def _sorted(folder: Path) -> list[Path]:
    return sorted((folder / _SORTED).glob("*.parquet"))


def _sort(folder: Path, shards: Iterable[Path]) -> None:
    sources = _files(folder)
    fresh = folder / f".{_SORTED}.{os.getpid()}"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir()
    _spread(sources, _limits(sources), fresh)
    for heap in sorted(fresh.glob("*.heap")):
        with pa.OSFile(str(heap)) as file:
            _write(_each_once(pa.ipc.open_stream(file).read_all()), heap.with_suffix(".parquet"))
        heap.unlink()
    place = folder / _SORTED
    if place.is_dir():
        place.rename(fresh.with_suffix(f".{os.getpid()}.former"))
    fresh.rename(place)
    for shard in shards:
        shard.unlink()


def _write(table: pa.Table, file: Path) -> None:
    aside = file.with_suffix(f".{os.getpid()}.tmp")
    pq.write_table(table, aside, compression="zstd")
    aside.replace(file)


def _limits(sources: Iterable[Path]) -> npt.NDArray[np.object_]:
    """Image identifiers at which a new file begins."""
    ids = pa.chunked_array(
        [chunk for file in sources for chunk in _ids(_read(file, ["image_id"])).chunks], _TEXT
    )
    step = max(FILMS_A_FILE, -(-len(ids) // _MOST_FILES))
    firsts = ids.take(pc.sort_indices(ids)[step::step])
    return np.unique(np.asarray(firsts.to_pylist(), dtype=object))


def _ids(table: pa.Table) -> pa.ChunkedArray:
    return table.column("image_id").fill_null("")


def _spread(sources: Iterable[Path], limits: npt.NDArray[np.object_], folder: Path) -> None:
    """Deal out rows by image identifier, a heap between two limits.

    A heap is a stream, which keeps no index of what was written: a Parquet file of many small
    pieces would hold one in memory.
    """
    packed = pa.ipc.IpcWriteOptions(compression="zstd")
    with ExitStack() as open_files:
        heaps = [
            open_files.enter_context(
                pa.ipc.new_stream(str(folder / f"{i:05}.heap"), SCHEMA, options=packed)
            )
            for i in range(len(limits) + 1)
        ]
        for table in _together(sources):
            place = np.searchsorted(limits, _ids(table).to_pylist(), side="right")
            for i in np.unique(place):
                heaps[i].write_table(table.filter(pa.array(place == i)))


def _together(sources: Iterable[Path]) -> Iterator[pa.Table]:
    """Read files, as many at a time as make up about one sorted file."""
    held: list[pa.Table] = []
    for source in sources:
        held.append(_read(source))
        if sum(len(table) for table in held) >= FILMS_A_FILE:
            yield pa.concat_tables(held).combine_chunks()
            held = []
    if held:
        yield pa.concat_tables(held).combine_chunks()


def _read(file: Path, columns: list[str] | None = None) -> pa.Table:
    """Read rows in this thread: ahead of it, others would hold what is read for later."""
    with pq.ParquetFile(file) as opened:
        return opened.read(columns=columns, use_threads=False)


def _each_once(table: pa.Table) -> pa.Table:
    """Sort by image and digest; of a film that is there twice the first is kept."""
    order = pc.sort_indices(
        table, sort_keys=[("image_id", "ascending"), ("source_digest", "ascending")]
    ).to_numpy()
    sources = table.column("source_digest").take(order).to_numpy(zero_copy_only=False)
    _, first = np.unique(sources.astype(str), return_index=True)
    return table.take(order[np.sort(first)]).combine_chunks()


def _wanted(digests: Iterable[str]) -> pa.Array:
    return pc.unique(pa.array(digests, _TEXT))


def _of(wanted: pa.Array, table: pa.Table) -> pa.Table:
    return table.filter(pc.is_in(table.column("source_digest"), wanted))


def _mapped(folder: Path, name: str, wanted: pa.Array) -> pa.Table:
    """Stream one table's rows into a file and map it."""
    file = folder / f".{name}.{os.getpid()}.arrow"
    with pa.ipc.new_file(file, SCHEMAS[name]) as writer:
        for part in _sorted(folder):
            found = _of(wanted, _read(part, ["source_digest", name]))
            writer.write_table(_unfold(found.column(name), SCHEMAS[name]))
    table = pa.ipc.open_file(pa.memory_map(str(file))).read_all()
    file.unlink()
    return table


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
    return _place(row, center, deidentified).is_file()


def _place(row: dict[str, str], center: str, deidentified: Path) -> Path:
    key = ImageKey(center, row["patient_id"], row["image_id"], row["source_digest"])
    return clean_path(deidentified, key)


def _unfold(column: pa.ChunkedArray, schema: pa.Schema) -> pa.Table:
    parts = [pa.Table.from_struct_array(chunk.flatten()) for chunk in column.chunks if len(chunk)]
    return pa.concat_tables([schema.empty_table(), *(part.cast(schema) for part in parts)])
