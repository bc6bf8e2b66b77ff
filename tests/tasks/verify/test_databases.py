"""A leak is found in each cell of a database, and in its newest rows, which lie in another file."""

import sqlite3
import zlib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tasks.verify import Finding, verify
from tasks.verify.databases import with_pages_ahead
from tests.tasks.verify.test_containers import NOBODY, ORIGINALS, SAID, SOUGHT, a_line


def found_in(folder: Path) -> list[Finding]:
    return verify(folder, identifiers=SOUGHT, originals=ORIGINALS)


def test_a_cell_is_found_though_others_begin_and_end_where_it_does(tmp_path: Path):
    """A database lays the cells of a row side by side, with nothing between them."""
    for said, is_leak in (*((said, True) for said in SAID), (NOBODY, False)):
        path = tmp_path / "a.db"
        with closing(sqlite3.connect(path)) as database, database:
            database.execute("create table log (logger text, said text, level text)")
            database.execute("insert into log values ('runs', ?, 'warning')", (said,))
        assert bool(found_in(tmp_path)) is is_leak, said
        path.unlink()


def written_ahead(folder: Path, *cells: object) -> None:
    """Write rows that only the file beside a database has, as a killed server leaves it."""
    path = folder / "a.db"
    with closing(sqlite3.connect(path)) as database:
        database.execute("pragma journal_mode = wal")
        database.execute("pragma wal_autocheckpoint = 0")
        database.execute("pragma synchronous = off")
        database.execute("create table log (cell)")
        database.commit()
        database.execute("pragma wal_checkpoint(truncate)")
        for cell in cells:
            database.execute("insert into log values (?)", (cell,))
            database.commit()
        files = {one: one.read_bytes() for one in (path, folder / "a.db-wal")}
    for one, content in files.items():
        one.write_bytes(content)


@pytest.mark.parametrize(
    "cell",
    [
        lambda said: zlib.compress(a_line(said)),
        lambda said: "x" * 4000 + f" {said} " + "y" * 4000,
        lambda said: 481102 if said != NOBODY else 481103,
    ],
    ids=["packed", "several pages", "number"],
)
def test_the_newest_rows_are_found(tmp_path: Path, cell: Callable[[str], object]):
    for said in (NOBODY, *SAID):
        written_ahead(tmp_path, "first", cell(said), *range(40))
        places = {finding.place for finding in found_in(tmp_path)}
        assert ("a.db" in places) is (said != NOBODY), said
        for path in tmp_path.iterdir():
            path.unlink()


def test_pages_ahead_make_the_database_that_its_own_program_would_read(tmp_path: Path):
    written_ahead(tmp_path, *("row" * 100 for _ in range(100)))
    newest = with_pages_ahead(*((tmp_path / name).read_bytes() for name in ("a.db", "a.db-wal")))
    with closing(sqlite3.connect(tmp_path / "a.db")) as database:
        database.execute("pragma wal_checkpoint(truncate)")
    assert newest == (tmp_path / "a.db").read_bytes()


@pytest.mark.parametrize("ahead", [b"", b"\x37\x7f\x06\x82", bytes(9000), b"\xff" * 9000])
def test_what_is_damaged_ahead_is_passed_over(tmp_path: Path, ahead: bytes):
    written_ahead(tmp_path, "first")
    (tmp_path / "a.db-wal").write_bytes(ahead)
    assert found_in(tmp_path) == []
