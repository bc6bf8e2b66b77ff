"""A film's spine and aorta: vertebra corners, and the walls by the model beside the reference's.

The picture was made without the rest of the film, so that nothing that names a person can be on
it; the whole film stands beside it only where the study file asks for that.
"""

from dataclasses import dataclass
from typing import Final

from reports.figures import style
from reports.figures.canvas import Canvas
from reports.figures.film_pictures import data_address
from reports.formats import MISSING
from reports.view import LEVELS, WALLS

_HIGH: Final = 330.0
_TOP: Final = 40.0
_LEVEL: Final = 26.0
_CHIP: Final = 20.0
_GAP: Final = 16.0
# The share of the picture, from its left, that is vertebrae and not needed beside the walls.
_AORTA_FROM: Final = 0.36
_SURE: Final = 50  # percent from which a wall counts as calcified
_BONE: Final = "#8fd3ff"

Grades = dict[tuple[str, str], int]
Place = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture and the landmarks on it, all in its own (row, column)."""

    jpeg: bytes
    rows: int
    columns: int
    corners: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True)
class Aorta:
    """What the straightened picture carries beside its corners.

    Attributes
    ----------
    levels
        First row of L1 to L4 and the row after the last.
    walls
        Points down each wall; empty where no model looked for it.
    """

    levels: tuple[tuple[int, int], ...]
    walls: dict[str, tuple[Place, ...]]


@dataclass(frozen=True, slots=True)
class Reading:
    """What stands in one panel: who read, the total, and the grades by (level, wall).

    ``calcium`` is its probability in percent by wall, one a row of the picture, where known.
    """

    title: str
    grades: Grades
    calcium: dict[str, tuple[int, ...]]


def draw(
    picture: Picture, aorta: Aorta, model: Reading, reference: Reading, film: Picture | None = None
) -> bytes:
    """Draw spine with corners, the walls by the model, the walls by the reference.

    Parameters
    ----------
    picture
        Spine left, front right, L1 at the top.
    aorta
        Levels and walls on it.
    model, reference
        Grades of both; a grade that differs is set bold.
    film
        The whole film, where it may be shown.
    """
    scale = _HIGH / max(picture.rows, 1)
    spine, narrow = picture.columns * scale, picture.columns * scale * (1 - _AORTA_FROM)
    whole = film.columns * _HIGH / max(film.rows, 1) + _GAP if film else 0.0
    panel = narrow + 2 * _CHIP
    sheet = Canvas(whole + _LEVEL + spine + 2 * (_GAP + panel) + 4, _TOP + _HIGH + 6)
    if film:
        _film(sheet, film)
    sheet.define("p", data_address(picture.jpeg), spine, _HIGH)
    left = whole + _LEVEL
    _spine(sheet, left, scale, picture, aorta)
    shift = spine - narrow
    for index, reading in enumerate((model, reference)):
        at = left + spine + _GAP + index * (panel + _GAP)
        _panel(sheet, (at, narrow, shift, scale), aorta, reading, (model.grades, reference.grades))
    return sheet.svg()


def _film(sheet: Canvas, film: Picture) -> None:
    scale = _HIGH / max(film.rows, 1)
    wide = film.columns * scale
    sheet.define("f", data_address(film.jpeg), wide, _HIGH)
    sheet.use("f", 0, _TOP, (0, wide), _HIGH)
    sheet.words(0, 14, "Whole film", size=13, bold=True)
    _bodies(sheet, film.corners, 0, scale)


def _spine(sheet: Canvas, left: float, scale: float, picture: Picture, aorta: Aorta) -> None:
    sheet.use("p", left, _TOP, (0, picture.columns * scale), _HIGH)
    sheet.words(left, 14, "Film, straightened", size=13, bold=True)
    for level, (start, stop) in zip(LEVELS, aorta.levels, strict=False):
        middle = _TOP + (start + stop) / 2 * scale
        sheet.words(left - 5, middle + 5, level, size=13, anchor="end", bold=True)
        if start:
            sheet.line(left - 14, _TOP + start * scale, left, _TOP + start * scale)
    _bodies(sheet, picture.corners, left, scale)


def _bodies(sheet: Canvas, corners: tuple[Place, ...], left: float, scale: float) -> None:
    """Mark each vertebra by its four corners and the lines between them."""
    places = [(left + column * scale, _TOP + row * scale) for row, column in corners]
    for at in range(0, len(places) - 3, 4):
        one, two, three, four = places[at : at + 4]
        sheet.polyline([one, two, four, three, one], _BONE, 1.1)
        for x, y in (one, two, three, four):
            sheet.dot(x, y, 2.4, _BONE)


def _panel(
    sheet: Canvas,
    place: tuple[float, float, float, float],
    aorta: Aorta,
    reading: Reading,
    both: tuple[Grades, Grades],
) -> None:
    left, wide, shift, scale = place
    sheet.use("p", left + _CHIP, _TOP, (shift, wide), _HIGH)
    sheet.words(left, 14, reading.title, size=13, bold=True)
    ends = {"posterior": left, "anterior": left + _CHIP + wide}
    sheet.words(left, 33, "posterior", size=11, color=style.MUTED)
    right = left + wide + 2 * _CHIP
    sheet.words(right, 33, "anterior", size=11, anchor="end", color=style.MUTED)
    for index, (level, rows) in enumerate(zip(LEVELS, aorta.levels, strict=False)):
        for wall in WALLS:
            grade = reading.grades.get((level, wall))
            given = [grades.get((level, wall)) for grades in both]
            differs = None not in given and given[0] != given[1]
            _chip(sheet, (ends[wall], rows, scale), grade, differs=differs)
            points = [p for p in aorta.walls.get(wall, ()) if rows[0] <= p[0] <= rows[1]]
            if index + 1 < len(LEVELS):  # the next level's first point closes the gap
                points += [p for p in aorta.walls.get(wall, ()) if p[0] > rows[1]][:1]
            origin = left + _CHIP - shift
            _wall(sheet, (origin, scale), points, grade, reading.calcium.get(wall, ()))


def _wall(
    sheet: Canvas,
    frame: tuple[float, float],
    points: list[Place],
    grade: int | None,
    calcium: tuple[int, ...],
) -> None:
    """Draw one level of one wall, thin, and thick where the model found calcium."""
    left, scale = frame
    color = "#ffffff" if grade is None else style.GRADE_COLORS[grade]
    places = [(left + column * scale, _TOP + row * scale) for row, column in points]
    wide = 2.0 if calcium else 3.2
    sheet.polyline(places, style.INK, wide + 1.6)
    sheet.polyline(places, color, wide, is_dashed=grade is None)
    sure = [
        bool(calcium) and calcium[min(int(row), len(calcium) - 1)] >= _SURE for row, _ in points
    ]
    for part in _runs(places, sure):
        sheet.polyline(part, style.INK, 8.0)
        sheet.polyline(part, color, 6.0)


def _runs(places: list[Place], sure: list[bool]) -> list[list[Place]]:
    """Stretches of neighboring points that are all sure; a single point has no length."""
    runs: list[list[Place]] = []
    for index, place in enumerate(places):
        if not sure[index]:
            continue
        if runs and index and sure[index - 1]:
            runs[-1].append(place)
        else:
            runs.append([place])
    return [run for run in runs if len(run) > 1]


def _chip(
    sheet: Canvas,
    place: tuple[float, tuple[int, int], float],
    grade: int | None,
    *,
    differs: bool,
) -> None:
    x, (start, stop), scale = place
    y, high = _TOP + start * scale, (stop - start) * scale
    fill = "#ffffff" if grade is None else style.GRADE_COLORS[grade]
    sheet.box(x + 1, y + 1, _CHIP - 2, high - 2, fill=fill, edge="#8a95a0", radius=2)
    ink = "#ffffff" if grade == len(style.GRADE_COLORS) - 1 else style.INK
    text = MISSING if grade is None else str(grade)
    middle, size = y + high / 2 + 5, 17 if differs else 13
    sheet.words(x + _CHIP / 2, middle, text, size=size, anchor="middle", color=ink, bold=differs)
