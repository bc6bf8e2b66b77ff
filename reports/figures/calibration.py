"""Calibration of the total: what the reference says where the model says so much."""

from dataclasses import dataclass

import numpy as np

from reports.figures import style
from reports.view import Pairs

_MOST_BINS = 10
_LEAST_IN_BIN = 5


@dataclass(frozen=True, slots=True)
class Bin:
    """Films with neighboring predictions: means of both, standard error of the reference."""

    n: int
    prediction: float
    reference: float
    standard_error: float


def bins(pairs: Pairs) -> list[Bin]:
    """Group films by predicted total into up to ten groups of equal size."""
    if not pairs.n:
        return []
    wanted = max(1, min(_MOST_BINS, pairs.n // _LEAST_IN_BIN))
    order = np.argsort(pairs.prediction, kind="stable")
    found = []
    for group in np.array_split(order, wanted):
        truth = pairs.reference[group]
        error = float(truth.std(ddof=1) / np.sqrt(truth.size)) if truth.size > 1 else 0.0
        found.append(
            Bin(int(truth.size), float(pairs.prediction[group].mean()), float(truth.mean()), error)
        )
    return found


def draw(pairs: Pairs, groups: list[Bin], slope: float | None, color: str) -> bytes:
    """Draw mean reference against mean prediction with 95 % intervals and the fitted line.

    Parameters
    ----------
    slope
        Slope of the reference on the prediction, from the agreement table.
    """
    with style.styled():
        figure = style.blank(3.0, 3.0, left=0.5)
        axes = figure.subplots()
        axes.set_xlabel("mean predicted total (points)")
        axes.set_ylabel("mean reference total (points)")
        axes.set_xlim(-0.8, 24.8)
        axes.set_ylim(-0.8, 24.8)
        axes.set_aspect("equal")
        axes.set_xticks(range(0, 25, 4))
        axes.set_yticks(range(0, 25, 4))
        axes.plot([0, 24], [0, 24], color=style.MUTED, linewidth=1.0, label="perfect")
        if not groups:
            style.say_empty(axes, "no film has both a score and a reference")
            return style.to_svg(figure)
        if slope is not None:
            ends = np.array([pairs.prediction.min(), pairs.prediction.max()])
            line = pairs.reference.mean() + slope * (ends - pairs.prediction.mean())
            axes.plot(ends, line, color=style.INK, linewidth=1.2, linestyle=":", label="fitted")
        axes.errorbar(
            [group.prediction for group in groups],
            [group.reference for group in groups],
            yerr=[1.96 * group.standard_error for group in groups],
            fmt="o",
            color=color,
            markersize=5,
            capsize=2.5,
            linewidth=1.2,
            label="groups of films, 95 % CI",
        )
        axes.legend(loc="upper left")
        return style.to_svg(figure)
