"""One element's clean value, or none: what may be written where the original stood."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from pydicom.datadict import dictionary_VR
from pydicom.dataelem import DataElement

from data_contracts.errors import FilmRejected
from data_contracts.reasons import Reason
from tasks.deid.actions import DUMMIES, Action
from tasks.deid.coded import (
    CODE_STRING,
    is_code_string,
    is_ethnic_group,
    is_listed,
    is_scheme,
    is_version,
)
from tasks.deid.dates import cap_age, clean_time, shift_date, shift_datetime
from tasks.deid.forbidden import Forbidden, only_long
from tasks.deid.harvest import texts_of, values_of
from tasks.deid.numbers import (
    BINARY,
    as_decimal,
    clean_binary,
    clean_decimal,
    clean_integer,
    clean_measure,
    has_many_entries,
    shortened,
)
from tasks.deid.profile import MODEL_KEYWORDS, TERMS
from tasks.deid.pseudonyms import Pseudonymizer
from tasks.deid.rules import keyword_of, most_values
from tasks.deid.shown import CHANCE, MEASURED, SHOWN
from tasks.deid.text import clean_text, clinical, forbidden_words, reaches_somebody, squeezed

_VALID: Final = {
    "AE": re.compile(r"[ -\[\]-~]{1,16}"),
    "UI": re.compile(r"[0-9.]{1,64}"),
}
_MAX_CHARS: Final = {"SH": 16, "LO": 64, "ST": 1024, "LT": 10240}
_PLACED: Final = frozenset({"CS", "DS", "IS"})
# Said of the window in the same place.
_PLACED_TEXT: Final = "WindowCenterWidthExplanation"
_TEXTS: Final = frozenset({"LO", "SH", "ST", "LT", "UT", "UC"})
_CODE_VALUE: Final = re.compile(r"[A-Za-z0-9.:_^/{}%*\[\]'-]{1,16}")
_NOT_CODED: Final = re.compile(r"[-+/.,;:()& ]+")
_ZONE: Final = re.compile(r"[+-](0\d|1[0-4])[0-5]\d")


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
    if keyword_of(element.tag) in CHANCE and vr != "CS":
        film = replace(film, forbidden=only_long(film.forbidden))
        _refuse_shown(element, film.forbidden)
    if vr in BINARY:
        return clean_binary(element, vr, film.forbidden)
    return _texts(element, vr, action, film) or None


def _refuse_shown(element: DataElement, forbidden: Forbidden) -> None:
    """Refuse a film that is shown by a number of somebody's: by another it would look otherwise."""
    keyword = keyword_of(element.tag)
    numbers = (shortened(as_decimal(text)) for text in texts_of(element))
    if keyword in SHOWN and any(map(forbidden.is_number, numbers)):
        raise FilmRejected(Reason.NOT_DEIDENTIFIED, f"{keyword} is a number of somebody's")


def _texts(element: DataElement, vr: str, action: Action, film: Film) -> list[str]:
    """Return clean values of a text-like VR.

    Codes and numbers have meaning by place: an empty one holds its place, and of codes one that
    fails takes those behind it, of numbers all.
    """
    is_placed_text = keyword_of(element.tag) == _PLACED_TEXT
    values = values_of(element) if vr in _PLACED or is_placed_text else texts_of(element)
    texts = values[: most_values(element.tag)]
    cleaned = [text and _clean_text_value(text, vr, action, film, element) for text in texts]
    if vr in _TEXTS:
        return cleaned if is_placed_text and any(cleaned) else [text for text in cleaned if text]
    failed = [at for at, text in enumerate(texts) if text and not cleaned[at]]
    if failed:
        cleaned = cleaned[: failed[0]] if vr == "CS" else []
    filled = [at for at, text in enumerate(cleaned) if text]
    return cleaned[: filled[-1] + 1] if filled else []


def written_vr(element: DataElement) -> str:
    """Return the VR to write: the dictionary's, whatever the file says.

    As SS a descriptor cannot announce 32768 entries of a look-up table, or more.
    """
    known = dictionary_VR(element.tag)
    if " or " not in known:
        return known
    if has_many_entries(element):
        return "US"
    choices = known.split(" or ")
    return element.VR if element.VR in choices else choices[0]


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
    if keyword_of(element.tag) in MEASURED:
        return clean_measure(text, film.forbidden)
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
    is_no_model = keyword in MODEL_KEYWORDS and reaches_somebody(text)
    if action is Action.CLEAN or is_no_model or film.forbidden.is_said_in(text):
        return clean_text(text, film.forbidden.words, film.forbidden.phrases)[0]
    return text


def _check_code_value(text: str, film: Film) -> str:
    """Keep what can be a code; whether its scheme has such codes is known with the item."""
    is_named = film.forbidden.is_named_by
    if not _CODE_VALUE.fullmatch(text) or (
        is_named(text) and (is_named(text, is_listed=True) or not is_listed(text))
    ):
        return ""
    return text


def _check_ethnic_group(text: str, film: Film) -> str:
    return text if is_ethnic_group(text) and not film.forbidden.is_said_in(text) else ""


def _check_uid(text: str, film: Film) -> str:
    """Keep a UID, but replace one of which a part is a number of somebody's, or a day."""
    if not _VALID["UI"].fullmatch(text):
        return ""
    return film.pseudonyms.uid(text) if film.forbidden.is_part_of_uid(text) else text


def _check_version(text: str, film: Film) -> str:
    """Keep a version; one may be a day."""
    return text if is_version(text) and not film.forbidden.is_held_by(text) else ""


def _check_code_string(text: str, film: Film, keyword: str = "") -> str:
    """Keep a code string whose words are known; in lower case, if they are clinical."""
    words = forbidden_words([text])
    if words & film.forbidden.words - clinical().words or film.forbidden.is_number(text):
        return ""
    bare = squeezed(text)
    if any(name in bare and name not in clinical().words for name in film.forbidden.names):
        return ""  # a phantom Lumbar^Spine
    if is_code_string(text, keyword):
        return text
    upper = _NOT_CODED.sub(" ", text.upper()).strip()  # L-SPINE, LUMBAR SPINE (LAT)
    return upper if words and words <= clinical().words and CODE_STRING.fullmatch(upper) else ""


def _check_shape(vr: str) -> Callable[[str, Film], str]:
    """Make a check that holds a value to its VR's characters."""
    return lambda text, _film: text if _VALID[vr].fullmatch(text) else ""


_CHECKS: Final[dict[str, Callable[[str, Film], str]]] = {
    "AE": _check_shape("AE"),
    "UI": _check_uid,
    "AS": lambda text, _film: cap_age(text),
    "DS": lambda text, film: clean_decimal(text, film.forbidden),
    "IS": lambda text, film: clean_integer(text, film.forbidden),
    "PN": lambda text, _film: text,
}

_TEXT_CHECKS: Final[dict[str, Callable[[str, Film], str]]] = {
    "TimezoneOffsetFromUTC": lambda text, _film: text if _ZONE.fullmatch(text) else "",
    "CodeValue": _check_code_value,
    "CodingSchemeDesignator": lambda text, _film: text if is_scheme(text) else "",
    "CodingSchemeVersion": _check_version,
    "EthnicGroup": _check_ethnic_group,
    **dict.fromkeys(TERMS, _check_code_string),
}
