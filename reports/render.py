"""Tables in, a folder of reports out: HTML and PDF for each center and for all of them."""

import csv
import io
from pathlib import Path

from reports import checklists, html, outline, pdf
from reports.blocks import Data, Page, figures_of
from reports.inputs import ReportInputs
from reports.view import View

__all__ = ["ReportInputs", "render"]


def render(inputs: ReportInputs, out: Path) -> list[Path]:
    """Render every report of a study.

    Parameters
    ----------
    inputs
        Tables, study, manifest, findings and model cards; nothing else is looked at.
    out
        Folder to write into; made when absent, files of the same name are replaced.

    Returns
    -------
    What was written, ``index.html`` first: a page a center and one of all, as HTML and PDF, and
    under ``figures/`` each figure as SVG with the numbers behind it as CSV.

    Notes
    -----
    The same inputs and package versions give the same bytes, wherever ``out`` is.
    """
    view = View(inputs)
    written: list[Path] = []
    (out / "figures").mkdir(parents=True, exist_ok=True)
    for scope in view.scopes():
        page = outline.page(view, scope)
        written += _write_page(page, out)
        if scope.is_pooled:
            text = checklists.to_csv(outline.checklists_of(view, page))
            written.append(_write(out / "checklists.csv", text.encode()))
    return written


def _write_page(page: Page, out: Path) -> list[Path]:
    stem = "report" if page.stem == "index" else page.stem
    written = [
        _write(out / f"{page.stem}.html", html.write(page)),
        _write(out / f"{stem}.pdf", pdf.write(page)),
    ]
    for figure in figures_of(page):
        name = f"{page.stem}-{figure.anchor}"
        written.append(_write(out / "figures" / f"{name}.svg", figure.svg))
        written.append(_write(out / "figures" / f"{name}.csv", _csv(figure.data)))
    return written


def _write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def _csv(data: Data) -> bytes:
    sheet = io.StringIO()
    writer = csv.writer(sheet, lineterminator="\n")
    writer.writerow(data.columns)
    writer.writerows(data.rows)
    return sheet.getvalue().encode()
