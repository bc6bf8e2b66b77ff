"""Millimetres a pixel, and which attribute said so (PS3.3 section 10.7)."""

from math import isclose
from typing import Final

from pydicom.dataset import Dataset

from tasks.dicom.elements import decimal, decimals

# Finer than any plate, coarser than any film that could still be graded.
PLAUSIBLE_MM: Final = (0.02, 2.0)
PLAUSIBLE_MAGNIFICATION: Final = (1.0, 3.0)
_MAX_ASPECT: Final = 2.0
# Written with other digits a spacing is the same: 0.143 and 0.14300000000000002 are no calibration.
_SAME: Final = 1e-4


def pixel_spacing(ds: Dataset) -> tuple[tuple[float, float] | None, str]:
    """Return (row, column) spacing in mm and the keyword it came from.

    A PixelSpacing that differs from ImagerPixelSpacing was calibrated and wins. Otherwise the
    detector's spacing is brought to the patient by the magnification, where one is given.

    Returns
    -------
    tuple
        (None, "") when no attribute gives a plausible spacing.
    """
    patient = _plausible(ds, "PixelSpacing")
    detector = _plausible(ds, "ImagerPixelSpacing")
    if patient and not _is_same(patient, detector):
        return patient, "PixelSpacing"
    magnification = decimal(ds, "EstimatedRadiographicMagnificationFactor")
    if detector and magnification and _is_magnification(magnification):
        corrected = (detector[0] / magnification, detector[1] / magnification)
        return corrected, "EstimatedRadiographicMagnificationFactor"
    if patient:
        return patient, "PixelSpacing"
    if detector:
        return detector, "ImagerPixelSpacing"
    scanned = _plausible(ds, "NominalScannedPixelSpacing")
    return scanned, "NominalScannedPixelSpacing" if scanned else ""


def _is_same(patient: tuple[float, float], detector: tuple[float, float] | None) -> bool:
    """Return whether two spacings differ by no more than how they are written."""
    return detector is not None and all(
        isclose(*pair, rel_tol=_SAME) for pair in zip(patient, detector, strict=True)
    )


def _is_magnification(factor: float) -> bool:
    """Return whether a factor changes anything and is physically possible."""
    return PLAUSIBLE_MAGNIFICATION[0] < factor <= PLAUSIBLE_MAGNIFICATION[1]


def _plausible(ds: Dataset, keyword: str) -> tuple[float, float] | None:
    """Return a spacing that a radiograph can have, else None."""
    numbers = decimals(ds, keyword)
    if len(numbers) != 2:  # noqa: PLR2004 - row and column
        return None
    row, column = numbers
    if not all(PLAUSIBLE_MM[0] <= mm <= PLAUSIBLE_MM[1] for mm in (row, column)):
        return None
    return (row, column) if max(row, column) <= _MAX_ASPECT * min(row, column) else None
