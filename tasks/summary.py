"""The outcome of a run in a few plain values: for the terminal, ``aac status`` and scripts."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from data_contracts.records import StepReport
from data_contracts.schemas import conform
from data_contracts.study_file import StudyFile
from tasks.accounts import endings

HEADLINE: Final = (
    "icc_a1",
    "mae",
    "r2_determination",
    "bias",
    "wilcoxon_p_adjusted",
)
_LATEST: Final = "latest"


def headline(agreement: pa.Table, study: StudyFile) -> list[dict[str, Any]]:
    """One row a center and model with the headline figures.

    Parameters
    ----------
    agreement
        The ``agreement`` table.
    study
        Names the models, and the severity preset whose accuracy is the headline.

    Returns
    -------
    Rows with ``center``, ``model``, ``n`` and one key a statistic, None where undefined.
    """
    preset = study.severity if isinstance(study.severity, str) else "custom"
    wanted = (*HEADLINE, f"accuracy_{preset}")
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for row in agreement.to_pylist():
        if row["model"] not in study.models or row["statistic"] not in wanted:
            continue
        key = (row["center"], row["model"])
        kept = rows.setdefault(key, {"center": key[0], "model": key[1], "n": row["n"]})
        kept[row["statistic"]] = row["estimate"]
    order = {name: i for i, name in enumerate((*study.centers, "internal", "external", "all"))}
    models: dict[str, int] = {name: i for i, name in enumerate(study.models)}
    return [rows[k] for k in sorted(rows, key=lambda k: (order.get(k[0], 99), models[k[1]]))]


def runs_table(run_id: str, reports: Iterable[StepReport]) -> pa.Table:
    """Rows of the ``runs`` table: what went in and came out of each step."""
    rows = [
        {
            "run_id": run_id,
            "center": report.center,
            "step": report.step,
            "n_in": report.n_in,
            "n_done": report.n_done,
            "n_reused": report.n_reused,
            "n_rejected": sum(report.n_rejected.values()),
        }
        for report in reports
    ]
    return conform("runs", rows)


def counts_of(
    catalogue: pa.Table, annotations: pa.Table | None, study: StudyFile
) -> dict[str, dict[str, int]]:
    """Count the published files by what they ended as, for each center that the study names."""
    counts: dict[str, Counter[str]] = {}
    ended = endings(catalogue, annotations)
    for center, ending in zip(catalogue.column("center").to_pylist(), ended, strict=True):
        if center in study.centers:
            counts.setdefault(center, Counter())[str(ending)] += 1
    return {center: dict(sorted(of.items())) for center, of in counts.items()}


def summarize(  # noqa: PLR0913 - a value a key
    *,
    run_id: str,
    counts: Mapping[str, Mapping[str, int]],
    findings: Iterable[str],
    drift: Iterable[str],
    failed_centers: Iterable[str],
    scored_centers: Iterable[str],
    again: int,
    report: str,
    figures: list[dict[str, Any]],
) -> dict[str, Any]:
    """Put a run into plain values.

    Returns
    -------
    Keys ``run_id``, ``state`` (complete, complete with quarantine, or failed), ``counts`` (center
    to ending to number), ``findings``, ``drift`` (against the center's own earlier runs; no part
    of the report), ``failed_centers``, ``scored_centers`` (those that this run went through),
    ``again`` (films that failed for a reason that may pass), ``report`` (path relative to the
    study) and ``headline``.
    """
    failed = sorted(failed_centers)
    aside = sum(of.get("quarantined", 0) for of in counts.values())
    state = "failed" if failed else "complete with quarantine" if aside else "complete"
    return {
        "run_id": run_id,
        "state": state,
        "counts": {center: dict(of) for center, of in sorted(counts.items())},
        "findings": list(findings),
        "drift": list(drift),
        "failed_centers": failed,
        "scored_centers": sorted(scored_centers),
        "again": again,
        "report": report,
        "headline": figures,
    }


def write(summary: Mapping[str, Any], runs: Path) -> None:
    """Publish a run's summary and make it the latest; both by rename."""
    folder = runs / str(summary["run_id"])
    folder.mkdir(parents=True, exist_ok=True)
    _publish(folder / "summary.json", json.dumps(summary, indent=2) + "\n")
    _publish(runs / _LATEST, f"{summary['run_id']}\n")


def read(runs: Path, run_id: str | None = None) -> dict[str, Any] | None:
    """Read a run's summary, the latest one's by default; None when there is none."""
    try:
        name = run_id or (runs / _LATEST).read_text(encoding="utf-8").strip()
        said = json.loads((runs / name / "summary.json").read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    return dict(said)


def _publish(path: Path, text: str) -> None:
    aside = path.with_name(f".{path.name}.tmp")
    aside.write_text(text, encoding="utf-8")
    aside.replace(path)
