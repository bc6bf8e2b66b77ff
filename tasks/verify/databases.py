"""What the cells of a database say; its raw bytes put one beside another with nothing between."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from typing import Final

SQLITE: Final = b"SQLite format 3\0"
AHEAD: Final = (b"\x37\x7f\x06\x82", b"\x37\x7f\x06\x83")
# The header's versions of the file format: in a mode that writes ahead, no copy in memory opens.
_MODES: Final = slice(18, 20)
# Of what is written ahead, and of each page in it (SQLite's file format, section 4.1).
_HEAD, _FRAME = 32, 24
_MIN_NUMBER: Final = 1e5


def cells_of(content: bytes) -> Iterator[bytes]:
    """Yield the texts and numbers of each table, one a line, then the cells that hold bytes.

    What is damaged is passed over, for its raw bytes are searched as well.
    """
    file = bytearray(content)
    file[_MODES] = b"\1\1"
    with closing(sqlite3.connect(":memory:")) as database, suppress(sqlite3.Error):
        database.deserialize(bytes(file))
        database.text_factory = lambda text: text.decode("utf-8", "surrogateescape")
        tables = database.execute("select name from sqlite_master where type = 'table'").fetchall()
        for (name,) in tables:
            quoted = name.replace('"', '""')
            cells = set[str | bytes]()
            with suppress(sqlite3.Error):
                for row in database.execute(f'select * from "{quoted}"'):  # noqa: S608 - quoted
                    cells.update(filter(None, map(_said, row)))
            texts = sorted(cell for cell in cells if isinstance(cell, str))
            yield "\n".join(texts).encode("utf-8", "surrogateescape")
            yield from (cell for cell in cells if isinstance(cell, bytes))


def _said(cell: object) -> str | bytes:
    """Return what a cell says, of numbers those as long as somebody's."""
    if isinstance(cell, int | float):
        return str(int(cell)) if abs(cell) >= _MIN_NUMBER and cell % 1 == 0 else ""
    return cell if isinstance(cell, str | bytes) else ""


def with_pages_ahead(content: bytes, ahead: bytes) -> bytes:
    """Return a database with the pages that were written ahead of it: its newest rows.

    Parameters
    ----------
    content
        The database as it lies on disk.
    ahead
        The file beside it whose name ends in ``-wal``. Pages behind the newest are of an earlier
        round, with other salts.
    """
    size, salts, most = int.from_bytes(ahead[8:12], "big"), ahead[16:24], len(content) + len(ahead)
    file = bytearray(content)
    for start in range(_HEAD, len(ahead) - _FRAME - size + 1, _FRAME + size):
        at = (int.from_bytes(ahead[start : start + 4], "big") - 1) * size
        if ahead[start + 8 : start + 16] != salts or not 0 <= at <= most:
            break
        file.extend(bytes(max(at - len(file), 0)))
        file[at : at + size] = ahead[start + _FRAME : start + _FRAME + size]
    return bytes(file)
