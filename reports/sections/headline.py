"""The headline figures, and beside them those of the paper."""

from reports import formats, presets, the_paper
from reports.blocks import Cell, Column, Table, rich
from reports.view import POOLS, Scope, View

_HEADLINE = (
    ("icc_a1", "ICC(A,1)", 3),
    ("mae", "MAE", 2),
    ("bias", "Bias", 2),
    ("r2_determination", "R²", 3),
)


def own(view: View, scope: Scope) -> Table:
    """Headline figures of this study by center and model."""
    preset = presets.declared(dict(view.study))
    where = [*reversed(POOLS), *scope.centers] if scope.is_pooled else [scope.name]
    rows = [
        (
            _center(view, scope, center),
            formats.cell(model),
            formats.cell(_n(view, center, model)),
            *(_estimate(view, (center, model, name), digits) for name, _, digits in _HEADLINE),
            _limits(view, center, model),
            _estimate(view, (center, model, f"accuracy_{preset}"), 3),
        )
        for center in where
        for model in view.models
        if scope.name == center or _n(view, center, model) is not None
    ]
    titles = [title for _, title, _ in _HEADLINE] + [
        "Limits of agreement",
        f"Accuracy ({preset})",
    ]
    columns = (
        Column("Center"),
        Column("Model"),
        Column("Films", "right"),
        *(Column(title, "right") for title in titles),
    )
    caption = rich(
        "Headline figures **of this study**, with 95 % confidence intervals. Differences are "
        "model minus reference, in points of 24; R² is the coefficient of determination."
    )
    return Table("headline", caption, columns, tuple(rows), len(rows))


def _center(view: View, scope: Scope, center: str) -> Cell:
    """Name a center, with a link to its own page where that is another one."""
    if center in POOLS:
        return formats.cell(center, style="strong")
    is_elsewhere = scope.is_pooled and center in view.stems
    return formats.cell(center, href=f"{view.stems[center]}.html" if is_elsewhere else "")


def _limits(view: View, center: str, model: str) -> Cell:
    low, high = (view.value(center, model, f"loa_{end}") for end in ("lower", "upper"))
    return formats.cell(formats.interval(low, high, 1))


def _n(view: View, center: str, model: str) -> int | None:
    row = view.estimate(center, model, "mae") or view.estimate(center, model, "bias")
    return None if row is None else int(row["n"])


def _estimate(view: View, key: tuple[str, str, str], digits: int) -> Cell:
    row = view.estimate(*key)
    if row is None:
        return formats.cell(None)
    return formats.estimate_cell(row["estimate"], row["ci_low"], row["ci_high"], digits)


def published() -> Table:
    """Figures of the paper: another data set."""
    rows = tuple(
        (
            formats.cell(figures.cohort),
            formats.cell(the_paper.MODEL),
            formats.cell(figures.n),
            formats.cell(figures.icc, digits=3),
            formats.cell(figures.mae, digits=3),
            formats.cell(figures.r2, digits=3),
            formats.cell(figures.accuracy, digits=4),
        )
        for figures in the_paper.PUBLISHED
    )
    columns = (
        Column("Cohort"),
        Column("Model"),
        *(Column(name, "right") for name in ("Films", "ICC", "MAE", "R²", "Accuracy")),
    )
    caption = rich(
        "**Another data set, for orientation only:** {source}, doi {doi}, {caveat}",
        source=the_paper.SOURCE,
        doi=the_paper.DOI,
        caveat=the_paper.CAVEAT,
    )
    return Table("published", caption, columns, rows, len(rows))
