"""What earlier runs of a study published, oldest first: for looking back, never for results.

Superseded tables stay under ``runs/<id>/superseded``; this module knows in which order the runs
were. Dates of runs are kept here and in the manifest, nowhere else.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from data_contracts.schemas import conform
from tasks.study_folder import StudyFolder

_FILE: Final = "history.jsonl"
# A month of nights: what is older counts as one.
KEPT: Final = 30


@dataclass(frozen=True, slots=True)
class Night:
    """One run in the order of runs; ``on`` is its date, ISO 8601."""

    run_id: str
    on: str


def remember(runs: Path, run_id: str, on: str) -> None:
    """Note that a run published tables; a run that goes on after a stop is noted once."""
    if [night.run_id for night in nights(runs)[-1:]] != [run_id]:
        with (runs / _FILE).open("a", encoding="utf-8") as file:
            # The line break comes first, so that a line cut short by a crash stays alone.
            file.write("\n" + json.dumps({"run_id": run_id, "on": on}))


def nights(runs: Path) -> list[Night]:
    """Give the last runs, oldest first, each at its last place."""
    try:
        lines = (runs / _FILE).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []
    found = [json.loads(line) for line in lines if line.endswith("}")]
    latest = {one["run_id"]: Night(one["run_id"], one["on"]) for one in reversed(found)}
    return list(reversed(latest.values()))[-KEPT:]


def tables(folder: StudyFolder, name: str, center: str) -> Iterator[tuple[Night, pa.Table]]:
    """Read what each of the last runs published of a center.

    Parameters
    ----------
    folder
        Where the study lies.
    name
        A table that is published by center.
    center
        Center's name.

    Yields
    ------
    Runs that published the table, with its rows.
    """
    for night in nights(folder.runs):
        places = (
            folder.results / name / f"center={center}" / f"run_id={night.run_id}",
            folder.runs / night.run_id / "superseded" / name / f"center={center}",
        )
        parts = [part for place in places for part in sorted(place.glob("part-*.parquet"))]
        if parts:
            # Columns that have come and gone since are not held against an old run.
            table = pq.ParquetFile(parts[0]).read()
            known = [column for column in table.column_names if column in _columns(name)]
            yield night, conform(name, table.select(known))


def _columns(name: str) -> set[str]:
    return set(conform(name, []).column_names)
