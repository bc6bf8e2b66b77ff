"""Every statistic of the agreement table, readers among themselves, and the plan."""

from typing import Any, Final

from reports import formats
from reports.blocks import Block, Bullets, Cell, Column, Details, Paragraph, Span, Table, Text, rich
from reports.statistics.plan import FIXED
from reports.view import POOLS, PlanLock, Row, Scope, View

_MOST_IN_PRINT: Final = 40
# Title and digits, as the same statistics have on the first screen.
_READER_STATISTICS: Final = {
    "icc_a1": ("ICC(A,1)", 3),
    "mae": ("MAE", 2),
    "bias": ("Bias", 2),
    "loa_lower": ("Lower limit", 2),
    "loa_upper": ("Upper limit", 2),
    "kappa_quadratic": ("Weighted kappa", 3),
}


def readers(view: View, scope: Scope) -> list[Block]:
    """Reader against reader, the yardstick of every model."""
    wanted = {*scope.centers, *POOLS} if scope.is_pooled else {scope.name}
    pairs = [(center, pair) for center, pair in view.reader_pairs if center in wanted]
    if not pairs:
        return [
            Paragraph(
                rich(
                    "Only one reading of each film is known: no agreement between "
                    "readers can be given."
                )
            )
        ]
    body = tuple(
        (
            formats.cell(center),
            formats.cell(pair),
            formats.cell(_films(view, center, pair)),
            *(
                _cell(view.estimate(center, pair, name), digits)
                for name, (_, digits) in _READER_STATISTICS.items()
            ),
        )
        for center, pair in pairs
    )
    columns = (
        Column("Center"),
        Column("Readers"),
        Column("Films", "right"),
        *(Column(title, "right") for title, _ in _READER_STATISTICS.values()),
    )
    caption = rich(
        "Readers against each other, totals in points, with 95 % confidence intervals but for the "
        "MAE; kappa of the 25 totals with quadratic weights."
    )
    return [Table("readers", caption, columns, body, len(body))]


def _films(view: View, center: str, pair: str) -> int | None:
    row = view.estimate(center, pair, "icc_a1")
    return None if row is None else row["n"]


def _cell(row: Row | None, digits: int) -> Cell:
    if row is None:
        return formats.cell(None)
    return formats.estimate_cell(row["estimate"], row["ci_low"], row["ci_high"], digits)


def every(view: View, scope: Scope) -> list[Block]:
    """Show every statistic of each model, side by side; the whole table stands in Parquet."""
    where = view.key_of(scope)
    names = dict.fromkeys(
        row["statistic"]
        for row in view.rows("agreement")
        if row["center"] == where and row["model"] in view.models
    )
    body = tuple(_statistic(view, where, name) for name in names)
    columns = (
        Column("Statistic"),
        *(Column(model, "right") for model in view.models),
        Column("Form"),
    )
    caption = rich(
        "Every statistic of each model against the reference, {where}, with 95 % confidence "
        "intervals. `agreement.parquet` holds these, every pair of models and readers, and notes.",
        where=scope.label,
    )
    table = Table("statistics", caption, columns, body, len(body), _MOST_IN_PRINT)
    return [Details(f"All {formats.plural(len(body), 'statistic')}", (table,))]


def _statistic(view: View, where: str, name: str) -> tuple[Cell, ...]:
    rows = [view.row(where, model, name) for model in view.models]
    method = next((row["method"] for row in rows if row is not None and row["method"]), "")
    return (
        formats.cell(name, style="code"),
        *(_value(name, row) for row in rows),
        formats.cell(method),
    )


def _value(name: str, row: Row | None) -> Cell:
    if row is None or row["estimate"] is None:
        why = "" if row is None else row["note"]
        return Cell(
            (Span(formats.MISSING), Span(f" ({why})", "interval"))
            if why
            else (Span(formats.MISSING),)
        )
    if name.endswith("_p") or "_p_" in name:
        return Cell((Span(formats.p_value(row["estimate"])),), formats.order(row["estimate"]))
    if name.startswith("n_") or "_n_" in name:
        return formats.cell(int(row["estimate"]))
    return formats.estimate_cell(row["estimate"], row["ci_low"], row["ci_high"], 3)


def plan(view: View, _scope: Scope) -> list[Block]:
    """Say what was planned, and what was done otherwise."""
    settings = dict(view.study.get("statistics") or {})
    chosen = {name: view.study.get(name) for name in ("reference", "severity", "models")}
    planned = tuple(
        rich("{key}: {value}", key=_titled(key), value=_said(value))
        for key, value in [*FIXED.items(), *chosen.items(), *sorted(settings.items())]
    )
    items: list[Block] = [Paragraph(_locked(view.plan_lock))]
    deviations = tuple(
        rich("{said} **Exploratory.**", said=_said(d).rstrip(".") + ".")
        for d in view.plan_lock.deviations
    )
    if deviations:
        items.append(Bullets(deviations))
    items.append(Paragraph(rich("The plan, as the code fixes it and the study file states it:")))
    return [*items, Bullets(planned)] if planned else items


def _said(value: Any) -> str:  # noqa: ANN401 - whatever a study file may hold
    if value is None:
        return "not declared"
    if isinstance(value, list | tuple):
        return formats.listing([str(part) for part in value])
    return str(value).replace("_", " ")


def _titled(key: str) -> str:
    return _said(key).capitalize().replace("Icc", "ICC")


def _locked(lock: PlanLock) -> Text:
    if not lock.is_locked:
        return rich(
            "The plan was **not locked** before the readings were opened; every result is "
            "exploratory. `aac lock-plan` records it."
        )
    state = "changed since; what differs is listed below" if lock.deviations else "unchanged"
    late = " Readings had been opened before." if lock.opened_before else ""
    return rich(
        "Locked on {when}, digest `{digest}`, **{state}**.{late}",
        when=lock.locked_on,
        digest=lock.digest[:16] or "not recorded",
        state=state,
        late=late,
    )
