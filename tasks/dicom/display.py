"""Stored values to brightness in [0, 1], dense bright (PS3.4 annex N, PS3.3 C.11)."""

from collections.abc import Callable
from functools import partial
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset

from aac_models.quantiles import percentiles
from tasks.dicom.elements import decimal, decimals, integer, text, texts, value
from tasks.dicom.shutters import outside_shutter

_FLOATS = npt.NDArray[np.float32]
_Step = Callable[[npt.NDArray[Any]], _FLOATS]
# A window that blackens or whitens more than this was not made for this film.
MAX_CLIPPED: Final = 0.6
_PERCENTILES: Final = (0.5, 99.5)
_MAX_LUT: Final = 1 << 16
_SAMPLE: Final = 1 << 18
_BLOCK: Final = 1 << 16


def brightness(ds: Dataset, stored: npt.NDArray[Any]) -> _FLOATS:
    """Apply modality LUT, window and photometric sense.

    Parameters
    ----------
    ds
        Header of the film.
    stored
        Stored values (rows, columns).

    Returns
    -------
    numpy.ndarray
        float32 (rows, columns) in [0, 1]; padding and shutter are 0.
    """
    void = _void(ds, stored)
    modality = _modality(ds, stored)
    window = _window(ds, modality(_sample(stored, void)))
    is_negative = _dark_is_dense(ds)
    shown = np.empty(stored.shape, np.float32)
    # All steps on some rows, then on the next: these stay in a core's cache, a whole film does not.
    step = max(1, _BLOCK // max(1, stored.shape[1]))
    for start in range(0, stored.shape[0], step):
        rows = slice(start, start + step)
        part = window(modality(stored[rows]))
        if is_negative:
            np.subtract(1.0, part, out=shown[rows])
        else:
            shown[rows] = part
    if void is not None:
        shown[void] = 0.0
    return shown


def _sample(stored: npt.NDArray[Any], void: npt.NDArray[np.bool_] | None) -> npt.NDArray[Any]:
    """Take an even sample of the pixels that show something."""
    step = max(1, int((stored.size / _SAMPLE) ** 0.5))
    seen = stored[::step, ::step]
    kept = seen[~void[::step, ::step]] if void is not None else seen.ravel()
    return kept if kept.size else stored.ravel()[:1]


def _void(ds: Dataset, stored: npt.NDArray[Any]) -> npt.NDArray[np.bool_] | None:
    """Return where padding or the shutter hides the film; None when nothing does."""
    void = outside_shutter(ds, stored.shape)
    first = integer(ds, "PixelPaddingValue")
    if first is None:
        return void
    last = integer(ds, "PixelPaddingRangeLimit")
    low, high = sorted((first, first if last is None else last))
    padding = (stored >= low) & (stored <= high)
    return padding if void is None else padding | void


def _modality(ds: Dataset, stored: npt.NDArray[Any]) -> _Step:
    """Return what applies the Modality LUT Sequence, or slope and intercept, to stored values."""
    table = _lut(ds, "ModalityLUTSequence", signed=stored.dtype.kind == "i")
    if table is not None:
        entries, first = table
        return lambda values: _look_up(values.astype(np.float32), entries, first)
    slope, intercept = decimal(ds, "RescaleSlope") or 1.0, decimal(ds, "RescaleIntercept") or 0.0
    if (slope, intercept) == (1.0, 0.0):
        return _as_they_are
    rescale = partial(_rescaled, slope=slope, intercept=intercept)
    # What the lowest and the highest value become bounds all between them.
    with np.errstate(over="ignore", invalid="ignore"):
        is_sound = np.isfinite(rescale(np.array([stored.min(), stored.max()]))).all()
    return rescale if is_sound else _as_they_are


def _rescaled(values: npt.NDArray[Any], slope: float, intercept: float) -> _FLOATS:
    """Apply slope and intercept."""
    scaled = _as_they_are(values)
    scaled *= np.float32(slope)
    scaled += np.float32(intercept)
    return scaled


def _as_they_are(values: npt.NDArray[Any]) -> _FLOATS:
    """Return stored values as numbers."""
    return values.astype(np.float32)


def _window(ds: Dataset, seen: _FLOATS) -> _Step:
    """Return what applies the VOI LUT or window; robust percentiles where neither fits the film."""
    table = _lut(ds, "VOILUTSequence", signed=bool(seen.min() < 0))
    if table is not None and np.ptp(_look_up(seen, *table)) > 0:
        entries, first = table
        brightest = np.float32(max(float(entries.max()), 1.0))
        return lambda values: _look_up(values, entries, first) / brightest
    centers, widths = decimals(ds, "WindowCenter"), decimals(ds, "WindowWidth")
    function = text(ds, "VOILUTFunction")
    if centers and widths and widths[0] >= 1.0:
        low, high = _window_ends(centers[0], widths[0], function)
        if np.mean((seen <= low) | (seen >= high)) <= MAX_CLIPPED:
            if function == "SIGMOID":
                return partial(_sigmoid, center=centers[0], width=widths[0])
            return partial(_ramp, low=low, high=high)
    low, high = percentiles(seen, _PERCENTILES)
    return partial(_ramp, low=float(low), high=float(high))


def _window_ends(center: float, width: float, function: str) -> tuple[float, float]:
    """Return the values shown black and white (PS3.3 C.11.2.1.2)."""
    if function in ("", "LINEAR"):
        return center - 0.5 - (width - 1) / 2, center - 0.5 + (width - 1) / 2
    return center - width / 2, center + width / 2


def _ramp(values: _FLOATS, low: float, high: float) -> _FLOATS:
    """Scale low to 0 and high to 1, in place."""
    values -= np.float32(low)
    values /= np.float32(max(high - low, 1e-6))
    return np.clip(values, 0.0, 1.0, out=values)


def _sigmoid(values: _FLOATS, center: float, width: float) -> _FLOATS:
    """Apply the sigmoid VOI function (PS3.3 C.11.2.1.3.1)."""
    exponent = np.clip(-4.0 * (values - np.float32(center)) / np.float32(width), -80.0, 80.0)
    shown: _FLOATS = (1.0 / (1.0 + np.exp(exponent))).astype(np.float32)
    return shown


def _lut(ds: Dataset, keyword: str, *, signed: bool) -> tuple[_FLOATS, int] | None:
    """Return (entries, first value mapped) of a LUT sequence's first item; None if unusable."""
    items = value(ds, keyword)
    if not items:
        return None
    item = items[0]
    descriptor = decimals(item, "LUTDescriptor")
    entries = _lut_entries(item)
    if len(descriptor) != 3 or entries is None:  # noqa: PLR2004 - count, first, bits
        return None
    count, first = int(descriptor[0]) or _MAX_LUT, int(descriptor[1])
    if signed and first >= 1 << 15:
        first -= 1 << 16
    entries = entries[:count]
    # A table shorter than it claims, or one that maps all to one value, is not believed.
    return (entries, first) if entries.size == count and np.ptp(entries) > 0 else None


def _lut_entries(item: Dataset) -> _FLOATS | None:
    """Return LUTData as numbers, whichever VR it was written in."""
    data = value(item, "LUTData")
    if isinstance(data, bytes):
        return np.frombuffer(data[: len(data) & ~1], "<u2").astype(np.float32)
    try:
        return np.array([float(entry) for entry in texts(item, "LUTData")], np.float32)
    except ValueError:
        return None


def _look_up(values: _FLOATS, entries: _FLOATS, first: int) -> _FLOATS:
    """Map values through a table; beyond its ends the end entries hold."""
    index = np.clip(values - first, 0, entries.size - 1).astype(np.int32)
    mapped: _FLOATS = entries[index]
    return mapped


def _dark_is_dense(ds: Dataset) -> bool:
    """Return whether low values show bone and metal bright only after inversion.

    Raw detector films (FOR PROCESSING) say by PixelIntensityRelationshipSign how values follow
    the beam, which is physics; for the others the photometric interpretation is the display.
    """
    sign = integer(ds, "PixelIntensityRelationshipSign")
    if text(ds, "PresentationIntentType") == "FOR PROCESSING" and sign in (1, -1):
        return sign == 1
    return text(ds, "PhotometricInterpretation") == "MONOCHROME1"
