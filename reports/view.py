"""The tables as the report reads them: by center, model and film.

One place that joins predictions to the reference, so that no figure counts other films than its
neighbour. Which films enter is the rule of the cohort flow: scored, and read by the reference.
"""

import math
from collections import Counter
from collections.abc import Iterable
from functools import cached_property
from typing import Any, Final

import numpy as np
import pyarrow as pa

from data_contracts.errors import ContractError
from data_contracts.schemas import SCHEMAS, empty
from reports.cohort_flow import CohortFlow, cohort_flow
from reports.inputs import ReportInputs
from reports.scope import Pairs, PlanLock, Reals, Scope, file_stems
from reports.statistics.plan import StatisticsPlan
from reports.study_arrays import CONSENSUS, StudyArrays, study_arrays
from reports.table_columns import LEVELS, WALLS

POOLS: Final = ("internal", "external", "all")

__all__ = [
    "LEVELS",
    "POOLS",
    "WALLS",
    "Pairs",
    "PlanLock",
    "Reals",
    "Row",
    "Scope",
    "View",
]

_ORDER: Final = (
    "center",
    "image_id",
    "source_digest",
    "model",
    "reader",
    "statistic",
    "level",
    "wall",
)
_ALIGNED: Final = ("predictions", "annotations", "prediction_grades")

Row = dict[str, Any]


class View:
    """Look-ups over the inputs; every figure, table and sentence asks here."""

    def __init__(self, inputs: ReportInputs) -> None:
        self.inputs = inputs
        self.study = inputs.study
        self.manifest = inputs.manifest
        self._rows: dict[str, list[Row]] = {}
        # What the tables contradict one another in; said among the failures.
        self.faults: list[str] = []

    def table(self, name: str) -> pa.Table:
        """Return a table as it was handed in; empty when it was not."""
        given = self.inputs.tables.get(name)
        return empty(name) if given is None else given

    def rows(self, table: str) -> list[Row]:
        """All rows of a table in a stable order; none when it was not handed in."""
        if table not in self._rows:
            found: list[Row] = self.table(table).to_pylist()
            keys = [name for name in _ORDER if name in SCHEMAS[table].names]
            found.sort(key=lambda row: tuple(str(row.get(key) or "") for key in keys))
            self._rows[table] = found
        return self._rows[table]

    def has(self, table: str) -> bool:
        """Whether a table has any row."""
        return bool(self.table(table).num_rows)

    def of(self, table: str, scope: Scope) -> list[Row]:
        """Rows of the centers in scope."""
        return self._by_center(table, scope.centers)

    def _by_center(self, table: str, centers: Iterable[str]) -> list[Row]:
        wanted = set(centers)
        return [row for row in self.rows(table) if row["center"] in wanted]

    @cached_property
    def centers(self) -> dict[str, str]:
        """Role of each center, in the order of the study file, then any the tables add."""
        named = {
            str(name): str((center or {}).get("role", "external"))
            for name, center in self.study.get("centers", {}).items()
        }
        for row in self.rows("catalogue") + self.rows("predictions"):
            named.setdefault(row["center"], "external")
        return named

    @cached_property
    def models(self) -> tuple[str, ...]:
        """Models that the study asks for, in its order, then any that the tables add."""
        asked = dict.fromkeys(self.study.get("models", ()))
        return tuple(asked | dict.fromkeys(sorted({r["model"] for r in self.rows("predictions")})))

    @property
    def primary(self) -> str:
        """The model that the first screen is about."""
        return self.models[0] if self.models else ""

    @property
    def reference(self) -> str:
        """Name of the reader who is the reference standard."""
        return str(self.study.get("reference", CONSENSUS))

    @cached_property
    def plan_lock(self) -> PlanLock:
        """The lock as the manifest reports it; empty when there is none."""
        said = dict(self.manifest.get("plan_lock") or {})
        return PlanLock(
            str(said.get("locked_on") or ""),
            str(said.get("digest") or ""),
            bool(said.get("annotations_opened_before")),
            tuple(str(line) for line in said.get("deviations") or ()),
        )

    @property
    def about(self) -> dict[str, Any]:
        """What only the authors know."""
        return dict(self.study.get("about") or {})

    @property
    def is_synthetic(self) -> bool:
        """Whether the films were drawn by the phantom."""
        return bool(self.about.get("synthetic", False))

    def contradictions(self) -> list[str]:
        """Say what keeps the tables from being compared, once each."""
        _ = self._arrays, self._flows
        return list(dict.fromkeys(self.faults))

    @cached_property
    def stems(self) -> dict[str, str]:
        """File name, without its ending, of every page by the name of its scope."""
        return file_stems(self.scopes())

    def scopes(self) -> list[Scope]:
        """List the pooled scope first, then each center."""
        names = tuple(self.centers)
        return [
            Scope("all", names, is_pooled=True),
            *(Scope(name, (name,), is_pooled=False) for name in names),
        ]

    @cached_property
    def _estimates(self) -> dict[tuple[str, str, str], Row]:
        return {
            (row["center"], row["model"], row["statistic"]): row for row in self.rows("agreement")
        }

    @cached_property
    def reader_pairs(self) -> list[tuple[str, str]]:
        """Center and pair of two human readers, as the agreement table names them."""
        found = {(row["center"], row["model"]) for row in self.rows("agreement")}
        return sorted(
            (center, pair)
            for center, pair in found
            if " vs " in pair and not set(pair.split(" vs ")) & set(self.models)
        )

    @cached_property
    def _estimated_centers(self) -> set[str]:
        return {center for center, _, _ in self._estimates}

    @cached_property
    def confusion(self) -> dict[tuple[str, str, str], list[Row]]:
        """Rows of the confusion table by center, model and preset."""
        found: dict[tuple[str, str, str], list[Row]] = {}
        for row in self.rows("confusion"):
            found.setdefault((row["center"], row["model"], row["preset"]), []).append(row)
        return found

    def key_of(self, scope: Scope) -> str:
        """Center under which the agreement table holds a scope; one center is not pooled."""
        if scope.is_pooled and len(scope.centers) == 1:
            return scope.centers[0]
        known = self._estimated_centers
        with_rows = [name for name in scope.centers if name in known]
        if scope.is_pooled and "all" not in known and len(with_rows) == 1:
            return with_rows[0]
        return scope.name

    def row(self, center: str, model: str, statistic: str) -> Row | None:
        """One row of the agreement table, estimable or not."""
        return self._estimates.get((center, model, statistic))

    def estimate(self, center: str, model: str, statistic: str) -> Row | None:
        """One row of the agreement table; None when there is none or it has no value."""
        row = self.row(center, model, statistic)
        return row if row is not None and row["estimate"] is not None else None

    def value(self, center: str, model: str, statistic: str) -> float | None:
        """Point estimate alone."""
        row = self.estimate(center, model, statistic)
        return None if row is None else float(row["estimate"])

    @cached_property
    def _arrays(self) -> StudyArrays | None:
        """Aligned as for the agreement table; None when there is no such reference to align."""
        tables = {name: self.table(name) for name in _ALIGNED}
        try:
            return study_arrays(
                tables["predictions"],
                tables["annotations"],
                self._plan,
                tables["prediction_grades"],
            )
        except ContractError as fault:
            self.faults.append(str(fault))
            return None

    @property
    def _plan(self) -> StatisticsPlan:
        return StatisticsPlan(reference=self.reference, models=self.models)

    @cached_property
    def reference_totals(self) -> dict[str, float]:
        """Total of the reference standard by film; films without one are absent."""
        arrays = self._arrays
        if arrays is None:
            return {}
        known = zip(arrays.image_id, arrays.reference.tolist(), strict=True)
        return {str(name): total for name, total in known if math.isfinite(total)}

    @cached_property
    def readers(self) -> tuple[str, ...]:
        """Everybody who read a film, the consensus among them."""
        return tuple(sorted({row["reader"] for row in self.rows("annotations")}))

    @cached_property
    def reference_grades(self) -> dict[tuple[str, str, str], int]:
        """Grade of the reference standard by film, level and wall."""
        arrays = self._arrays
        if arrays is None:
            return {}
        keys = [(level, wall) for level in LEVELS for wall in WALLS]
        return {
            (str(image_id), *key): int(grade)
            for image_id, grades in zip(arrays.image_id, arrays.reference_grade, strict=True)
            for key, grade in zip(keys, grades.tolist(), strict=True)
            if math.isfinite(grade)
        }

    @cached_property
    def predicted_grades(self) -> dict[tuple[str, str, str, str], int]:
        """Grade by model, film, level and wall."""
        return {
            (row["model"], row["image_id"], row["level"], row["wall"]): row["grade"]
            for row in self.rows("prediction_grades")
            if row["grade"] is not None
        }

    def pairs(self, scope: Scope, model: str) -> Pairs:
        """Films of the scope with a total by the model and by the reference."""
        reference = self.reference_totals
        kept = [
            row
            for row in self.of("predictions", scope)
            if row["model"] == model and row["total"] is not None and row["image_id"] in reference
        ]
        kept.sort(key=lambda row: (row["image_id"], row["center"]))
        return Pairs(
            tuple(row["image_id"] for row in kept),
            tuple(row["center"] for row in kept),
            np.array([reference[row["image_id"]] for row in kept], dtype=np.float64),
            np.array([row["total"] for row in kept], dtype=np.float64),
        )

    @cached_property
    def _flows(self) -> dict[tuple[str, str], CohortFlow]:
        names = ("catalogue", "quarantine", "predictions", "annotations")
        try:
            found = cohort_flow(*(self.table(name) for name in names), statistics=self._plan)
        except ContractError as fault:
            self.faults.append(str(fault))
            return {}
        return {(flow.center, flow.model): flow for flow in found}

    def flow(self, scope: Scope, model: str) -> CohortFlow | None:
        """Flow of a scope; None when nothing was scored or the tables contradict one another."""
        name = scope.centers[0] if len(scope.centers) == 1 else scope.name
        return self._flows.get((name, model))

    def outcomes(self, scope: Scope) -> Counter[str]:
        """Count what became of the delivered files."""
        return Counter(row["outcome"] or "unknown" for row in self.of("catalogue", scope))
