"""Classes of severity as the report names them; the cuts are those of the study file."""

from collections.abc import Sequence
from typing import Any, Final

from reports.statistics.classes import class_labels
from reports.statistics.plan import PRESETS

SOURCES: Final = {
    "dxa": "cuts of the DXA cohorts (Schousboe and others)",
    "cord": "cuts of the CORD study (Verbeke 2011)",
    "presence": "cuts of Kobayashi 2019",
    "custom": "cuts of the study file",
}


def declared(study: dict[str, Any]) -> str:
    """Name of the preset that the study file declares."""
    severity = study.get("severity", "dxa")
    return severity if isinstance(severity, str) else "custom"


def cuts(study: dict[str, Any], preset: str) -> tuple[float, ...]:
    """Upper bounds of every class but the last; empty when the preset is not known."""
    severity = study.get("severity", "dxa")
    if preset in PRESETS:
        return PRESETS[preset]
    return () if isinstance(severity, str) else tuple(severity)


def labels(bounds: Sequence[float], n_classes: int = 0) -> list[str]:
    """Write each class as its range of totals."""
    if not bounds:
        return [f"class {index}" for index in range(n_classes)]
    named = []
    low = 0
    for bound in bounds:
        high = int(bound)
        named.append(str(low) if low == high else f"{low}\N{EN DASH}{high}")
        low = high + 1
    return [*named, f"≥\N{NO-BREAK SPACE}{low}"]


def number_of(name: int | str, bounds: Sequence[float]) -> int:
    """Find the number of a class, from 0, that a table gives by number or by range of totals."""
    if isinstance(name, int):
        return name
    return class_labels(bounds).index(name)
