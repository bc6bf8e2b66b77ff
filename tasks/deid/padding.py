"""A film without its padding: what stands far beyond all other values hides what is among them.

A strip of -32768 beside values of 12 bits makes the film's range nine times as wide, and faint
text ninefold fainter. Headers declare such values (PS3.3 C.7.5.1.1.2), and often forget to.
"""

from typing import Any, Final

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset

from tasks.dicom.elements import integer

# Ends of a range of values, both inside.
Ends = tuple[int, int]
_VALUES = npt.NDArray[Any]
_STEP: Final = 8
_ENDS: Final = (0.001, 0.999)
# Undeclared, padding is so many times farther from the film than the film is wide.
_FAR: Final = 3
# Less of a film is no film that padding could be told from.
_LEAST: Final = 0.05
# How many times as wide padding makes a film before that matters.
_STRETCH: Final = 1.25


def declared_padding(ds: Dataset, stored: _VALUES) -> Ends | None:
    """Return the values that the header calls padding, None where it calls none.

    A value of the other sign than the pixels' is read as their type would read its bits.
    """
    first = integer(ds, "PixelPaddingValue")
    if first is None:
        return None
    last = integer(ds, "PixelPaddingRangeLimit")
    ends = [_as_stored(end, stored.dtype) for end in (first, first if last is None else last)]
    return min(ends), max(ends)


def _as_stored(value: int, kind: np.dtype[Any]) -> int:
    """Return a value as whole numbers of a type hold it."""
    info = np.iinfo(kind)
    return (value - info.min) % (1 << info.bits) + info.min


def without_padding(stored: _VALUES, declared: Ends | None = None) -> _VALUES | None:
    """Clip a film to the values between which it lies without its padding.

    Parameters
    ----------
    stored
        Stored values (rows, columns).
    declared
        What is padding for certain.

    Returns
    -------
    The clipped film; None where there is no padding, or it makes the film little wider.
    """
    sample = np.sort(stored[::_STEP, ::_STEP], axis=None)
    seen = sample
    if declared:
        first, behind = (
            np.searchsorted(sample, declared[0]),
            np.searchsorted(sample, declared[1], "right"),
        )
        seen = np.concatenate([sample[:first], sample[behind:]])
    for _ in _ENDS:
        seen = _without_far_end(seen)
    if seen.size == sample.size or seen.size < _LEAST * sample.size:
        return None
    low, high = _ends(seen)
    whole = _ends(sample)
    if whole[1] - whole[0] < _STRETCH * max(high - low, 1):
        return None
    return np.clip(stored, low, high)


def _without_far_end(values: _VALUES) -> _VALUES:
    """Cut off what lies far beyond the rest, which is much wider; rising values in and out."""
    if values.size < 2:  # noqa: PLR2004 - between two is a gap
        return values
    gaps = values[1:].astype(np.int64) - values[:-1]
    at = int(np.argmax(gaps)) + 1
    parts = values[:at], values[at:]
    widths = [high - low for low, high in map(_ends, parts)]
    wider = int(widths[1] > widths[0])
    is_film = parts[wider].size >= _LEAST * values.size
    return parts[wider] if is_film and gaps[at - 1] > _FAR * max(widths[wider], 1) else values


def _ends(rising: _VALUES) -> Ends:
    """Return the darkest and the brightest thousandth of rising values."""
    low, high = (int(rising[int(share * (rising.size - 1))]) for share in _ENDS)
    return low, high
