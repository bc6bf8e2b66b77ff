"""The vertebrae and the aorta of one film, in pixels of that film."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

VERTEBRAE: Final = ("T12", "L1", "L2", "L3", "L4", "L5")
# Anatomical, so that a mirrored film keeps the order.
CORNERS: Final = (
    "superior-anterior",
    "superior-posterior",
    "inferior-anterior",
    "inferior-posterior",
)


@dataclass(frozen=True, slots=True, eq=False)
class Anatomy:
    """Landmarks of one film.

    Attributes
    ----------
    corners_px
        float32 (6 vertebrae T12-L5, 4 corners in the order of ``CORNERS``, (row, column)).
    confidence
        float32 (6,), 0 to 1, one a vertebra.
    walls_px
        float32 (2 walls anterior/posterior, n points from mid-disc T12/L1 to mid-disc L4/L5,
        (row, column)), or None when the aorta was not drawn.
    """

    corners_px: npt.NDArray[np.float32]
    confidence: npt.NDArray[np.float32]
    walls_px: npt.NDArray[np.float32] | None = None
