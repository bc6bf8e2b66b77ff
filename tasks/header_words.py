"""Header values to catalogue columns: only words that a vocabulary knows get through.

The catalogue is published, and any text element may hold a name that somebody typed into it.
Coded elements are therefore kept only where every word is a known one; others become ``OTHER``.
"""

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from importlib.resources import files
from typing import Any, Final

Values = Mapping[str, tuple[str, ...]]

OTHER: Final = "OTHER"
# PS3.16 Annex L, Defined Terms of BodyPartExamined, and what radiography rooms write instead.
_WORDS: Final[dict[str, frozenset[str]]] = {
    kind: frozenset(" ".join(lines).split())
    for kind, lines in json.loads(
        files("tasks").joinpath("header_words.json").read_text(encoding="utf-8")
    ).items()
}
_INTENTS: Final = frozenset(("FOR PRESENTATION", "FOR PROCESSING"))
_MODALITY: Final = re.compile(r"[A-Z]{2,3}\Z")
_STANDARD_UID: Final = re.compile(r"1\.2\.840\.10008\.[0-9.]{1,50}\Z")
_PRODUCT: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9 .,&+/()_-]{0,63}\Z")
_AGE: Final = re.compile(r"(\d{1,3})([DWMY])\Z")
_PER_YEAR: Final = {"D": 365.25, "W": 52.18, "M": 12, "Y": 1}
# Greater ones are no count, and somebody's number may stand there: they all read as the greatest.
_MOST_PIXELS: Final = 20_000
_MOST: Final = 999
_OLDEST_SAID: Final = 90
_OLDEST_POSSIBLE: Final = 120


def first(values: Values, keyword: str) -> str:
    """First value of an element, or ""."""
    found = values.get(keyword) or ("",)
    return found[0]


def count(values: Values, keyword: str) -> int | None:
    """First value as a whole number that fits a column, or None."""
    with suppress(ValueError):
        number = int(first(values, keyword))
        return number if abs(number) < 1 << 31 else None
    return None


def _counted(values: Values, keyword: str, most: int) -> int | None:
    """Return a count as far as any film has it; below zero all are one."""
    number = count(values, keyword)
    return None if number is None else max(-1, min(number, most))


def columns_of(values: Values, syntax: str) -> dict[str, Any]:
    """Columns of the catalogue that need no more than a vocabulary.

    Parameters
    ----------
    values
        Header values by keyword.
    syntax
        TransferSyntaxUID.
    """
    frames = _counted(values, "NumberOfFrames", _MOST)
    return {
        "modality": _modality(first(values, "Modality").upper()),
        "sop_class_uid": _standard_uid(first(values, "SOPClassUID")),
        "transfer_syntax_uid": _standard_uid(syntax),
        "rows": _counted(values, "Rows", _MOST_PIXELS),
        "columns": _counted(values, "Columns", _MOST_PIXELS),
        "number_of_frames": 1 if frames is None else frames,
        "samples_per_pixel": _counted(values, "SamplesPerPixel", _MOST),
        "photometric_interpretation": _one_of(
            values, "PhotometricInterpretation", _WORDS["photometric"]
        ),
        "bits_allocated": _counted(values, "BitsAllocated", _MOST),
        "bits_stored": _counted(values, "BitsStored", _MOST),
        "body_part_examined": _words(first(values, "BodyPartExamined"), _WORDS["body_part"]),
        "view_position": _words(first(values, "ViewPosition"), _WORDS["view"]),
        "presentation_intent_type": _one_of(values, "PresentationIntentType", _INTENTS),
        "manufacturer": _product(first(values, "Manufacturer")),
        "manufacturer_model_name": _product(first(values, "ManufacturerModelName")),
        "patient_sex": _one_of(values, "PatientSex", frozenset("MFO")),
        "burned_in_annotation": _one_of(values, "BurnedInAnnotation", frozenset(("YES", "NO"))),
    }


def _words(text: str, vocabulary: frozenset[str]) -> str | None:
    words = re.findall(r"[^\W_]+", text.upper())
    if not words:
        return None
    return " ".join(words) if vocabulary.issuperset(words) else OTHER


def _one_of(values: Values, keyword: str, known: frozenset[str]) -> str | None:
    text = " ".join(first(values, keyword).upper().split())
    if not text:
        return None
    if text not in known and text.replace(" ", "_") not in known:
        return OTHER
    return text


def _modality(text: str) -> str | None:
    if not text:
        return None
    return text if _MODALITY.match(text) or text in _WORDS["modality"] else OTHER


def _standard_uid(uid: str) -> str | None:
    if not uid:
        return None
    return uid if _STANDARD_UID.match(uid) else "private"


def _product(text: str) -> str | None:
    return text if _PRODUCT.match(text) else None


def age_years(values: Values) -> int | None:
    """Age in whole years.

    Returns
    -------
    90 for everyone from 90 to 120, as rare ages single a person out. An impossible age is handed on
    as it is, as no person has it and the header contract must see it: above 120, or negative when
    the film is older than the patient, whatever PatientAge says. None when neither PatientAge nor
    the dates tell.
    """
    by_dates = _age_by_dates(values)
    age = _said_age(first(values, "PatientAge").upper())
    if age is None or (by_dates is not None and by_dates < 0):
        age = by_dates
    return _OLDEST_SAID if age is not None and _OLDEST_SAID < age <= _OLDEST_POSSIBLE else age


def _said_age(text: str) -> int | None:
    said = _AGE.match(text)
    return int(int(said[1]) / _PER_YEAR[said[2]]) if said else None


def _age_by_dates(values: Values) -> int | None:
    born = _date(first(values, "PatientBirthDate"))
    seen = _date(first(values, "StudyDate")) or _date(first(values, "AcquisitionDate"))
    if born is None or seen is None:
        return None
    return seen.year - born.year - ((seen.month, seen.day) < (born.month, born.day))


def _date(text: str) -> date | None:
    digits = text.replace(".", "")[:8]
    with suppress(ValueError):
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    return None


def taken_at(values: Values) -> str:
    """Date and time of the exposure as sortable text, as far as the header tells."""
    moment = first(values, "AcquisitionDateTime")
    for day, clock in (
        ("AcquisitionDate", "AcquisitionTime"),
        ("ContentDate", "ContentTime"),
        ("StudyDate", ""),
    ):
        moment = moment or (first(values, day) and first(values, day) + first(values, clock))
    return moment if re.fullmatch(r"[0-9.]{4,26}", moment) else ""
