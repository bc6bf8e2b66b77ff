"""Render a study's report again from its published tables."""

from pathlib import Path
from typing import Any

from data_contracts.errors import StudyError
from data_contracts.study_file import StudyFile, load
from flows import alone
from tasks import film_context, manifest, publish, render, summary
from tasks.study_folder import StudyFolder


def again(study_file: Path) -> Path:
    """Render the newest run's report again and return its first page.

    Raises
    ------
    StudyError
        There is no run to report, it stopped before its statistics, the study file or the weights
        are not those of the run, or another command is at work in the study's folder.
    """
    study, folder = load(study_file), StudyFolder(study_file.resolve().parent)
    with alone.in_study(folder.root):
        said = _latest(folder)
        known = _of_this_study(manifest.read(folder.runs, said["run_id"]), study, folder)
        render.render(folder, study, known, said["findings"])
    return folder.reports / str(said["run_id"]) / "index.html"


def methods(study_file: Path, form: str) -> str:
    """Return the methods text of the newest run as markdown, html or latex.

    Raises
    ------
    StudyError
        As for ``again``.
    """
    study, folder = load(study_file), StudyFolder(study_file.resolve().parent)
    known = manifest.read(folder.runs, _latest(folder)["run_id"])
    return render.methods(folder, study, _of_this_study(known, study, folder), form)


def _of_this_study(known: dict[str, Any], study: StudyFile, folder: StudyFolder) -> dict[str, Any]:
    """Refuse to describe settings that never ran beside the results of others."""
    run_id, weights = known["run_id"], film_context.context_of(study, folder).weights_digest()
    same = {
        "study.yaml": known["study"] == study.digest(),
        "annotations": (known["annotations"] is None) == (study.annotations is None),
        "weights": known["weights"] == weights,
    }
    if changed := [what for what, is_same in same.items() if not is_same]:
        raise StudyError(
            f"{' and '.join(changed)}: not what the newest run ({run_id}) used, and its report "
            "would describe what never ran; give aac run, or take the change back"
        )
    tables = publish.files(folder.results, "agreement")
    if {file.parent.name for file in tables} != {f"run_id={run_id}"}:
        raise StudyError(f"run {run_id}: has no statistics yet; give aac run to go on with it")
    return known


def _latest(folder: StudyFolder) -> dict[str, str]:
    said = summary.read(folder.runs)
    if said is None:
        raise StudyError("no run yet; start one with: aac run")
    return said
