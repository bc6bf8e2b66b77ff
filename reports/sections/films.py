"""Pictures of films: best, typical and worst agreement, with every grade beside the reference's."""

from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from reports import formats, words
from reports.blocks import Block, Bullets, Data, Figure, FigureRow, Paragraph, Subheading, rich
from reports.figures import gallery
from reports.view import LEVELS, WALLS, Pairs, Row, Scope, View

_EACH: Final = 4


def build(view: View, scope: Scope) -> list[Block]:
    """Blocks of the section; says so when there is no picture."""
    pairs = view.pairs(scope, view.primary)
    chosen = _pictured(view, pairs)
    if not chosen:
        return [Paragraph(rich("No picture of a film was kept for this page."))]
    groups = choose(pairs, chosen)
    pictures = _pictures(view, {pairs.image_id[i] for _, indices in groups for i in indices})
    blocks: list[Block] = _legend(view)
    for title, indices in groups:
        figures = tuple(_film(view, pairs, i, pictures[pairs.image_id[i]]) for i in indices)
        if figures:
            blocks.append(Subheading(title))
            blocks += [FigureRow(figures)] if figures[0].width == "half" else figures
    return blocks


def _pictured(view: View, pairs: Pairs) -> list[int]:
    """Places of the films that have a picture."""
    views = view.table("film_views")
    known = set(views.filter(pc.is_valid(views["picture"]))["image_id"].to_pylist())
    return [index for index in range(pairs.n) if pairs.image_id[index] in known]


def _pictures(view: View, films: set[str]) -> dict[str, Row]:
    """Pictures of a few films; the others are never unpacked."""
    views = view.table("film_views")
    wanted = pc.is_in(views["image_id"], pa.array(sorted(films), pa.string()))
    return {row["image_id"]: row for row in views.filter(wanted).to_pylist()}


def _legend(view: View) -> list[Block]:
    shown = (
        "Whole films are shown because the study file allows it; text burned into them was blanked."
        if view.study.get("whole_films_in_report")
        else "Only the spine and the aortic region are kept: no other part of the film is shown."
    )
    return [
        Paragraph(
            rich(
                "Each film is straightened along its spine: vertebrae left, front of the body "
                "right, L1 at the top. {shown} Contrast is enhanced for showing.",
                shown=shown,
            )
        ),
        Bullets(
            (
                rich(
                    "**Left**: the vertebrae as the model found them, by their corners. Look here "
                    "first: a level that is counted wrong makes every grade wrong."
                ),
                rich(
                    "**Middle**: the walls of the aorta in the color of {model}'s grade, 0 to 3, "
                    "thick where it found calcium, which is what the grade was made of.",
                    model=view.primary,
                ),
                rich(
                    "**Right**: the same walls in the color of the grade by the reference "
                    "({reference}). Readers give grades, not places, so the line is even. Where "
                    "grades differ the numeral is large and bold on both sides.",
                    reference=words.reference(view),
                ),
            )
        ),
    ]


def choose(pairs: Pairs, allowed: list[int]) -> list[tuple[str, list[int]]]:
    """Pick best, typical and worst films by absolute difference; ties go by image_id.

    Among the best, films with more calcification come first: a row of empty aortas shows nothing.
    """
    error = np.abs(pairs.difference)
    order = sorted(allowed, key=lambda i: (error[i], pairs.image_id[i]))
    good = order[: max(1, len(order) // 4)]
    best = sorted(good, key=lambda i: (-pairs.reference[i], error[i], pairs.image_id[i]))[:_EACH]
    left = [i for i in order if i not in best]
    worst = left[::-1][:_EACH]
    rest = [i for i in left if i not in worst]
    middle = max(0, len(rest) // 2 - _EACH // 2)
    return [("Worst", worst), ("Typical", rest[middle : middle + _EACH]), ("Best", best)]


def _film(view: View, pairs: Pairs, index: int, row: Row) -> Figure:
    image_id = pairs.image_id[index]
    keys = [(level, wall) for level in LEVELS for wall in WALLS]
    graded = view.predicted_grades
    model = {k: g for k in keys if (g := graded.get((view.primary, image_id, *k))) is not None}
    reference = {k: g for k in keys if (g := view.reference_grades.get((image_id, *k))) is not None}
    said = (
        f"model {formats.number(float(pairs.prediction[index]), 1)}, "
        f"reference {formats.number(float(pairs.reference[index]), 0)}"
    )
    told = "; ".join(
        f"{level} {wall} model {model.get((level, wall), 'not graded')}, "
        f"reference {reference.get((level, wall), 'not graded')}"
        for level, wall in keys
    )
    return Figure(
        f"film-{image_id}",
        f"Film {image_id}",
        f"Straightened spine and aorta of film {image_id}: {said}. {told}.",
        rich("`{film}` ({center}): {said}", film=image_id, center=pairs.center[index], said=said),
        _drawn(row, view.primary, (pairs, index), (model, reference)),
        Data(
            ("level", "wall", "model_grade", "reference_grade"),
            tuple((*key, model.get(key), reference.get(key)) for key in keys),
        ),
        "full" if row["film"] else "half",
    )


def _drawn(
    row: Row, name: str, which: tuple[Pairs, int], grades: tuple[gallery.Grades, gallery.Grades]
) -> bytes:
    pairs, index = which
    spine = gallery.Picture(
        row["picture"], row["picture_rows"], row["picture_columns"], _places(row, "corner")
    )
    whole = None
    if row["film"]:
        corners = _places(row, "film_corner")
        whole = gallery.Picture(row["film"], row["film_rows"], row["film_columns"], corners)
    levels = zip(row["level_start_rows"] or (), row["level_stop_rows"] or (), strict=True)
    walls = {wall: _places(row, f"{wall}_wall") for wall in WALLS}
    calcium = {
        one["wall"]: tuple(one["percent"]) for one in row["calcium"] or () if one["model"] == name
    }
    totals = (float(pairs.prediction[index]), float(pairs.reference[index]))
    titles = [
        f"{who}: {formats.number(total, digits)}"
        for who, total, digits in zip(("Model", "Reference"), totals, (1, 0), strict=True)
    ]
    return gallery.draw(
        spine,
        gallery.Aorta(tuple(levels), walls),
        gallery.Reading(titles[0], grades[0], calcium),
        gallery.Reading(titles[1], grades[1], {}),
        whole,
    )


def _places(row: Row, name: str) -> tuple[gallery.Place, ...]:
    rows, columns = row[f"{name}_rows"] or (), row[f"{name}_columns"] or ()
    return tuple(zip(rows, columns, strict=True))
