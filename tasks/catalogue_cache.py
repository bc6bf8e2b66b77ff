"""What was read on an earlier night, so that an unchanged file is not read again.

The cache lies in the study's private folder, for its owner alone. It holds no name, no UID and no
path: files, studies and annotation keys are known by keyed hash. Dates of exposures are in it,
which is why it is private.
"""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from data_contracts.schemas import SCHEMAS

# To be raised whenever the same file would now be catalogued differently.
_VERSION: Final = b"6"
_MARK: Final = b"aac.catalogue_cache"
_AT_ONCE: Final = 1000
_TEXT: Final = pa.string()
_OF_THE_ROW: Final = frozenset(SCHEMAS["catalogue"].names)
_SCHEMA: Final = pa.schema(
    [
        ("path_key", _TEXT),
        ("file_size", pa.int64()),
        ("mtime_ns", pa.int64()),
        ("members", pa.list_(pa.int32())),
        *((field.name, field.type) for field in SCHEMAS["catalogue"]),
        ("reason", _TEXT),
        ("observed", _TEXT),
        ("lookups", pa.list_(_TEXT)),
        ("exposure", _TEXT),
        ("taken", _TEXT),
        ("signature", _TEXT),
        ("encoded", _TEXT),
        ("decoded", _TEXT),
    ]
)


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
    encoded, decoded
        Digests of the pixel data, where a comparison needed them, else "".
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
    encoded: str = ""
    decoded: str = ""


def pack(entries: Iterable[Entry]) -> pa.Table:
    """Put entries into a table, some at a time: a table takes a tenth of their memory."""
    waiting = iter(entries)
    parts = [_SCHEMA.empty_table()]
    while some := list(islice(waiting, _AT_ONCE)):
        columns = [[_said(entry, name) for entry in some] for name in _SCHEMA.names]
        arrays = [pa.array(c, f.type) for c, f in zip(columns, _SCHEMA, strict=True)]
        parts.append(pa.Table.from_arrays(arrays, schema=_SCHEMA))
    return pa.concat_tables(parts)


def _said(entry: Entry, name: str) -> object:
    return entry.row.get(name) if name in _OF_THE_ROW else getattr(entry, name)


def load(path: Path | None, center: str) -> pa.Table:
    """Entries of an earlier night, those of a file one after another; none without a cache."""
    nothing = _SCHEMA.empty_table()
    if path is None or not path.exists():
        return nothing
    try:
        table = pq.read_table(path, partitioning=None)
    except (OSError, pa.ArrowException):
        return nothing
    if (table.schema.metadata or {}).get(_MARK) != _mark(center):
        return nothing
    return table.replace_schema_metadata() if table.schema.equals(_SCHEMA) else nothing


def save(path: Path, center: str, entries: pa.Table) -> None:
    """Write the cache aside and rename it, readable by its owner alone."""
    table = entries.replace_schema_metadata({_MARK: _mark(center)})
    aside = path.with_name(f".{path.name}.tmp")
    with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        pq.write_table(table, file)
    aside.replace(path)


def _mark(center: str) -> bytes:
    return _VERSION + b"|" + center.encode()
