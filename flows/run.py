"""What a run knows while it goes on, and how it publishes."""

from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from data_contracts.study_file import StudyFile
from flows.steps import step
from tasks import catalogue, film_context, publish
from tasks.study_folder import StudyFolder


@dataclass
class Run:
    """What a run knows while it goes on: the one mutable thing, kept at the edge."""

    study: StudyFile
    folder: StudyFolder
    context: film_context.FilmContext
    found: dict[str, catalogue.Catalogue] = field(default_factory=dict)
    findings: list[str] = field(default_factory=list)
    failed: set[str] = field(default_factory=set)
    manifest: dict[str, Any] = field(default_factory=dict)
    scored: set[str] = field(default_factory=set)
    again: int = 0  # films that failed for a reason that may have passed by the next run
    drift: list[str] = field(default_factory=list)

    @property
    def run_id(self) -> str:
        """Digest of what went into this run."""
        return str(self.manifest["run_id"])

    def publish(self, center: str | None, tables: dict[str, pa.Table]) -> None:
        """Make tables of a center, or of the whole study, the current ones."""

        def put() -> None:
            for name, table in tables.items():
                publish.publish(
                    name, table, results=self.folder.results, center=center, run_id=self.run_id
                )

        step(put, name="publish", center=center or "")()
