"""A page as a PDF: the same outline through typst, tagged, its fonts embedded."""

import json
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
import typst

from reports.blocks import (
    Block,
    Callout,
    Details,
    Figure,
    FigureRow,
    KeyFigures,
    Page,
    Table,
    Text,
    figures_of,
)

_MAIN: Final = "main"


@lru_cache(maxsize=1)
def _fonts() -> typst.Fonts:
    """Fonts that come with packages we pin; the system's would differ between machines."""
    shipped = Path(mpl.get_data_path()) / "fonts" / "ttf"
    return typst.Fonts(include_system_fonts=False, font_paths=[shipped])


def write(page: Page) -> bytes:
    """Lay out a page as PDF/UA.

    Returns
    -------
    The same bytes for the same page and the same version of typst.
    """
    template = files("reports").joinpath("templates", "report.typ").read_bytes()
    sources = {_MAIN: template, "page.json": json.dumps(_page(page)).encode()}
    sources |= {f"{figure.anchor}.svg": figure.svg for figure in figures_of(page)}
    made = typst.compile(  # type: ignore[call-overload]  # its stub leaves out a dict of files
        sources, format="pdf", font_paths=_fonts(), pdf_standards="ua-1", timestamp=0
    )
    return bytes(made)


def _page(page: Page) -> dict[str, Any]:
    return {
        "title": page.title,
        "subtitle": page.subtitle,
        "data_line": page.data_line,
        "footer": _text(page.footer),
        "sections": [
            {
                "title": section.title,
                "anchor": section.anchor,
                "blocks": [_block(block) for block in section.blocks],
            }
            for section in page.sections
        ],
    }


def _text(text: Text) -> list[list[str]]:
    return [[span.text, span.style, span.href] for span in text]


def _block(block: Block) -> dict[str, Any]:
    said: dict[str, Any] = {"kind": block.kind}
    if isinstance(block, Table):
        said |= _table(block)
    elif isinstance(block, Figure):
        said |= _figure(block)
    elif isinstance(block, FigureRow):
        said["items"] = [_figure(figure) for figure in block.items]
    elif isinstance(block, Callout):
        said |= {"title": block.title, "tone": block.tone, "items": [_text(t) for t in block.items]}
    elif isinstance(block, Details):
        said |= {"summary": block.summary, "blocks": [_block(inner) for inner in block.blocks]}
    elif isinstance(block, KeyFigures):
        said["items"] = [[item.value, item.label, item.detail, item.beside] for item in block.items]
    else:
        said |= _plain(block)
    return said


def _plain(block: Any) -> dict[str, Any]:  # noqa: ANN401 - the remaining kinds of block
    if block.kind == "paragraph":
        return {"text": _text(block.text)}
    if block.kind == "bullets":
        return {"items": [_text(t) for t in block.items], "is_numbered": block.is_numbered}
    if block.kind == "answers":
        return {"items": [[item.question, [_text(t) for t in item.text]] for item in block.items]}
    if block.kind == "subheading":
        return {"title": block.title}
    return {"text": block.text}


def _table(table: Table) -> dict[str, Any]:
    return {
        "anchor": table.anchor,
        "caption": _text(table.caption),
        "columns": [[column.title, column.align] for column in table.columns],
        "rows": [
            [_text(cell.text) for cell in row] for row in table.rows[: table.print_rows or None]
        ],
        "n_rows": table.n_rows,
    }


def _figure(figure: Figure) -> dict[str, Any]:
    return {
        "file": f"{figure.anchor}.svg",
        "anchor": figure.anchor,
        "alt": figure.alt,
        "caption": _text(figure.caption),
        "width": figure.width,
    }
