"""Training curves: loss on the training films, error on the validation films, by epoch."""

from collections.abc import Mapping, Sequence
from typing import Final

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from reports.figures import style

# The error that a reader can place, by what the network does; the first that is there is drawn.
ERRORS: Final = {
    "val_mae": "validation MAE (points)",
    "val_error_median": "validation error, median (px)",
}


def draw(epochs: Sequence[Mapping[str, float]], color: str) -> bytes:
    """Draw loss and validation error over epochs; values that are not finite leave gaps."""
    with style.styled():
        figure = style.blank(4.9, 2.5, right=0.15)
        loss, error = figure.subplots(1, 2, gridspec_kw={"wspace": 0.42})
        _line(loss, epochs, "loss", "training loss", color)
        key = next((name for name in ERRORS if epochs and name in epochs[0]), "")
        _line(error, epochs, key, ERRORS.get(key, "no validation error kept"), color)
        return style.to_svg(figure)


def _line(
    axes: Axes, epochs: Sequence[Mapping[str, float]], key: str, label: str, color: str
) -> None:
    axes.set_xlabel("epoch")
    axes.set_ylabel(label)
    places = [row.get("epoch", index + 1) for index, row in enumerate(epochs)]
    values = [row.get(key, float("nan")) for row in epochs]
    axes.plot(places, values, color=color, linewidth=1.4, marker="o", markersize=2)
    axes.set_ylim(bottom=0)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.yaxis.grid(visible=True, color=style.GRID, linewidth=0.6)
