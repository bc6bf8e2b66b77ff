"""A table that somebody keeps in a spreadsheet, saved as CSV in the way of any country."""

import csv
import io
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Final

_SEPARATORS: Final = ",;\t"
_SEP: Final = "sep="  # a line of Excel's own, above the heading


class NoTable(ValueError):  # noqa: N818 - named after what was found
    """Raised with what keeps a file from being read, without its path."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row, by the names of its columns.

    Attributes
    ----------
    number
        In the file, the heading being 1.
    cells
        Text by column; "" where the row ends early, as a spreadsheet lets it where cells are empty.
    is_longer
        Whether cells that say something stand beyond the last column: a comma that is part of a
        cell has most likely moved the others.
    """

    number: int
    cells: dict[str, str]
    is_longer: bool


TOO_LONG: Final = "more cells than columns: put a cell that holds a comma in quotation marks"


def read(path: Path) -> tuple[list[str], list[Row]]:
    """Read a table.

    Parameters
    ----------
    path
        Separated by comma, semicolon or tab; UTF-8, UTF-16 with its mark, or else Windows-1252.

    Returns
    -------
    Names of the columns in lower case, and the rows that say anything.

    Raises
    ------
    NoTable
        The file cannot be read, is no text, or a quotation mark in it has no partner.
    """
    text = io.StringIO(_text(path), newline=None)
    heading = text.readline()
    if marked := heading.lower().startswith(_SEP):
        heading = text.readline()
    separator = max(_SEPARATORS, key=heading.count)
    numbered = _cells(chain([heading], text), separator, above=int(marked))
    _, names = next(numbered, (0, []))
    columns = [name.strip().lower() for name in names]
    return columns, [row for row in (_row(n, columns, said) for n, said in numbered) if row]


def _text(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except OSError as fault:
        raise NoTable(f"cannot be read ({type(fault).__name__}); save it as CSV, UTF-8") from None
    if raw.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        text = raw.decode("utf-16", errors="replace")
    else:
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = raw.decode("cp1252", errors="replace")
    if "\0" in text:
        raise NoTable("is no text; save it as CSV, UTF-8")
    return text


def _cells(lines: Iterable[str], separator: str, above: int) -> Iterator[tuple[int, list[str]]]:
    """Cells of each row with its number in the file."""
    reader = csv.reader(lines, delimiter=separator, strict=True)
    while True:
        first = above + reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error:
            raise NoTable(
                f"row {first}: a quotation mark has no partner, and rows below would be lost; "
                "mend it there"
            ) from None
        if cells is None:
            return
        yield above + reader.line_num, cells


def _row(number: int, columns: list[str], said: list[str]) -> Row | None:
    texts = [text.strip() for text in said]
    if not any(texts):
        return None
    padded = texts + [""] * (len(columns) - len(texts))
    cells = dict(zip(columns, padded, strict=False))
    return Row(number, cells, any(texts[len(columns) :]))
