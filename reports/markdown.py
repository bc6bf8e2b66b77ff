"""The little of Markdown that model cards use, turned into blocks.

Headings, paragraphs, lists, pipe tables and fenced code; anything else stays as it was typed.
"""

import re
from itertools import groupby
from typing import Final

from reports import formats
from reports.blocks import (
    Block,
    Bullets,
    Cell,
    Code,
    Column,
    Paragraph,
    Span,
    Subheading,
    Table,
    Text,
    rich,
)

_BULLET: Final = re.compile(r"^\s*[-*+]\s+")
_ESTIMATE: Final = re.compile(r"^(?P<value>[-+\d.]+) (?P<bounds>\([-+\d.]+ to [-+\d.]+\))$")
_RULE: Final = re.compile(r"^\s*\|?[\s:|-]+\|?\s*$")


def to_blocks(text: str, anchor: str) -> list[Block]:
    """Turn Markdown into blocks; ``anchor`` starts the anchors of its tables."""
    body = re.sub(r"\A---\n.*?\n---\n", "", text, flags=re.DOTALL)
    body = re.sub(r"^!\[.*\]\(.*\)\n", "", body, flags=re.MULTILINE)  # it lies beside the card
    blocks: list[Block] = []
    for index, part in enumerate(
        re.split(r"(^```.*?^```\s*$)", body, flags=re.DOTALL | re.MULTILINE)
    ):
        if part.startswith("```"):
            blocks.append(Code(re.sub(r"^```.*\n|```\s*$", "", part)))
        else:
            blocks += _prose(part, f"{anchor}-{index}")
    return blocks


def _prose(text: str, anchor: str) -> list[Block]:
    blocks: list[Block] = []
    lines = [line.rstrip() for line in text.splitlines()]
    for index, (kind, group) in enumerate(groupby(lines, _kind)):
        blocks += _group(kind, list(group), f"{anchor}-{index}")
    return blocks


def _kind(line: str) -> str:
    if not line.strip():
        return "blank"
    if line.startswith("#"):
        return "heading"
    if line.lstrip().startswith("|"):
        return "table"
    return "bullets" if _BULLET.match(line) or line.startswith("  ") else "paragraph"


def _group(kind: str, lines: list[str], anchor: str) -> list[Block]:
    if kind == "heading":
        return [Subheading(line.lstrip("# ").strip()) for line in lines]
    if kind == "table":
        return [_table(lines, anchor)]
    if kind == "bullets":
        return [Bullets(tuple(_spans(item) for item in _items(lines)))]
    return [Paragraph(_spans(" ".join(lines)))] if kind == "paragraph" else []


def _items(lines: list[str]) -> list[str]:
    items: list[str] = []
    for line in lines:
        if _BULLET.match(line) or not items:
            items.append(_BULLET.sub("", line).strip())
        else:
            items[-1] += " " + line.strip()
    return items


def _table(lines: list[str], anchor: str) -> Table:
    cells = [
        [part.strip() for part in line.strip().strip("|").split("|")]
        for line in lines
        if not _RULE.match(line)
    ]
    wide = max(len(row) for row in cells) if cells else 0
    padded = [row + [""] * (wide - len(row)) for row in cells]
    head = padded[0] if padded else []
    body = tuple(tuple(_cell(text) for text in row) for row in padded[1:])
    return Table(anchor, (), tuple(Column(title) for title in head), body, len(body))


def _cell(text: str) -> Cell:
    """Make a cell; an interval in brackets stands below its estimate."""
    estimate = _ESTIMATE.match(text)
    if estimate is None:
        return Cell(_spans(text)) if text else formats.cell(None)
    return Cell((Span(estimate["value"]), Span(f" {estimate['bounds']}", "interval")))


def _spans(text: str) -> Text:
    """Read bold, code and links; braces are text here, not places for values."""
    return rich(text.replace("{", "{{").replace("}", "}}"))
