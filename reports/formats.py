"""How numbers are written: one place, so that text, tables and figures agree."""

import math
from collections.abc import Sequence
from typing import Final, TypeVar

from reports.blocks import Cell, Span, Text

Named = TypeVar("Named")

MISSING: Final = "\N{EN DASH}"
MINUS: Final = "\N{MINUS SIGN}"


def number(value: float | None, digits: int = 2) -> str:
    """Write a number with a true minus sign; a dash when it is missing."""
    if value is None or not math.isfinite(value):
        return MISSING
    text = f"{value:,.{digits}f}".replace(",", "\u202f")
    if float(f"{value:.{digits}f}") == 0:
        text = text.lstrip("-")
    return text.replace("-", MINUS)


def count(value: int | None) -> str:
    """Write a whole number, thousands apart."""
    return MISSING if value is None else f"{value:,}".replace(",", "\u202f")


def percent(part: float, whole: float, digits: int = 0) -> str:
    """Write a share in percent; a dash when there is no whole."""
    return MISSING if not whole else f"{number(100 * part / whole, digits)} %"


def interval(low: float | None, high: float | None, digits: int = 2) -> str:
    """Write an interval; empty when either end is missing."""
    if low is None or high is None or not (math.isfinite(low) and math.isfinite(high)):
        return ""
    return f"{number(low, digits)} to {number(high, digits)}"


def with_interval(
    value: float | None, low: float | None, high: float | None, digits: int = 2
) -> str:
    """Write an estimate and its interval in brackets."""
    bounds = interval(low, high, digits)
    return f"{number(value, digits)} ({bounds})" if bounds else number(value, digits)


def p_value(value: float | None) -> str:
    """Write a p value the way journals ask for it."""
    if value is None or not math.isfinite(value):
        return MISSING
    least = 0.001
    return "<0.001" if value < least else f"{value:.3f}"


def plural(n: int, noun: str, many: str = "") -> str:
    """Write a count and its noun."""
    return f"{count(n)} {noun if n == 1 else many or noun + 's'}"


def chunks(names: Sequence[Named], size: int) -> list[Sequence[Named]]:
    """Cut a sequence so that a table of so many columns still fits a page; at least one part."""
    return [names[at : at + size] for at in range(0, len(names), size)] or [names]


def listing(names: Sequence[str], most: int = 0) -> str:
    """Join names as a sentence does; the rest is counted when there are more than ``most``."""
    shown = list(names[:most]) if most and len(names) > most else list(names)
    if len(shown) < len(names):
        return f"{', '.join(shown)} and {len(names) - len(shown)} more"
    return (
        shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}" if shown else ""
    )


def order(value: float) -> str:
    """Write a number for sorting alone: among seventeen digits a date can turn up by chance."""
    return f"{value:.5g}" if math.isfinite(value) else ""


def cell(value: object, *, digits: int = 2, style: str = "", href: str = "") -> Cell:
    """Make a table's cell of whatever it is handed; numbers sort as numbers."""
    if isinstance(value, Cell):
        return value
    if isinstance(value, bool):
        text, sort = ("yes" if value else "no"), str(int(value))
    elif isinstance(value, int):
        text, sort = count(value), str(value)
    elif isinstance(value, float):
        text, sort = number(value, digits), order(value)
    else:
        text, sort = (MISSING, "") if value is None or value == "" else (str(value), "")
    kept = style if style in ("", "strong", "em", "code") else ""
    return Cell(_span(text, kept, href), sort)


def _span(text: str, style: str, href: str) -> Text:
    return (Span(text, style, href),)  # type: ignore[arg-type]  # held to the four styles above


def estimate_cell(
    value: float | None, low: float | None, high: float | None, digits: int = 2
) -> Cell:
    """Make a cell of an estimate with its interval, sorted by the estimate."""
    sort = "" if value is None else order(value)
    bounds = interval(low, high, digits)
    beside = (Span(f" ({bounds})", "interval"),) if bounds else ()
    return Cell((Span(number(value, digits)), *beside), sort)
