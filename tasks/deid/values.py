"""One element's clean value, or none: what may be written where the original stood."""

import math
import re
import struct
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from pydicom.datadict import dictionary_VM, dictionary_VR
from pydicom.dataelem import DataElement
from pydicom.tag import Tag
from pydicom.valuerep import format_number_as_ds

from tasks.deid.actions import DUMMIES, Action
from tasks.deid.coded import CODE_STRING, is_code_string, is_scheme, is_version
from tasks.deid.dates import cap_age, clean_time, shift_date, shift_datetime
from tasks.deid.forbidden import Forbidden
from tasks.deid.harvest import texts_of, values_of
from tasks.deid.pseudonyms import Pseudonymizer
from tasks.deid.rules import keyword_of
from tasks.deid.text import clean_text, clinical, forbidden_words, spells

_VALID: Final = {
    "AE": re.compile(r"[ -\[\]-~]{1,16}"),
    "DS": re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d{1,3})?"),
    "IS": re.compile(r"[-+]?\d{1,12}"),
    "UI": re.compile(r"[0-9.]{1,64}"),
}
_WHOLE: Final = re.compile(r"([-+]?\d{1,12})\.0*")
_ENDS_IN_ZEROS: Final = re.compile(r"([-+]?\d*\.\d*[1-9])0+")
_MAX_CHARS: Final = {"DS": 16, "IS": 12, "SH": 16, "LO": 64, "ST": 1024, "LT": 10240}
_INTEGERS: Final = frozenset({"US", "SS", "UL", "SL", "UV", "SV"})
_REALS: Final = frozenset({"FL", "FD"})
_FORMS: Final = dict(US="H", SS="h", UL="I", SL="i", UV="Q", SV="q", FL="f", FD="d")  # noqa: C408 - a table
_BINARY: Final = _INTEGERS | _REALS | {"AT", "OW"}
_PLACED: Final = frozenset({"CS", "DS", "IS"})
_TEXTS: Final = frozenset({"LO", "SH", "ST", "LT", "UT", "UC"})
_CODE_VALUE: Final = re.compile(r"[A-Za-z0-9.:_^/{}%*\[\]'-]{1,16}")
_ZONE: Final = re.compile(r"[+-](0\d|1[0-4])[0-5]\d")
_LEAST_ID: Final = 1000
_FEW: Final = 4  # values of a table or a histogram are no numbers of people
# Eight digits before the point are a day or somebody's number; nothing of a film measures so much.
_LONG_NUMBER: Final = re.compile(r"[-+]?0*[1-9]\d{7,}")


@dataclass(frozen=True, slots=True)
class Film:
    """What cleaning one film's values needs to know of it.

    Attributes
    ----------
    forbidden
        Who and what is named in the film and its relatives.
    """

    pseudonyms: Pseudonymizer
    shift_days: int
    keep_dates: bool
    forbidden: Forbidden


def clean_value(element: DataElement, action: Action, film: Film) -> list[Any] | None:
    """Return the values to write; [] for an empty element, None when it has to go.

    Parameters
    ----------
    element
        The original, converted.
    action
        ``KEEP``, ``CLEAN``, ``UID``, ``DUMMY`` or ``EMPTY``.
    """
    vr = written_vr(element)
    if element.VR == "SQ":
        return None  # a value was due, and items came: nothing of them can be meant
    if action is Action.DUMMY:
        return [DUMMIES[vr]] if vr in DUMMIES else None
    if action is Action.EMPTY or element.is_empty:
        return []
    if action is Action.UID:
        return [film.pseudonyms.uid(text) for text in texts_of(element)]
    if vr in _BINARY:
        return _numbers(element, vr, film)
    return _texts(element, vr, action, film) or None


def _texts(element: DataElement, vr: str, action: Action, film: Film) -> list[str]:
    """Return clean values of a text-like VR.

    Codes and numbers have meaning by place: an empty one holds its place, and of codes one that
    fails takes those behind it, of numbers all.
    """
    values = values_of(element) if vr in _PLACED else texts_of(element)
    texts = values[: _most_values(element.tag)]
    cleaned = [text and _clean_text_value(text, vr, action, film, element) for text in texts]
    if vr in _TEXTS:
        return [text for text in cleaned if text]
    failed = [at for at, text in enumerate(texts) if text and not cleaned[at]]
    if failed:
        cleaned = cleaned[: failed[0]] if vr == "CS" else []
    filled = [at for at, text in enumerate(cleaned) if text]
    return cleaned[: filled[-1] + 1] if filled else []


@cache
def _most_values(tag: int) -> int:
    """Return how many values the dictionary allows an element."""
    most = dictionary_VM(tag).split("-")[-1]
    return int(most) if most.isdigit() else sys.maxsize


@cache
def least_values(tag: int) -> int:
    """Return how many values the dictionary asks of an element."""
    return int(dictionary_VM(tag).split("-")[0])


def written_vr(element: DataElement) -> str:
    """Return the VR to write: the dictionary's, whatever the file says.

    As SS a descriptor cannot announce 32768 entries of a look-up table, or more.
    """
    known = dictionary_VR(element.tag)
    if " or " not in known:
        return known
    if _has_many_entries(element):
        return "US"
    choices = known.split(" or ")
    return element.VR if element.VR in choices else choices[0]


def _has_many_entries(element: DataElement) -> bool:
    """Return whether an element is the descriptor of a table with more entries than SS can say."""
    is_descriptor = keyword_of(element.tag) == "LUTDescriptor" and element.VM > 1
    first = element.value[0] if is_descriptor else 0
    return isinstance(first, int) and not 0 <= first < 1 << 15


def _numbers(element: DataElement, vr: str, film: Film) -> list[Any] | None:
    """Return binary numbers and tags that are some, as many as may be, and nobody's."""
    value = element.value
    if isinstance(value, bytes):
        # the entries of a look-up table, which ``tasks.deid.containers.fit_table`` holds to size
        return [value] if keyword_of(element.tag) == "LUTData" else None
    values = value if element.VM > 1 else [value]
    kind = float if vr in _REALS else int
    try:
        numbers = [kind(item) for item in values]
    except (TypeError, ValueError):
        return None
    if _has_many_entries(element):
        numbers = [number % (1 << 16) for number in numbers]
    is_sound = all(math.isfinite(number) for number in numbers)
    is_short = len(numbers) <= _FEW
    is_somebodys = is_short and any(
        film.forbidden.is_number(f"{n:.15g}") for n in numbers if n >= _LEAST_ID
    )
    is_no_tag = vr == "AT" and not all(keyword_of(Tag(int(number))) for number in numbers)
    if not is_sound or is_somebodys or is_no_tag or len(numbers) > _most_values(element.tag):
        return None
    return None if vr in _FORMS and _is_writing(numbers, _FORMS[vr]) else numbers


def _is_writing(numbers: list[Any], form: str) -> bool:
    """Return whether numbers are letters in truth, in either order, or none of their VR."""
    try:
        return any(spells(struct.pack(f"{order}{len(numbers)}{form}", *numbers)) for order in "<>")
    except (struct.error, OverflowError):
        return True


def _clean_text_value(text: str, vr: str, action: Action, film: Film, element: DataElement) -> str:
    """Return one value of a text-like VR, "" when it may not stay."""
    if vr in ("DA", "DT", "TM"):
        fraction = text.partition(".")[2]
        is_somebodys = vr != "DA" and film.forbidden.is_number(fraction[:6])
        return "" if is_somebodys else _clean_time_value(text, vr, film)
    if vr in _TEXTS:
        cleaned = _clean_words(text, action, film, keyword_of(element.tag))
        return cleaned[: _MAX_CHARS.get(vr, len(cleaned))].strip()
    if vr == "CS":
        return _check_code_string(text, film, keyword_of(element.tag))
    check = _CHECKS.get(vr)
    return check(text, film) if check else ""


def _clean_time_value(text: str, vr: str, film: Film) -> str:
    """Shift a day, keep a time of day."""
    if vr == "TM":
        return clean_time(text)
    days = 0 if film.keep_dates else film.shift_days
    return shift_date(text, days) if vr == "DA" else shift_datetime(text, days)


def _clean_words(text: str, action: Action, film: Film, keyword: str) -> str:
    """Clean or check free text."""
    check = _TEXT_CHECKS.get(keyword)
    if check:
        return check(text, film)
    if action is Action.CLEAN or film.forbidden.is_said_in(text):
        return clean_text(text, film.forbidden.words)[0]
    return text


def _check_code_value(text: str, film: Film) -> str:
    """Keep what can be a code; whether its scheme has such codes is known with the item."""
    return text if _CODE_VALUE.fullmatch(text) and not film.forbidden.is_named_by(text) else ""


def _check_number(vr: str) -> Callable[[str, Film], str]:
    """Make the check of a number written as text.

    Zeros behind a fraction may make a measurement somebody's number, 0.143000 that of 143000: it
    is then written without them. What somebody's number stays without them is not.
    """
    as_written = {"DS": _as_decimal, "IS": _as_integer}[vr]

    def check(text: str, film: Film) -> str:
        bare = as_written(text)
        fraction = _ENDS_IN_ZEROS.fullmatch(bare)
        short = fraction[1] if fraction else bare
        if not short or _LONG_NUMBER.match(bare) or film.forbidden.is_number(short):
            return ""
        return short if film.forbidden.is_number(bare) else bare

    return check


def _as_decimal(text: str) -> str:
    """Return a DS, one of more than 16 characters rounded to fit; "" for what is no number."""
    if not _VALID["DS"].fullmatch(text) or not math.isfinite(float(text)):
        return ""
    return text if len(text) <= _MAX_CHARS["DS"] else format_number_as_ds(float(text))


def _as_integer(text: str) -> str:
    """Return an IS, one with a point and zeros without these; "" for what is no whole number."""
    whole = _WHOLE.fullmatch(text)
    bare = whole[1] if whole else text
    return bare if len(bare) <= _MAX_CHARS["IS"] and _VALID["IS"].fullmatch(bare) else ""


def _check_code_string(text: str, film: Film, keyword: str = "") -> str:
    """Keep a code string whose words are known; in lower case, if they are clinical."""
    words = forbidden_words([text])
    if words & film.forbidden.words - clinical().words or film.forbidden.is_number(text):
        return ""
    if is_code_string(text, keyword):
        return text
    upper = text.upper()
    return upper if words and words <= clinical().words and CODE_STRING.fullmatch(upper) else ""


def _check_shape(vr: str) -> Callable[[str, Film], str]:
    """Make a check that holds a value to its VR's characters."""
    return lambda text, _film: text if _VALID[vr].fullmatch(text) else ""


_CHECKS: Final[dict[str, Callable[[str, Film], str]]] = {
    "AE": _check_shape("AE"),
    "UI": _check_shape("UI"),
    "AS": lambda text, _film: cap_age(text),
    "DS": _check_number("DS"),
    "IS": _check_number("IS"),
    "PN": lambda text, _film: text,
}

_TEXT_CHECKS: Final[dict[str, Callable[[str, Film], str]]] = {
    "TimezoneOffsetFromUTC": lambda text, _film: text if _ZONE.fullmatch(text) else "",
    "CodeValue": _check_code_value,
    "CodingSchemeDesignator": lambda text, _film: text if is_scheme(text) else "",
    "CodingSchemeVersion": lambda text, _film: text if is_version(text) else "",
    # Defined terms that the standard keeps in a text VR.
    "RescaleType": _check_code_string,
    "ModalityLUTType": _check_code_string,
}
