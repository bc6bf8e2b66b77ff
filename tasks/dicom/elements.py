"""Take single values out of a header that may lie.

pydicom converts an element when it is first touched, and a wrong VR or a broken character set can
raise anything there. Here that is an absent value, never an exception.
"""

import math
from typing import Any

from pydicom.dataset import Dataset

from tasks.dicom.discretion import discreet


def value(ds: Dataset, keyword: str) -> Any:  # noqa: ANN401 - pydicom's own values are untyped
    """Return the element's value, or None when it is absent, empty or not convertible."""
    try:
        with discreet():
            found = ds.get(keyword)
    except Exception:  # noqa: BLE001 - pydicom raises whatever the bytes provoke
        return None
    return None if found is None or found == "" else found


def text(ds: Dataset, keyword: str) -> str:
    """Return the first value as stripped text, or ""."""
    found = texts(ds, keyword)
    return found[0] if found else ""


def texts(ds: Dataset, keyword: str) -> tuple[str, ...]:
    """Return every value as stripped text."""
    found = value(ds, keyword)
    if found is None or isinstance(found, bytes):
        return ()
    values = [found] if isinstance(found, str) or not hasattr(found, "__iter__") else found
    return tuple(str(item).strip(" \0") for item in values)


def decimals(ds: Dataset, keyword: str) -> tuple[float, ...]:
    """Return every value as a finite float; () when one of them is not a number."""
    try:
        numbers = tuple(float(item) for item in texts(ds, keyword))
    except ValueError:
        return ()
    return numbers if all(map(math.isfinite, numbers)) else ()


def decimal(ds: Dataset, keyword: str) -> float | None:
    """Return the first value as a finite float, or None."""
    numbers = decimals(ds, keyword)
    return numbers[0] if numbers else None


def integer(ds: Dataset, keyword: str) -> int | None:
    """Return the first value when it is a whole number, or None."""
    number = decimal(ds, keyword)
    return int(number) if number is not None and number.is_integer() else None
