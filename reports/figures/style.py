"""How every figure looks, and how it becomes the same bytes each time."""

import io
from typing import Any, Final

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

INK: Final = "#1b2733"
MUTED: Final = "#5b6875"
GRID: Final = "#dfe4e9"
# Okabe and Ito's colors: told apart with any color vision, and by lightness in gray print.
BLUE: Final = "#0072b2"
ORANGE: Final = "#d55e00"
GREEN: Final = "#009e73"
PURPLE: Final = "#aa4499"
SERIES: Final = (BLUE, ORANGE, GREEN, PURPLE)
MARKERS: Final = ("o", "s", "^", "v")
# Grade 0 to 3, light to dark; on films the numeral stands beside the color.
GRADE_COLORS: Final = ("#cfd8df", "#f0c419", "#e67e22", "#a3246b")

_STYLE: Final[dict[Any, Any]] = {
    "svg.hashsalt": "aac-study",
    "svg.fonttype": "path",
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.grid": False,
    "text.color": INK,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "legend.frameon": False,
    "legend.fontsize": 8,
    "axes.unicode_minus": True,
    "path.simplify": True,
}


def styled() -> Any:  # noqa: ANN401 - matplotlib's context manager has no public type
    """Enter the house style; drawing and saving both belong inside."""
    return mpl.rc_context(_STYLE)


def blank(
    width: float, height: float, *, left: float = 0.62, right: float = 0.1, top: float = 0.12
) -> Figure:
    """Make a figure, outside pyplot's registry.

    Parameters
    ----------
    width, height, left, right, top
        Inches; margins are fixed, since a layout engine would draw every figure twice.
    """
    figure = Figure(figsize=(width, height))
    figure.subplots_adjust(
        left=left / width, right=1 - right / width, top=1 - top / height, bottom=0.48 / height
    )
    return figure


def to_svg(figure: Figure) -> bytes:
    """Write a figure as SVG: no date, salted identifiers, letters as outlines."""
    out = io.BytesIO()
    canvas: Any = FigureCanvasSVG(figure)
    canvas.print_svg(out, metadata={"Date": None, "Creator": None})
    return out.getvalue()


def say_empty(axes: Axes, why: str) -> None:
    """Say in the middle of the axes why nothing is drawn."""
    axes.text(
        0.5, 0.86, why, ha="center", va="center", transform=axes.transAxes, color=MUTED, wrap=True
    )


def color_of(index: int) -> str:
    """Color of the n-th model."""
    return SERIES[index % len(SERIES)]


def marker_of(index: int) -> str:
    """Marker of the n-th model."""
    return MARKERS[index % len(MARKERS)]
