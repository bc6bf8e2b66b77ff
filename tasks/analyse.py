"""Published predictions and annotations to the agreement of the study."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from data_contracts.schemas import conform, empty
from data_contracts.study_file import StudyFile
from reports import agreement
from reports.statistics.classes import class_labels
from reports.statistics.plan import PRESETS, StatisticsPlan
from tasks import publish

_ASKED = ("predictions", "annotations", "prediction_grades")


def analyse(results: Path, study: StudyFile) -> dict[str, pa.Table]:
    """Compute every statistic of a study from what is published.

    Parameters
    ----------
    results
        The study's ``results`` folder.
    study
        Its statistics, reference, severity, models and centers.

    Returns
    -------
    Tables ``agreement`` and ``confusion``; empty when there is nothing to compare. Where the study
    file names no annotations there is not, whatever an earlier run published.

    Raises
    ------
    ContractError
        The published tables cannot be compared, see ``reports.study_arrays``.
    """
    nothing = {"agreement": empty("agreement"), "confusion": empty("confusion")}
    if study.annotations is None:
        return nothing
    tables = {name: _of_study(publish.read(results, name), study) for name in _ASKED}
    if not tables["predictions"].num_rows or not tables["annotations"].num_rows:
        return nothing
    plan = plan_of(study)
    said = agreement.agreement_table(
        tables["predictions"],
        tables["annotations"],
        statistics=plan,
        prediction_grades=tables["prediction_grades"],
    )
    counts = agreement.confusion_table(
        tables["predictions"], tables["annotations"], statistics=plan
    )
    return {
        "agreement": conform("agreement", said),
        "confusion": conform("confusion", [_numbered(row, plan) for row in counts.to_pylist()]),
    }


def plan_of(study: StudyFile) -> StatisticsPlan:
    """Bring a study file's statistics into the form that the statistics obey."""
    said, presets, severity = study.statistics, dict(PRESETS), study.severity
    if not isinstance(severity, str):
        presets["custom"] = tuple(severity)
        severity = "custom"
    return StatisticsPlan(
        alpha=said.alpha,
        correction=said.correction,
        zero_method=said.zero_method,
        bootstrap=said.bootstrap,
        seed=said.seed,
        margin=said.equivalence_margin,
        severity=severity,
        presets=presets,
        reference=study.reference,
        models=study.models,
        roles={name: center.role for name, center in study.centers.items()},
    )


def _of_study(table: pa.Table, study: StudyFile) -> pa.Table:
    """Leave out centers and models that the study file no longer names."""
    keep = pc.is_in(table.column("center"), pa.array(list(study.centers), pa.string()))
    if "model" in table.column_names:
        models = pa.array(list(study.models), pa.string())
        keep = pc.and_(keep, pc.is_in(table.column("model"), models))
    return table.filter(keep)


def _numbered(row: dict[str, Any], plan: StatisticsPlan) -> dict[str, Any]:
    """Give classes their numbers, lowest first; the bounds follow from the preset."""
    labels = class_labels(plan.presets[row["preset"]], plan.max_total)
    return row | {name: labels.index(row[name]) for name in ("reference_class", "predicted_class")}
