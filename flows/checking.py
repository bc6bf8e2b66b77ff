"""``aac check``: all that can be known about a study before a film is decoded."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from data_contracts.errors import StudyError
from data_contracts.records import Rejection
from data_contracts.schemas import conform
from data_contracts.study_file import NO_FILE, StudyFile, missing_centers
from flows import alone, schedule
from flows.settings import load
from reports.study_arrays import CONSENSUS
from tasks import annotations, catalogue, check, contract_results, film_context, set_aside
from tasks.study_folder import StudyFolder


@dataclass(frozen=True, slots=True, eq=False)
class _Looked:
    """What is known of a center before a run."""

    found: catalogue.Catalogue
    headers: check.Checked

    @property
    def rejections(self) -> list[Rejection]:
        return [*self.found.rejections, *self.headers.rejections]


def check_study(study_file: Path) -> dict[str, Any]:
    """Check study file, folders, headers and annotations.

    Returns
    -------
    ``problems`` (must be mended), ``findings`` (will be in the report), ``centers`` (number of
    files by what a run would do with them), ``set_aside`` (by center, one mapping a reason), and
    the paths of ``page`` (every expectation, file by file) and ``files`` (which files these are).

    Raises
    ------
    StudyFileError
        The study file has mistakes; all of them are listed.
    StudyError
        Another command is at work in the study's folder.
    """
    study = load(study_file)
    folder = StudyFolder(study_file.resolve().parent)
    with alone.in_study(folder.root):  # what is read of headers is kept for the run
        return _check(study, folder)


def _check(study: StudyFile, folder: StudyFolder) -> dict[str, Any]:
    folder.prepare()
    missing = missing_centers(study)
    gone = {problem.key.split(".")[1] for problem in missing}
    looked = {c: _look(study, folder, c) for c in study.centers if c not in gone}
    problems = [str(problem) for problem in missing]
    problems += [
        f"centers.{c}.dicom: {NO_FILE}" for c, one in looked.items() if not one.found.table.num_rows
    ]
    problems += [str(problem) for problem in schedule.problems(study)]
    problems += _weight_problems(study, folder)
    unusable, findings, graded = _annotations(study, looked)
    problems += unusable
    if not gone:
        films = (one.found.table for one in looked.values())
        findings += set_aside.unknown_releases(study.release, films)
    findings += [said for one in looked.values() for said in one.found.findings]
    findings += [said for one in looked.values() for said in one.headers.findings]
    tables = {c: _tables(one, graded.get(c)) for c, one in looked.items()}
    places = {c: (study.centers[c].dicom, one.found.places) for c, one in looked.items()}
    aside = {c: one.rejections for c, one in looked.items()}
    return {
        "problems": problems,
        "findings": findings,
        "centers": {c: _counts(one) for c, one in looked.items()},
        "set_aside": {c: set_aside.by_reason(of) for c, of in aside.items() if of},
        "page": str(contract_results.of_check(folder, study, tables, [*problems, *findings])),
        "files": set_aside.write_names(folder.private, aside, places),
    }


def _weight_problems(study: StudyFile, folder: StudyFolder) -> list[str]:
    """Load the networks as a run would: a night must not end at their folder."""
    try:
        film_context.context_of(study, folder).check_weights()
    except StudyError as fault:
        return [str(fault)]
    return []


def _look(study: StudyFile, folder: StudyFolder, center: str) -> _Looked:
    said = study.centers[center]
    found = catalogue.catalogue(
        said.dicom,
        center,
        pseudonyms=film_context.context_of(study, folder).pseudonyms(),
        cache=folder.private / f"catalogue-{center}.parquet",
    )
    return _Looked(found, check.check_headers(found.table, center, study.release, said.mostly))


def _counts(one: _Looked) -> dict[str, int]:
    counts = {"to_score": one.headers.kept.num_rows}
    counts |= Counter(rejection.reason.value for rejection in one.rejections)
    duplicates = one.found.table.column("outcome").to_pylist().count("duplicate")
    return counts | ({"duplicate": duplicates} if duplicates else {})


def _tables(one: _Looked, graded: pa.Table | None) -> dict[str, pa.Table]:
    rows = sorted((r.as_row() for r in one.rejections), key=lambda row: str(row["reason"]))
    parts = [one.headers.contracts, *([] if graded is None else [graded])]
    return {"contracts": pa.concat_tables(parts), "quarantine": conform("quarantine", rows)}


def _annotations(
    study: StudyFile, looked: dict[str, _Looked]
) -> tuple[list[str], list[str], dict[str, pa.Table]]:
    """Return what leaves nothing to compare with, what else is odd, and rows of the contract."""
    if study.annotations is None:
        return [], ["annotations: the study file names none, so nothing would be compared"], {}
    keys = {center: one.found.annotation_keys for center, one in looked.items()}
    taken = {image: at for one in looked.values() for image, at in one.found.taken.items()}
    read = annotations.read(study.annotations, keys, taken)
    if not read.table.num_rows:
        return read.problems or ["annotations: the file holds no reading"], [], {}
    problems = _reference_problems(study, read.table)
    findings, contracts = list(read.problems), {}
    for center, one in looked.items():
        known = [image for image in one.found.table.column("image_id").to_pylist() if image]
        of_center = annotations.of_center(read.table, center)
        mostly = study.centers[center].mostly
        checked = check.check_annotations(of_center, known, center, mostly)
        findings += checked.findings
        findings += annotations.without_consensus(checked.kept, study.reference, center)
        findings += annotations.unannotated(one.headers.kept, checked.kept, "to be scored")
        contracts[center] = checked.contracts
    return problems, findings, contracts


def _reference_problems(study: StudyFile, table: pa.Table) -> list[str]:
    """Say where nobody read who is the reference; without a consensus it is the readers' mean."""
    if study.reference in (CONSENSUS, *table.column("reader").unique().to_pylist()):
        return []
    return [f"reference: no usable row of annotations is by {study.reference!r}"]
