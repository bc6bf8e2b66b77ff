"""Severity classes: a confusion matrix for each preset and model."""

from reports import formats, presets
from reports.blocks import Block, Data, Details, Figure, FigureRow, Paragraph, rich
from reports.figures import confusion
from reports.view import Scope, View


def build(view: View, scope: Scope) -> list[Block]:
    """Blocks of the section: the declared preset open, the others on demand."""
    declared = presets.declared(dict(view.study))
    found = dict.fromkeys([declared, *sorted({row["preset"] for row in view.rows("confusion")})])
    blocks: list[Block] = []
    for preset in found:
        row = FigureRow(tuple(_matrix(view, scope, preset, model) for model in view.models))
        label = f"Preset {preset}: {presets.SOURCES.get(preset, 'cuts of the study file')}"
        if preset == declared:
            blocks += [
                Paragraph(rich("**{label}**, declared in the study file.", label=label)),
                row,
            ]
        else:
            blocks.append(Details(label, (row,)))
    return blocks


def _matrix(view: View, scope: Scope, preset: str, model: str) -> Figure:
    bounds = presets.cuts(dict(view.study), preset)
    cells = {
        tuple(
            presets.number_of(row[f"{side}_class"], bounds) for side in ("reference", "predicted")
        ): row["n"] or 0
        for row in view.confusion.get((view.key_of(scope), model, preset), [])
    }
    highest = max((max(key) for key in cells), default=2)
    labels = presets.labels(bounds, highest + 1)
    size = range(len(labels))
    counts = [[cells.get((i, j), 0) for j in size] for i in size]
    row = view.estimate(view.key_of(scope), model, f"accuracy_{preset}")
    said = (
        "no film to compare on"
        if row is None
        else "accuracy " + formats.with_interval(row["estimate"], row["ci_low"], row["ci_high"], 3)
    )
    n = sum(map(sum, counts))
    told = "; ".join(f"reference {labels[i]}: " + ", ".join(map(str, counts[i])) for i in size)
    return Figure(
        f"confusion-{preset}-{model}",
        f"{model}, {preset}",
        f"Confusion matrix of {model}, classes {', '.join(labels)}, {n} films, {said}. {told}.",
        rich(
            "{model}, n = {n}, {said}. Per cent of each reference class.",
            model=model,
            n=formats.count(n),
            said=said,
        ),
        confusion.draw(counts, labels),
        Data(
            ("reference_class", "predicted_class", "films"),
            tuple((labels[i], labels[j], counts[i][j]) for i in size for j in size),
        ),
        "third",
    )
