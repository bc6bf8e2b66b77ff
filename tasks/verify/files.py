"""Hold a table, a report, a log or any other file of a study against the originals."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from tasks.verify.decoding import from_base64, is_database, is_plain, texts_of, unescaped
from tasks.verify.findings import Finding
from tasks.verify.needles import Needles, runs_of
from tasks.verify.pdf_text import texts_of_pdf
from tasks.verify.unpacking import PDF, ClosedError, layers

_PARQUET: Final = b"PAR1"
_SAID: Final = "an identifier of an original"
_NAMED: Final = "a part of somebody's name"


@dataclass(frozen=True, slots=True, eq=False)
class Search:
    """What is sought in files and their names.

    Attributes
    ----------
    needles
        Every identifier of the study.
    pages
        Code pages in which its people's names may be written.
    models
        Makes and models of its films, squeezed: a device may be called like one.
    """

    needles: Needles
    pages: tuple[str, ...] = ()
    models: str = ""

    def finds(self, text: str) -> str:
        """Return what a text says, escapes undone, "" for nothing."""
        for said in filter(None, (text, unescaped(text))):
            if self.needles.found_in(said, self.models):
                return _SAID
            if self.needles.named_in(said):
                return _NAMED
        return ""

    def finds_any(self, *texts: Iterable[str]) -> str:
        """Return what the first of some texts says that says anything."""
        return next(filter(None, map(self.finds, chain(*texts))), "")

    def names(self, text: str) -> bool:
        """Return whether a text names somebody, or hides an identifier behind escapes."""
        return self.needles.named_in(text) or bool(self.finds(unescaped(text)))


def look_at_file(content: bytes, place: str, search: Search) -> Iterator[Finding]:
    """Look into a file that is no film.

    Parameters
    ----------
    content
        The file.
    place
        Its path within the study.
    search
        What is sought.
    """
    try:
        for layer in layers(content):
            if layer.startswith(_PARQUET):
                yield from _table(layer, place, search)
            elif what := _what_is_said(layer, search):
                yield Finding(place, "identifier", what)
                return
    except ClosedError:
        yield Finding(place, "unreadable", "what is packed inside cannot be looked into")


def _what_is_said(content: bytes, search: Search) -> str:
    """Return what is found in bytes, "" for nothing."""
    if is_plain(content):
        return search.finds_any(texts_of(content, search.pages), from_base64(content))
    if any(search.needles.found_in(run, search.models) for run in runs_of(content)):
        return _SAID
    if is_database(content):  # its runs were searched, and it is large
        return _NAMED if any(map(search.names, texts_of(content, search.pages))) else ""
    pages = texts_of_pdf(content) if content.startswith(PDF) else ()
    return search.finds_any(texts_of(content, search.pages), from_base64(content), pages)


def _table(content: bytes, place: str, search: Search) -> Iterator[Finding]:
    """Look at every text of a Parquet file, column by column, and its metadata."""
    try:
        table = pq.ParquetFile(pa.BufferReader(content)).read()
    except (OSError, pa.ArrowException) as error:
        yield Finding(place, "unreadable", type(error).__name__)
        return
    if any(map(search.finds, _described(table.schema))):
        yield Finding(f"{place} schema", "identifier", _SAID)
    for number, name in enumerate(table.column_names):
        if any(map(search.finds, _unique(table.column(number)))):
            column = f"number {number + 1}" if search.finds(name) else name
            yield Finding(f"{place} column {column}", "identifier", _SAID)


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


def _unique(column: pa.ChunkedArray) -> set[str]:
    """Return the distinct values of a column that may hold text or identifying numbers.

    Bytes are escaped, also inside of lists; the search undoes that in either encoding.
    """
    kind = column.type
    if pa.types.is_floating(kind) or pa.types.is_boolean(kind):
        return set()
    distinct = column if pa.types.is_nested(kind) else column.unique()
    return set(map(str, distinct.to_pylist()))
