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

from tasks.deid.actions import DUMMIES, Action
from tasks.deid.coded import CODE_STRING, is_code_string, is_scheme, is_version
from tasks.deid.dates import cap_age, clean_time, shift_date, shift_datetime
from tasks.deid.forbidden import Forbidden
from tasks.deid.harvest import texts_of
from tasks.deid.pseudonyms import Pseudonymizer
from tasks.deid.rules import keyword_of
from tasks.deid.text import clean_text, clinical, forbidden_words, spells

_VALID: Final = {
    "AE": re.compile(r"[ -\[\]-~]{1,16}"),
    "DS": re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d{1,3})?"),
    "IS": re.compile(r"[-+]?\d{1,12}"),
    "UI": re.compile(r"[0-9.]{1,64}"),
}
_MAX_CHARS: Final = {"DS": 16, "IS": 12, "SH": 16, "LO": 64, "ST": 1024, "LT": 10240}
_INTEGERS: Final = frozenset({"US", "SS", "UL", "SL", "UV", "SV"})
_REALS: Final = frozenset({"FL", "FD"})
_FORMS: Final = dict(US="H", SS="h", UL="I", SL="i", UV="Q", SV="q", FL="f", FD="d")  # noqa: C408 - a table
_BINARY: Final = _INTEGERS | _REALS | {"AT", "OW"}
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
    texts = texts_of(element)[: _most_values(element.tag)]
    cleaned = [_clean_text_value(text, vr, action, film, element) for text in texts]
    if vr in _TEXTS:
        cleaned = [text for text in cleaned if text]
    # Values of a multi-valued element have meaning by place: one that fails takes those behind it.
    elif "" in cleaned:
        cleaned = cleaned[: cleaned.index("")] if vr == "CS" else []
    return cleaned or None


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
    """Return the VR to write: the dictionary's, whatever the file says."""
    known = dictionary_VR(element.tag)
    if " or " not in known:
        return known
    choices = known.split(" or ")
    return element.VR if element.VR in choices else choices[0]


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
    return text if _CODE_VALUE.fullmatch(text) and not film.forbidden.is_held_by(text) else ""


def _check_number(vr: str) -> Callable[[str, Film], str]:
    """Make the check of a number written as text."""

    def check(text: str, film: Film) -> str:
        bare = text[: _MAX_CHARS[vr] + 1]
        is_number = len(bare) <= _MAX_CHARS[vr] and _VALID[vr].fullmatch(bare)
        is_long = _LONG_NUMBER.match(bare) is not None
        return bare if is_number and not is_long and not film.forbidden.is_number(bare) else ""

    return check


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
