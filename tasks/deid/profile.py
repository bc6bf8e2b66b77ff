"""The de-identification policy on one page: what is kept, what is cleaned, what goes.

Default deny: an attribute stays only if an IOD of a radiograph defines it and neither Table E.1-1
nor its kind of content speaks against it. Options widen that, one by one, as in PS3.15 Annex E.
"""

import hashlib
import json
from dataclasses import dataclass, fields
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final, Literal

from tasks.deid.actions import Action, resolve
from tasks.deid.rules import Rule, attribute_type, is_graphics, is_in_iod, keyword_of, rule_for

Dates = Literal["shift", "remove", "keep"]
Pixels = Literal["clean", "keep"]

# CID 7050, one code an option; the Basic Profile's own code comes first.
CODES: Final = {
    "basic": ("113100", "Basic Application Confidentiality Profile"),
    "clean_pixel_data": ("113101", "Clean Pixel Data Option"),
    "clean_graphics": ("113103", "Clean Graphics Option"),
    "clean_structured_content": ("113104", "Clean Structured Content Option"),
    "clean_descriptors": ("113105", "Clean Descriptors Option"),
    "retain_longitudinal_full_dates": (
        "113106",
        "Retain Longitudinal Temporal Information Full Dates Option",
    ),
    "retain_longitudinal_modified_dates": (
        "113107",
        "Retain Longitudinal Temporal Information Modified Dates Option",
    ),
    "retain_patient_characteristics": ("113108", "Retain Patient Characteristics Option"),
    "retain_device_identity": ("113109", "Retain Device Identity Option"),
    "retain_uids": ("113110", "Retain UIDs Option"),
    "retain_safe_private": ("113111", "Retain Safe Private Option"),
    "retain_institution_identity": ("113112", "Retain Institution Identity Option"),
}
DATE_OPTIONS: Final = {
    "shift": "retain_longitudinal_modified_dates",
    "keep": "retain_longitudinal_full_dates",
    "remove": "",
}
_DATE_VRS: Final = frozenset({"DA", "TM", "DT"})
_TEXT_VRS: Final = frozenset({"LO", "SH", "ST", "LT", "UT", "UC"})
# Values that a name, an address or bytes of any meaning could hide in, and no scoring needs.
_REFUSED_VRS: Final = frozenset({"PN", "AE", "UR", "OB", "OD", "OF", "OL", "OV", "UN"})
# Make and model are not in Table E.1-1; kept word by word they make scanners comparable.
MODEL_KEYWORDS: Final = frozenset(
    {
        "Manufacturer",
        "ManufacturerModelName",
        "SoftwareVersions",
        "DetectorManufacturerName",
        "DetectorManufacturerModelName",
        "SecondaryCaptureDeviceManufacturer",
        "SecondaryCaptureDeviceManufacturerModelName",
        "SecondaryCaptureDeviceSoftwareVersions",
    }
)
# Kept if they can be a code of a registered scheme, and tables of the size they announce: both
# mean something as items alone.
_ITEM_ONLY: Final = frozenset({"LUTDescriptor", "LUTData"})
_CODE_KEYWORDS: Final = frozenset({"CodeValue", "CodingSchemeDesignator", "CodingSchemeVersion"})
# Editions of a list of codes, which everybody knows: moved, they would say how far all days were.
_EDITIONS: Final = frozenset({"ContextGroupVersion", "ContextGroupLocalVersion"})
# Defined terms that the standard keeps in a text VR, checked as code strings are.
TERMS: Final = frozenset({"RescaleType", "ModalityLUTType"})
# Written afresh, about the container rather than the film, or about somebody who goes.
_NEVER: Final = frozenset(
    {
        "SpecificCharacterSet",
        "PixelData",
        "EncapsulatedPixelDataValueTotalLength",
        "OriginalAttributesSequence",
        "EncryptedAttributesSequence",
        "DigitalSignaturesSequence",
        "MACParametersSequence",
        "IconImageSequence",
        "ICCProfile",
        "PatientAlternativeCalendar",
        "PatientBirthDateInAlternativeCalendar",
        "PatientDeathDateInAlternativeCalendar",
        "PrivateDataElementDefinitionSequence",
        "CodingSchemeIdentificationSequence",
        "ResponsiblePersonRole",
        "PatientIdentityRemoved",
        "DeidentificationMethod",
        "DeidentificationMethodCodeSequence",
        "LongitudinalTemporalInformationModified",
        "BurnedInAnnotation",
    }
)


@dataclass(frozen=True, slots=True)
class DeviceRegion:
    """A region where one device burns in text, as (top, left, bottom, right) shares of the film.

    Attributes
    ----------
    manufacturer, model
        Compared without case; "" stands for any.
    """

    manufacturer: str
    model: str
    box: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Profile:
    """One study's policy; plain values, so that a study file can hold it.

    Attributes
    ----------
    dates
        ``shift`` by a constant per patient, ``remove``, or ``keep``.
    pixels
        ``clean`` blanks burned-in text; ``keep`` leaves the pixels, and claims nothing.
    retain_device_identity
        Manufacturer, model and software version stay.
    retain_serial_numbers
        Serial numbers and names of devices and stations stay as well. Only both together are the
        standard's Retain Device Identity Option, and claimed as such.
    compute_age
        Where PatientAge is missing, it is computed from the birth date before that goes.
    safe_private
        Private elements that may stay beside those of Table E.3.10-1, as ``creator|ggggee`` with
        the element's last byte.
    """

    dates: Dates = "shift"
    pixels: Pixels = "clean"
    clean_descriptors: bool = True
    clean_graphics: bool = True
    clean_structured_content: bool = False
    retain_patient_characteristics: bool = True
    retain_device_identity: bool = True
    retain_serial_numbers: bool = False
    retain_institution_identity: bool = False
    retain_uids: bool = False
    retain_safe_private: bool = False
    compute_age: bool = True
    device_regions: tuple[DeviceRegion, ...] = ()
    safe_private: tuple[str, ...] = ()

    @property
    def options(self) -> tuple[str, ...]:
        """Keys of ``CODES`` for what this profile applies, the Basic Profile first."""
        claimed = {
            "basic": True,
            "clean_pixel_data": self.pixels == "clean",
            "retain_device_identity": self.retain_device_identity and self.retain_serial_numbers,
            DATE_OPTIONS[self.dates]: True,
        }
        flags = {name: bool(getattr(self, name, False)) for name in CODES}
        return tuple(name for name in CODES if claimed.get(name, flags[name]))

    @property
    def digest(self) -> str:
        """SHA-256 over every value of the policy, the tables and the code that applies them."""
        content = {field.name: repr(getattr(self, field.name)) for field in fields(self)}
        text = json.dumps([content, _code_digest()], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def action(self, tag: int, vr: str, *, sop_class: str, parent: str) -> Action:
        """Decide what becomes of one element.

        Parameters
        ----------
        tag
            pydicom tag.
        vr
            The dictionary's VR, not the file's.
        sop_class, parent
            SOP Class UID of the film, and keyword of the sequence around the element.
        """
        return _decided(self, tag, vr, sop_class, parent)

    def _decide(self, tag: int, vr: str, sop_class: str, parent: str) -> Action:
        """Decide afresh; a study asks the same few hundred questions for every film."""
        keyword = keyword_of(tag)  # type: ignore[arg-type]
        if not keyword or keyword in _NEVER or not is_in_iod(keyword) or is_graphics(tag):
            return Action.REMOVE
        if keyword in _CODE_KEYWORDS | _ITEM_ONLY and not parent:
            return Action.REMOVE
        rule = rule_for(tag)  # type: ignore[arg-type]
        kind = attribute_type(sop_class, parent, keyword)
        if rule is None:
            return self._unlisted(keyword, vr, kind)
        is_known = keyword in _EDITIONS and self.dates == "shift"
        return resolve(rule.basic if is_known else self._code(rule, vr), vr, kind)

    def _code(self, rule: Rule, vr: str) -> str:
        """Return the action code that the options leave of a row."""
        on = set(self.options)
        granted = {option: code for option, code in rule.options.items() if option in on}
        if vr in _DATE_VRS:
            # A kept device does not keep its calibration's day: days follow the dates' option.
            return granted.get(DATE_OPTIONS[self.dates], rule.basic)
        if "K" in granted.values():
            return "K"
        return "C" if granted else rule.basic

    def _unlisted(self, keyword: str, vr: str, kind: str) -> Action:
        """Decide on an IOD's attribute that Table E.1-1 does not mention, by its content."""
        if vr in _DATE_VRS:
            return Action.REMOVE if self.dates == "remove" else Action.CLEAN
        if vr in _TEXT_VRS:
            is_model = keyword in MODEL_KEYWORDS and self.retain_device_identity
            if is_model or keyword in _CODE_KEYWORDS | TERMS:
                return Action.KEEP
            if self.clean_descriptors or keyword == "CodeMeaning":
                return Action.CLEAN
            return resolve("X/Z/D", vr, kind)
        if vr == "UI":
            return Action.UID
        return Action.REMOVE if vr in _REFUSED_VRS else Action.KEEP


@lru_cache(maxsize=1 << 14)
def _decided(profile: Profile, tag: int, vr: str, sop_class: str, parent: str) -> Action:
    return profile._decide(tag, vr, sop_class, parent)  # noqa: SLF001 - its other half


@cache
def _code_digest() -> str:
    """Digest of the rooms that decide what leaves: their code, tables and word lists."""
    total = hashlib.sha256()
    rooms = files("tasks.deid"), files("tasks.deid").joinpath("models"), files("tasks.dicom")
    for room in rooms:
        for entry in sorted(room.iterdir(), key=lambda item: item.name):
            if entry.name.endswith((".py", ".json", ".onnx")):
                total.update(entry.name.encode() + hashlib.sha256(entry.read_bytes()).digest())
    return total.hexdigest()
