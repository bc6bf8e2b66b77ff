"""What the cells of a database hold that its raw bytes do not show."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from typing import Final

SQLITE: Final = b"SQLite format 3\0"
# The header's versions of the file format: in a mode that writes ahead, no copy in memory opens.
_MODES: Final = slice(18, 20)
# Longer texts are laid on several pages, with other bytes between them.
_LONG_TEXT: Final = 400
_BASE64: Final = re.compile(rb"[A-Za-z0-9+/]{12,}={0,2}")
_MIN_NUMBER: Final = 1e5


def cells_of(content: bytes) -> Iterator[str | bytes]:
    """Yield packed and coded cells, numbers, long texts and texts in UTF-16 of a database.

    What is damaged is passed over, for its raw bytes are searched as well: a database that is being
    written to has its newest pages elsewhere.
    """
    file = bytearray(content)
    file[_MODES] = b"\1\1"
    with closing(sqlite3.connect(":memory:")) as database, suppress(sqlite3.Error):
        database.deserialize(bytes(file))
        database.text_factory = bytes
        (encoding,) = database.execute("pragma encoding").fetchone()
        tables = database.execute("select name from sqlite_master where type = 'table'").fetchall()
        for (name,) in tables:
            quoted = name.decode("utf-8", "replace").replace('"', '""')
            with suppress(sqlite3.Error):
                for row in database.execute(f'select * from "{quoted}"'):  # noqa: S608 - quoted
                    for cell in row:
                        yield from _hidden(cell, is_wide=encoding != b"UTF-8")


def _hidden(cell: object, *, is_wide: bool) -> Iterator[str | bytes]:
    """Yield a cell that is not to be read in the raw bytes."""
    if isinstance(cell, int | float):
        if abs(cell) >= _MIN_NUMBER and cell % 1 == 0:
            yield str(int(cell))
    elif isinstance(cell, bytes):
        is_coded = not cell.isascii() or _BASE64.fullmatch(cell) is not None
        yield from [cell] if is_wide or is_coded or len(cell) > _LONG_TEXT else []
