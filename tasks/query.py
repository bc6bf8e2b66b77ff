"""Questions to a study in SQL: DuckDB over the published Parquet.

The database lives in memory and may read the study's results and nothing else; what a question
could change is gone with it.
"""

from pathlib import Path

import duckdb
import pyarrow as pa

from data_contracts import schemas
from data_contracts.errors import StudyError
from tasks import publish


class QueryRefused(StudyError):  # noqa: N818 - named after what happened
    """Raised when a question cannot be answered; one line says why."""


def query(results: Path, sql: str) -> pa.Table:
    """Answer one SELECT over the study's tables.

    Parameters
    ----------
    results
        The study's ``results`` folder.
    sql
        One SELECT (or DESCRIBE, SHOW, SUMMARIZE, EXPLAIN); every table of the study is a view.

    Returns
    -------
    The answer.

    Raises
    ------
    QueryRefused
        Nothing is published yet, the SQL is wrong, or it is not a question.
    """
    with duckdb.connect(":memory:") as database:
        if _open_views(database, results) == 0:
            raise QueryRefused("nothing is published yet; run the study first: aac run study.yaml")
        _seal(database, results)
        try:
            _only_a_question(database, sql)
            return database.sql(sql).to_arrow_table()
        except duckdb.Error as fault:
            raise QueryRefused(_one_line(fault)) from None


def _open_views(database: duckdb.DuckDBPyConnection, results: Path) -> int:
    opened = 0
    for table_name, schema in schemas.SCHEMAS.items():
        # the files are named, not globbed, so that one answer reads one state of the study
        parts = ", ".join(publish.quote(str(file)) for file in publish.files(results, table_name))
        if parts:
            columns = ", ".join(f'"{name}"' for name in schema.names)
            database.execute(
                f'CREATE VIEW "{table_name}" AS SELECT {columns} '  # noqa: S608 - our own names
                f"FROM read_parquet([{parts}], hive_partitioning = false)"
            )
            for comment in publish.comments(table_name):
                database.execute(comment)
            opened += 1
    return opened


def _seal(database: duckdb.DuckDBPyConnection, results: Path) -> None:
    database.execute(f"SET allowed_directories = [{publish.quote(str(results))}]")
    for setting in (
        "autoinstall_known_extensions = false",
        "autoload_known_extensions = false",
        "enable_external_access = false",
        "lock_configuration = true",
    ):
        database.execute(f"SET {setting}")


def _only_a_question(database: duckdb.DuckDBPyConnection, sql: str) -> None:
    statements = database.extract_statements(sql)
    if len(statements) != 1:
        raise QueryRefused(f"give one SELECT, got {len(statements)} statements")
    if statements[0].type not in (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN):
        kind = statements[0].type.name
        raise QueryRefused(f"{kind} changes things; only a SELECT is answered here")


def _one_line(fault: duckdb.Error) -> str:
    lines = [line.strip() for line in str(fault).splitlines() if line.strip()]
    told = [line for line in lines if not line.startswith(("LINE ", "^"))]
    return " ".join(told[:2])
