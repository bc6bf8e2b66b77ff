"""Tables to Parquet by rename, and the views over them.

A table is written aside, on the same filesystem but outside the data root, and then takes its
place in one step: a reader sees yesterday's whole table or today's. An older run leaves
``results/`` for ``runs/<its id>/superseded/``, so that a reader of everything under
``results/<table>/`` reads each film once.
"""

import ctypes
import os
import shutil
import sys
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Final, TypeVar

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from data_contracts import schemas

Found = TypeVar("Found")

DATABASE: Final = "study.duckdb"
_LOOKS: Final = 20
_AT_FDCWD: Final = -100
_RENAME_EXCHANGE: Final = 2
# Rows that are in memory at a time; pictures are large, and no column may exceed 2 GB in one piece.
_ROWS: Final = 1 << 17
_GROUP_ROWS: Final = {"film_views": 1000}

_TITLES: Final = {
    "catalogue": "One row a delivered file: what it is and how it ended",
    "deidentification_audit": "How often each class of attribute was acted upon, a film",
    "quarantine": "One row a film set aside: reason and remedy",
    "image_quality": "One row a film that was read: measures of its pixels",
    "predictions": "One row a film and model: AAC-24 total and its interval",
    "prediction_grades": "One row a film, model, level and wall: the grade",
    "film_views": "One row a scored film: the straightened aorta as a picture",
    "annotations": "One row a film, reader, level and wall: the experts' grades",
    "agreement": "One row a center, model and statistic: agreement with the reference",
    "confusion": "One row a center, model and pair of severity classes: counts",
    "contracts": "One row a center and expectation: what was checked and what failed",
    "drift": "One row a center and column: the newest films against the earlier ones",
    "runs": "One row a run, center and step: counts",
}


def publish(
    table_name: str, table: pa.Table, *, results: Path, center: str | None, run_id: str
) -> Path:
    """Write one table of one run and make it the current one.

    Parameters
    ----------
    table_name
        A name of ``data_contracts.schemas.SCHEMAS``.
    table
        Its rows; a ``run_id`` column, where the schema has one, is filled in here.
    results
        The study's ``results`` folder; ``runs`` beside it takes what is superseded.
    center
        The center that the rows belong to; None for a table of the whole study.
    run_id
        Identity of the run.

    Returns
    -------
    The Parquet file.

    Raises
    ------
    ContractError
        The rows do not fit the table's schema.

    Notes
    -----
    The same rows give the same bytes. Where the filesystem cannot exchange two folders in one
    step (some network shares), a reader may find the table absent for an instant, never half.
    """
    place = _place(results, table_name, center)
    aside = results.parent / "runs" / run_id / "staging" / table_name / (center or "all")
    shutil.rmtree(aside, ignore_errors=True)
    fresh = aside / f"run_id={run_id}"
    fresh.mkdir(parents=True)
    _write(table_name, table, run_id, fresh / "part-0.parquet")
    place.parent.mkdir(parents=True, exist_ok=True)
    old = take_place(aside, place)
    if old is not None:
        _retire(old, results.parent / "runs", place.relative_to(results), current=run_id)
    return place / f"run_id={run_id}" / "part-0.parquet"


def read(results: Path, table_name: str) -> pa.Table:
    """Read the current rows of a table, all centers, in the order of centers; maybe none."""
    parts = _retried(lambda: [pq.ParquetFile(one).read() for one in _list(results, table_name)])
    conformed = [schemas.conform(table_name, part) for part in parts]
    return pa.concat_tables([schemas.empty(table_name), *conformed])


def ever_held_rows(results: Path, table_name: str) -> bool:
    """Tell whether this run or an earlier one published rows of a table."""
    kept = (results.parent / "runs").glob(f"*/superseded/{table_name}/**/part-*.parquet")
    return any(pq.read_metadata(one).num_rows for one in [*files(results, table_name), *kept])


def retire(results: Path, centers: Collection[str]) -> list[str]:
    """Take out of the tables what belongs to centers that the study no longer names.

    Parameters
    ----------
    results
        The study's ``results`` folder; ``runs`` beside it keeps what is taken out.
    centers
        Names that stay.

    Returns
    -------
    Names of the centers that were taken out, sorted.
    """
    gone: set[str] = set()
    for place in sorted(results.glob("*/center=*")):
        center = place.name.removeprefix("center=")
        if center not in centers:
            _retire(place, results.parent / "runs", place.relative_to(results), current=None)
            gone.add(center)
    return sorted(gone)


def files(results: Path, table_name: str) -> list[Path]:
    """Parquet files of a table's current run, sorted."""
    return _retried(lambda: _list(results, table_name))


def _list(results: Path, table_name: str) -> list[Path]:
    """Walk a table until two walks agree: folders exchanged during one look empty, and no error."""
    seen, again = None, _walk(results, table_name)
    while again != seen:
        seen, again = again, _walk(results, table_name)
    return again


def _walk(results: Path, table_name: str) -> list[Path]:
    return sorted((results / table_name).glob("**/run_id=*/part-*.parquet"))


def _retried(look: Callable[[], Found]) -> Found:
    """Look again when a run is published between listing and opening."""
    for _ in range(_LOOKS - 1):
        try:
            return look()
        except FileNotFoundError:
            continue
    return look()


def make_views(results: Path) -> Path:
    """Write ``study.duckdb``: a view a table, with a comment on each view and column.

    Returns
    -------
    The database. Its views name files relative to itself, so that the study can be moved: open
    it from within ``results``, or ``SET file_search_path`` to that folder.
    """
    import duckdb  # noqa: PLC0415 - a fifth of a second that no film has to wait for

    aside = results.parent / "runs" / f".{DATABASE}.{os.getpid()}"
    aside.parent.mkdir(parents=True, exist_ok=True)
    aside.unlink(missing_ok=True)
    with duckdb.connect(str(aside)) as database:
        database.execute(f"SET file_search_path = {quote(str(results))}")
        for table_name in schemas.SCHEMAS:
            if files(results, table_name):
                for statement in _view(table_name):
                    database.execute(statement)
    _sync(aside)
    target = results / DATABASE
    target.parent.mkdir(parents=True, exist_ok=True)
    aside.replace(target)
    return target


def take_place(fresh: Path, place: Path) -> Path | None:
    """Put a folder in its place in one step; return where the former went, None if none was."""
    if not place.exists():
        fresh.rename(place)
        former = None
    elif _exchange(fresh, place):
        former = fresh
    else:
        former = fresh.with_name(f"{fresh.name}.former")
        shutil.rmtree(former, ignore_errors=True)
        place.rename(former)
        fresh.rename(place)
    _sync(place.parent)
    return former


def quote(text: str) -> str:
    """Quote text as an SQL string."""
    return "'" + text.replace("'", "''") + "'"


def comments(table_name: str) -> list[str]:
    """Return the SQL statements that explain a view and each of its columns."""
    said = [f'COMMENT ON VIEW "{table_name}" IS {quote(_TITLES[table_name])}']
    said += [
        f'COMMENT ON COLUMN "{table_name}"."{column}" IS {quote(meaning)}'
        for column, meaning in schemas.describe(table_name).items()
    ]
    return said


def _view(table_name: str) -> list[str]:
    columns = ", ".join(f'"{name}"' for name in schemas.SCHEMAS[table_name].names)
    # hive columns are in the files too; reading them from the path would retype them
    source = f"read_parquet({quote(f'{table_name}/**/*.parquet')}, hive_partitioning = false)"
    return [
        f'CREATE VIEW "{table_name}" AS SELECT {columns} FROM {source}',  # noqa: S608 - our own names
        *comments(table_name),
    ]


def _place(results: Path, table_name: str, center: str | None) -> Path:
    root = results / table_name
    return root / f"center={center}" if center is not None else root


def _with_run_id(table: pa.Table, run_id: str) -> pa.Table:
    if "run_id" not in table.column_names:
        return table
    index = table.column_names.index("run_id")
    filled = pc.fill_null(table.column("run_id"), run_id)
    return table.set_column(index, table.schema.field(index), filled)


def _write(table_name: str, table: pa.Table, run_id: str, file: Path) -> None:
    """Write row group by row group: the same bytes however the table is chunked in memory."""
    rows = _GROUP_ROWS.get(table_name, _ROWS)
    with pq.ParquetWriter(
        file, schemas.SCHEMAS[table_name], compression="zstd", version="2.6"
    ) as writer:
        for start in range(0, max(1, table.num_rows), rows):
            some = schemas.conform(table_name, table.slice(start, rows))
            group = _with_run_id(some, run_id).combine_chunks()
            writer.write_table(group, row_group_size=rows)
    _sync(file)
    _sync(file.parent)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _exchange(one: Path, other: Path) -> bool:
    """Swap two folders in one step where the system can."""
    if not sys.platform.startswith("linux"):
        return False
    swap = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if swap is None:
        return False
    paths = (os.fsencode(one), os.fsencode(other))
    return bool(swap(_AT_FDCWD, paths[0], _AT_FDCWD, paths[1], _RENAME_EXCHANGE) == 0)


def _retire(old: Path, runs: Path, name: Path, *, current: str | None) -> None:
    """Keep what another run published; what this run published before is the same."""
    for run in sorted(old.glob("run_id=*")):
        run_id = run.name.removeprefix("run_id=")
        if run_id == current:
            continue
        kept = runs / run_id / "superseded" / name
        shutil.rmtree(kept, ignore_errors=True)
        kept.parent.mkdir(parents=True, exist_ok=True)
        run.rename(kept)
    shutil.rmtree(old)
