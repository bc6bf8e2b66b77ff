"""A film's rectified aorta with its eight grades, the model's beside the reference's.

Only the strip is shown: the picture was made without the rest of the film, so that nothing that
names a person can be on it.
"""

import base64
import io
from dataclasses import dataclass
from typing import Final

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter

from reports.figures import style
from reports.figures.canvas import Canvas
from reports.formats import MISSING
from reports.view import LEVELS, WALLS

_HIGH: Final = 380.0
_BAR: Final = 24.0
_TOP: Final = 44.0
_LEVEL: Final = 30.0
_WIDEST: Final = 190.0

Grades = dict[tuple[str, str], int]


@dataclass(frozen=True, slots=True)
class Strip:
    """A picture of the aorta, spine left and front right, with the rows of each level."""

    png: bytes
    rows: int
    columns: int
    starts: tuple[int, ...]
    stops: tuple[int, ...]


def enhanced(png: bytes) -> bytes:
    """Even out slow changes of brightness and stretch the rest, so that thin deposits are seen.

    Only for showing: models read the strip as it was.
    """
    with Image.open(io.BytesIO(png)) as picture:
        pixels = np.asarray(picture.convert("L"), dtype=np.float64)
    # Soft tissue and spine differ by far more than a deposit does; half of that is kept.
    flat = pixels - 0.5 * gaussian_filter(pixels, pixels.shape[0] / 16)
    low, high = np.quantile(flat, (0.01, 0.998))
    scaled = np.clip((flat - low) / max(high - low, 1e-6), 0, 1)
    out = io.BytesIO()
    Image.fromarray(np.round(scaled * 255).astype(np.uint8)).save(
        out, format="PNG", compress_level=9
    )
    return out.getvalue()


def draw(strip: Strip, model: Grades, reference: Grades) -> bytes:
    """Draw the strip between its walls; grades by (level, wall), absent when not graded."""
    scale = _HIGH / max(strip.rows, 1)
    wide = max(60.0, min(strip.columns * scale, _WIDEST))
    left = _LEVEL + 2 * _BAR + 8
    sheet = Canvas(left + wide + 2 * _BAR + 14, _TOP + _HIGH + 8)
    href = "data:image/png;base64," + base64.b64encode(enhanced(strip.png)).decode()
    sheet.picture(left, _TOP, wide, _HIGH, href)
    _heads(sheet, left, wide)
    for index, level in enumerate(LEVELS):
        if index >= len(strip.starts) or index >= len(strip.stops):
            break
        top = _TOP + strip.starts[index] * scale
        high = max(6.0, (strip.stops[index] - strip.starts[index]) * scale)
        sheet.words(2, top + high / 2 + 5, level, size=14, bold=True)
        for wall in WALLS:
            _bars(sheet, (left, wide, top, high), (level, wall), (model, reference))
    return sheet.svg()


def _heads(sheet: Canvas, left: float, wide: float) -> None:
    right = left + wide + 4
    for x, wall in ((left - 4 - _BAR, "posterior"), (right + _BAR, "anterior")):
        sheet.words(x, 14, wall, size=11.5, anchor="middle", bold=True)
    names = (left - 4 - 2 * _BAR, "M"), (left - 4 - _BAR, "R"), (right, "R"), (right + _BAR, "M")
    for x, name in names:
        sheet.words(x + _BAR / 2, 36, name, size=12, anchor="middle", color=style.MUTED)


def _bars(
    sheet: Canvas,
    place: tuple[float, float, float, float],
    key: tuple[str, str],
    grades: tuple[Grades, Grades],
) -> None:
    left, wide, top, high = place
    if key[1] == "posterior":
        xs = (left - 4 - 2 * _BAR, left - 4 - _BAR)
    else:
        xs = (left + wide + 4 + _BAR, left + wide + 4)
    given = [reader.get(key) for reader in grades]
    for x, grade in zip(xs, given, strict=True):
        fill = "#ffffff" if grade is None else style.GRADE_COLORS[grade]
        sheet.box(x + 1, top + 1, _BAR - 2, high - 2, fill=fill, edge="#8a95a0", radius=2)
        dark = grade == len(style.GRADE_COLORS) - 1
        ink = "#ffffff" if dark else style.INK
        text = MISSING if grade is None else str(grade)
        differs = None not in given and given[0] != given[1]
        sheet.words(
            x + _BAR / 2,
            top + high / 2 + 5,
            text,
            size=13,
            anchor="middle",
            color=ink,
            bold=differs,
        )
