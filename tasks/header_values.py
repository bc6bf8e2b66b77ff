"""A file's bytes to the header values that a catalogue wants, quickly where the header is plain.

The quick way and pydicom's must say the same of every file: what the quick one cannot be sure of
it leaves to pydicom, which is what the film itself is read with.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.dataset import Dataset

from tasks.dicom.elements import texts
from tasks.dicom.reading import read_header
from tasks.header_named import NAMING
from tasks.header_scan import Scan, scan

COUNTS: Final = ("Rows", "Columns", "SamplesPerPixel", "BitsAllocated", "BitsStored")
SPACINGS: Final = (
    "PixelSpacing",
    "ImagerPixelSpacing",
    "NominalScannedPixelSpacing",
    "EstimatedRadiographicMagnificationFactor",
)
_TEXTS: Final = (
    "Modality",
    "SOPClassUID",
    "NumberOfFrames",
    "PhotometricInterpretation",
    "BodyPartExamined",
    "ViewPosition",
    "PresentationIntentType",
    "Manufacturer",
    "ManufacturerModelName",
    "PatientSex",
    "PatientAge",
    "BurnedInAnnotation",
    *SPACINGS,
    "PatientBirthDate",
    "StudyDate",
    "AcquisitionDate",
    "AcquisitionTime",
    "AcquisitionDateTime",
    "ContentDate",
    "ContentTime",
    "IrradiationEventUID",
    "StudyInstanceUID",
    "SOPInstanceUID",
    "PatientID",
    "IssuerOfPatientID",
    "AccessionNumber",
)
KEYWORDS: Final[dict[int, str]] = {
    tag: keyword for keyword in (*COUNTS, *_TEXTS) if (tag := tag_for_keyword(keyword)) is not None
}
# What is stepped out for: the catalogue's own values, and those that may name somebody.
WANTED: Final[dict[int, bytes]] = NAMING | {tag: dictionary_VR(tag).encode() for tag in KEYWORDS}
_BINARY: Final = frozenset(tag for tag, keyword in KEYWORDS.items() if keyword in COUNTS)
_PIXEL_TAG: Final = b"\xe0\x7f\x10\x00"
_ESCAPE: Final = b"\x1b"

Values = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, eq=False)
class Header:
    """What was read of a header.

    Attributes
    ----------
    values
        Text of each wanted element, by keyword.
    syntax
        TransferSyntaxUID as written.
    pixels
        As in ``Scan``; of unknown length, -1, where pydicom read the header.
    read
        What the values were taken from.
    """

    values: Values
    syntax: str
    pixels: tuple[int, int] | None
    read: Scan | Dataset


def read_values(raw: bytes) -> Header:
    """Read a header's values.

    Raises
    ------
    FilmRejected
        As ``tasks.dicom.reading.read_header``.
    """
    quick = scan(raw, WANTED)
    if quick is not None and _is_plain(quick):
        values = {
            keyword: _split(tag, quick.values[tag])
            for tag, keyword in KEYWORDS.items()
            if tag in quick.values
        }
        if values.get("SOPClassUID"):
            return Header(values, quick.transfer_syntax, quick.pixels, quick)
    return _by_pydicom(raw)


def _is_plain(quick: Scan) -> bool:
    """Return whether every text means what its bytes say.

    Seven bits are not enough: under ISO 2022 they change their meaning after an escape (PS3.3
    C.12.1.1.2), and the same PatientID would be two patients.
    """
    texts_said = (
        quick.values[tag] for tag in KEYWORDS if tag in quick.values and tag not in _BINARY
    )
    return all(said.isascii() and _ESCAPE not in said for said in texts_said)


def _by_pydicom(raw: bytes) -> Header:
    ds = read_header(raw)
    values = {keyword: texts(ds, keyword) for keyword in KEYWORDS.values()}
    meta = getattr(ds, "file_meta", Dataset())
    values["SOPClassUID"] = values["SOPClassUID"] or texts(meta, "MediaStorageSOPClassUID")
    syntax = str(meta.get("TransferSyntaxUID") or "")
    at = raw.rfind(_PIXEL_TAG)
    # Length unknown here: what is too short is found when the film itself is read.
    return Header(values, syntax, ((at, -1) if at >= 0 or _deflated(syntax) else None), ds)


def _deflated(syntax: str) -> bool:
    return syntax.startswith(("1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.2"))


def _split(tag: int, value: bytes) -> tuple[str, ...]:
    if tag in _BINARY:
        numbers = range(0, len(value) - 1, 2)
        return tuple(str(int.from_bytes(value[i : i + 2], "little")) for i in numbers)
    text = value.decode("ascii").rstrip("\0 ")
    return tuple(part.strip(" \0") for part in text.split("\\")) if text else ()
