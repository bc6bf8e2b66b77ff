"""What a table says: its columns at every depth, as texts and as bytes, and what describes them."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import chain
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow import feather, orc

PARQUET: Final = b"PAR1"
_ARROW, _FEATHER, _STREAM, _ORC = b"ARROW1", b"FEA1", b"\xff\xff\xff\xff", b"ORC"
# Rows that are held at a time: a row of pictures may have a hundred kilobytes.
_ROWS: Final = 512


def is_table(content: bytes) -> bool:
    """Return whether a content begins, and where that tells too little ends, as a table does."""
    if content.startswith(_STREAM):
        with suppress(OSError, pa.ArrowException):
            return pa.ipc.open_stream(content).schema is not None
    if content.startswith(_ORC):
        return content.endswith(_ORC, 0, -1)  # the postscript's last word, and its length
    return content.startswith((PARQUET, _ARROW, _FEATHER))


def batches_of(content: pa.Buffer) -> tuple[list[str], Iterable[pa.RecordBatch]]:
    """Return what describes a table, and its rows in parts.

    Raises
    ------
    OSError, pa.ArrowException
        It cannot be read.
    """
    file, head = pa.BufferReader(content), content.slice(0, 8).to_pybytes()
    if head.startswith(PARQUET):
        parquet = pq.ParquetFile(file)
        told = [str(parquet.metadata.created_by), *_pairs(parquet.metadata.metadata)]
        return [*_described(parquet.schema_arrow), *told], parquet.iter_batches(_ROWS)
    if head.startswith(_ORC):
        table = orc.ORCFile(file).read()
    elif head.startswith(_FEATHER):
        table = feather.read_table(file)
    else:
        is_stream = head.startswith(_STREAM)
        table = (pa.ipc.open_stream if is_stream else pa.ipc.open_file)(file).read_all()
    return list(_described(table.schema)), table.to_batches(max_chunksize=_ROWS)


def _described(schema: pa.Schema) -> Iterator[str]:
    """Yield a table's names of columns and all that is said about them."""
    yield from _pairs(schema.metadata)
    todo: list[pa.Field] = list(schema)
    while todo:
        field = todo.pop()
        yield field.name
        yield from _pairs(field.metadata)
        todo += [field.type.field(at) for at in range(field.type.num_fields)]


def _pairs(metadata: dict[bytes, bytes] | None) -> Iterator[str]:
    """Yield the keys and values of what is said about a table."""
    for pair in (metadata or {}).items():
        yield from (part.decode("utf-8", "replace") for part in pair)


def values_of(column: pa.Array) -> Iterator[str | bytes]:
    """Yield the distinct texts, numbers and bytes of a column, of any depth.

    Parameters
    ----------
    column
        Texts beside each other in one row are yielded together as well, for a name may have its
        parts there.
    """
    kinds = set[str]()
    for leaf in _leaves(column):
        if _is_bytes(leaf.type):
            yield from (bytes(value) for value in leaf.unique().to_pylist() if value)
            kinds.add("bytes")
        elif pa.types.is_floating(leaf.type):
            yield from _long_numbers(leaf)
            kinds.add("numbers")
        elif not pa.types.is_boolean(leaf.type):
            yield from _texts(leaf.unique())
            kinds.add("texts")
    if "texts" in kinds and "bytes" not in kinds and pa.types.is_nested(column.type):
        yield from set(map(str, column.to_pylist()))


_SIX_DIGITS, _EIGHT_DIGITS, _EXACT = 1e5, 1e7, 2.0**53
_BYTES: Final = (
    *(pa.types.is_binary, pa.types.is_large_binary),
    *(pa.types.is_fixed_size_binary, pa.types.is_binary_view),
)
# How a column is taken apart, by its type. A dictionary is searched whole, unused values as well.
_APART: Final[tuple[tuple[Callable[[pa.DataType], bool], Callable[[Any], list[pa.Array]]], ...]] = (
    (lambda kind: isinstance(kind, pa.BaseExtensionType), lambda column: [column.storage]),
    (pa.types.is_dictionary, lambda column: [column.dictionary]),
    (pa.types.is_run_end_encoded, lambda column: [column.values]),
    (pa.types.is_map, lambda column: [column.keys, column.items]),
    (pa.types.is_union, lambda column: list(map(column.field, range(column.type.num_fields)))),
    (pa.types.is_struct, lambda column: column.flatten()),
    (pa.types.is_nested, lambda column: [column.flatten()]),
)


def _leaves(column: pa.Array) -> Iterator[pa.Array]:
    """Yield the arrays of plain values that a column is made of."""
    apart = next((apart for is_kind, apart in _APART if is_kind(column.type)), None)
    if apart is None:
        yield column
    else:
        yield from chain.from_iterable(map(_leaves, apart(column)))


def _texts(leaf: pa.Array) -> Iterator[str]:
    """Yield plain values as texts; points in time by Arrow, for Python has no nanoseconds."""
    told = pc.cast(leaf, pa.string()) if pa.types.is_timestamp(leaf.type) else leaf
    yield from (str(value) for value in told.to_pylist() if value is not None)


def _long_numbers(leaf: pa.Array) -> Iterator[str]:
    """Yield the whole numbers among floats that are as long as a day or somebody's number.

    A column of whole numbers with a gap becomes one of floats. Where others as large have a
    fraction it is one of measurements, in which six or seven digits are somebody's by chance.
    """
    values = leaf.drop_null().to_numpy(zero_copy_only=False).astype(np.float64)
    large = values[(np.abs(values) >= _SIX_DIGITS) & (np.abs(values) < _EXACT)]
    whole = np.unique(np.abs(large[large % 1 == 0]))
    least = _SIX_DIGITS if bool(np.all(large % 1 == 0)) else _EIGHT_DIGITS
    yield from (str(int(value)) for value in whole[whole >= least].tolist())


def _is_bytes(kind: pa.DataType) -> bool:
    """Return whether a type holds bytes."""
    return any(is_kind(kind) for is_kind in _BYTES)
