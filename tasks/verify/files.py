"""Hold a table, a report, a log or any other file of a study against the originals."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain

import pyarrow as pa

from tasks.verify.decoding import from_base64, is_database, is_plain, texts_of
from tasks.verify.findings import Finding
from tasks.verify.needles import runs_of
from tasks.verify.pdf_text import texts_of_pdf
from tasks.verify.pictures import is_picture, runs_of_coded
from tasks.verify.searching import NAMED, SAID, Search
from tasks.verify.tables import PARQUET, batches_of, values_of
from tasks.verify.unpacking import PDF, ClosedError, layers


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
            if layer.startswith(PARQUET):
                yield from _table(pa.py_buffer(layer), place, search)
            elif what := _what_is_said(layer, search):
                yield Finding(place, "identifier", what)
                return
    except ClosedError:
        yield Finding(place, "unreadable", "what is packed inside cannot be looked into")


def _what_is_said(content: bytes, search: Search) -> str:
    """Return what is found in bytes, "" for nothing."""
    if is_plain(content):
        return search.finds_any(texts_of(content, search.pages), from_base64(content))
    if is_picture(content):
        return search.finds_coded(runs_of_coded(content))
    if any(search.needles.found_in(run, search.models) for run in runs_of(content)):
        return SAID
    if is_database(content):  # its runs were searched, and it is large
        return NAMED if any(map(search.names, texts_of(content, search.pages))) else ""
    pages = texts_of_pdf(content) if content.startswith(PDF) else ()
    return search.finds_any(texts_of(content, search.pages), from_base64(content), pages)


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
    """Look at every column up to the first finding in it, and at each text in it once."""
    seen, found = set[tuple[int, str]](), set[int]()
    for batch in batches:
        for number, name in enumerate(batch.schema.names):
            values = set(values_of(batch.column(number))) if number not in found else ()
            texts = {(number, value) for value in values if isinstance(value, str)} - seen
            seen |= texts
            blobs = (look_at_file(v, place, search) for v in values if isinstance(v, bytes))
            said = (Finding(place, "identifier", SAID) for _, v in texts if search.finds(v))
            for finding in chain(said, chain.from_iterable(blobs)):
                column = f"number {number + 1}" if search.finds(name) else name
                yield replace(finding, place=f"{place} column {column}")
                found.add(number)
                break
