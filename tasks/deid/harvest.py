"""Collect a film's own identifiers before anything is cleaned.

What is taken out here is what the text rules hold against every kept value, what the crosswalk
keeps encrypted, and what the second look searches for.
"""

from collections.abc import Iterator
from typing import Final

from pydicom._uid_dict import UID_dictionary
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.tag import BaseTag

from tasks.deid.actions import Action
from tasks.deid.crosswalk import Identifier
from tasks.deid.profile import Profile
from tasks.deid.rules import keyword_of, rule_for
from tasks.dicom.discretion import discreet

MAX_DEPTH: Final = 16
_TEXT_VRS: Final = frozenset({"LO", "SH", "ST", "LT", "UT", "UC", "UR", "IS"})
_KINDS: Final = {"PN": "name", "UI": "uid", "DA": "date", "DT": "date", "AE": "device"}
_CONTACT_WORDS: Final = ("Telephone", "Telecom", "Phone")
_PLACE_WORDS: Final = ("Institution", "Address", "Residence", "Location", "Organization")


def elements_of(ds: Dataset) -> Iterator[DataElement | None]:
    """Yield each top element converted; None for one whose bytes do not convert."""
    for tag in sorted(ds.keys()):
        try:
            with discreet():
                element = ds[tag]
        except Exception:  # noqa: BLE001 - a wrong VR or character set raises anything
            yield None
            continue
        yield element


def texts_of(element: DataElement) -> list[str]:
    """Return an element's values as text without padding, empty ones left out."""
    value = element.value
    if value is None or isinstance(value, bytes):
        return []
    many = not isinstance(value, str) and hasattr(value, "__iter__") and element.VR != "PN"
    values = list(value) if many or element.VM > 1 else [value]
    return [text for item in values if (text := str(item).strip(" \0"))]


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
            found |= {Identifier(kind, text) for text in texts_of(element)}
    return {item for item in found if not (item.kind == "uid" and item.value in UID_dictionary)}


def _kind(element: DataElement, profile: Profile) -> str:
    """Return what an element points at, "" when at nobody."""
    keyword = keyword_of(element.tag)
    if keyword == "PatientBirthDate":
        return "birth_date"
    kind = _KINDS.get(element.VR, "") or _text_kind(element, keyword)
    return kind if kind and not _is_kept(element.tag, element.VR, profile) else ""


def _text_kind(element: DataElement, keyword: str) -> str:
    """Return what a text of Table E.1-1 points at; descriptors point at nobody by themselves."""
    rule = rule_for(element.tag)
    if element.VR not in _TEXT_VRS or rule is None or not keyword:
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
