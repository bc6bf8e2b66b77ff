"""A study's published tables to its report folder; nothing is computed here."""

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from aac_models import weights
from data_contracts.errors import StudyError
from data_contracts.schemas import SCHEMAS
from data_contracts.study_file import StudyFile
from reports import methods_text
from reports import render as reports_render
from reports.inputs import ReportInputs
from tasks import contract_results, publish, second_look
from tasks.study_folder import StudyFolder

_FORMS: Final[dict[str, Callable[[ReportInputs], str]]] = {
    "markdown": methods_text.to_markdown,
    "html": methods_text.to_html,
    "latex": methods_text.to_latex,
}
# Of the study file, all that a reader may see: no path, no address.
_HIDDEN: Final = {"centers", "annotations", "weights", "cluster", "release"}


def render(
    folder: StudyFolder, study: StudyFile, manifest: Mapping[str, Any], findings: Sequence[str]
) -> list[Path]:
    """Render the report of a run into ``reports/<run_id>``.

    Parameters
    ----------
    folder
        Where the study lies.
    study, manifest, findings
        What the report says beside the tables.

    Returns
    -------
    The files written, ``index.html`` first, with the page of contract
    results and ``agreement.parquet`` at the end.

    Notes
    -----
    Written aside and put in its place whole: a link to a report never opens half of one.
    """
    inputs = inputs_of(folder, study, manifest, findings)
    place = folder.reports / str(manifest["run_id"])
    aside = folder.reports / f".{place.name}.tmp"
    shutil.rmtree(aside, ignore_errors=True)
    written = reports_render.render(inputs, aside)
    page = aside / contract_results.PAGE
    page.write_bytes(contract_results.of_run(folder, study, manifest, findings))
    table = aside / "agreement.parquet"
    pq.write_table(inputs.tables["agreement"], table, compression="zstd")
    former = publish.take_place(aside, place)
    if former is not None:
        shutil.rmtree(former)
    return [place / path.relative_to(aside) for path in [*written, page, table]]


def methods(folder: StudyFolder, study: StudyFile, manifest: Mapping[str, Any], form: str) -> str:
    """Write the methods text of a run.

    Parameters
    ----------
    form
        ``markdown``, ``html`` or ``latex``.

    Raises
    ------
    StudyError
        The form is none of these.
    """
    if form not in _FORMS:
        raise StudyError(f"form {form}: give one of {', '.join(_FORMS)}")
    return _FORMS[form](inputs_of(folder, study, manifest, []))


def inputs_of(
    folder: StudyFolder, study: StudyFile, manifest: Mapping[str, Any], findings: Sequence[str]
) -> ReportInputs:
    """Gather what a report is made of."""
    said = study.model_dump(mode="json", exclude=_HIDDEN)
    said["centers"] = {name: {"role": center.role} for name, center in study.centers.items()}
    known = dict(manifest)
    if "plan" in known:
        known.setdefault("plan_lock", known["plan"])
    look = second_look.last_look(folder)
    if look is not None:
        known["verification"] = {"n_leaks": len(look["findings"]), "n_films": look["n_films"]}
    return ReportInputs(
        tables={name: _of_study(publish.read(folder.results, name), study) for name in SCHEMAS},
        study=said,
        manifest=known,
        findings=list(findings),
        model_cards=_model_cards(study),
        training_curves=_training_curves(study),
    )


def _of_study(table: pa.Table, study: StudyFile) -> pa.Table:
    """Leave out centers that the study file no longer names; pools stay."""
    names = [*study.centers, "internal", "external", "all"]
    center = table.column("center")
    return table.filter(pc.or_(pc.is_null(center), pc.is_in(center, pa.array(names, pa.string()))))


def _model_cards(study: StudyFile) -> dict[str, str]:
    """Read the card that training wrote beside the weights; one card for all models."""
    card = (study.weights or weights.SHIPPED) / "MODEL_CARD.md"
    return {", ".join(study.models): card.read_text(encoding="utf-8")} if card.is_file() else {}


def _training_curves(study: StudyFile) -> dict[str, list[dict[str, float]]]:
    """Read the curves that training wrote beside the weights."""
    curves = (study.weights or weights.SHIPPED) / "curves.json"
    return dict(json.loads(curves.read_text(encoding="utf-8"))) if curves.is_file() else {}
