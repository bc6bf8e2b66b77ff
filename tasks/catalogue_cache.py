"""What was read on an earlier night, so that an unchanged file is not read again.

The cache lies in the study's private folder, for its owner alone. It holds no name, no UID and no
path: files, studies and annotation keys are known by keyed hash. Dates of exposures are in it,
which is why it is private.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

# To be raised whenever the same file would now be catalogued differently.
_VERSION: Final = b"3"
_MARK: Final = b"aac.catalogue_cache"


@dataclass(frozen=True, slots=True)
class Entry:
    """One delivered file, free of identifiers.

    Attributes
    ----------
    path_key
        Keyed hash of the path of the file, or of the archive that holds it.
    file_size, mtime_ns
        Of the file on disk, as listed.
    members
        As in ``Place``.
    row
        Row of the catalogue as the header gives it.
    reason, observed
        What stands against the file; "" when nothing does.
    lookups
        Keyed hashes of what an annotation may name the film by.
    exposure, taken, signature
        As in ``Facts``; the exposure as a keyed hash.
    pixels
        Digests of the pixel data as encoded and decoded, where a comparison needed them, else "".
    """

    path_key: str
    file_size: int
    mtime_ns: int
    members: tuple[int, ...]
    row: Mapping[str, Any]
    reason: str
    observed: str
    lookups: tuple[str, ...]
    exposure: str
    taken: str
    signature: str
    pixels: tuple[str, str] = ("", "")


def load(path: Path | None, center: str) -> dict[str, list[Entry]]:
    """Entries of an earlier night by ``path_key``; none when there is no usable cache."""
    if path is None or not path.exists():
        return {}
    try:
        table = pq.read_table(path, partitioning=None)
    except (OSError, pa.ArrowException):
        return {}
    if (table.schema.metadata or {}).get(_MARK) != _mark(center):
        return {}
    known: dict[str, list[Entry]] = {}
    for row in table.to_pylist():
        lists = {name: tuple(row[name]) for name in ("members", "lookups", "pixels")}
        known.setdefault(row["path_key"], []).append(Entry(**{**row, **lists}))
    return known


def save(path: Path, center: str, entries: Sequence[Entry]) -> None:
    """Write the cache aside and rename it, readable by its owner alone."""
    names = [field.name for field in fields(Entry)]
    columns = {name: _column(name, entries) for name in names}
    table = pa.table(columns).replace_schema_metadata({_MARK: _mark(center)})
    aside = path.with_name(f".{path.name}.tmp")
    with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        pq.write_table(table, file)
    aside.replace(path)


def _column(name: str, entries: Iterable[Entry]) -> pa.Array:
    kinds = {"file_size": pa.int64(), "mtime_ns": pa.int64(), "row": None}
    kinds |= {"members": pa.list_(pa.int32()), "lookups": pa.list_(pa.string())}
    kinds["pixels"] = pa.list_(pa.string())
    values = [getattr(entry, name) for entry in entries]
    return pa.array(values, type=kinds.get(name, pa.string()))


def _mark(center: str) -> bytes:
    return _VERSION + b"|" + center.encode()
