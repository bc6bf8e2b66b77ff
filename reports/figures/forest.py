"""Forest plots: one statistic over centers, every model beside the others."""

from dataclasses import dataclass

from matplotlib.axes import Axes

from reports.figures import style

_LONG = 22


@dataclass(frozen=True, slots=True)
class Point:
    """An estimate of one center and model; missing ends leave no whisker."""

    center: str
    model: str
    n: int
    value: float
    low: float | None
    high: float | None
    is_pooled: bool


def draw(points: list[Point], title: str, models: tuple[str, ...], zero: float | None) -> bytes:
    """Draw estimates with intervals, one row a center, pooled rows as diamonds at the foot.

    Parameters
    ----------
    points
        In the order the centers are to stand.
    title
        Label of the axis: statistic, unit and which direction is better.
    models
        Fixes color and marker of each model.
    zero
        Where a reference line stands, if anywhere.
    """
    centers = list(dict.fromkeys(point.center for point in points))
    with style.styled():
        longest = max((len(_row_label(name, points)) for name in centers), default=0)
        figure = style.blank(
            4.9, 1.0 + 0.46 * max(len(centers), 1), left=0.25 + 0.077 * longest, top=0.4
        )
        axes = figure.subplots()
        axes.set_xlabel(title)
        if zero is not None:
            axes.axvline(zero, color=style.MUTED, linewidth=0.8, zorder=0)
        if not points:
            style.say_empty(axes, "no estimate")
            axes.set_yticks([])
            return style.to_svg(figure)
        for point in points:
            _point(axes, point, centers.index(point.center), models)
        _rows(axes, centers, points)
        handles, labels = axes.get_legend_handles_labels()
        unique = dict(zip(labels, handles, strict=True))
        figure.legend(unique.values(), unique.keys(), loc="upper center", ncols=len(unique))
        return style.to_svg(figure)


def _point(axes: Axes, point: Point, row: int, models: tuple[str, ...]) -> None:
    index = models.index(point.model)
    height = row + (index - (len(models) - 1) / 2) * 0.22
    color = style.color_of(index)
    if point.low is not None and point.high is not None:
        axes.plot([point.low, point.high], [height, height], color=color, linewidth=1.5)
    axes.plot(
        [point.value],
        [height],
        marker="D" if point.is_pooled else style.marker_of(index),
        markersize=6 if point.is_pooled else 5,
        markerfacecolor="white" if point.is_pooled else color,
        markeredgecolor=color,
        markeredgewidth=1.4,
        linestyle="none",
        label=None if point.is_pooled else point.model,
    )


def _rows(axes: Axes, centers: list[str], points: list[Point]) -> None:
    pooled = {p.center for p in points if p.is_pooled}
    axes.set_yticks(range(len(centers)))
    axes.set_yticklabels([_row_label(name, points) for name in centers])
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(len(centers) - 0.5, -0.5)
    first = next((row for row, name in enumerate(centers) if name in pooled), None)
    if first:
        axes.axhline(first - 0.5, color=style.GRID, linewidth=1.2)
    axes.xaxis.grid(visible=True, color=style.GRID, linewidth=0.6)
    axes.set_axisbelow(True)


def _row_label(name: str, points: list[Point]) -> str:
    films = sorted({point.n for point in points if point.center == name})
    ends = dict.fromkeys((films[0], films[-1]))  # a model may have missed films that others have
    counted = "\N{EN DASH}".join(f"{n:,}" for n in ends)
    return f"{_short(name)}  (n {counted})"


def _short(name: str) -> str:
    """Shorten in the middle: long names of one hospital group differ at their ends."""
    return name if len(name) <= _LONG else f"{name[:11]}…{name[-(_LONG - 12) :]}"
