"""Confusion matrices with fixed classes: counts, and the share of each reference class."""

from typing import Final

from reports.figures import style
from reports.figures.canvas import Canvas, blend
from reports.formats import MISSING

_CELL: Final = 74
_LEFT: Final = 92
_TOP: Final = 54
_DARK: Final = 0.55


def draw(counts: list[list[int]], labels: list[str]) -> bytes:
    """Draw a matrix, rows the reference and columns the model.

    Parameters
    ----------
    counts
        Films, shape (reference classes, predicted classes).
    labels
        Names of the classes, in order.
    """
    size = len(labels)
    sheet = Canvas(_LEFT + size * _CELL + 12, _TOP + size * _CELL + 12)
    sheet.words(
        _LEFT + size * _CELL / 2, 18, "predicted class", size=13, anchor="middle", bold=True
    )
    sheet.words(8, 18, "reference", size=13, bold=True)
    for index, label in enumerate(labels):
        middle = index * _CELL + _CELL / 2
        sheet.words(_LEFT + middle, 42, label, size=13, anchor="middle")
        sheet.words(_LEFT - 10, _TOP + middle - 2, label, size=13, anchor="end")
        whole = f"n {sum(counts[index]):,}"
        sheet.words(_LEFT - 10, _TOP + middle + 14, whole, size=11, anchor="end", color=style.MUTED)
    for row in range(size):
        for column in range(size):
            _cell(sheet, row, column, counts)
    return sheet.svg()


def _cell(sheet: Canvas, row: int, column: int, counts: list[list[int]]) -> None:
    n, whole = counts[row][column], sum(counts[row])
    share = n / whole if whole else 0.0
    x, y = _LEFT + column * _CELL, _TOP + row * _CELL
    edge = style.INK if row == column else "#ffffff"
    sheet.box(
        x + 1.5,
        y + 1.5,
        _CELL - 3,
        _CELL - 3,
        fill=blend("#eef3f7", "#0b4f7d", share),
        edge=edge,
        radius=3,
    )
    ink = "#ffffff" if share > _DARK else style.INK
    middle = x + _CELL / 2
    sheet.words(middle, y + _CELL / 2 + 1, f"{n:,}", size=17, anchor="middle", color=ink, bold=True)
    said = f"{100 * share:.0f} %" if whole else MISSING
    sheet.words(middle, y + _CELL / 2 + 19, said, size=12, anchor="middle", color=ink)
