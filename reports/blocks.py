"""What a report is made of: plain data that the HTML and the PDF template both lay out.

Nothing here knows how it is drawn, so that the two templates stay thin and cannot say different
things. Running text is a tuple of ``Span``; text that people wrote is never parsed as markup.
"""

import re
from dataclasses import dataclass, field
from typing import Final, Literal


@dataclass(frozen=True, slots=True)
class Span:
    """A run of text in one style, perhaps a link."""

    text: str
    style: Literal["", "strong", "em", "code", "interval"] = ""
    href: str = ""


Text = tuple[Span, ...]

_MARKUP: Final = re.compile(
    r"\*\*(?P<strong>[^*]+)\*\*|__(?P<em>[^_]+)__|`(?P<code>[^`]+)`|\[(?P<text>[^\]]+)\]\((?P<href>[^)]+)\)"
)


def rich(template: str, /, **values: object) -> Text:
    """Turn a sentence of ours into spans, then put the values in.

    Parameters
    ----------
    template
        May hold ``**strong**``, ``__emphasis__``, backquoted code, ``[text](href)`` and
        ``{name}`` for a value.
    values
        Put in after the markup is read, so that a value cannot become markup.

    Raises
    ------
    KeyError
        The template names a value that was not given.
    """
    spans: list[Span] = []
    end = 0
    for found in _MARKUP.finditer(template):
        spans.append(Span(template[end : found.start()].format(**values)))
        spans.append(_marked(found, values))
        end = found.end()
    spans.append(Span(template[end:].format(**values)))
    return tuple(span for span in spans if span.text)


def _marked(found: re.Match[str], values: dict[str, object]) -> Span:
    if found["href"]:
        return Span(found["text"].format(**values), href=found["href"].format(**values))
    if found["strong"]:
        return Span(found["strong"].format(**values), "strong")
    if found["em"]:
        return Span(found["em"].format(**values), "em")
    return Span(found["code"].format(**values), "code")


def plain(text: Text) -> str:
    """Give the words alone."""
    return "".join(span.text for span in text)


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text."""

    text: Text
    kind: Literal["paragraph"] = "paragraph"


@dataclass(frozen=True, slots=True)
class Subheading:
    """A heading inside a section."""

    title: str
    anchor: str = ""
    kind: Literal["subheading"] = "subheading"


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list of short texts."""

    items: tuple[Text, ...]
    is_numbered: bool = False
    kind: Literal["bullets"] = "bullets"


@dataclass(frozen=True, slots=True)
class Callout:
    """A boxed remark that must not be overlooked."""

    title: str
    items: tuple[Text, ...]
    tone: Literal["data", "failure", "note"] = "note"
    kind: Literal["callout"] = "callout"


@dataclass(frozen=True, slots=True)
class KeyFigure:
    """One number of the first screen with what it means, and what another study printed."""

    value: str
    label: str
    detail: str = ""
    beside: str = ""


@dataclass(frozen=True, slots=True)
class KeyFigures:
    """The numbers of the first screen."""

    items: tuple[KeyFigure, ...]
    kind: Literal["key_figures"] = "key_figures"


@dataclass(frozen=True, slots=True)
class Answer:
    """A question a reader has, answered in plain words."""

    question: str
    text: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class Answers:
    """The questions of the first screen."""

    items: tuple[Answer, ...]
    kind: Literal["answers"] = "answers"


@dataclass(frozen=True, slots=True)
class Column:
    """A column's title and how it is set."""

    title: str
    align: Literal["left", "right"] = "left"
    wide: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """What a table shows in one place; ``sort`` orders the column when a reader asks."""

    text: Text
    sort: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a caption; ``n_rows`` tells how long it was before it was capped.

    ``print_rows`` caps it further where it is paginated; 0 prints all.
    """

    anchor: str
    caption: Text
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    n_rows: int
    print_rows: int = 0
    kind: Literal["table"] = "table"


@dataclass(frozen=True, slots=True)
class Data:
    """The numbers behind a figure, written beside it as CSV."""

    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """A drawn figure: SVG bytes, what it shows in words, and the numbers behind it."""

    anchor: str
    title: str
    alt: str
    caption: Text
    svg: bytes
    data: Data
    width: Literal["third", "half", "full"] = "half"
    kind: Literal["figure"] = "figure"


@dataclass(frozen=True, slots=True)
class FigureRow:
    """Figures that are read beside one another."""

    items: tuple[Figure, ...]
    kind: Literal["figure_row"] = "figure_row"


@dataclass(frozen=True, slots=True)
class Code:
    """Commands or digests, set as typed."""

    text: str
    kind: Literal["code"] = "code"


@dataclass(frozen=True, slots=True)
class Details:
    """Blocks that a reader opens on demand; printed open."""

    summary: str
    blocks: tuple["Block", ...]
    kind: Literal["details"] = "details"


Block = (
    Paragraph
    | Subheading
    | Bullets
    | Callout
    | KeyFigures
    | Answers
    | Table
    | Figure
    | FigureRow
    | Code
    | Details
)


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the report with its heading."""

    anchor: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """One report: the pooled study, or one center."""

    stem: str
    title: str
    subtitle: str
    data_line: str
    links: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    footer: Text = field(default=())


def figures_of(page: Page) -> list[Figure]:
    """Every figure of a page, in order, wherever it is nested."""
    found: list[Figure] = []
    for section in page.sections:
        for block in section.blocks:
            found.extend(_figures_in(block))
    return found


def _figures_in(block: Block) -> list[Figure]:
    if isinstance(block, Figure):
        return [block]
    if isinstance(block, FigureRow):
        return list(block.items)
    if isinstance(block, Details):
        return [figure for inner in block.blocks for figure in _figures_in(inner)]
    return []


def anchors_in(block: Block) -> set[str]:
    """Places that a block and what it holds can be linked at."""
    found = {figure.anchor for figure in _figures_in(block)}
    if isinstance(block, Table):
        found.add(block.anchor)
    if isinstance(block, Details):
        found |= {anchor for inner in block.blocks for anchor in anchors_in(inner)}
    return found
