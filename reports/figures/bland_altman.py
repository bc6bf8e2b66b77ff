"""Bland-Altman: difference against mean, limits and bias with their intervals, and the margin."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes

from reports.figures import bubbles, style
from reports.formats import MINUS
from reports.view import Pairs

_LEAST_SPAN = 4.0
_TOTAL = 24.0


@dataclass(frozen=True, slots=True)
class Line:
    """A horizontal line with its interval; an end that is missing leaves no band."""

    label: str
    value: float
    low: float | None = None
    high: float | None = None


def draw(
    pairs: Pairs,
    lines: list[Line],
    slope: float | None,
    color: str,
    *,
    ends: tuple[float, float] | None = None,
) -> bytes:
    """Draw the figure.

    Parameters
    ----------
    pairs
        Films with both totals.
    lines
        Bias first, then the limits of agreement; from the agreement table, never computed here.
    slope
        Slope of the difference on the mean; the line passes through the mean of both.
    color
        Color of the model.
    ends
        Ends of the vertical axis, so that models can be compared; None takes ``reach``.

    Returns
    -------
    SVG. Nothing is clipped: the axis holds every difference and every interval.
    """
    with style.styled():
        figure = style.blank(3.2, 3.2, left=0.57, right=0.52, top=0.42)
        main, margin = figure.subplots(
            1, 2, sharey=True, width_ratios=(4, 1), gridspec_kw={"wspace": 0.04}
        )
        _frame(main, margin)
        if pairs.n:
            _points(main, pairs, color)
            _histogram(margin, pairs, color)
        else:
            style.say_empty(main, "no film has both a score and a reference")
        for index, line in enumerate(lines):
            _line(main, line, is_bias=index == 0)
        if slope is not None and pairs.n:
            _slope(main, pairs, slope)
        main.set_ylim(*(ends or reach([pairs], lines)))
        _labels(margin, lines)
        return style.to_svg(figure)


def _frame(main: Axes, margin: Axes) -> None:
    main.set_xlabel("mean of both (points)")
    main.set_ylabel(f"model {MINUS} reference (points)")
    main.set_xlim(-0.7, _TOTAL + 0.7)
    main.set_xticks(range(0, 25, 4))
    main.axhline(0, color=style.MUTED, linewidth=0.8, zorder=1)
    margin.set_xlabel("films")
    margin.tick_params(left=False, labelleft=False)
    margin.spines["left"].set_visible(False)


def _points(axes: Axes, pairs: Pairs, color: str) -> None:
    mean = (pairs.reference + pairs.prediction) / 2
    bubbles.draw(axes, bubbles.count_ties(mean, pairs.difference), color)
    handles, labels = axes.get_legend_handles_labels()
    if handles:
        axes.legend(
            handles,
            labels,
            title="films at one point",
            title_fontsize=7.5,
            loc="lower left",
            bbox_to_anchor=(0, 1.0),
            ncols=len(handles),
            borderaxespad=0.1,
            handletextpad=0.2,
            columnspacing=1.0,
        )


def _histogram(axes: Axes, pairs: Pairs, color: str) -> None:
    low, high = np.floor(pairs.difference.min()) - 0.5, np.ceil(pairs.difference.max()) + 0.5
    edges = np.arange(low, high + 1.0, 1.0)
    counts, _ = np.histogram(pairs.difference, edges)
    axes.barh(
        (edges[:-1] + edges[1:]) / 2, counts, height=0.9, color=color, alpha=0.55, linewidth=0
    )
    axes.set_xlim(0, max(float(counts.max()) * 1.05, 1.0))
    axes.set_xticks([int(counts.max())], [f"{int(counts.max()):,}"])


def _line(axes: Axes, line: Line, *, is_bias: bool) -> None:
    axes.axhline(
        line.value, color=style.INK, linewidth=1.3, linestyle="-" if is_bias else "--", zorder=4
    )
    if line.low is not None and line.high is not None:
        axes.axhspan(line.low, line.high, color=style.INK, alpha=0.10, linewidth=0, zorder=0)


def _slope(axes: Axes, pairs: Pairs, slope: float) -> None:
    mean = (pairs.reference + pairs.prediction) / 2
    ends = np.array([mean.min(), mean.max()])
    heights = pairs.difference.mean() + slope * (ends - mean.mean())
    axes.plot(ends, heights, color=style.ORANGE, linewidth=1.6, linestyle=":", zorder=5)


def reach(films: list[Pairs], lines: list[Line]) -> tuple[float, float]:
    """Give the ends of an axis that holds every difference and every interval."""
    shown = [0.0, *(value for pairs in films for value in pairs.difference.tolist())]
    for line in lines:
        shown += [value for value in (line.value, line.low, line.high) if value is not None]
    low, high = min(shown), max(shown)
    room = max(high - low, _LEAST_SPAN) * 0.06
    if high - low < _LEAST_SPAN:
        low, high = min(low, -_LEAST_SPAN / 2), max(high, _LEAST_SPAN / 2)
    return low - room, high + room


def _labels(axes: Axes, lines: list[Line]) -> None:
    low, high = axes.get_ylim()
    least = (high - low) * 0.125
    places = _apart([line.value for line in lines], least)
    for line, place in zip(lines, places, strict=True):
        axes.annotate(
            f"{line.label}\n{line.value:.2f}".replace("-", MINUS),
            xy=(1.06, place),
            xycoords=axes.get_yaxis_transform(),
            va="center",
            fontsize=8,
            linespacing=1.15,
            annotation_clip=False,
        )


def _apart(values: list[float], least: float) -> list[float]:
    """Move labels up or down until none covers another."""
    order = sorted(range(len(values)), key=lambda index: values[index])
    placed = list(values)
    for before, after in pairwise(order):
        placed[after] = max(placed[after], placed[before] + least)
    shift = sum(placed) / len(placed) - sum(values) / len(values) if values else 0.0
    return [place - shift for place in placed]
