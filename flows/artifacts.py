"""What Prefect's UI shows of a run: counts and links, never a film."""

from collections.abc import Iterable
from typing import Any

from prefect.artifacts import create_markdown_artifact, create_table_artifact

from data_contracts.records import StepReport


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
