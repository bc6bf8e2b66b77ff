"""A synthetic film as a hospital would have sent it: one DICOM file, full of fake identifiers.

Everything that names somebody is invented here, so that a search for it in what leaves the
study is a test of de-identification.
"""

from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import gdcm
import numpy as np
import numpy.typing as npt
from openjpeg.utils import encode_array
from PIL import Image, ImageDraw, ImageFont
from pydicom import dcmread
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.filewriter import dcmwrite
from pydicom.uid import (
    UID,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLosslessSV1,
    RLELossless,
)

from tasks.phantom_people import HOSPITALS, Person, uid_of

_SOP_CLASS: Final = {
    "CR": "1.2.840.10008.5.1.4.1.1.1",
    "DX": "1.2.840.10008.5.1.4.1.1.1.1",
}
# Each center's archive sends its films its own way; the second is for every third film.
_SYNTAXES: Final = {
    "A": (ExplicitVRLittleEndian, JPEGLosslessSV1),
    "B": (JPEG2000Lossless, ExplicitVRLittleEndian),
    "C": (RLELossless, ImplicitVRLittleEndian),
    "D": (ImplicitVRLittleEndian, JPEG2000Lossless),
}


@dataclass(frozen=True, slots=True, eq=False)
class Film:
    """What a DICOM file of this module is made of.

    Attributes
    ----------
    center
        ``"A"`` to ``"D"``.
    number
        Of the film within the cohort.
    person
        Whose film it is.
    pixels
        float32 (rows, columns) in [0, 1], bright is dense.
    age_years
        Of the patient on the day of the film.
    header
        Hints of the phantom: ``aac_models.phantom.film.HeaderHints``.
    has_banner
        Burn name, record number and date into the pixels.
    """

    center: str
    number: int
    person: Person
    pixels: npt.NDArray[np.float32]
    age_years: int
    header: Any
    has_banner: bool = False

    @property
    def uid(self) -> str:
        """SOP Instance UID."""
        return uid_of("film", self.center, self.number)


def encode(film: Film) -> bytes:
    """Write a film as a DICOM file.

    Parameters
    ----------
    film
        Pixels, person and header hints.

    Returns
    -------
    Part 10 bytes in a transfer syntax of the center; the same film gives the same bytes.
    """
    stored = _stored(film)
    syntaxes = _SYNTAXES[film.center]
    syntax = syntaxes[1] if film.number % 3 == 2 else syntaxes[0]  # noqa: PLR2004 - every third
    ds = _header(film, stored)
    if syntax == JPEG2000Lossless:
        bits = film.header.bits_stored
        frame = encode_array(stored, bits_stored=bits, photometric_interpretation=2)
        return _save(ds, encapsulate([frame]), syntax)
    if syntax == JPEGLosslessSV1:
        native = _save(ds, stored.tobytes(), ExplicitVRLittleEndian)
        return _save(ds, _jpeg_lossless(native), syntax)
    if syntax == RLELossless:
        return _save_rle(ds, stored)
    return _save(ds, stored.tobytes(), syntax)


def _stored(film: Film) -> npt.NDArray[np.uint16]:
    """Return the values as the device stores them, inverted for MONOCHROME1."""
    pixels = _with_banner(film) if film.has_banner else film.pixels
    if film.header.photometric == "MONOCHROME1":
        pixels = 1 - pixels
    most = (1 << film.header.bits_stored) - 1
    return np.asarray(np.round(pixels * most), dtype="<u2")


def _with_banner(film: Film) -> npt.NDArray[np.float32]:
    """Burn the patient's line into the upper corner, as an old workstation does."""
    person = film.person
    size = max(14, film.pixels.shape[0] // 55)
    lines = (
        f"{person.family.upper()}, {person.given.upper()}",
        f"{person.record_number}  {person.birth_date:%d.%m.%Y}  {person.sex}",
    )
    sheet = Image.new("L", (film.pixels.shape[1], film.pixels.shape[0]))
    draw = ImageDraw.Draw(sheet)
    for i, line in enumerate(lines):
        draw.text((size, size + i * size * 1.4), line, fill=255, font=ImageFont.load_default(size))
    ink = np.asarray(sheet, dtype=np.float32) / 255
    return np.maximum(film.pixels, ink).astype(np.float32)


def _header(film: Film, stored: npt.NDArray[np.uint16]) -> Dataset:
    ds = Dataset()
    _say_study(ds, film)
    _say_person(ds, film)
    _say_device(ds, film)
    _say_pixels(ds, film, stored)
    return ds


def _say_study(ds: Dataset, film: Film) -> None:
    day = film.person.first_visit + timedelta(days=film.number % 2 * 30)
    ds.SpecificCharacterSet = "ISO_IR 100"
    ds.SOPClassUID = _SOP_CLASS[film.header.modality]
    ds.SOPInstanceUID = film.uid
    ds.StudyInstanceUID = uid_of("study", film.center, film.number)
    ds.SeriesInstanceUID = uid_of("series", film.center, film.number)
    for name in ("StudyDate", "SeriesDate", "AcquisitionDate", "ContentDate"):
        setattr(ds, name, f"{day:%Y%m%d}")
    for name in ("StudyTime", "SeriesTime", "AcquisitionTime", "ContentTime"):
        setattr(ds, name, f"{8 + film.number % 10:02d}{film.number * 7 % 60:02d}30")
    ds.AccessionNumber = f"ACC{film.center}{70000 + film.number}"
    ds.StudyID = f"S{film.number}"
    ds.SeriesNumber, ds.InstanceNumber = 1, 1
    ds.StudyDescription = f"Lumbar spine lateral, {film.person.family}"
    ds.BodyPartExamined = film.header.body_part
    ds.ViewPosition = film.header.view_position
    ds.ImageType = ["ORIGINAL", "PRIMARY"]
    if any(film.header.patient_orientation):
        ds.PatientOrientation = list(film.header.patient_orientation)


def _say_person(ds: Dataset, film: Film) -> None:
    person = film.person
    hospital, street = HOSPITALS[film.center]
    ds.PatientName = person.person_name
    ds.PatientID = person.record_number
    ds.IssuerOfPatientID = hospital.split()[0].upper()
    ds.PatientBirthDate = f"{person.birth_date:%Y%m%d}"
    ds.PatientSex = person.sex
    ds.PatientAge = f"{film.age_years:03d}Y"
    ds.PatientAddress = f"{street}, flat {film.number}"
    ds.PatientTelephoneNumbers = f"+00 555 01{film.number % 100:02d}"
    ds.OtherPatientIDs = f"OLD-{person.record_number}"
    ds.PatientComments = f"Daughter of {person.given} is in the waiting room"
    ds.InstitutionName = hospital
    ds.InstitutionAddress = street
    ds.ReferringPhysicianName = "Hollingbrook^Ambrose"
    ds.PerformingPhysicianName = "Castellane^Mirabel"
    ds.OperatorsName = "Pemberly^Otto"


def _say_device(ds: Dataset, film: Film) -> None:
    hints = film.header
    ds.Modality = hints.modality
    ds.Manufacturer = hints.manufacturer
    ds.ManufacturerModelName = hints.model_name
    ds.StationName = f"XR{film.center}-ROOM2"
    ds.DeviceSerialNumber = f"SN{film.center}0042"
    ds.SoftwareVersions = "5.1"
    ds.KVP = "85"
    if hints.modality == "DX":
        ds.PresentationIntentType = "FOR PRESENTATION"
    if hints.spacing_keyword:
        setattr(ds, hints.spacing_keyword, [f"{hints.spacing_mm:.4f}"] * 2)
    ds.BurnedInAnnotation = "YES" if film.has_banner and film.number % 2 else "NO"
    block = ds.private_block(0x0011, "KESTREL FILM NOTES", create=True)
    block.add_new(0x01, "LO", f"{film.person.family} / {film.person.record_number}")
    block.add_new(0x02, "DS", "1.25")


def _say_pixels(ds: Dataset, film: Film, stored: npt.NDArray[np.uint16]) -> None:
    bits = film.header.bits_stored
    ds.Rows, ds.Columns = stored.shape
    ds.SamplesPerPixel = 1
    ds.PhotometricInterpretation = film.header.photometric
    ds.BitsAllocated, ds.BitsStored, ds.HighBit = 16, bits, bits - 1
    ds.PixelRepresentation = 0
    ds.RescaleIntercept, ds.RescaleSlope, ds.RescaleType = "0", "1", "US"
    ds.LossyImageCompression = "00"
    if film.center in "AD":
        ds.WindowCenter, ds.WindowWidth = str(1 << (bits - 1)), str(1 << bits)


def _save(ds: Dataset, pixel_data: bytes, syntax: UID) -> bytes:
    full = FileDataset(BytesIO(), ds, preamble=bytes(128), file_meta=_meta(ds, syntax))
    full.add_new("PixelData", "OB" if syntax.is_encapsulated else "OW", pixel_data)
    return _bytes(full)


def _save_rle(ds: Dataset, stored: npt.NDArray[np.uint16]) -> bytes:
    meta = _meta(ds, ExplicitVRLittleEndian)
    full = FileDataset(BytesIO(), ds, preamble=bytes(128), file_meta=meta)
    full.compress(RLELossless, stored, generate_instance_uid=False)
    return _bytes(full)


def _meta(ds: Dataset, syntax: UID) -> FileMetaDataset:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = ds.SOPClassUID
    meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
    meta.TransferSyntaxUID = syntax
    meta.SourceApplicationEntityTitle = "PACSARCHIVE"
    return meta


def _bytes(full: FileDataset) -> bytes:
    target = BytesIO()
    dcmwrite(target, full, enforce_file_format=True)
    return target.getvalue()


def _jpeg_lossless(native: bytes) -> bytes:
    """Let GDCM compress, which works on files alone; its pixel data, its header left aside."""
    with TemporaryDirectory() as folder:
        source, target = Path(folder) / "native.dcm", Path(folder) / "jpeg.dcm"
        source.write_bytes(native)
        reader = gdcm.ImageReader()
        reader.SetFileName(str(source))
        change = gdcm.ImageChangeTransferSyntax()
        kind = gdcm.TransferSyntax.JPEGLosslessProcess14_1
        change.SetTransferSyntax(gdcm.TransferSyntax(kind))
        writer = gdcm.ImageWriter()
        writer.SetFileName(str(target))
        if reader.Read():
            change.SetInput(reader.GetImage())
            change.Change()
            writer.SetFile(reader.GetFile())
            writer.SetImage(change.GetOutput())
        if not writer.Write():
            raise RuntimeError("GDCM could not compress a film of the synthetic cohort")
        return bytes(dcmread(target).PixelData)
