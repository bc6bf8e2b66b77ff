"""Collect a film's own identifiers before anything is cleaned.

What is taken out here is what the text rules hold against every kept value, what the crosswalk
keeps encrypted, and what the second look searches for.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from pydicom._uid_dict import UID_dictionary
from pydicom.datadict import dictionary_VR
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.tag import BaseTag

from tasks.deid.actions import Action
from tasks.deid.crosswalk import Identifier
from tasks.deid.profile import MODEL_KEYWORDS, Profile
from tasks.deid.pseudonyms import names_nobody
from tasks.deid.rules import keyword_of, rule_for
from tasks.deid.text import squeezed
from tasks.dicom.discretion import discreet
from tasks.dicom.elements import text, texts

MAX_DEPTH: Final = 16
_TEXT_VRS: Final = frozenset({"LO", "SH", "ST", "LT", "UT", "UC", "UR", "IS"})
_KINDS: Final = {"PN": "name", "UI": "uid", "DA": "date", "DT": "date", "AE": "device"}
# Days, places and numbers that one file of a patient holds, and another repeats in its text.
_POOLED: Final = frozenset({"name", "id", "contact", "place", "birth_date"})
_TIES: Final = (
    "SOPInstanceUID",
    "StudyInstanceUID",
    "SeriesInstanceUID",
    "FrameOfReferenceUID",
    "StudyDate",
    "SeriesDate",
    "AcquisitionDate",
    "ContentDate",
)
_NUMBERED: Final = frozenset({"id", "device"})
# Kept by the dates' option: it names a part of the world.
_NOBODYS: Final = frozenset({"TimezoneOffsetFromUTC"})
# A model's number has so many digits alone, and so many among letters.
_MODEL_NUMBER: Final = 4
_MODEL_DIGITS: Final = 5
_CONTACT_WORDS: Final = ("Telephone", "Telecom", "Phone")
_PLACE_WORDS: Final = ("Institution", "Address", "Residence", "Location", "Organization")


def elements_of(ds: Dataset) -> list[DataElement | None]:
    """Return each top element converted; None for one whose bytes do not convert."""
    found: list[DataElement | None] = []
    with discreet():
        for tag in sorted(ds.keys()):
            try:
                known = ds.get_item(tag)  # converted before: not gone into again
                is_done = isinstance(known, DataElement) and known.VR != "SQ"
                found.append(known if is_done else ds[tag])
            except Exception:  # noqa: BLE001 - a wrong VR or character set raises anything
                found.append(None)
    return found


def texts_of(element: DataElement) -> list[str]:
    """Return an element's values as text without padding, empty ones left out."""
    return [text for text in values_of(element) if text]


def values_of(element: DataElement) -> list[str]:
    """Return an element's values as text without padding, each in its place."""
    value = element.value
    if value is None or isinstance(value, bytes) or element.VR == "SQ":
        return []
    many = not isinstance(value, str) and hasattr(value, "__iter__") and element.VR != "PN"
    values = list(value) if many or element.VM > 1 else [value]
    return ["" if item is None else str(item).strip(" \0") for item in values]


def person_of(ds: Dataset) -> tuple[str, str]:
    """Return (issuer, patient ID) that scope a pseudonym; see ``person_from``."""
    ids, issuers = texts(ds, "PatientID"), texts(ds, "IssuerOfPatientID")
    return person_from(ids, issuers, text(ds, "StudyInstanceUID"))


def person_from(ids: Sequence[str], issuers: Sequence[str], study: str) -> tuple[str, str]:
    """Return (issuer, patient ID) that scope a pseudonym.

    Films without a patient ID are one person a study: merging them would make one patient of many,
    and so would a UNKNOWN that many have. An ID with a backslash came apart into several values,
    of which the first may be a domain that all share.
    """
    patient = "\\".join(ids).rstrip("\\ ")
    if names_nobody(patient):
        return "\0study", study
    return "\\".join(issuers).rstrip("\\ "), patient


def harvest(ds: Dataset, profile: Profile, depth: int = 0) -> set[Identifier]:
    """Collect every identifier that the profile does not keep, at every depth.

    Parameters
    ----------
    ds
        The film, not yet cleaned.
    profile
        What it keeps is no identifier here.
    """
    found: set[Identifier] = set()
    if depth > MAX_DEPTH:
        return found
    for element in elements_of(ds):
        if element is None:
            continue
        if element.VR == "SQ":
            for item in element.value or ():
                found |= harvest(item, profile, depth + 1)
            continue
        kind = _kind(element, profile)
        if kind:
            found |= {Identifier(kind, said) for said in _said(element)}
    return found - set(_nobodys(found, ds))


def _nobodys(found: set[Identifier], ds: Dataset) -> Iterator[Identifier]:
    """Yield UIDs of the standard, numbers that are none, and stations called like their model."""
    yield from (item for item in found if item.kind == "uid" and item.value in UID_dictionary)
    yield from (item for item in found if item.kind in _NUMBERED and names_nobody(item.value))
    devices = [item for item in found if item.kind == "device"]
    if devices:
        models = squeezed(" ".join(text(ds, keyword) for keyword in MODEL_KEYWORDS))
        yield from (item for item in devices if _is_called_like(item.value, models))


def _is_called_like(device: str, models: str) -> bool:
    """Return whether a device's name, with a number as short as a model's, is said by its model."""
    bare = squeezed(device)
    most = _MODEL_NUMBER if bare.isdigit() else _MODEL_DIGITS
    return sum(char.isdigit() for char in bare) <= most and bare in models


def facts_of(ds: Dataset, profile: Profile) -> list[tuple[str, str]]:
    """Collect what the second look compares with what was written.

    Returns
    -------
    list
        (keyword, original value): UIDs that tie films together, references that the profile
        leaves, days, and ``person``, of whom issuer and number are told apart by a line's end.
    """
    said = [(keyword, value) for keyword in _TIES for value in texts(ds, keyword)[:1] if value]
    said += [("ReferencedSOPInstanceUID", uid) for uid in sorted(set(_references(ds, profile)))]
    return [*said, ("person", "\n".join(person_of(ds)))]


def _references(ds: Dataset, profile: Profile, parent: str = "", depth: int = 0) -> Iterator[str]:
    """Yield the instances that a film refers to in sequences that stay."""
    if parent:
        yield from filter(None, texts(ds, "ReferencedSOPInstanceUID"))
    for element in elements_of(ds) if depth < MAX_DEPTH else ():
        if element is None or element.VR != "SQ" or not element.value:
            continue
        action = profile.action(element.tag, "SQ", sop_class="", parent=parent)
        if action not in (Action.REMOVE, Action.EMPTY):
            for item in element.value:
                yield from _references(item, profile, keyword_of(element.tag), depth + 1)


def pooled(found: Iterable[Identifier]) -> frozenset[Identifier]:
    """Return those identifiers that may be named in another file of the same patient or study."""
    return frozenset(item for item in found if item.kind in _POOLED)


def _said(element: DataElement) -> list[str]:
    """Return an element's values; bytes under a wrong VR are read as text."""
    if isinstance(element.value, bytes):
        decoded = element.value.decode("utf-8", "replace").strip(" \0")
        return [decoded] if decoded.isprintable() else []
    return texts_of(element)


def _vr(element: DataElement, keyword: str) -> str:
    """Return the VR that an element should have; the file's may be wrong."""
    return dictionary_VR(element.tag).split(" or ")[0] if keyword else element.VR


def _kind(element: DataElement, profile: Profile) -> str:
    """Return what an element points at, "" when at nobody."""
    keyword = keyword_of(element.tag)
    if keyword == "PatientBirthDate":
        return "birth_date"
    vr = _vr(element, keyword)
    kind = _KINDS.get(vr, "") or _text_kind(element, keyword, vr)
    return kind if kind and not _is_kept(element.tag, vr, profile) else ""


def _text_kind(element: DataElement, keyword: str, vr: str) -> str:
    """Return what a text of Table E.1-1 points at; descriptors point at nobody by themselves."""
    rule = rule_for(element.tag)
    if vr not in _TEXT_VRS or rule is None or not keyword or keyword in _NOBODYS:
        return ""
    if "clean_descriptors" in rule.options:
        return ""
    for kind, words in (("contact", _CONTACT_WORDS), ("place", _PLACE_WORDS)):
        if any(word in keyword for word in words):
            return kind
    return "device" if "retain_device_identity" in rule.options else "id"


def _is_kept(tag: BaseTag, vr: str, profile: Profile) -> bool:
    """Return whether the profile leaves the element as it is."""
    return profile.action(tag, vr, sop_class="", parent="") is Action.KEEP
