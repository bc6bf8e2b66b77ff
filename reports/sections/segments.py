"""The eight segments: kappa by level and wall."""

from reports import formats
from reports.blocks import Block, Data, Figure, FigureRow, Paragraph, rich
from reports.figures import segments
from reports.view import LEVELS, WALLS, Scope, View


def build(view: View, scope: Scope) -> list[Block]:
    """Blocks of the section."""
    said = rich(
        "Quadratic weighted kappa of the grade (0 to 3). Kappa falls when nearly all grades are "
        "0, however well the model reads: the share of 0 in the reference stands beside it."
    )
    return [Paragraph(said), FigureRow(tuple(_map(view, scope, model) for model in view.models))]


def _map(view: View, scope: Scope, model: str) -> Figure:
    found = [_segment(view, scope, model, level, wall) for level in LEVELS for wall in WALLS]
    told = "; ".join(f"{s.level} {s.wall} {formats.number(s.kappa)} (n {s.n})" for s in found)
    return Figure(
        f"segments-{model}",
        f"{model}, {scope.label}",
        f"Heat map of quadratic weighted kappa of {model} by level and wall: {told}.",
        rich(
            "{model}, {where}. Spine left, as on the pictures of films.",
            model=model,
            where=scope.label,
        ),
        segments.draw(found),
        Data(
            ("level", "wall", "kappa_quadratic", "films", "share_grade_0"),
            tuple((s.level, s.wall, s.kappa, s.n, s.share_zero) for s in found),
        ),
        "third",
    )


def _segment(view: View, scope: Scope, model: str, level: str, wall: str) -> segments.Segment:
    where, segment = view.key_of(scope), f"{level}_{wall}"
    row = view.estimate(where, model, f"kappa_quadratic_{segment}")
    zero = view.value(where, model, f"share_zero_{segment}")
    kappa, n = (None, 0) if row is None else (row["estimate"], row["n"] or 0)
    return segments.Segment(level, wall, kappa, n, zero)
