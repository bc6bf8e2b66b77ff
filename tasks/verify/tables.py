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

from tasks.verify.masks import is_ours

PARQUET: Final = b"PAR1"
_ARROW, _FEATHER, _STREAM, _ORC = b"ARROW1", b"FEA1", b"\xff\xff\xff\xff", b"ORC"
# How those begin that tell so by their first bytes alone.
TABLES: Final = (PARQUET, _ARROW, _FEATHER)
# Rows that are held at a time: a row of pictures may have a hundred kilobytes.
_ROWS: Final = 512
# The least numbers of six and of eight digits, a zero in front; whole floats are exact up to here.
_SIX_DIGITS, _EIGHT_DIGITS, _EXACT = 1e5, 1e7, 2.0**53


def is_table(content: bytes) -> bool:
    """Return whether a content begins, and where that tells too little ends, as a table does."""
    if content.startswith(_STREAM):
        with suppress(OSError, pa.ArrowException):
            return pa.ipc.open_stream(content).schema is not None
    if content.startswith(_ORC):
        return content.endswith(_ORC, 0, -1)  # the postscript's last word, and its length
    return content.startswith(TABLES)


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
    """Yield the distinct texts and bytes of a column, of any depth.

    Parameters
    ----------
    column
        Texts beside each other in one row are yielded together as well, for a name may have its
        parts there.
    """
    for leaf in _leaves(column):
        if _is_bytes(leaf.type):
            yield from (bytes(value) for value in leaf.unique().to_pylist() if value)
        elif not _is_number(leaf.type) and not pa.types.is_boolean(leaf.type):
            yield from _texts(leaf.unique())
    if pa.types.is_nested(column.type):
        yield from set(map(_texts_beside, _rows(column, _is_text)))


def long_numbers_of(column: pa.Array) -> set[int]:
    """Return the whole numbers of a column that are as long as a day or somebody's number.

    A column of whole numbers with a gap becomes one of floats. Where others as large have a
    fraction it is one of measurements, in which six or seven digits are somebody's by chance.
    """
    found = set[int]()
    for leaf in _leaves(column):
        if pa.types.is_integer(leaf.type):
            told = map(abs, leaf.unique().drop_null().to_pylist())
            found |= {number for number in told if number >= _SIX_DIGITS}
        elif pa.types.is_floating(leaf.type):
            values = np.abs(leaf.drop_null().to_numpy(zero_copy_only=False).astype(np.float64))
            large = np.unique(values[(values >= _SIX_DIGITS) & (values < _EXACT)])
            whole = large[large % 1 == 0]
            least = _SIX_DIGITS if len(whole) == len(large) else _EIGHT_DIGITS
            found |= set(map(int, whole[whole >= least].tolist()))
    return found


def _texts_beside(row: object) -> str:
    """Return the texts of a row beside each other, but for pseudonyms, which make rows differ."""
    return " ".join([v for v in _within(row) if isinstance(v, str) and not is_ours(v)])


def _rows(column: pa.Array, is_kind: Callable[[pa.DataType], bool]) -> list[Any]:
    """Return the rows of a column, of structures only what is of a kind, or holds it."""
    kept = _kept(column.type, is_kind)
    return [] if kept is None else list(column.cast(kept).to_pylist())


def numbers_of_rows(column: pa.Array) -> Iterator[set[float]]:
    """Yield the numbers of each row of a column, without their signs."""
    for row in _rows(column, _is_number):
        yield {abs(value) for value in _within(row) if isinstance(value, int | float)}


def _within(value: object) -> list[object]:
    """Return the plain values that a row holds at any depth."""
    if isinstance(value, dict):
        value = list(value.values())
    if not isinstance(value, list | tuple):
        return [value]
    return [plain for part in value for plain in _within(part)]


def _kept(kind: pa.DataType, is_kind: Callable[[pa.DataType], bool]) -> pa.DataType | None:
    """Return what is left of a type without fields that are not of a kind; None for nothing."""
    if pa.types.is_struct(kind):
        fields = [kind.field(at) for at in range(kind.num_fields)]
        kept = [(one.name, left) for one in fields if (left := _kept(one.type, is_kind))]
        return pa.struct(kept) if kept else None
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        left = _kept(kind.value_type, is_kind)
        make = pa.list_ if pa.types.is_list(kind) else pa.large_list
        return make(left) if left else None
    return kind if pa.types.is_nested(kind) or is_kind(kind) else None


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


def _is_number(kind: pa.DataType) -> bool:
    """Return whether a type holds numbers that a program counts or measures with."""
    plain = _plain(kind)
    return bool(pa.types.is_integer(plain) or pa.types.is_floating(plain))


def _is_text(kind: pa.DataType) -> bool:
    """Return whether a type holds texts."""
    is_text = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view)
    return any(is_kind(_plain(kind)) for is_kind in is_text)


def _plain(kind: pa.DataType) -> pa.DataType:
    """Return the type of what a column says, however its values are kept."""
    is_kept_once = pa.types.is_dictionary(kind) or pa.types.is_run_end_encoded(kind)
    return kind.value_type if is_kept_once else kind


def _is_bytes(kind: pa.DataType) -> bool:
    """Return whether a type holds bytes."""
    return any(is_kind(kind) for is_kind in _BYTES)
