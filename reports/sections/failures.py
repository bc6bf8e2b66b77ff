"""Failures first: what is missing, was set aside, or could not be assessed."""

from collections import Counter
from typing import Final

from reports import formats, words
from reports.blocks import Block, Callout, Column, Paragraph, Subheading, Table, rich
from reports.view import Scope, View

_MOST: Final = 60


def build(view: View, scope: Scope) -> list[Block]:
    """Blocks of the section; says so when nothing failed."""
    blocks: list[Block] = []
    findings = words.findings(view, scope)
    if findings:
        items = tuple(rich("{said}", said=finding) for finding in findings)
        blocks.append(Callout("To mend", items, "failure"))
    faults = tuple(rich("{said}", said=fault) for fault in view.contradictions())
    if faults:
        blocks.append(Callout("The tables cannot be compared", faults, "failure"))
    outcomes = view.outcomes(scope)
    empty = words.without_films(view, scope)
    if empty:
        items = (rich("No file was delivered by {names}.", names=formats.listing(empty)),)
        blocks.append(Callout("Centers without films", items, "failure"))
    if not outcomes["quarantined"] and not outcomes["not_assessable"]:
        said = (
            "No film was set aside and every film could be assessed."
            if outcomes
            else "No film was delivered."
        )
        return [*blocks, Paragraph(rich(said))]
    blocks += _quarantine(view, scope)
    blocks += _not_assessable(view, scope)
    blocks += _without_reference(view, scope)
    return blocks


def in_short(view: View, scope: Scope) -> list[Callout]:
    """Say before any figure what it leaves out."""
    outcomes = view.outcomes(scope)
    aside, unread = outcomes["quarantined"], outcomes["not_assessable"]
    empty = words.without_films(view, scope)
    mend = len(words.findings(view, scope)) + len(view.contradictions())
    said = [
        f"{formats.plural(aside, 'file')} set aside" if aside else "",
        f"{formats.plural(unread, 'film')} not assessable" if unread else "",
        f"{formats.plural(len(empty), 'center')} without films" if empty else "",
        f"{formats.plural(mend, 'finding')} to mend" if mend else "",
    ]
    told = [part for part in said if part]
    if not told:
        return []
    text = rich(
        "{what}. [Each is named with its reason](#failures); such films are in no figure below.",
        what=formats.listing(told),
    )
    return [Callout("Failures first", (text,), "failure")]


def _quarantine(view: View, scope: Scope) -> list[Block]:
    rows = view.of("quarantine", scope)
    if not rows:
        return []
    counts = Counter((row["reason"], row["remedy"] or "") for row in rows)
    by_center = Counter((row["reason"], row["center"]) for row in rows)
    several = scope.is_pooled and len(scope.centers) > 1
    body = tuple(
        (
            formats.cell(_words(reason)),
            formats.cell(n),
            *((formats.cell(_centers(by_center, reason, scope)),) if several else ()),
            formats.cell(remedy),
        )
        for (reason, remedy), n in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    )
    columns = (
        Column("Reason"),
        Column("Files", "right"),
        *((Column("Where"),) if several else ()),
        Column("What to do", wide=True),
    )
    caption = rich(
        "{n} set aside, by reason. Nothing was deleted; the table __quarantine__ names each by "
        "its pseudonym or digest.",
        n=formats.plural(len(rows), "file"),
    )
    return [
        Subheading("Set aside"),
        Table("quarantine", caption, columns, body, len(body)),
        _list(rows),
    ]


def _words(reason: str) -> str:
    return reason.replace("_", " ")


def _centers(by_center: Counter[tuple[str, str]], reason: str, scope: Scope) -> str:
    return ", ".join(
        f"{name} {by_center[reason, name]}" for name in scope.centers if by_center[reason, name]
    )


def _list(rows: list[dict[str, object]]) -> Table:
    columns = (Column("Center"), Column("Film"), Column("Step"), Column("Reason"), Column("Seen"))
    body = tuple(
        (
            formats.cell(row["center"]),
            formats.cell(row["image_id"] or str(row["source_digest"] or "")[:12], style="code"),
            formats.cell(row["step"]),
            formats.cell(_words(str(row["reason"]))),
            formats.cell(row["observed"]),
        )
        for row in rows[:_MOST]
    )
    return Table("quarantine-list", rich("Each file that was set aside."), columns, body, len(rows))


def _not_assessable(view: View, scope: Scope) -> list[Block]:
    rows = [
        row
        for row in view.of("predictions", scope)
        if row["status"] == "not_assessable" and row["model"] == view.primary
    ]
    if not rows:
        return []
    counts = Counter(row["not_assessable_reason"] or "no reason given" for row in rows)
    body = tuple(
        (formats.cell(reason), formats.cell(n))
        for reason, n in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    )
    caption = rich(
        "{n} by {model}: the total is missing, never zero.",
        n=f"{formats.plural(len(rows), 'film')} not assessable",
        model=view.primary,
    )
    columns = (Column("Why"), Column("Films", "right"))
    return [Subheading("Not assessable"), Table("unread", caption, columns, body, len(body))]


def _without_reference(view: View, scope: Scope) -> list[Block]:
    scored = {
        row["image_id"]
        for row in view.of("predictions", scope)
        if row["model"] == view.primary and row["total"] is not None
    }
    without = len(scored - view.reference_totals.keys())
    if not without:
        return []
    said = rich(
        "{films} scored but without a total by the reference ({reference}); left out of every "
        "agreement figure and counted there as missing.",
        films=formats.plural(without, "film"),
        reference=words.reference(view),
    )
    return [Subheading("Without a reference"), Paragraph(said)]
