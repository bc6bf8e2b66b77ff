"""Films as counted bubbles: ties are seen, and ten thousand films are no heavier than a hundred."""

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes

from reports.view import Reals

# Above this many films single points hide one another, so that cells are counted instead.
_FEW: Final = 400
_MANY: Final = 2000
_AREA: Final = 14.0


@dataclass(frozen=True, slots=True, eq=False)
class Bubbles:
    """Cells that hold films: center of the cell and how many. All of shape (cells,)."""

    x: Reals
    y: Reals
    n: Reals
    step: float


def count_ties(x: Reals, y: Reals) -> Bubbles:
    """Count films by cell: of 0.1 points while there are few, of half a point above that.

    Beyond two thousand films cells are a whole point wide.

    Parameters
    ----------
    x, y
        Coordinates in points of the score, shape (films,).
    """
    step = 0.1 if x.size <= _FEW else 0.5
    across = step if x.size <= _MANY else 2 * step
    cells = np.stack([np.round(x / across), np.round(y / step)], axis=1)
    unique, counts = np.unique(cells, axis=0, return_counts=True)
    return Bubbles(unique[:, 0] * across, unique[:, 1] * step, counts.astype(np.float64), step)


def draw(axes: Axes, bubbles: Bubbles, color: str, marker: str = "o") -> None:
    """Draw bubbles, area by count, and a key of sizes when counts differ."""
    if not bubbles.n.size:
        return
    most = float(bubbles.n.max())
    unit = _AREA if bubbles.step < 0.5 else min(_AREA, 170.0 / most)  # noqa: PLR2004 - coarse cells
    style: dict[str, Any] = {
        "marker": marker,
        "facecolor": color,
        "edgecolor": "white",
        "linewidth": 0.4,
        "alpha": 0.65,
    }
    axes.scatter(bubbles.x, bubbles.y, s=np.maximum(bubbles.n * unit, 2.0), zorder=3, **style)
    for value in _steps(most):
        axes.scatter([], [], s=max(value * unit, 2.0), label=f"{value:,}", **style)


def _steps(most: float) -> list[int]:
    if most <= 1:
        return []
    top = int(most)
    if top <= 4:  # noqa: PLR2004 - each count can be shown
        return [1, top]
    scale = 10 ** int(math.log10(top))
    high = top // scale * scale
    return sorted({1, max(1, round(math.sqrt(high))), high})
