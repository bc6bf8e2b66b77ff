import sqlite3
from contextlib import closing
from importlib.resources import files

from flows import prefect_database


def test_the_schema_that_is_laid_down_is_what_prefect_migrates_to(tmp_path):
    made, laid = tmp_path / "made", tmp_path / "laid"
    made.mkdir()
    laid.mkdir()
    prefect_database.lay(laid)
    prefect_database.migrated(made)
    assert tables_of(laid) == tables_of(made)


def test_the_schema_that_is_laid_down_is_the_newest_of_the_installed_prefect(tmp_path):
    prefect_database.lay(tmp_path)
    with closing(sqlite3.connect(tmp_path / "prefect.db")) as one:
        (revision,) = one.execute("SELECT version_num FROM alembic_version").fetchone()
    versions = files("prefect.server.database").joinpath("_migrations", "versions", "sqlite")
    assert f"_{revision}_" in max(one.name for one in versions.iterdir() if one.suffix == ".py")


def test_a_database_that_is_there_stays_as_it_is(tmp_path):
    (tmp_path / "prefect.db").write_bytes(b"mine")
    prefect_database.lay(tmp_path)
    assert (tmp_path / "prefect.db").read_bytes() == b"mine"


def test_a_schema_that_the_installed_prefect_does_not_know_is_left_to_prefect(
    tmp_path, monkeypatch
):
    script = prefect_database._SCHEMA.read_text(encoding="utf-8")
    unknown = tmp_path / "newer.sql"
    unknown.write_text(script.replace("a3b9c7d2e5f1", "0123456789ab"), encoding="utf-8")
    monkeypatch.setattr(prefect_database, "_SCHEMA", unknown)
    prefect_database.lay(tmp_path)
    assert not (tmp_path / "prefect.db").exists()


def tables_of(home):
    """Statements of a database; Prefect's migrations order constraints as sets come."""
    with closing(sqlite3.connect(home / "prefect.db")) as one:
        said = [
            sorted(line.strip(" \t,;") for line in part.splitlines()) for part in one.iterdump()
        ]
        return sorted(said)
