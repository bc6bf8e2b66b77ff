"""How the totals are spread: the reference as bars, each model as a line over them."""

import numpy as np

from reports.figures import style
from reports.view import Reals

_EDGES = np.arange(-0.5, 25.5, 1.0)


def histogram(totals: Reals) -> list[int]:
    """Films at each total from 0 to 24, rounded half up; 25 counts."""
    counts, _ = np.histogram(np.floor(totals + 0.5), _EDGES)
    return [int(n) for n in counts]


def draw(reference: Reals, models: dict[str, Reals]) -> bytes:
    """Draw shares of films at each total.

    Parameters
    ----------
    reference
        Totals of the reference, shape (films,).
    models
        Predicted totals by model, shape (films,); each is its own number of films, so that
        shares are drawn and not counts.
    """
    with style.styled():
        figure = style.blank(7.0, 3.1, left=0.55)
        axes = figure.subplots()
        axes.set_xlabel("AAC-24 total (points)")
        axes.set_ylabel("share of films (%)")
        axes.set_xticks(range(0, 25, 2))
        axes.set_xlim(-0.8, 24.8)
        if reference.size:
            share = 100 * np.array(histogram(reference)) / reference.size
            axes.bar(
                range(25),
                share,
                width=0.86,
                color="#c3ccd4",
                label=f"reference (n {reference.size:,})",
            )
        for index, (name, totals) in enumerate(models.items()):
            if not totals.size:
                continue
            share = 100 * np.array(histogram(totals)) / totals.size
            axes.plot(
                range(25),
                share,
                color=style.color_of(index),
                marker=style.marker_of(index),
                markersize=3.5,
                linewidth=1.2,
                label=f"{name} (n {totals.size:,})",
            )
        if axes.get_legend_handles_labels()[0]:
            axes.legend(loc="upper right")
        else:
            style.say_empty(axes, "no totals")
        return style.to_svg(figure)
