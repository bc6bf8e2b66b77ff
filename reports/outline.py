"""The report on one page: its sections in order, and what each is made of."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from reports import checklists, provenance
from reports.blocks import Block, Page, Section, Text, anchors_in, rich
from reports.sections import (
    agreement,
    classes,
    comparisons,
    failures,
    films,
    guidelines,
    methods,
    models,
    participants,
    quality,
    reading,
    segments,
    statistics,
    summary,
)
from reports.view import Scope, View

Build = Callable[[View, Scope], list[Block]]


@dataclass(frozen=True, slots=True)
class Part:
    """One section: where it stands, on which pages, and what makes it."""

    anchor: str
    title: str
    build: Build
    on: Literal["every", "pooled"] = "every"


PARTS: Final = (
    Part("summary", "In short", summary.build),
    Part("failures", "Failures first", failures.build),
    Part("participants", "Films and patients", participants.build),
    Part("agreement", "Agreement of the total", agreement.build),
    Part("forests", "Center by center", agreement.forests, "pooled"),
    Part("across", "Centers together", comparisons.across, "pooled"),
    Part("comparisons", "Models compared, and missing films", comparisons.build),
    Part("classes", "Severity classes", classes.build),
    Part("segments", "Levels and walls", segments.build),
    Part("calibration", "Distribution and calibration", agreement.spread),
    Part("films", "Pictures of films", films.build),
    Part("reader-agreement", "Readers against each other", statistics.readers),
    Part("quality", "Quality of films and data", quality.build),
    Part("deidentification", "De-identification", quality.deidentification),
    Part("plan", "The plan and its deviations", statistics.plan),
    Part("methods", "Methods text", methods.build, "pooled"),
    Part("authors", "From the authors", guidelines.authors, "pooled"),
    # The checklists stand here; they are built last, since they link to all the others.
    Part("guidelines", "Reporting guidelines", lambda _view, _scope: [], "pooled"),
    Part("all-statistics", "Every statistic", statistics.every),
    Part("provenance", "Provenance", provenance.build),
    Part("reading", "How to read this report", reading.build, "pooled"),
    Part("model-cards", "Appendix: models", models.build, "pooled"),
)


def page(view: View, scope: Scope) -> Page:
    """Lay out one report.

    Parameters
    ----------
    view
        The study.
    scope
        The pooled study or one center.
    """
    parts = [part for part in PARTS if scope.is_pooled or part.on == "every"]
    sections = [Section(part.anchor, part.title, tuple(part.build(view, scope))) for part in parts]
    anchors = _anchors(sections)
    whole = tuple(
        Section(s.anchor, s.title, tuple(guidelines.build(view, scope, anchors)))
        if s.anchor == "guidelines"
        else s
        for s in sections
    )
    name = str(view.study.get("name", "study"))
    return Page(
        stem=view.stems[scope.name],
        title=str(view.about.get("title") or name),
        subtitle=_subtitle(view, scope),
        data_line=summary.data_line(view),
        links=_links(view, scope),
        sections=whole,
        footer=_footer(view, name),
    )


def _anchors(sections: list[Section]) -> set[str]:
    """Places that evidence may name: sections, and tables and figures however deep."""
    found = {section.anchor for section in sections}
    for section in sections:
        for block in section.blocks:
            found |= anchors_in(block)
    return found


def checklists_of(view: View, made: Page) -> list[checklists.Guideline]:
    """Fill the checklists of a page that is made."""
    return checklists.fill(view, _anchors(list(made.sections)))


def _subtitle(view: View, scope: Scope) -> str:
    if scope.is_pooled:
        return f"Agreement of automated AAC-24 scores: {len(view.centers)} centers, pooled"
    return (
        f"Agreement of automated AAC-24 scores: center {scope.name} "
        f"({view.centers[scope.name]} test)"
    )


def _links(view: View, scope: Scope) -> tuple[tuple[str, str], ...]:
    return tuple(
        ("All centers" if other.is_pooled else f"Center {other.name}", view.stems[other.name])
        for other in view.scopes()
        if other.name != scope.name
    )


def _footer(view: View, name: str) -> Text:
    return rich(
        "{name} · run `{run}` · research use only, not for clinical use",
        name=name,
        run=str(view.manifest.get("run_id") or "not recorded"),
    )
