"""Reporting checklists and what only the authors know."""

from collections import Counter
from collections.abc import Collection
from typing import Final

from reports import checklists, formats
from reports.blocks import Block, Cell, Column, Paragraph, Span, Subheading, Table, rich
from reports.view import Scope, View

_STATUS: Final = {"filled": "filled", "partly": "partly", "authors": "authors to supply"}
_ABOUT: Final = {
    "title": "Title",
    "objective": "Objective",
    "population": "Population",
    "raters": "Raters",
    "sampling": "Sampling",
    "sample_size_reason": "Reason for the sample size",
    "blinding": "Blinding and order of readings",
    "ethics": "Ethics",
    "registration": "Registration",
    "funding": "Funding",
}


def build(view: View, _scope: Scope, anchors: Collection[str]) -> list[Block]:
    """Blocks of the section; ``anchors`` are the places of this page that evidence may name."""
    intro = rich(
        "Filled in as far as this run knows; each row links to what it rests on. Items are "
        "paraphrased: take the wording from the guideline. Nothing here judges risk of bias."
    )
    blocks: list[Block] = [Paragraph(intro)]
    for guideline in checklists.fill(view, anchors):
        blocks += [Subheading(guideline.name), _table(guideline)]
    return blocks


def _table(guideline: checklists.Guideline) -> Table:
    counts = Counter(item.status for item in guideline.items)
    caption = rich(
        "{name}, {scope} ({cite}): {filled} filled, {partly} partly, {authors} for the authors.",
        name=guideline.name,
        scope=guideline.scope,
        cite=guideline.cite,
        filled=counts["filled"],
        partly=counts["partly"],
        authors=counts["authors"],
    )
    rows = tuple(
        (
            formats.cell(item.item),
            formats.cell(item.what),
            formats.cell(_STATUS[item.status]),
            _links(item.evidence),
        )
        for item in guideline.items
    )
    columns = (Column("Item"), Column("Asks for"), Column("Status"), Column("Rests on"))
    anchor = "checklist-" + guideline.name.lower().replace(" ", "-").replace("+", "-")
    return Table(anchor, caption, columns, rows, len(rows))


def _links(evidence: tuple[str, ...]) -> Cell:
    spans: list[Span] = []
    for anchor in evidence:
        spans += [Span(", ")] if spans else []
        spans.append(Span(anchor.replace("-", " "), href=f"#{anchor}"))
    return Cell(tuple(spans) or (Span(formats.MISSING),))


def authors(view: View, _scope: Scope) -> list[Block]:
    """Show what the authors said in the study file; blank is never filled in for them."""
    rows = tuple(
        (
            formats.cell(label),
            formats.cell(str(view.about.get(key) or "").strip() or "authors to supply"),
        )
        for key, label in _ABOUT.items()
    )
    caption = rich("As the study file's `about` says; nothing is filled in for the authors.")
    return [Table("about", caption, (Column("Field"), Column("Said", wide=True)), rows, len(rows))]
