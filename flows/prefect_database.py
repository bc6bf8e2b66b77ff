"""A new study's database of Prefect, laid down as its migrations leave it.

A hundred migrations take seconds of every new study's start; ``prefect_schema.sql`` is what they
come to on an empty database. Prefect's server still migrates from there to its own version.
``python -m flows.prefect_database`` writes the file anew after Prefect was raised.
"""

import os
import re
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing, suppress
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Final

_SCHEMA: Final = files("flows").joinpath("prefect_schema.sql")
_REVISION: Final = re.compile(r"INSERT INTO \"alembic_version\" VALUES\('(\w+)'\)")


def lay(home: Path) -> None:
    """Lay down the empty database of a new ``PREFECT_HOME``; one that is there stays as it is.

    Nothing is done where the installed Prefect does not know the schema's version: its server
    then makes the database itself.
    """
    script = _SCHEMA.read_text(encoding="utf-8")
    database = home / "prefect.db"
    if database.exists() or not _is_known(script):
        return
    with tempfile.TemporaryDirectory(dir=home) as aside:
        made = Path(aside, database.name)
        with closing(sqlite3.connect(made)) as new:
            new.executescript(script)
        with suppress(OSError):  # a run beside this one was first, or the disk knows no links
            os.link(made, database)


def _is_known(script: str) -> bool:
    """Tell whether Prefect's migrations lead through the schema's version, without its import."""
    revision, prefect = _REVISION.search(script), find_spec("prefect")
    if revision is None or prefect is None:
        return False
    (package,) = prefect.submodule_search_locations or ("",)
    versions = Path(package, "server", "database", "_migrations", "versions", "sqlite")
    return any(versions.glob(f"*_{revision[1]}_*.py"))


def migrated(home: Path) -> str:
    """Let Prefect make a database in an empty folder and return it as a script."""
    command = [sys.executable, "-m", "prefect", "server", "database", "upgrade", "-y"]
    surroundings = {k: v for k, v in os.environ.items() if not k.startswith("PREFECT_")}
    subprocess.run(  # noqa: S603 - our own interpreter, fixed arguments
        command,
        env=surroundings | {"PREFECT_HOME": str(home)},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    with closing(sqlite3.connect(home / "prefect.db")) as made:
        return "\n".join(made.iterdump()) + "\n"


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        origin = "-- Made by Prefect's own migrations: python -m flows.prefect_database\n"
        Path(str(_SCHEMA)).write_text(origin + migrated(Path(folder)), encoding="utf-8")
