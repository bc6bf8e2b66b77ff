"""Every statistic of the agreement table, readers among themselves, and the plan."""

from typing import Any, Final

from reports import formats
from reports.blocks import Block, Bullets, Cell, Column, Details, Paragraph, Table, Text, rich
from reports.view import POOLS, PlanLock, Row, Scope, View

_MOST: Final = 400
_READER_STATISTICS: Final = ("icc_a1", "mae", "bias", "loa_lower", "loa_upper", "kappa_quadratic")


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
            *(_cell(view.estimate(center, pair, name)) for name in _READER_STATISTICS),
        )
        for center, pair in pairs
    )
    columns = (
        Column("Center"),
        Column("Readers"),
        *(
            Column(name, "right", wide=True)
            for name in ("ICC(A,1)", "MAE", "Bias", "Lower limit", "Upper limit", "Kappa")
        ),
    )
    caption = rich("Readers against each other, totals in points, with 95 % confidence intervals.")
    return [Table("readers", caption, columns, body, len(body))]


def _cell(row: Row | None) -> Cell:
    if row is None:
        return formats.cell(None)
    return formats.estimate_cell(row["estimate"], row["ci_low"], row["ci_high"])


def every(view: View, scope: Scope) -> list[Block]:
    """Show the agreement table itself, capped; the whole stands in Parquet."""
    wanted = {view.key_of(scope), *POOLS[:2]} if scope.is_pooled else {scope.name}
    rows = [row for row in view.rows("agreement") if row["center"] in wanted]
    columns = (
        Column("Center"),
        Column("Model or readers"),
        Column("Statistic"),
        Column("Estimate", "right"),
        Column("95 % CI", "right", wide=True),
        Column("Films", "right"),
        Column("Missing", "right"),
        Column("Form and note", wide=True),
    )
    body = tuple(_statistic(row) for row in rows[:_MOST])
    caption = rich("Every statistic with its form. The whole table is `agreement` in `results/`.")
    table = Table("statistics", caption, columns, body, len(rows))
    return [Details(f"Show {formats.plural(min(len(rows), _MOST), 'row')}", (table,))]


def _statistic(row: Row) -> tuple[Cell, ...]:
    is_p = row["statistic"].endswith("_p") or "_p_" in row["statistic"]
    value = formats.p_value(row["estimate"]) if is_p else formats.number(row["estimate"], 3)
    note = "; ".join(part for part in (row["method"], row["note"]) if part)
    sort = "" if row["estimate"] is None else repr(row["estimate"])
    return (
        formats.cell(row["center"]),
        formats.cell(row["model"]),
        formats.cell(row["statistic"], style="code"),
        Cell(rich("{value}", value=value), sort),
        formats.cell(formats.interval(row["ci_low"], row["ci_high"], 3)),
        formats.cell(row["n"]),
        formats.cell(row["n_missing"]),
        formats.cell(note),
    )


def plan(view: View, _scope: Scope) -> list[Block]:
    """Say what was planned, and what was done otherwise."""
    settings = dict(view.study.get("statistics") or {})
    planned = tuple(
        rich("{key}: {value}", key=_said(key), value=_said(value))
        for key, value in sorted(settings.items())
    )
    items: list[Block] = [Paragraph(_locked(view.plan_lock))]
    deviations = tuple(
        rich("{said} **Exploratory.**", said=_said(d).rstrip(".") + ".")
        for d in view.plan_lock.deviations
    )
    if deviations:
        items.append(Bullets(deviations))
    items.append(Paragraph(rich("The plan, as the study file states it:")))
    return [*items, Bullets(planned)] if planned else items


def _said(value: Any) -> str:  # noqa: ANN401 - whatever a study file may hold
    if value is None:
        return "not declared"
    return str(value).replace("_", " ")


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
