"""What Prefect's UI shows of a run: counts and links, never a film."""

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final, cast

from prefect.artifacts import (
    create_markdown_artifact,
    create_progress_artifact,
    create_table_artifact,
    update_progress_artifact,
)

from data_contracts.records import StepReport
from flows.progress import tell
from tasks.film_progress import Progress, in_words

if TYPE_CHECKING:
    from uuid import UUID

_EVERY_S: Final = 5.0


class Films:
    """Shows how far a center's films have come, to the listener and as a progress artifact.

    Parameters
    ----------
    center
        Center's name in the study file.
    """

    def __init__(self, center: str) -> None:
        self.center = center
        self._artifact: UUID | None = None
        self._shown = 0.0

    def __call__(self, progress: Progress) -> None:
        """Show every count to the listener, and one every few seconds and the last to Prefect."""
        tell("films", self.center, progress)
        now = time.monotonic()
        if progress.n_done < progress.n_total and now - self._shown < _EVERY_S:
            return
        self._shown = now
        share = 100 * progress.n_done / max(progress.n_total, 1)
        said = f"Center {self.center}: {in_words(progress)}"
        if self._artifact is None:
            key = f"films-{_key(self.center)}"
            made = create_progress_artifact(share, key=key, description=said)
            self._artifact = cast("UUID", made)  # a coroutine only where an event loop runs
        else:
            update_progress_artifact(self._artifact, share, description=said)


def show_counts(center: str, reports: Iterable[StepReport]) -> None:
    """Show what went in and came out of each step of a center."""
    rows = [
        {
            "step": report.step,
            "in": report.n_in,
            "done": report.n_done,
            "reused": report.n_reused,
            "set aside": sum(report.n_rejected.values()),
        }
        for report in reports
    ]
    create_table_artifact(
        key=f"counts-{_key(center)}", table=rows, description=f"Center {center}, step by step"
    )


def show_summary(summary: dict[str, Any]) -> None:
    """Show where the report is and what was found."""
    lines = [f"Run {summary['run_id']}: {summary['state']}", ""]
    lines += [f"- {finding}" for finding in summary["findings"]]
    lines += [f"- drift: {line}" for line in summary["drift"]]
    lines += ["", f"Report: {summary['report']}"]
    create_markdown_artifact(key="study", markdown="\n".join(lines))


def _key(center: str) -> str:
    return "".join(c if c.isalnum() else "-" for c in center.lower()) or "center"
