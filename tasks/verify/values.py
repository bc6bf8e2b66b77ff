"""What the elements of a film say, held against the originals of that film and of all others."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Self

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset

from tasks.verify.days import DAY_VRS, is_day_by_number, numbers_of
from tasks.verify.findings import Finding
from tasks.verify.needles import Needles, Own
from tasks.verify.pictures import runs_of_coded
from tasks.verify.readings import readings
from tasks.verify.spelling import squeeze, word_list, words_of, words_respelled
from tasks.verify.spelling_days import short_days, short_days_in

# PS3.15 Table E.1-1 keeps none of these in any option that a study can choose here.
_NEVER_FILLED: Final = (
    "PatientBirthDate",
    "PatientAddress",
    "PatientTelephoneNumbers",
    "OtherPatientIDs",
    "OtherPatientNames",
    "PatientMotherBirthName",
    "AccessionNumber",
    "ReferringPhysicianName",
    "RequestingPhysician",
    "OperatorsName",
    "AdmissionID",
    "OriginalAttributesSequence",
    "EncryptedAttributesSequence",
    "IconImageSequence",
)
# Makes, models and versions: a device of theirs may be called like them.
_MODELS: Final = (
    "Manufacturer",
    "ManufacturerModelName",
    "DetectorManufacturerName",
    "DetectorManufacturerModelName",
    "SoftwareVersions",
    "SecondaryCaptureDeviceManufacturer",
    "SecondaryCaptureDeviceManufacturerModelName",
    "SecondaryCaptureDeviceSoftwareVersions",
)
# Numbers in texts: any but the film's own stand there by chance.
_NUMBERED: Final = frozenset(
    {
        "CodeValue",
        "CodingSchemeVersion",
        "SoftwareVersions",
        "SecondaryCaptureDeviceSoftwareVersions",
    }
)
# A number or a day means somebody in a film of theirs alone: any other has it by chance.
_COUNTING_VRS: Final = frozenset(
    {*("DA", "DT", "TM", "AS", "DS", "IS", "US", "SS", "UL", "SL", "UV", "SV", "FL", "FD", "AT")}
)
# What may be as large as a day is.
_NUMBERS: Final = frozenset({"DS", "IS", "UL", "SL", "UV", "SV", "FL", "FD"})
_WORDY_VRS: Final = frozenset({"LO", "SH", "ST", "LT", "UT", "UC", "PN", "AE", "UR", "CS"})
# Bytes that are no pixels and no table: what is legible in them somebody wrote.
_BYTES_VRS: Final = frozenset({"OB", "UN"})
_MIN_WORD: Final = 3
# A part of the world, and a registered scheme: whoever has 0100 as a number, or DCM as initials.
_SHAPES: Final = {
    "TimezoneOffsetFromUTC": re.compile(r"[-+](?:0\d|1[0-4])[0-5]\d"),
    "CodingSchemeDesignator": re.compile("DCM|SCT|SRT|SNM3|UCUM|LN|RADLEX|FMA|UMLS"),
}
_DAY: Final = re.compile(r"(?<!\d)\d{8}")
_SIX_DIGITS: Final = re.compile(r"(\d{6})(?:\.0*)?")
_TIME: Final = re.compile(r"(?:[01]\d|2[0-3])(?:[0-5]\d(?:[0-5]\d|60)?)?(?:\.(\d{1,6}))?")
_TIMES: Final = re.compile(r"[\d.]+")
# What the cleaner says of itself; the table's edition changes.
_CLAIM: Final = re.compile(r"DICOM PS3\.15 \w{4,6} Table E\.1-1, default deny")


@dataclass(frozen=True, slots=True, eq=False)
class Sought:
    """What is sought in one film.

    Attributes
    ----------
    everyone, mine
        Needles of the whole study, and of this film.
    words
        That name people and places of this film, as a description holds them.
    names
        That name its people, as a defined term does not.
    days, day_numbers, short_days
        Of this film: of eight digits, as numbers, and as they are written with a year of two.
    models
        Its makes and models, squeezed.
    """

    everyone: Needles
    mine: Needles
    words: frozenset[str]
    names: frozenset[str]
    days: frozenset[str]
    day_numbers: frozenset[int]
    short_days: frozenset[str]
    models: str

    @classmethod
    def of(cls, ds: Dataset, everyone: Needles, mine: Needles, own: Own) -> Self:
        """Collect what is sought in a film from its originals and the study's."""
        models = models_of(ds)
        names = {word for kind, v in own if kind == "name" for word in words_respelled(v)}
        days = {value[:8] for _, value in own if re.fullmatch(r"\d{8}[\d.+-]*", value)}
        dated = {value for kind, value in own if kind in ("date", "birth_date")}
        return cls(
            everyone,
            mine,
            words=mine.words_of_film(own, frozenset(words_of(models))),
            names=frozenset(word for word in names - mine.usual if len(word) >= _MIN_WORD),
            days=frozenset(days),
            day_numbers=numbers_of(days),
            short_days=frozenset(short for day in dated for short in short_days(day)),
            models=squeeze(models),
        )


def models_of(ds: Dataset) -> str:
    """Return what a film says of its makes, models and versions, one a line."""
    return "\n".join(str(ds.get(keyword) or "") for keyword in _MODELS)


def look_at_values(
    elements: Iterable[DataElement], place: str, sought: Sought
) -> Iterator[Finding]:
    """Check every element by its kind, and its value against the identifiers.

    Parameters
    ----------
    elements
        Of a film, at every depth.
    place
        The film's path within the study.
    sought
        What must not be said.
    """
    for element in elements:
        where = f"{place} {element.tag}"
        if element.tag.group >> 8 in (0x50, 0x60):
            yield Finding(where, "element", "curve or overlay element")
        elif element.keyword in _NEVER_FILLED and element.value not in (None, "", b""):
            yield Finding(where, "element", f"{element.keyword} is filled")
        elif element.keyword != "PixelData" and element.VR != "SQ":
            what = next(
                filter(None, (_what_is_said(text, element, sought) for text in _texts_of(element))),
                "",
            )
            if what:
                yield Finding(where, "identifier", what)


def _texts_of(element: DataElement) -> Iterator[str]:
    """Yield a value as a text, in each way that it may be written, and what bytes spell."""
    value = element.value
    text = str(value)
    yield from readings(text) if element.VR in _WORDY_VRS else [text]
    if isinstance(value, bytes):
        yield from runs_of_coded(value) if element.VR in _BYTES_VRS else ()
    elif element.VR in _WORDY_VRS:
        yield from [text.replace("\0", "")] if "\0" in text else []


def _what_is_said(text: str, element: DataElement, sought: Sought) -> str:
    """Return which kind of original an element says, "" for none."""
    shape = _SHAPES.get(element.keyword)
    if shape is not None and shape.fullmatch(text):
        return ""
    if element.VR in DAY_VRS and not sought.days.isdisjoint(_DAY.findall(text)):
        return "a day of the original"
    if element.VR in _COUNTING_VRS:
        is_found = sought.mine.counted_in(_fractions(text) if element.VR == "TM" else text)
        number = _SIX_DIGITS.fullmatch(text) if element.VR in ("IS", "DS") else None
        is_found = is_found or (number is not None and number[1] in sought.short_days)
        is_found = is_found or (
            element.VR in _NUMBERS
            and is_day_by_number(text, element.VR, sought.day_numbers, sought.short_days)
        )
    else:
        is_found = _holds_one(text, element.keyword, sought) or (
            element.VR in _WORDY_VRS | _BYTES_VRS and _names_somebody(text, element.VR, sought)
        )
    return "an identifier of an original" if is_found else ""


def _holds_one(text: str, keyword: str, sought: Sought) -> bool:
    """Return whether a text holds an identifier; a number in a version only one of its film."""
    if keyword not in _NUMBERED:
        return sought.everyone.found_in(text, sought.models)
    everyone, mine, models = sought.everyone, sought.mine, sought.models
    return everyone.spelled_in(text, models) or mine.found_in(text, models)


def _fractions(text: str) -> str:
    """Return what is behind the point of times of day, and whole what is none.

    Six digits before it are a time, whoever has them as a number too.
    """
    told = ((_TIME.fullmatch(said), said) for said in _TIMES.findall(text))
    return "\n".join((time[1] or "") if time else said for time, said in told)


def _names_somebody(text: str, vr: str, sought: Sought) -> bool:
    """Return whether a text that someone wrote says a name, a place or a day of its film.

    A name that is a defined term too, as Head is, names nobody in a code string.
    """
    if _CLAIM.fullmatch(text):
        return False
    words = word_list(text)
    own = sought.names if vr == "CS" else sought.words
    people = sought.mine.people
    if not own.isdisjoint(words) or people.whole_in(text, words) or people.inside(words):
        return True
    if not sought.short_days.isdisjoint(short_days_in(text)):
        return True
    return sought.everyone is not sought.mine and sought.everyone.people.whole_in(text, words)
