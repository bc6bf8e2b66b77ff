"""Numbers as a clean header may say them: in their VR's shape, and nobody's."""

import math
import re
import struct
from typing import Any, Final

from pydicom.dataelem import DataElement
from pydicom.tag import Tag
from pydicom.valuerep import format_number_as_ds

from tasks.deid.forbidden import Forbidden
from tasks.deid.rules import keyword_of, most_values
from tasks.deid.text import spells

# Digits of other scripts are digits to Python, and to no reader of DICOM.
_DECIMAL: Final = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d{1,3})?", re.ASCII)
_INTEGER: Final = re.compile(r"[-+]?\d{1,12}", re.ASCII)
_WHOLE: Final = re.compile(r"([-+]?\d{1,12})\.0*", re.ASCII)
_ENDS_IN_ZEROS: Final = re.compile(r"([-+]?\d*\.\d*[1-9])0+|([-+]?\d+)\.0*", re.ASCII)
_MAX_DECIMAL: Final = 16
_MAX_INTEGER: Final = 12
_INTEGERS: Final = frozenset({"US", "SS", "UL", "SL", "UV", "SV"})
_REALS: Final = frozenset({"FL", "FD"})
_FORMS: Final = dict(US="H", SS="h", UL="I", SL="i", UV="Q", SV="q", FL="f", FD="d")  # noqa: C408 - a table
BINARY: Final = _INTEGERS | _REALS | {"AT", "OW"}
_LEAST_ID: Final = 1000
# Among more values, as of a table or a histogram, so many digits are somebody's and no chance.
_FEW: Final = 4
_LEAST_IN_TABLE: Final = 1_000_000
# A measure that spells somebody's number is rounded to so many digits, by 0.005 % or 0.05 % at the
# most, which no calibration reaches; of 100,000 and more nothing of a film is measured.
_ROUNDED_TO: Final = (5, 4)
_LARGE: Final = 1e5
# Eight digits before the point are a day or somebody's number; nothing of a film measures so much.
_LONG_NUMBER: Final = re.compile(r"[-+]?0*[1-9]\d{7,}")
_EIGHT_DIGITS: Final = 10_000_000


def clean_decimal(text: str, forbidden: Forbidden) -> str:
    """Return a DS that may stay, "" for any other."""
    return _nobodys(as_decimal(text), forbidden)


def clean_measure(text: str, forbidden: Forbidden) -> str:
    """Return a DS that a film is measured by, "" for what is none.

    Left out, it would be missed, or another's spacing taken for it. One that spells somebody's
    number is rounded, so that it measures the same and spells it no more. How it is spelled does
    not count: two equal spacings stay equal, for they say that nobody calibrated the film.
    """
    bare = as_decimal(text)
    if not bare:
        return ""
    value = float(bare)
    if not any(forbidden.is_number(shortened(n)) for n in (bare, format_number_as_ds(value))):
        return _nobodys(bare, forbidden)
    rounded = [f"{value:.{digits}g}" for digits in _ROUNDED_TO if abs(value) < _LARGE]
    return next((number for number in rounded if not forbidden.is_number(number)), "")


def clean_integer(text: str, forbidden: Forbidden) -> str:
    """Return an IS that may stay, "" for any other."""
    return _nobodys(_as_integer(text), forbidden)


def _nobodys(bare: str, forbidden: Forbidden) -> str:
    """Return a number unless it is somebody's.

    Zeros behind a fraction may make a measurement somebody's number, 0.143000 that of 143000: it
    is then written without them. What somebody's number stays without them is not.
    """
    short = shortened(bare)
    if not short or _LONG_NUMBER.match(bare):
        return ""
    if forbidden.is_said_by_number(short):
        return ""
    return short if forbidden.is_number(bare) else bare


def shortened(number: str) -> str:
    """Return a number without zeros at the end of its fraction."""
    fraction = _ENDS_IN_ZEROS.fullmatch(number)
    return (fraction[1] or fraction[2]) if fraction else number


def as_decimal(text: str) -> str:
    """Return a DS, one of more than 16 characters rounded to fit; "" for what is no number."""
    if not _DECIMAL.fullmatch(text) or not math.isfinite(float(text)):
        return ""
    return text if len(text) <= _MAX_DECIMAL else format_number_as_ds(float(text))


def _as_integer(text: str) -> str:
    """Return an IS, one with a point and zeros without these; "" for what is no whole number."""
    whole = _WHOLE.fullmatch(text)
    bare = whole[1] if whole else text
    return bare if len(bare) <= _MAX_INTEGER and _INTEGER.fullmatch(bare) else ""


def has_many_entries(element: DataElement) -> bool:
    """Return whether an element is the descriptor of a table with more entries than SS can say."""
    is_descriptor = keyword_of(element.tag) == "LUTDescriptor" and element.VM > 1
    first = element.value[0] if is_descriptor else 0
    return isinstance(first, int) and not 0 <= first < 1 << 15


def clean_binary(element: DataElement, vr: str, forbidden: Forbidden) -> list[Any] | None:
    """Return binary numbers and tags that are some, as many as may be, and nobody's."""
    value = element.value
    if isinstance(value, bytes):
        # the entries of a look-up table, which ``tasks.deid.containers.fit_table`` holds to size
        return [value] if keyword_of(element.tag) == "LUTData" else None
    if vr == "OW":
        return None
    values = value if element.VM > 1 else [value]
    kind = float if vr in _REALS else int
    try:
        numbers = [kind(item) for item in values]
    except (TypeError, ValueError, OverflowError):
        return None
    if has_many_entries(element):
        numbers = [number % (1 << 16) for number in numbers]
    is_sound = all(math.isfinite(number) for number in numbers)
    is_short = len(numbers) <= _FEW
    least = _LEAST_ID if is_short else _LEAST_IN_TABLE
    said = [f"{abs(number):.15g}" for number in numbers if abs(number) >= least]
    is_somebodys = any(map(forbidden.is_said_by_number, said)) or (
        is_short and vr != "AT" and any(abs(number) >= _EIGHT_DIGITS for number in numbers)
    )
    is_no_tag = vr == "AT" and not all(map(_is_tag, numbers))
    if not is_sound or is_somebodys or is_no_tag or len(numbers) > most_values(element.tag):
        return None
    return None if vr in _FORMS and _is_writing(numbers, _FORMS[vr]) else numbers


def _is_tag(number: float) -> bool:
    """Return whether a number is a tag that the standard registers."""
    return 0 <= number < 1 << 32 and bool(keyword_of(Tag(int(number))))


def is_spelled(element: DataElement) -> bool:
    """Return whether the numbers of a binary VR are letters in truth, or none."""
    if element.VR not in _FORMS:
        return False
    return _is_writing([*element.value] if element.VM > 1 else [element.value], _FORMS[element.VR])


def _is_writing(numbers: list[Any], form: str) -> bool:
    """Return whether numbers are letters in truth, in either order, or none of their VR."""
    try:
        return any(spells(struct.pack(f"{order}{len(numbers)}{form}", *numbers)) for order in "<>")
    except (struct.error, OverflowError):
        return True
