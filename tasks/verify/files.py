"""Hold a table, a report, a log or any other file of a study against the originals."""

from collections.abc import Iterable, Iterator
from itertools import chain

import pyarrow as pa

from tasks.verify.coded import coded_in
from tasks.verify.databases import SQLITE, cells_of
from tasks.verify.decoding import is_database, is_packed, is_plain, texts_of
from tasks.verify.findings import Finding
from tasks.verify.needles import runs_of
from tasks.verify.numbers import Numbers
from tasks.verify.pdf_parts import PDF, around_streams
from tasks.verify.pdf_text import texts_of_pdf
from tasks.verify.pictures import is_picture, legible_of, runs_of_coded
from tasks.verify.searching import SAID, Search
from tasks.verify.tables import batches_of, is_table, values_of
from tasks.verify.unpacking import PACKED, ClosedError, layers


def look_at_file(content: bytes | pa.Buffer, place: str, search: Search) -> Iterator[Finding]:
    """Look into a file that is no film.

    Parameters
    ----------
    content
        The file; a table may be a map of it.
    place
        Its path within the study.
    search
        What is sought.
    """
    if isinstance(content, pa.Buffer):
        yield from _table(content, place, search)
        return
    try:
        for layer in layers(content):
            if is_table(layer):
                yield from _table(pa.py_buffer(layer), place, search)
                continue
            what = _what_is_said(layer, search)
            found = [Finding(place, "identifier", what)] if what else []
            for finding in chain(found, look_at_cells(layer, place, search)):
                yield finding
                return
    except ClosedError:
        yield Finding(place, "unreadable", "what is packed inside cannot be looked into")


def _what_is_said(content: bytes, search: Search) -> str:
    """Return what is found in bytes, "" for nothing."""
    if is_plain(content):
        return search.finds_any(texts_of(content, search.pages))
    if is_picture(content):
        return search.finds_coded(runs_of_coded(content))
    pages: Iterable[str] = ()
    if content.startswith(PDF):
        content, pages = around_streams(content, PACKED), texts_of_pdf(content)
    if any(search.needles.found_in(run, search.models) for run in set(runs_of(content))):
        return SAID
    if is_database(content):  # its runs were searched, and it is large
        western, universal = texts_of(content, search.pages)
        return search.names(western) or search.finds_behind(universal)
    coded = () if is_packed(content) else [coded_in(content.decode("latin-1"))]
    return (
        search.finds_coded(runs_of_coded(content))
        or search.finds_behind("\n".join(legible_of(content)))
        or search.finds_any(texts_of(content, search.pages), coded, pages)
    )


def look_at_cells(content: bytes, place: str, search: Search) -> Iterator[Finding]:
    """Look at what the raw bytes of a database do not show, if it is one."""
    if content.startswith(SQLITE):
        for said in cells_of(content):
            yield from look_at_file(said, place, search)


def _values(values: Iterable[str | bytes], place: str, search: Search) -> Iterator[Finding]:
    """Look at texts, then at bytes as at files."""
    texts = [value for value in values if isinstance(value, str)]
    for text in texts:
        if what := search.finds(text):
            yield Finding(place, "identifier", what)
    for value in values:
        if isinstance(value, bytes):
            yield from look_at_file(value, place, search)


def _table(content: pa.Buffer, place: str, search: Search) -> Iterator[Finding]:
    """Look at what describes a table, and at its columns."""
    try:
        described, batches = batches_of(content)
        if any(map(search.finds, described)):
            yield Finding(f"{place} schema", "identifier", SAID)
        yield from _columns(batches, place, search)
    except (OSError, pa.ArrowException) as error:
        yield Finding(place, "unreadable", type(error).__name__)


def _columns(batches: Iterable[pa.RecordBatch], place: str, search: Search) -> Iterator[Finding]:
    """Look at every column up to the first finding in it."""
    columns: list[_Column] = []
    for batch in batches:
        columns = columns or [
            _Column(f"{place} column {f'number {at}' if search.finds(name) else name}", search)
            for at, name in enumerate(batch.schema.names, 1)
        ]
        for column, values in zip(columns, batch.columns, strict=True):
            column.look_at(values, batch)
    for column in columns:
        yield from column.findings()


class _Column:
    """One column of a table: each text in it is looked at once, its numbers as a whole."""

    def __init__(self, place: str, search: Search) -> None:
        self._place, self._search = place, search
        self._found: Finding | None = None
        self._seen: set[str] = set()
        self._numbers = Numbers(search.needles, search.people)

    def look_at(self, values: pa.Array, batch: pa.RecordBatch) -> None:
        """Look at what a batch of rows says in it, until something was found."""
        if self._found is not None:
            return
        said = {value for value in values_of(values) if value not in self._seen}
        self._seen.update(value for value in said if isinstance(value, str))
        self._found = next(_values(said, self._place, self._search), None)
        if self._found is None and self._numbers.tell_own(values, batch):
            self._found = Finding(self._place, "identifier", SAID)

    def findings(self) -> Iterator[Finding]:
        """Yield what was found in it, or what its numbers together say."""
        if self._found is not None:
            yield self._found
        elif self._numbers.tell_many():
            yield Finding(self._place, "identifier", SAID)
