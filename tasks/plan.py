"""The statistical plan, locked before the annotations are opened, and what deviates from it."""

import hashlib
import json
from datetime import date
from pathlib import Path
from typing import Any, Final

from data_contracts.errors import StudyError
from data_contracts.study_file import StudyFile
from reports.statistics.plan import FIXED

_FILE: Final = "plan.lock.json"


def plan_of(study: StudyFile) -> dict[str, Any]:
    """Return what a plan fixes: forms, statistics, reference, severity, models and roles."""
    return {
        "statistics": study.statistics.model_dump(mode="json"),
        "fixed": dict(FIXED),
        "reference": study.reference,
        "severity": study.model_dump(mode="json")["severity"],
        "models": list(study.models),
        "centers": {name: center.role for name, center in study.centers.items()},
    }


def lock(study: StudyFile, root: Path, *, today: date, opened: bool) -> dict[str, Any]:
    """Record the plan and its digest beside the study file, once.

    Parameters
    ----------
    study, root
        The study and its folder.
    today
        The day that the lock carries.
    opened
        Whether annotations were read by an earlier run; recorded, since it cannot be undone.

    Raises
    ------
    StudyError
        A plan is locked already.
    """
    path = root / _FILE
    if path.exists():
        raise StudyError(
            f"{_FILE}: the plan was locked on {_read(path)['locked_on']}; a lock is not replaced, "
            "changes of the study file are reported as deviations"
        )
    plan = plan_of(study)
    said = {
        "locked_on": today.isoformat(),
        "annotations_opened_before": opened,
        "digest": _digest(plan),
        "plan": plan,
    }
    aside = path.with_suffix(".tmp")
    aside.write_text(json.dumps(said, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    aside.replace(path)
    return said


def status(study: StudyFile, root: Path) -> dict[str, Any]:
    """Compare the study with its locked plan.

    Returns
    -------
    ``locked_on`` (None when there is no lock), ``digest``, ``annotations_opened_before`` and
    ``deviations``: one line a key that differs.
    """
    path = root / _FILE
    if not path.exists():
        return {"locked_on": None, "digest": _digest(plan_of(study)), "deviations": []}
    said = _read(path)
    return {
        "locked_on": said["locked_on"],
        "digest": said["digest"],
        "annotations_opened_before": said["annotations_opened_before"],
        "deviations": _differences(said["plan"], plan_of(study), ""),
    }


def _read(path: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        raise StudyError(f"{_FILE}: cannot be read; restore it from your backup") from None


def _digest(plan: dict[str, Any]) -> str:
    canonical = json.dumps(plan, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _differences(was: Any, now: Any, place: str) -> list[str]:  # noqa: ANN401 - JSON
    if isinstance(was, dict) and isinstance(now, dict):
        keys = sorted(set(was) | set(now))
        return [
            line
            for key in keys
            for line in _differences(was.get(key), now.get(key), f"{place}.{key}".strip("."))
        ]
    return [] if was == now else [f"{place}: planned {json.dumps(was)}, now {json.dumps(now)}"]
