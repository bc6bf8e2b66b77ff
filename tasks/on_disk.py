"""Tables that lie on disk: what is read of them is the file system's cache, not this process's."""

import tempfile
from pathlib import Path

import pyarrow as pa


def mapped(table: pa.Table, folder: Path) -> pa.Table:
    """Write a table to a file of its own and map it; the file goes with the table.

    Parameters
    ----------
    table
        Any table.
    folder
        Where the file lies; nothing of it is seen there afterwards.
    """
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".", suffix=".arrow") as file:
        with pa.ipc.new_file(file, table.schema) as writer:
            writer.write_table(table)
        file.flush()
        return pa.ipc.open_file(pa.memory_map(file.name)).read_all()
