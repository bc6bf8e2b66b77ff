"""Agreement of the total: Bland-Altman, scatter, forest, distribution, calibration."""

from typing import Any, Final

from reports import formats
from reports.blocks import Block, Data, Figure, FigureRow, Paragraph, Subheading, rich
from reports.figures import bland_altman, bubbles, calibration, distribution, forest, scatter, style
from reports.view import POOLS, Pairs, Scope, View

_FORESTS: Final = (
    ("icc_a1", "ICC(A,1), higher is better", None),
    ("mae", "mean absolute error (points), lower is better", None),
    ("bias", "bias: model minus reference (points), zero is best", 0.0),
    ("accuracy_", "class accuracy, higher is better", None),
)


def build(view: View, scope: Scope) -> list[Block]:
    """Blocks of the section."""
    blocks: list[Block] = [Subheading("Bland-Altman"), _how_to_read()]
    ends = _shared_ends(view, scope)
    blocks.append(
        FigureRow(tuple(_bland_altman(view, scope, model, ends) for model in view.models))
    )
    blocks += [Subheading("Prediction against reference")]
    blocks.append(FigureRow(tuple(_scatter(view, scope, model) for model in view.models)))
    return blocks


def _how_to_read() -> Paragraph:
    return Paragraph(
        rich(
            "Each bubble is one or more films, its area their number. Solid line: bias; dashed: "
            "95 % limits of agreement; gray bands: 95 % confidence intervals; dotted: trend of the "
            "difference over the mean. Diagonal stripes come from whole-number references and are "
            "no finding. Nothing is clipped."
        )
    )


def _line(view: View, key: tuple[str, str], statistic: str, label: str) -> bland_altman.Line | None:
    row = view.estimate(*key, statistic)
    if row is None:
        return None
    return bland_altman.Line(label, row["estimate"], row["ci_low"], row["ci_high"])


def _lines(view: View, key: tuple[str, str]) -> list[bland_altman.Line]:
    named = (("bias", "bias"), ("loa_lower", "lower"), ("loa_upper", "upper"))
    return [line for name, label in named if (line := _line(view, key, name, label))]


def _shared_ends(view: View, scope: Scope) -> tuple[float, float]:
    """Give one vertical axis for all models of a page."""
    films = [view.pairs(scope, model) for model in view.models]
    lines = [line for m in view.models for line in _lines(view, (view.key_of(scope), m))]
    return bland_altman.reach(films, lines)


def _bland_altman(view: View, scope: Scope, model: str, ends: tuple[float, float]) -> Figure:
    pairs = view.pairs(scope, model)
    key = (view.key_of(scope), model)
    lines = _lines(view, key)
    slope = view.value(*key, "ba_slope_ols")
    said = "; ".join(
        f"{line.label} {formats.with_interval(line.value, line.low, line.high)}" for line in lines
    )
    trend = f"; slope {formats.number(slope, 3)}" if slope is not None else ""
    return Figure(
        f"bland-altman-{model}",
        f"{model}, {scope.label}",
        f"Bland-Altman plot of {model} against the reference on {pairs.n} films. {said}{trend}.",
        rich(
            "{model}, n = {n}. {said}{trend}.",
            model=model,
            n=formats.count(pairs.n),
            said=said.capitalize() or "No limits can be given",
            trend=trend,
        ),
        bland_altman.draw(pairs, lines, slope, style.color_of(view.models.index(model)), ends=ends),
        _cells(
            (pairs.reference + pairs.prediction) / 2,
            pairs.difference,
            ("mean", "difference", "films"),
        ),
        "third",
    )


def _cells(x: Any, y: Any, columns: tuple[str, str, str]) -> Data:  # noqa: ANN401 - arrays
    found = bubbles.count_ties(x, y)
    rows = zip(found.x.tolist(), found.y.tolist(), found.n.tolist(), strict=True)
    return Data(columns, tuple((round(a, 3), round(b, 3), int(n)) for a, b, n in rows))


def _scatter(view: View, scope: Scope, model: str) -> Figure:
    pairs = view.pairs(scope, model)
    both = {
        label: formats.number(view.value(view.key_of(scope), model, name), 3)
        for label, name in (("R² (determination)", "r2_determination"), ("r²", "r2_pearson"))
    }
    said = ", ".join(f"{label} {value}" for label, value in both.items())
    return Figure(
        f"scatter-{model}",
        f"{model}, {scope.label}",
        f"Predicted against reference total of {model} on {pairs.n} films; {said}.",
        rich("{model}, n = {n}. {said}.", model=model, n=formats.count(pairs.n), said=said),
        scatter.draw(pairs, style.color_of(view.models.index(model))),
        _cells(pairs.reference, pairs.prediction, ("reference", "prediction", "films")),
        "third",
    )


def forests(view: View, scope: Scope) -> list[Block]:
    """Forest plots over centers and models; needs more than one center."""
    from_study = (
        str(view.study.get("severity", "dxa"))
        if isinstance(view.study.get("severity", "dxa"), str)
        else "custom"
    )
    figures = []
    for statistic, title, zero in _FORESTS:
        name = f"{statistic}{from_study}" if statistic.endswith("_") else statistic
        points = _points(view, scope, name)
        figures.append(
            Figure(
                f"forest-{name}",
                title,
                f"Forest plot, {title}, over {len(scope.centers)} centers: " + _told(points),
                rich(
                    "{title}. Bars are 95 % confidence intervals; open diamonds are pooled rows, "
                    "which are not independent of the centers above.",
                    title=title.capitalize() if title[0].islower() else title,
                ),
                forest.draw(points, title, view.models, zero),
                Data(
                    ("center", "model", "n", "estimate", "ci_low", "ci_high"),
                    tuple((p.center, p.model, p.n, p.value, p.low, p.high) for p in points),
                ),
            )
        )
    return [FigureRow(tuple(figures))]


def _told(points: list[forest.Point]) -> str:
    return (
        "; ".join(
            f"{p.center} {p.model} {formats.with_interval(p.value, p.low, p.high, 3)}"
            for p in points
        )
        + "."
    )


def _points(view: View, scope: Scope, statistic: str) -> list[forest.Point]:
    found = []
    for center in (*scope.centers, *POOLS):
        for model in view.models:
            row = view.estimate(center, model, statistic)
            if row is not None:
                found.append(
                    forest.Point(
                        center,
                        model,
                        row["n"] or 0,
                        row["estimate"],
                        row["ci_low"],
                        row["ci_high"],
                        center in POOLS,
                    )
                )
    return found


def spread(view: View, scope: Scope) -> list[Block]:
    """Distribution of the totals and calibration."""
    by_model = {model: view.pairs(scope, model) for model in view.models}
    blocks: list[Block] = [_distribution(view, scope, by_model)]
    blocks.append(FigureRow(tuple(_calibration(view, scope, m, p) for m, p in by_model.items())))
    return blocks


def _distribution(view: View, scope: Scope, by_model: dict[str, Pairs]) -> Figure:
    first = by_model.get(view.primary)
    reference = first.reference if first else view.pairs(scope, "").reference
    counts = {"reference": distribution.histogram(reference)}
    counts |= {model: distribution.histogram(pairs.prediction) for model, pairs in by_model.items()}
    rows = tuple((total, *(counts[name][total] for name in counts)) for total in range(25))
    return Figure(
        "distribution",
        "Distribution of totals",
        f"Shares of films at each AAC-24 total, reference against models, {scope.label}.",
        rich(
            "Totals of the reference (bars) and of each model (lines, rounded half up), {where}, "
            "on the films that have both.",
            where=scope.label,
        ),
        distribution.draw(reference, {m: p.prediction for m, p in by_model.items()}),
        Data(("total", *counts), rows),
        "full",
    )


def _calibration(view: View, scope: Scope, model: str, pairs: Pairs) -> Figure:
    groups = calibration.bins(pairs)
    row = view.estimate(view.key_of(scope), model, "calibration_slope")
    slope = None if row is None else row["estimate"]
    said = (
        (
            "Slope of the reference on the prediction "
            f"{formats.with_interval(slope, row['ci_low'], row['ci_high'])}"
        )
        if row is not None
        else "No slope can be given"
    )
    return Figure(
        f"calibration-{model}",
        f"{model}, {scope.label}",
        f"Calibration of {model} in {len(groups)} groups of films. {said}.",
        rich(
            "{model}, n = {n}. {said}; 1 is perfect.",
            model=model,
            n=formats.count(pairs.n),
            said=said,
        ),
        calibration.draw(pairs, groups, slope, style.color_of(view.models.index(model))),
        Data(
            ("films", "mean_prediction", "mean_reference", "standard_error"),
            tuple(
                (g.n, round(g.prediction, 4), round(g.reference, 4), round(g.standard_error, 4))
                for g in groups
            ),
        ),
        "third",
    )
