"""Run the expectation suites that lie beside this module as JSON.

The only place that knows Great Expectations: an ephemeral context, a data frame in, plain rows
out. Importing it takes seconds, so it is imported when a suite is first run.
"""

import json
import logging
import os
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from importlib.resources import files
from threading import Lock
from types import MappingProxyType
from typing import Any, Final

import pyarrow as pa

from data_contracts.errors import ContractError
from data_contracts.reasons import Reason

SUITES: Final = ("header", "image", "annotation", "prediction", "prediction_grade")
CRITICAL: Final = "critical"
WARNING: Final = "warning"
# The library keeps one current context a process.
_ONE_AT_A_TIME: Final = Lock()


@dataclass(frozen=True, slots=True)
class Expected:
    """How one expectation of a suite fared.

    Attributes
    ----------
    says
        The expectation in words.
    reason
        Why a row that fails it is set aside; None when a failure has no row to set aside.
    failed
        Places in the table of the rows that failed, ascending.
    share_wanted
        Share of rows that must hold for success.
    """

    contract: str
    kind: str
    column: str
    says: str
    severity: str
    reason: Reason | None
    success: bool
    n_checked: int
    failed: tuple[int, ...]
    share_wanted: float

    def as_row(self, center: str) -> dict[str, Any]:
        """Row of the ``contracts`` table."""
        return {
            "center": center,
            "contract": self.contract,
            "expectation": f"{self.says} ({self.kind.removeprefix('expect_')})",
            "column": self.column,
            "severity": self.severity,
            "success": self.success,
            "n_checked": self.n_checked,
            "n_failed": len(self.failed),
            "observed": self._observed(),
        }

    def _observed(self) -> str:
        if not self.n_checked:
            return "no rows"
        share = 1 - len(self.failed) / self.n_checked
        return f"{share:.1%} hold, {self.share_wanted:.0%} wanted"


def load(name: str) -> dict[str, Any]:
    """Read a suite as it lies in JSON; ``name`` is one of ``SUITES``."""
    text = files("data_contracts").joinpath("suites", f"{name}.json").read_text(encoding="utf-8")
    return dict(json.loads(text))


def wanted_shares() -> dict[str, float]:
    """Share of rows that each warning wants, by ``contract.column``, as the suites have it."""
    return {
        f"{name}.{said['kwargs']['column']}": said["kwargs"].get("mostly", 1.0)
        for name in SUITES
        for said in load(name)["expectations"]
        if said["meta"]["severity"] == WARNING
    }


def run(
    name: str,
    table: pa.Table,
    severity: str | None = None,
    mostly: Mapping[str, float] = MappingProxyType({}),
) -> list[Expected]:
    """Hold a table to a suite.

    Parameters
    ----------
    name
        One of ``SUITES``.
    table
        Must have every column that the suite names.
    severity
        Only the expectations of this severity, or all.
    mostly
        Share of rows that a warning wants, by ``contract.column``, where it is not the suite's.

    Returns
    -------
    One ``Expected`` for each expectation, in the order of the suite.

    Raises
    ------
    ContractError
        The suite could not be run, for want of a column for instance.
    """
    suite = load(name)
    if severity is not None:
        wanted = [said for said in suite["expectations"] if said["meta"]["severity"] == severity]
        suite["expectations"] = wanted
    for said in suite["expectations"]:
        key = f"{name}.{said['kwargs']['column']}"
        if said["meta"]["severity"] == WARNING and key in mostly:
            said["kwargs"]["mostly"] = mostly[key]
    absent = _columns_of(suite) - set(table.column_names)
    if absent:
        raise ContractError(f"contract {name}: no column {', '.join(sorted(absent))}")
    if not table.num_rows:
        return [_expected(name, said, success=True, result={}) for said in suite["expectations"]]
    columns = sorted(_columns_of(suite))
    with _ONE_AT_A_TIME, _quiet():
        results = _validate(suite, table.select(columns).to_pandas())
    return [
        _expected(name, said, success=bool(one["success"]), result=one["result"])
        for said, one in zip(suite["expectations"], results, strict=True)
    ]


def describe(name: str) -> list[str]:
    """Rows of a suite as a Markdown table: what is expected, of what, and what a failure means."""
    rows = ["| expected | column | share | a row that fails |", "| --- | --- | --- | --- |"]
    for said in load(name)["expectations"]:
        meta, kwargs = said["meta"], said["kwargs"]
        fate = meta.get("reason") or ("fails" if meta["severity"] == CRITICAL else "counts")
        share = f"{kwargs.get('mostly', 1):.0%}"
        rows.append(
            f"| {meta['says']}{_bounds(kwargs)} | `{kwargs['column']}` | {share} | {fate} |"
        )
    return rows


def _bounds(kwargs: Mapping[str, Any]) -> str:
    low, high = kwargs.get("min_value"), kwargs.get("max_value")
    if low is None and high is None:
        return ""
    return f" ({'' if low is None else low} to {'' if high is None else high})"


def _columns_of(suite: Mapping[str, Any]) -> set[str]:
    return {said["kwargs"]["column"] for said in suite["expectations"]}


def _expected(
    name: str, said: Mapping[str, Any], *, success: bool, result: Mapping[str, Any]
) -> Expected:
    meta, kwargs = said["meta"], said["kwargs"]
    return Expected(
        contract=name,
        kind=said["type"],
        column=kwargs["column"],
        says=meta["says"],
        severity=meta["severity"],
        reason=Reason(meta["reason"]) if "reason" in meta else None,
        success=success,
        n_checked=_checked(said["type"], result),
        failed=tuple(sorted(int(i) for i in result.get("unexpected_index_list") or ())),
        share_wanted=float(kwargs.get("mostly", 1)),
    )


def _checked(kind: str, result: Mapping[str, Any]) -> int:
    """Rows the expectation could speak of: a value that is absent breaks no rule on values."""
    n = int(result.get("element_count", 0))
    return n if "null" in kind else n - int(result.get("missing_count", 0) or 0)


def _validate(suite: Mapping[str, Any], frame: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - pandas is untyped here
    """Results in the order of the suite, each with every failing row."""
    gx = _library()
    expectations = [
        {**said, "meta": {**said["meta"], "order": i}}
        for i, said in enumerate(suite["expectations"])
    ]
    asset = _context().data_sources.get("tables").get_asset("table")
    batch = asset.get_batch_definition("whole").get_batch({"dataframe": frame})
    outcome = batch.validate(
        gx.ExpectationSuite(name=suite["name"], expectations=expectations),
        result_format={"result_format": "COMPLETE", "include_unexpected_rows": False},
    )
    by_order: dict[int, dict[str, Any]] = {}
    for one in outcome.results:
        meta = one.expectation_config.meta
        if one.exception_info.get("raised_exception"):
            raise ContractError(f"contract {suite['name']}: cannot be checked: {meta['says']}")
        by_order[meta["order"]] = {"success": one.success, "result": one.result}
    return [by_order[i] for i in range(len(expectations))]


def _library() -> Any:  # noqa: ANN401 - a module
    """Import the library now: it takes seconds that ``aac --help`` must not pay."""
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "False")
    logging.getLogger("great_expectations").setLevel(logging.WARNING)
    library = import_module("great_expectations")
    # This module of it sets a level of its own, and tells each run where its pages would lie.
    logging.getLogger(f"{library.__name__}.data_context.types.base").setLevel(logging.WARNING)
    return library


def prepare() -> None:
    """Import the library and set it up, as the first suite that is run would have to."""
    with _ONE_AT_A_TIME, _quiet():
        _context()


@lru_cache(maxsize=1)
def _context() -> Any:  # noqa: ANN401 - the library's own type
    context = _library().get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    asset = context.data_sources.add_pandas("tables").add_dataframe_asset("table")
    asset.add_batch_definition_whole_dataframe("whole")
    return context


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the library's own deprecation warnings from our users."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
