"""Models against each other, centers together, and what the missing films could change."""

from typing import Final

from reports import formats, presets
from reports.blocks import Block, Cell, Column, Paragraph, Span, Subheading, Table, rich
from reports.view import Scope, View


def build(view: View, scope: Scope) -> list[Block]:
    """Blocks on differences between models and on missing films."""
    found = [*_between_models(view, scope), *_missing(view, scope)]
    return found or [Paragraph(rich("There is nothing to compare."))]


def _between_models(view: View, scope: Scope) -> list[Block]:
    where = view.key_of(scope)
    known = {row["model"] for row in view.rows("agreement") if row["center"] == where}
    pairs = sorted(
        pair for pair in known if " vs " in pair and set(pair.split(" vs ")) <= set(view.models)
    )
    if not pairs:
        return []
    named = {
        "difference_mae": "MAE",
        "difference_icc_a1": "ICC(A,1)",
        "difference_r2_determination": "R² (determination)",
        f"difference_accuracy_{presets.declared(dict(view.study))}": "Accuracy",
    }
    body = tuple(
        (formats.cell(pair), *(_difference(view, where, pair, name) for name in named))
        for pair in pairs
    )
    columns = (Column("Models"), *(Column(title, "right") for title in named.values()))
    caption = rich(
        "Differences between models on the same films, first minus second, with 95 % bootstrap "
        "intervals (patients resampled, not adjusted) and p values adjusted within the family of "
        "pairs. Only films that both models scored count."
    )
    table = Table("differences", caption, columns, body, len(body))
    return [Subheading("Models against each other"), table]


def _difference(view: View, where: str, pair: str, name: str) -> Cell:
    row = view.estimate(where, pair, name)
    if row is None:
        return formats.cell(None)
    made = formats.estimate_cell(row["estimate"], row["ci_low"], row["ci_high"], 3)
    p = view.value(where, pair, f"{name}_p_adjusted")
    return (
        Cell((*made.text, Span(f" p {formats.p_value(p)}", "interval")), made.sort)
        if p is not None
        else made
    )


_WORST: Final = (("mae", "MAE", 2), ("bias", "Bias", 2), ("accuracy_", "Accuracy", 3))


def _missing(view: View, scope: Scope) -> list[Block]:
    where, preset = view.key_of(scope), presets.declared(dict(view.study))
    body = []
    for model in view.models:
        for stem, label, digits in _WORST:
            name = f"{stem}{preset}" if stem.endswith("_") else stem
            own, worst = (
                view.estimate(where, model, name),
                view.estimate(where, model, f"{name}_worst_case"),
            )
            if own is not None and worst is not None:
                span = formats.interval(worst["ci_low"], worst["ci_high"], digits)
                body.append((
                    formats.cell(model), formats.cell(label),
                    formats.cell(formats.number(own["estimate"], digits)), formats.cell(own["n"]),
                    formats.cell(span), formats.cell(worst["n"]),
                ))  # fmt: skip
    if not body:
        return []
    columns = (
        Column("Model"), Column("Statistic"), Column("Complete films", "right"),
        Column("n", "right"), Column("If all were scored, between", "right"), Column("n", "right"),
    )  # fmt: skip
    caption = rich(
        "Films without a score or reference are left out above. The bounds hold whatever values "
        "the missing ones could have had; n here is every film that a model was asked for or "
        "somebody read."
    )
    table = Table("worst-case", caption, columns, tuple(body), len(body))
    return [Subheading("What missing films could change"), table]


_ACROSS: Final = (
    ("icc_a1", "ICC(A,1)", 3),
    ("mae", "MAE", 2),
    ("bias", "Bias", 2),
    ("accuracy_", "Accuracy", 3),
)


_WITHOUT: Final = (
    " Where fewer films are counted, a center is left out because its figure has no finite error, "
    "as when every class is right; the agreement table names it."
)


def across(view: View, scope: Scope) -> list[Block]:
    """Random effects over centers with the interval that a further center may be expected in."""
    where, preset = view.key_of(scope), presets.declared(dict(view.study))
    body, partial = [], False
    for stem, label, digits in _ACROSS:
        name = f"{stem}{preset}" if stem.endswith("_") else stem
        for model in view.models:
            mean = view.estimate(where, model, f"random_effects_{name}")
            if mean is None:
                continue
            ahead = view.row(where, model, f"random_effects_{name}_prediction") or mean
            own = view.row(where, model, name)
            partial = partial or (own is not None and mean["n"] < own["n"])
            share = view.value(where, model, f"heterogeneity_{name}_i2")
            body.append((
                formats.cell(label), formats.cell(model), formats.cell(mean["n"]),
                formats.estimate_cell(mean["estimate"], mean["ci_low"], mean["ci_high"], digits),
                formats.cell(formats.interval(ahead["ci_low"], ahead["ci_high"], digits)),
                formats.cell(formats.percent(share, 1) if share is not None else None),
            ))  # fmt: skip
    if not body:
        return [Paragraph(rich("Fewer than two centers can be compared."))]
    columns = (
        Column("Statistic"), Column("Model"), Column("Films", "right"),
        Column("Mean of centers", "right"),
        Column("A further center", "right"), Column("I²", "right"),
    )  # fmt: skip
    caption = rich(
        "Centers pooled by random effects: mean with its 95 % interval, and the interval in which "
        "a further center is expected. With few centers the spread between them is hardly known."
        "{without}",
        without=_WITHOUT if partial else "",
    )
    return [Table("random-effects", caption, columns, tuple(body), len(body))]
