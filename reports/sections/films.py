"""Pictures of films: best, typical and worst agreement, with every grade beside the reference's."""

from typing import Final

import numpy as np

from reports import formats
from reports.blocks import Block, Data, Figure, FigureRow, Paragraph, Subheading, rich
from reports.figures import gallery
from reports.view import LEVELS, WALLS, Pairs, Row, Scope, View

_EACH: Final = 4


def build(view: View, scope: Scope) -> list[Block]:
    """Blocks of the section; says so when there is no picture."""
    pictures = {row["image_id"]: row for row in view.of("film_views", scope) if row["strip_png"]}
    pairs = view.pairs(scope, view.primary)
    chosen = [index for index in range(pairs.n) if pairs.image_id[index] in pictures]
    if not chosen:
        return [Paragraph(rich("No picture of a film was kept for this page."))]
    blocks: list[Block] = [_legend(view)]
    for title, indices in choose(pairs, chosen):
        figures = tuple(
            _film(view, pairs, index, pictures[pairs.image_id[index]]) for index in indices
        )
        if figures:
            blocks += [Subheading(title), FigureRow(figures)]
    return blocks


def _legend(view: View) -> Paragraph:
    return Paragraph(
        rich(
            "The rectified aorta only, spine left, front right, L1 at the top: no other part of "
            "the film is shown. Beside each wall stand the grades 0 to 3, **M** by {model} and "
            "**R** by the reference ({reference}); where they differ both are set bold. "
            "Contrast is enhanced for showing.",
            model=view.primary,
            reference=view.reference,
        )
    )


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
    strip = gallery.Strip(
        row["strip_png"],
        row["strip_rows"] or 1,
        row["strip_columns"] or 1,
        tuple(row["level_start_rows"] or ()),
        tuple(row["level_stop_rows"] or ()),
    )
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
        f"Rectified aorta of film {image_id}: {said}. {told}.",
        rich("`{film}` ({center}): {said}", film=image_id, center=pairs.center[index], said=said),
        gallery.draw(strip, model, reference),
        Data(
            ("level", "wall", "model_grade", "reference_grade"),
            tuple((*key, model.get(key), reference.get(key)) for key in keys),
        ),
        "quarter",
    )
