"""What the page of contract results is made of, gathered from the study's folder."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from data_contracts.study_file import StudyFile
from reports import contract_page
from reports.contract_results import ContractResults, Night, OfCenter
from tasks import history, publish
from tasks.study_folder import StudyFolder

# In a run's report folder, and of ``aac check`` in the folder above.
PAGE = "contracts.html"
CHECK_PAGE = "check.html"


def of_run(
    folder: StudyFolder, study: StudyFile, manifest: Mapping[str, Any], findings: Sequence[str]
) -> bytes:
    """Lay out the page of a run.

    Parameters
    ----------
    folder
        Where the study lies; the run's tables are published.
    study, manifest, findings
        As for the report.
    """
    contracts, quarantine, drift = (
        publish.read(folder.results, name) for name in ("contracts", "quarantine", "drift")
    )
    centers = [
        OfCenter(
            center,
            _rows(contracts, center),
            _rows(quarantine, center),
            _rows(drift, center),
            tuple(_nights(folder, center)),
        )
        for center in study.centers
    ]
    results = ContractResults(
        study=study.name,
        state=f"Run {manifest['run_id']}.",
        centers=centers,
        findings=[said for said in findings if "contract" in said or "annotations" in said],
        report="index.html",
        is_synthetic=study.about.synthetic,
    )
    return contract_page.write(results)


def of_check(
    folder: StudyFolder,
    study: StudyFile,
    tables: Mapping[str, Mapping[str, pa.Table]],
    findings: Sequence[str],
) -> Path:
    """Write the page of ``aac check``.

    Parameters
    ----------
    folder, study
        The study.
    tables
        ``contracts`` and ``quarantine`` of each center, as a run would find them.
    findings
        What must be said first.

    Returns
    -------
    The page.
    """
    centers = [
        OfCenter(
            center,
            of["contracts"].to_pylist(),
            of["quarantine"].to_pylist(),
            nights=(*_nights(folder, center), Night("now", of["contracts"].to_pylist())),
        )
        for center, of in tables.items()
    ]
    results = ContractResults(
        study=study.name,
        state="Before a run: folders, headers and annotations alone; no film was decoded.",
        centers=centers,
        findings=findings,
        is_synthetic=study.about.synthetic,
    )
    page = folder.reports / CHECK_PAGE
    page.write_bytes(contract_page.write(results))
    return page


def _nights(folder: StudyFolder, center: str) -> Iterator[Night]:
    for night, table in history.tables(folder, "contracts", center):
        yield Night(f"{night.on} {night.run_id[:6]}", table.to_pylist())


def _rows(table: pa.Table, center: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = table.filter(pc.equal(table.column("center"), center)).to_pylist()
    return rows
