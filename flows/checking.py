"""``aac check``: all that can be known about a study before a film is decoded."""

from pathlib import Path
from typing import Any

from data_contracts.study_file import StudyFile, load, missing_centers
from tasks import annotations, catalogue, check, film_context
from tasks.study_folder import StudyFolder


def check_study(study_file: Path) -> dict[str, Any]:
    """Check study file, folders, headers and annotations.

    Returns
    -------
    ``problems`` (must be mended), ``findings`` (will be in the report) and ``centers``: number of
    files by what a run would do with them.

    Raises
    ------
    StudyFileError
        The study file has mistakes; all of them are listed.
    """
    study = load(study_file)
    folder = StudyFolder(study_file.resolve().parent)
    folder.prepare()
    missing = missing_centers(study)
    gone = {problem.key.split(".")[1] for problem in missing}
    pseudonyms = film_context.context_of(study, folder).pseudonyms()
    found = {
        center: catalogue.catalogue(
            said.dicom,
            center,
            pseudonyms=pseudonyms,
            cache=folder.private / f"catalogue-{center}.parquet",
        )
        for center, said in study.centers.items()
        if center not in gone
    }
    problems = [str(problem) for problem in missing]
    problems += [f"centers.{c}.dicom: holds no file" for c, f in found.items() if not len(f.table)]
    return {
        "problems": problems,
        "findings": _annotation_findings(study, found),
        "centers": {center: _counts(study, center, f) for center, f in found.items()},
    }


def _counts(study: StudyFile, center: str, found: catalogue.Catalogue) -> dict[str, int]:
    headers = check.check_headers(found.table, center, study.release)
    counts = {"to_score": headers.kept.num_rows}
    for rejection in [*found.rejections, *headers.rejections]:
        counts[rejection.reason.value] = counts.get(rejection.reason.value, 0) + 1
    duplicates = found.table.column("outcome").to_pylist().count("duplicate")
    return counts | ({"duplicate": duplicates} if duplicates else {})


def _annotation_findings(study: StudyFile, found: dict[str, catalogue.Catalogue]) -> list[str]:
    if study.annotations is None:
        return ["annotations: the study file names none, so nothing would be compared"]
    keys = {center: f.annotation_keys for center, f in found.items()}
    return list(annotations.read(study.annotations, keys).problems)
