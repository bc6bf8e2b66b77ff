"""The data contracts on a page of their own: center by center, and over the runs before.

It is for the people who mend data. What it shows of earlier runs comes from the study's own
folder; nothing of the report depends on it.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from reports import formats, html
from reports.blocks import (
    Block,
    Bullets,
    Callout,
    Cell,
    Column,
    Details,
    Page,
    Paragraph,
    Section,
    Subheading,
    Table,
    Text,
    rich,
)
from reports.contract_results import ContractResults, OfCenter, Row

_FOR_WHOM: Final = "For the study's data managers"
_SYNTHETIC: Final = "Synthetic films: no patient is behind any figure on this page"
_MOST_FILMS: Final = 500
# As many columns as a screen shows.
_MOST_RUNS: Final = 8


def write(results: ContractResults) -> bytes:
    """Lay out the page as one HTML file; the same bytes for the same results."""
    sections = [Section("summary", "In short", tuple(_summary(results)))]
    sections += [
        Section(f"center-{one.name}", f"Center {one.name}", tuple(_center(one)))
        for one in results.centers
    ]
    return html.write(
        Page(
            stem="contracts",
            title=results.study,
            subtitle="Data contracts: what was checked, what failed, and what to do",
            data_line="SYNTHETIC FILMS"
            if results.is_synthetic
            else "FOR THE STUDY'S DATA MANAGERS",
            links=(),
            sections=tuple(sections),
            footer=rich("{study} · data contracts", study=results.study),
        )
    )


def _summary(results: ContractResults) -> list[Block]:
    blocks: list[Block] = [Paragraph(rich("{state}", state=results.state))]
    if results.report:
        blocks.append(Paragraph(rich("The study's report: [index]({href}).", href=results.report)))
    if results.findings:
        items = tuple(rich("{said}", said=said) for said in results.findings)
        blocks.append(Callout("To mend", items, "failure"))
    moved = [row for one in results.centers for row in one.drift if row["moved"]]
    if moved:
        items = tuple(_moved(row) for row in moved)
        blocks.append(Callout("Newest films unlike earlier ones", items))
    columns = (
        Column("Center"),
        *(Column(title, "right") for title in ("Expectations", "Not met", "Files set aside")),
        Column("Most often because"),
    )
    body = tuple(_of_center(one) for one in results.centers)
    caption = rich("Each center's contracts, newest results.")
    return [*blocks, Table("centers", caption, columns, body, len(body))]


def _of_center(one: OfCenter) -> tuple[Cell, ...]:
    broken = sum(not row["success"] for row in one.contracts)
    reasons = Counter(row["reason"] for row in one.quarantine)
    often = formats.listing([f"{name} ({n})" for name, n in reasons.most_common(3)])
    link = formats.cell(one.name, href=f"#center-{one.name}")
    values = (len(one.contracts), broken, len(one.quarantine), often)
    return (link, *(formats.cell(value) for value in values))


def _moved(row: Row) -> Text:
    return rich(
        "Center {center}: `{column}` of the {now} newest films against {before} earlier ones: "
        "stability index {index}, limit {limit}.",
        center=row["center"],
        column=row["column"],
        now=row["n_now"],
        before=row["n_before"],
        index=formats.number(row["stability_index"]),
        limit=formats.number(row["limit"]),
    )


def _center(one: OfCenter) -> list[Block]:
    accounts = [row for row in one.contracts if row["contract"] == "accounts"]
    blocks: list[Block] = [
        Paragraph(rich("Every delivered file ended as one thing: {said}.", said=row["observed"]))
        for row in accounts
    ]
    blocks += _set_aside(one)
    blocks += _expectations(one)
    return [*blocks, *_over_time(one), *_drift(one)]


def _set_aside(one: OfCenter) -> list[Block]:
    if not one.quarantine:
        return [Paragraph(rich("No file is set aside."))]
    counts = Counter(
        (row["step"], row["reason"], row["expectation"] or "", row["remedy"])
        for row in one.quarantine
    )
    body = tuple(
        tuple(formats.cell(value) for value in (n, *what)) for what, n in counts.most_common()
    )
    titles = ("Step", "Reason", "Expectation that failed", "What to do")
    columns = (Column("Files", "right"), *(Column(title) for title in titles))
    caption = rich("Why files are set aside, most frequent first.")
    why = Table(f"why-{one.name}", caption, columns, body, len(body))
    return [Subheading("Set aside"), why, _films(one)]


def _films(one: OfCenter) -> Details:
    """One row a file; a film is released by the name in the first column."""
    names = ("image_id", "source_digest", "step", "reason", "expectation", "observed", "remedy")
    shown = one.quarantine[:_MOST_FILMS]
    body = tuple(
        tuple(formats.cell(row[name], style=_style(name)) for name in names) for row in shown
    )
    titles = (
        "Film",
        "SHA-256 of the file",
        "Step",
        "Reason",
        "Expectation",
        "Observed",
        "What to do",
    )
    caption = rich(
        "File by file. `release: [film]` in the study file takes a film out of quarantine, and the "
        "release is recorded here."
    )
    columns = tuple(Column(title) for title in titles)
    table = Table(f"aside-{one.name}", caption, columns, body, len(one.quarantine))
    return Details(f"{formats.plural(len(one.quarantine), 'file')} set aside, one by one", (table,))


def _style(name: str) -> str:
    return "code" if name in ("image_id", "source_digest") else ""


def _expectations(one: OfCenter) -> list[Block]:
    blocks: list[Block] = [Subheading("Expectations")]
    broken = [row for row in one.contracts if not row["success"]]
    if not broken:
        blocks.append(Paragraph(rich("Every expectation is met.")))
    else:
        caption = rich(
            "Expectations that are not met. A critical one sets its films aside; a warning is "
            "raised when fewer rows hold than wanted (`mostly` in the study file)."
        )
        blocks.append(_expectation_table(f"broken-{one.name}", caption, broken))
    whole = _expectation_table(f"all-{one.name}", rich("Every expectation."), one.contracts)
    said = f"All {formats.plural(len(one.contracts), 'expectation')}"
    return [*blocks, Details(said, (whole,))]


def _expectation_table(anchor: str, caption: Text, rows: Sequence[Row]) -> Table:
    names = ("column", "severity", "n_checked", "n_failed", "observed")
    body = tuple(
        (
            formats.cell(row["contract"]),
            formats.cell(_in_words(row["expectation"])),
            *(formats.cell(row[name]) for name in names),
        )
        for row in rows
    )
    columns = (
        *(Column(title) for title in ("Contract", "Expectation", "Column", "Weight")),
        Column("Checked", "right"),
        Column("Failed", "right"),
        Column("Observed"),
    )
    return Table(anchor, caption, columns, body, len(body))


def _in_words(expectation: str) -> str:
    """Leave out the name that the library gives to the kind of expectation."""
    return re.sub(r" \(column_\w+\)$", "", expectation)


def _over_time(one: OfCenter) -> list[Block]:
    """Share of rows that held, for each expectation that some row failed in some run shown."""
    nights = one.nights[-_MOST_RUNS:]
    held = [
        {(row["contract"], row["expectation"]): row for row in night.contracts} for night in nights
    ]
    keys = [key for key in dict.fromkeys(key for rows in held for key in rows) if _fails(key, held)]
    if not keys:
        return []
    body = tuple(
        (
            formats.cell(key[0]),
            formats.cell(_in_words(key[1])),
            *(_held(rows.get(key)) for rows in held),
        )
        for key in keys
    )
    columns = (
        Column("Contract"),
        Column("Expectation"),
        *(Column(night.label, "right", wide=True) for night in nights),
    )
    caption = rich(
        "Share of rows that held, run by run, newest on the right, of the expectations that some "
        "row failed. A dash where nothing was checked."
    )
    return [
        Subheading("Over time"),
        Table(f"time-{one.name}", caption, columns, body, len(body)),
    ]


def _fails(key: tuple[str, str], held: Sequence[Mapping[tuple[str, str], Row]]) -> bool:
    return any(rows[key]["n_failed"] for rows in held if key in rows)


def _held(row: Row | None) -> Cell:
    if row is None or not row["n_checked"]:
        return formats.cell(None)
    share = 1 - row["n_failed"] / row["n_checked"]
    text = formats.percent(row["n_checked"] - row["n_failed"], row["n_checked"], 1)
    shown = formats.cell(text, style="" if row["success"] else "strong")
    return Cell(shown.text, formats.order(share))


def _drift(one: OfCenter) -> list[Block]:
    heading = Subheading("Newest films against earlier ones")
    if not one.drift:
        said = "Too few films, now or before, to say whether the newest differ from earlier ones."
        return [heading, Bullets((rich(said),))]
    names = ("column", "stability_index", "limit", "chance", "moved", "n_now", "n_before")
    body = tuple(tuple(formats.cell(row[name]) for name in names) for row in one.drift)
    numbers = ("Stability index", "Limit", "By chance below")
    columns = (
        Column("Column"),
        *(Column(title, "right") for title in numbers),
        Column("Has moved"),
        Column("Newest films", "right"),
        Column("Earlier films", "right"),
    )
    caption = rich(
        "Population stability index: 0 for equal distributions, larger is further apart. A column "
        "has moved above its limit and above what chance passes once in a thousand."
    )
    return [heading, Table(f"drift-{one.name}", caption, columns, body, len(body))]
