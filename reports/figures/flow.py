"""The flow of films, as STARD asks for it: what came in, what left and why, what was analysed."""

from dataclasses import dataclass
from typing import Final

from reports.figures import style
from reports.figures.canvas import Canvas, wrapped

_WIDTH: Final = 760.0
_MAIN: Final = 300.0
_SIDE_X: Final = 372.0
_LINE: Final = 18.0
_GAP: Final = 26.0
_PAD: Final = 10.0


@dataclass(frozen=True, slots=True)
class Stage:
    """Films that stand at one point of the study, and those that leave after it, by reason."""

    label: str
    n: int
    leaves_as: str = ""
    leaving: tuple[tuple[str, int], ...] = ()


def draw(stages: list[Stage]) -> bytes:
    """Draw the stages from top to bottom, those who leave to the right."""
    heights = [_height(stage) for stage in stages]
    sheet = Canvas(_WIDTH, sum(heights) + 8)
    y = 4.0
    for index, (stage, height) in enumerate(zip(stages, heights, strict=True)):
        main = _main_height(stage)
        _main(sheet, stage, y, is_last=index == len(stages) - 1)
        middle = 4 + _MAIN / 2
        if index + 1 < len(stages):
            sheet.arrow(middle, y + main, middle, y + height)
        if stage.leaving:
            side = y + main + _GAP / 2
            half = side + _side_height(stage) / 2
            sheet.arrow(middle, half, _SIDE_X, half)
            _side(sheet, stage, side)
        y += height
    return sheet.svg()


def _main_height(stage: Stage) -> float:
    return 2 * _PAD + _LINE * (1 + len(wrapped(stage.label, _MAIN - 2 * _PAD, 13)))


def _side_lines(stage: Stage) -> list[str]:
    lines = []
    for reason, n in stage.leaving:
        lines += [
            f"{n:,}  {part}" if first else f"      {part}" for first, part in _numbered(reason)
        ]
    return lines


def _numbered(reason: str) -> list[tuple[bool, str]]:
    parts = wrapped(reason, _WIDTH - _SIDE_X - 70, 12)
    return [(index == 0, part) for index, part in enumerate(parts)]


def _side_height(stage: Stage) -> float:
    return 2 * _PAD + _LINE * (1 + len(_side_lines(stage))) if stage.leaving else 0.0


def _height(stage: Stage) -> float:
    between = _side_height(stage) + _GAP if stage.leaving else _GAP
    return _main_height(stage) + between


def _main(sheet: Canvas, stage: Stage, y: float, *, is_last: bool) -> None:
    fill = "#e3eef6" if is_last else "#ffffff"
    sheet.box(
        4, y, _MAIN, _main_height(stage), fill=fill, edge=style.INK if is_last else style.MUTED
    )
    lines = wrapped(stage.label, _MAIN - 2 * _PAD, 13)
    for index, line in enumerate(lines):
        sheet.words(4 + _PAD, y + _PAD + 13 + _LINE * index, line, size=13, bold=True)
    sheet.words(4 + _PAD, y + _PAD + 13 + _LINE * len(lines), f"n = {stage.n:,}", size=13)


def _side(sheet: Canvas, stage: Stage, y: float) -> None:
    sheet.box(_SIDE_X, y, _WIDTH - _SIDE_X - 4, _side_height(stage), fill="#f6f7f8")
    whole = sum(n for _, n in stage.leaving)
    sheet.words(
        _SIDE_X + _PAD, y + _PAD + 12, f"{stage.leaves_as}: n = {whole:,}", size=12.5, bold=True
    )
    for index, line in enumerate(_side_lines(stage)):
        sheet.words(_SIDE_X + _PAD, y + _PAD + 12 + _LINE * (index + 1), line, size=12)
