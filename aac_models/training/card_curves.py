"""Training curves as a figure: plain SVG, the same bytes for the same curves."""

from collections.abc import Mapping, Sequence
from typing import Final
from xml.sax.saxutils import escape

Curve = Sequence[Mapping[str, float]]

_WIDTH: Final = 240
_HEIGHT: Final = 130
_GAP: Final = 46
_LEFT: Final = 44
_TOP: Final = 30
# Above: what is learned from; below: what was watched on the validation films.
_ABOVE: Final = ("loss",)
_BELOW: Final = ("val_mae", "val_error_median")
_TITLES: Final = {
    "loss": "training loss",
    "val_mae": "validation error, points",
    "val_error_median": "validation error, depths",
}
_INK: Final = "#222222"
_LINE: Final = "#0b5fa5"


def render(curves: Mapping[str, Curve]) -> str:
    """Draw one column a network: training loss above, validation error below.

    Parameters
    ----------
    curves
        By network: a row an epoch, with ``epoch`` and its figures.
    """
    kept = {name: rows for name, rows in curves.items() if rows}
    width = _LEFT + max(1, len(kept)) * (_WIDTH + _GAP)
    height = _TOP + 2 * (_HEIGHT + _GAP)
    said = ", ".join(f"{name}: {len(rows)} epochs" for name, rows in kept.items())
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"'
            f' viewBox="0 0 {width} {height}" role="img" font-family="sans-serif" font-size="11">'
        ),
        f"<title>Training curves. {escape(said)}</title>",
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
    ]
    for column, (name, rows) in enumerate(kept.items()):
        for row, keys in enumerate((_ABOVE, _BELOW)):
            key = next((key for key in keys if any(key in row for row in rows)), None)
            if key is not None:
                place = _LEFT + column * (_WIDTH + _GAP), _TOP + row * (_HEIGHT + _GAP)
                parts += _panel(place, f"{name}: {_TITLES[key]}", _points(rows, key))
    return "\n".join([*parts, "</svg>"]) + "\n"


def _points(rows: Curve, key: str) -> list[tuple[float, float]]:
    return [(row["epoch"], row[key]) for row in rows if key in row]


def _panel(place: tuple[int, int], title: str, points: Sequence[tuple[float, float]]) -> list[str]:
    """Axes from zero, the line, and a dot on the lowest point."""
    left, top = place
    parts = [f'<text x="{left}" y="{top - 8}" fill="{_INK}">{escape(title)}</text>']
    if not points:
        return parts
    last = max(1.0, *(epoch for epoch, _ in points))
    highest = max(value for _, value in points) or 1.0
    lowest = min(0.0, *(value for _, value in points))

    def at(epoch: float, value: float) -> str:
        across = left + _WIDTH * epoch / last
        down = top + _HEIGHT * (1 - (value - lowest) / (highest - lowest))
        return f"{across:.1f},{down:.1f}"

    line = " ".join(at(*point) for point in points)
    dot = at(*min(points, key=lambda point: point[1])).split(",")
    bottom = top + _HEIGHT
    return [
        *parts,
        f'<path d="M{left},{top}V{bottom}H{left + _WIDTH}" fill="none" stroke="{_INK}"/>',
        f'<polyline points="{line}" fill="none" stroke="{_LINE}" stroke-width="1.6"/>',
        f'<circle cx="{dot[0]}" cy="{dot[1]}" r="3" fill="{_LINE}"/>',
        _label(left - 5, top + 4, f"{highest:.3g}", "end"),
        _label(left - 5, bottom, f"{lowest:.3g}", "end"),
        _label(left + _WIDTH, bottom + 14, f"epoch {last:g}", "end"),
    ]


def _label(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x}" y="{y}" fill="{_INK}" text-anchor="{anchor}">{text}</text>'
