"""Render a study's report again from its published tables."""

from pathlib import Path

from data_contracts.errors import StudyError
from data_contracts.study_file import load
from tasks import manifest, render, summary
from tasks.study_folder import StudyFolder


def again(study_file: Path) -> Path:
    """Render the newest run's report again and return its first page.

    Raises
    ------
    StudyError
        There is no run to report.
    """
    study, folder = load(study_file), StudyFolder(study_file.resolve().parent)
    said = _latest(folder)
    known = manifest.read(folder.runs, said["run_id"])
    render.render(folder, study, known, said["findings"])
    return folder.reports / str(said["run_id"]) / "index.html"


def methods(study_file: Path, form: str) -> str:
    """Return the methods text of the newest run as markdown, html or latex."""
    study, folder = load(study_file), StudyFolder(study_file.resolve().parent)
    known = manifest.read(folder.runs, _latest(folder)["run_id"])
    return render.methods(folder, study, known, form)


def _latest(folder: StudyFolder) -> dict[str, str]:
    said = summary.read(folder.runs)
    if said is None:
        raise StudyError("no run yet; start one with: aac run")
    return said
