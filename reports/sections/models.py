"""The models as an appendix: their cards and how they were trained."""

from collections.abc import Mapping, Sequence

from reports import formats, markdown
from reports.blocks import Block, Data, Details, Figure, FigureRow, Paragraph, Subheading, rich
from reports.figures import curves, style
from reports.view import Scope, View


def build(view: View, _scope: Scope) -> list[Block]:
    """Blocks of the model cards and training curves."""
    blocks: list[Block] = []
    for index, (model, text) in enumerate(sorted(view.inputs.model_cards.items())):
        inner = tuple(markdown.to_blocks(text, f"card-{index}"))
        blocks.append(Details(f"Model card: {model}", inner))
    kept = {name: rows for name, rows in view.inputs.training_curves.items() if rows}
    if kept:
        blocks.append(Subheading("Training curves"))
        blocks.append(FigureRow(tuple(_curve(name, rows) for name, rows in sorted(kept.items()))))
    return blocks or [Paragraph(rich("No model card was handed in."))]


def _curve(name: str, rows: Sequence[Mapping[str, float]]) -> Figure:
    columns = tuple(rows[0])
    last = rows[-1]
    key = next((key for key in curves.ERRORS if key in last), "")
    said = f"{formats.plural(len(rows), 'epoch')}"
    if key:
        said += f", {curves.ERRORS[key]} {formats.number(last[key])} at the end"
    return Figure(
        f"training-{name}",
        f"Training of {name}",
        f"Training loss and validation error of {name} by epoch: {said}.",
        rich("{name}: {said}.", name=name, said=said),
        curves.draw(rows, style.BLUE),
        Data(columns, tuple(tuple(row.get(column) for column in columns) for row in rows)),
    )
