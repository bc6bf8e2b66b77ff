"""A small sheet for figures made of boxes and words, written straight as SVG."""

from collections.abc import Sequence
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from reports.figures import style

_FONT: Final = "'DejaVu Sans', Verdana, 'Segoe UI', Arial, sans-serif"
# Mean advance of DejaVu Sans as a share of the type size, a little on the wide side.
_ADVANCE: Final = 0.60


class Canvas:
    """Collect shapes, then give the bytes. Units are CSS pixels."""

    def __init__(self, width: float, height: float) -> None:
        self.width, self.height = width, height
        self._parts: list[str] = []

    def box(  # noqa: PLR0913 - a rectangle's four numbers and its looks
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        *,
        fill: str = "white",
        edge: str = style.MUTED,
        radius: float = 4,
    ) -> None:
        """Draw a rectangle."""
        line = edge or "none"
        self._parts.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" '
            f'rx="{radius:g}" fill="{fill}" stroke="{line}" stroke-width="1"/>'
        )

    def words(  # noqa: PLR0913 - a place, a text and its looks
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float = 12,
        anchor: str = "start",
        color: str = style.INK,
        bold: bool = False,
    ) -> None:
        """Set one line of text; ``y`` is its base line."""
        weight = ' font-weight="700"' if bold else ""
        self._parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size:g}" text-anchor="{anchor}" '
            f'fill="{color}"{weight}>{escape(text)}</text>'
        )

    def line(self, x1: float, y1: float, x2: float, y2: float, color: str = style.MUTED) -> None:
        """Draw a line."""
        self._parts.append(
            f'<path d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}" stroke="{color}" fill="none"/>'
        )

    def arrow(self, x1: float, y1: float, x2: float, y2: float) -> None:
        """Draw a line that ends in a head."""
        self.line(x1, y1, x2, y2)
        if x1 == x2:
            head = f"M{x2 - 4:.1f} {y2 - 7:.1f}L{x2:.1f} {y2:.1f}L{x2 + 4:.1f} {y2 - 7:.1f}Z"
        else:
            head = f"M{x2 - 7:.1f} {y2 - 4:.1f}L{x2:.1f} {y2:.1f}L{x2 - 7:.1f} {y2 + 4:.1f}Z"
        self._parts.append(f'<path d="{head}" fill="{style.MUTED}"/>')

    def polyline(
        self,
        points: Sequence[tuple[float, float]],
        color: str,
        width: float,
        *,
        is_dashed: bool = False,
    ) -> None:
        """Draw a line through points; nothing for fewer than two."""
        if len(points) < 2:  # noqa: PLR2004 - a line has two ends
            return
        path = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
        dashes = ' stroke-dasharray="4 4"' if is_dashed else ""
        self._parts.append(
            f'<path d="M{path}" stroke="{color}" stroke-width="{width:g}" fill="none" '
            f'stroke-linejoin="round"{dashes}/>'
        )

    def dot(self, x: float, y: float, radius: float, color: str) -> None:
        """Draw a filled dot with a dark rim."""
        self._parts.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}" fill="{color}" '
            f'stroke="{style.INK}" stroke-width="0.8"/>'
        )

    def define(self, name: str, href: str, width: float, height: float) -> None:
        """Keep a picture given as a data address, to be placed as often as needed."""
        self._parts.append(
            f'<defs><image id="{name}" width="{width:.1f}" height="{height:.1f}" '
            f'preserveAspectRatio="none" href={quoteattr(href)}/></defs>'
        )

    def use(
        self, name: str, x: float, y: float, across: tuple[float, float], height: float
    ) -> None:
        """Place a kept picture with its upper left at (x, y), from ``across[0]`` so far across."""
        start, wide = across
        clip = f"c{len(self._parts)}"
        self._parts.append(
            f'<clipPath id="{clip}"><rect x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" '
            f'height="{height:.1f}"/></clipPath><g clip-path="url(#{clip})">'
            f'<use href="#{name}" x="{x - start:.1f}" y="{y:.1f}"/></g>'
        )

    def svg(self) -> bytes:
        """Give the sheet as SVG bytes."""
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width:g} {self.height:g}" '
            f'width="{self.width:g}" height="{self.height:g}" font-family="{_FONT}">'
        )
        return "\n".join([head, *self._parts, "</svg>\n"]).encode()


def wrapped(text: str, width: float, size: float) -> list[str]:
    """Break text into lines that fit; a word that is too long is cut with an ellipsis."""
    most = max(4, int(width / (size * _ADVANCE)))
    lines: list[str] = []
    for word in text.split():
        shown = word if len(word) <= most else f"{word[: most - 1]}…"
        if lines and len(lines[-1]) + 1 + len(shown) <= most:
            lines[-1] = f"{lines[-1]} {shown}"
        else:
            lines.append(shown)
    return lines or [""]


def blend(low: str, high: str, share: float) -> str:
    """Mix two hexadecimal colors."""
    ends = [(int(color[i : i + 2], 16)) for color in (low, high) for i in (1, 3, 5)]
    mixed = (round(a + (b - a) * share) for a, b in zip(ends[:3], ends[3:], strict=True))
    return "#" + "".join(f"{part:02x}" for part in mixed)
