"""Agreement of the eight segments: level by wall, with what explains a low kappa beside it."""

from dataclasses import dataclass
from typing import Final

from reports.figures import style
from reports.figures.canvas import Canvas, blend
from reports.formats import MINUS
from reports.view import LEVELS, WALLS

_WIDE: Final = 150
_HIGH: Final = 62
_LEFT: Final = 44
_TOP: Final = 34
_DARK: Final = 0.6


@dataclass(frozen=True, slots=True)
class Segment:
    """One level and wall; kappa is None when it is undefined."""

    level: str
    wall: str
    kappa: float | None
    n: int
    share_zero: float | None


def draw(segments: list[Segment]) -> bytes:
    """Draw the heat map; the spine lies left, so the posterior wall stands left as on the film."""
    columns = tuple(reversed(WALLS))
    sheet = Canvas(_LEFT + len(columns) * _WIDE + 8, _TOP + len(LEVELS) * _HIGH + 8)
    for column, wall in enumerate(columns):
        middle = _LEFT + column * _WIDE + _WIDE / 2
        sheet.words(middle, 22, f"{wall} wall", size=13, anchor="middle", bold=True)
    for row, level in enumerate(LEVELS):
        sheet.words(
            _LEFT - 10, _TOP + row * _HIGH + _HIGH / 2 + 5, level, size=14, anchor="end", bold=True
        )
    for segment in segments:
        x = _LEFT + columns.index(segment.wall) * _WIDE
        _cell(sheet, x, _TOP + LEVELS.index(segment.level) * _HIGH, segment)
    return sheet.svg()


def _cell(sheet: Canvas, x: float, y: float, segment: Segment) -> None:
    strength = max(0.0, min(1.0, segment.kappa)) if segment.kappa is not None else 0.0
    fill = blend("#eef3f7", "#0b4f7d", strength) if segment.kappa is not None else "#ffffff"
    sheet.box(x + 1.5, y + 1.5, _WIDE - 3, _HIGH - 3, fill=fill, edge="#c3ccd4", radius=3)
    ink = "#ffffff" if strength > _DARK else style.INK
    kappa = "undefined" if segment.kappa is None else f"κ {segment.kappa:.2f}".replace("-", MINUS)
    middle = x + _WIDE / 2
    sheet.words(middle, y + 27, kappa, size=17, anchor="middle", color=ink, bold=True)
    zero = "" if segment.share_zero is None else f" · grade 0: {100 * segment.share_zero:.0f} %"
    sheet.words(middle, y + 46, f"n {segment.n:,}{zero}", size=11.5, anchor="middle", color=ink)
