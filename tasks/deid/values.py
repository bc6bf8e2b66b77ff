"""One element's clean value, or none: what may be written where the original stood."""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from pydicom.datadict import dictionary_VR
from pydicom.dataelem import DataElement

from tasks.deid.actions import DUMMIES, Action
from tasks.deid.dates import cap_age, clean_time, shift_date, shift_datetime
from tasks.deid.harvest import texts_of
from tasks.deid.pseudonyms import Pseudonymizer
from tasks.deid.rules import keyword_of
from tasks.deid.text import clean_text, clinical, forbidden_words, squeezed

_VALID: Final = {
    "AE": re.compile(r"[ -\[\]-~]{1,16}"),
    "CS": re.compile(r"[A-Z0-9_ ]{1,16}"),
    "DS": re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d{1,3})?"),
    "IS": re.compile(r"[-+]?\d{1,12}"),
    "UI": re.compile(r"[0-9.]{1,64}"),
}
_MAX_CHARS: Final = {"DS": 16, "IS": 12, "SH": 16, "LO": 64, "ST": 1024, "LT": 10240}
_INTEGERS: Final = frozenset({"US", "SS", "UL", "SL", "UV", "SV"})
_REALS: Final = frozenset({"FL", "FD"})
_BINARY: Final = _INTEGERS | _REALS | {"AT", "OW"}
_TEXTS: Final = frozenset({"LO", "SH", "ST", "LT", "UT", "UC"})
_CODE_VALUE: Final = re.compile(r"[A-Za-z0-9.:_^/-]{1,16}")
# Registered coding schemes (PS3.16 section 8); a local scheme may code anything, people too.
CODING_SCHEMES: Final = frozenset(
    {"SRT", "SCT", "SNM3", "DCM", "UCUM", "LN", "RADLEX", "FMA", "ICD10", "I10", "I10P", "I9"}
    | {"99SDM", "I9C", "C4", "CPT4", "UMLS", "ISO3166_1", "ISO639_1", "RFC5646", "NEU", "NCIt"}
)
_ZONE: Final = re.compile(r"[+-](0\d|1[0-4])[0-5]\d")
_MIN_ID: Final = 4


@dataclass(frozen=True, slots=True)
class Film:
    """What cleaning one film's values needs to know of it.

    Attributes
    ----------
    words
        Folded words of the people named in the film.
    numbers
        Squeezed identifiers of the film.
    """

    pseudonyms: Pseudonymizer
    shift_days: int
    keep_dates: bool
    words: frozenset[str]
    numbers: frozenset[str]


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
    if action is Action.DUMMY:
        return [DUMMIES[vr]] if vr in DUMMIES else None
    if action is Action.EMPTY or element.is_empty:
        return []
    if action is Action.UID:
        return [film.pseudonyms.uid(text) for text in texts_of(element)]
    if vr in _BINARY:
        return _binary(element, vr)
    cleaned = [_clean_text_value(text, vr, action, film, element) for text in texts_of(element)]
    # Values of a multi-valued element have meaning by place: one that fails takes all along.
    if any(text == "" for text in cleaned):
        cleaned = [text for text in cleaned if text] if vr in _TEXTS else []
    return cleaned or None


def _binary(element: DataElement, vr: str) -> list[Any] | None:
    """Return numbers, tags, and the entries of a look-up table; no other bytes."""
    if isinstance(element.value, bytes):
        return [element.value] if keyword_of(element.tag) == "LUTData" else None
    if vr == "AT":
        values = element.value if element.VM > 1 else [element.value]
        return [int(value) for value in values]
    return _numbers(element, vr)


def written_vr(element: DataElement) -> str:
    """Return the VR to write: the dictionary's, whatever the file says."""
    known = dictionary_VR(element.tag)
    if " or " not in known:
        return known
    choices = known.split(" or ")
    return element.VR if element.VR in choices else choices[0]


def _numbers(element: DataElement, vr: str) -> list[Any] | None:
    """Return binary numbers that are numbers."""
    value = element.value
    values = [value] if isinstance(value, int | float) else value
    kind = int if vr in _INTEGERS else float
    try:
        numbers = [kind(item) for item in values]
    except (TypeError, ValueError):
        return None
    return numbers if all(math.isfinite(number) for number in numbers) else None


def _clean_text_value(text: str, vr: str, action: Action, film: Film, element: DataElement) -> str:
    """Return one value of a text-like VR, "" when it may not stay."""
    if vr in ("DA", "DT", "TM"):
        return _clean_time_value(text, vr, film)
    if vr in _TEXTS:
        cleaned = _clean_words(text, action, film, keyword_of(element.tag))
        return cleaned[: _MAX_CHARS.get(vr, len(cleaned))].strip()
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
    names_someone = bool(forbidden_words([text]) & film.words) or _is_identifier(text, film)
    if action is Action.CLEAN or names_someone:
        return clean_text(text, film.words)[0]
    return text


def _check_code_value(text: str, film: Film) -> str:
    """Keep what can be a code."""
    return text if _CODE_VALUE.fullmatch(text) and not _is_identifier(text, film) else ""


def _is_identifier(text: str, film: Film) -> bool:
    """Return whether a value is, or holds, one of the film's identifiers."""
    bare = squeezed(text)
    return any(number in bare for number in film.numbers if len(number) >= _MIN_ID)


def _check_number(vr: str) -> Callable[[str, Film], str]:
    """Make the check of a number written as text."""

    def check(text: str, film: Film) -> str:
        bare = text[: _MAX_CHARS[vr] + 1]
        is_number = len(bare) <= _MAX_CHARS[vr] and _VALID[vr].fullmatch(bare)
        return bare if is_number and squeezed(bare) not in film.numbers else ""

    return check


def _check_code_string(text: str, film: Film) -> str:
    """Keep a valid code string; a lower-case one if all its words are clinical."""
    words = forbidden_words([text])
    if words & film.words - clinical().words or squeezed(text) in film.numbers:
        return ""
    if _VALID["CS"].fullmatch(text):
        return text
    return text.upper() if words and words <= clinical().words and len(text) <= 16 else ""  # noqa: PLR2004 - CS


def _check_shape(vr: str) -> Callable[[str, Film], str]:
    """Make a check that holds a value to its VR's characters."""
    return lambda text, _film: text if _VALID[vr].fullmatch(text) else ""


_CHECKS: Final[dict[str, Callable[[str, Film], str]]] = {
    "AE": _check_shape("AE"),
    "UI": _check_shape("UI"),
    "AS": lambda text, _film: cap_age(text),
    "CS": _check_code_string,
    "DS": _check_number("DS"),
    "IS": _check_number("IS"),
    "PN": lambda text, _film: text,
}

_TEXT_CHECKS: Final[dict[str, Callable[[str, Film], str]]] = {
    "TimezoneOffsetFromUTC": lambda text, _film: text if _ZONE.fullmatch(text) else "",
    "CodeValue": _check_code_value,
    "CodingSchemeDesignator": lambda text, _film: text if text in CODING_SCHEMES else "",
    # Defined terms that the standard keeps in a text VR.
    "RescaleType": _check_code_string,
    "ModalityLUTType": _check_code_string,
}
