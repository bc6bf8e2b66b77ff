"""A radiograph as the networks see it."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt


class Side(StrEnum):
    """A side of the image as displayed."""

    LEFT = "left"
    RIGHT = "right"


@dataclass(frozen=True, slots=True, eq=False)
class Radiograph:
    """One film, ready for localization.

    Attributes
    ----------
    pixels
        float32 of shape (rows, columns) in [0, 1]; bright is dense (MONOCHROME2 sense).
    pixel_spacing_mm
        (row, column) spacing in mm, or None when the header gives none that is plausible.
    spacing_source
        DICOM keyword the spacing came from, or "".
    anterior
        The side the patient faces as the header claims; None when it does not say.
    """

    pixels: npt.NDArray[np.float32]
    pixel_spacing_mm: tuple[float, float] | None = None
    spacing_source: str = ""
    anterior: Side | None = None
