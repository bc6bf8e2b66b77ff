"""Radiographs with identifiers planted in every class of place, and the answer key beside them."""

from ast import literal_eval
from io import BytesIO

import numpy as np
from plant_chance import plant_chance
from plant_odd import plant_odd
from planting import Plant, Planted, Planter
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import UID, ExplicitVRLittleEndian, ImplicitVRLittleEndian

DX = "1.2.840.10008.5.1.4.1.1.1.1"
CR = "1.2.840.10008.5.1.4.1.1.1"


def planted_film(
    seed: int,
    *,
    sop_class: str = DX,
    implicit: bool = False,
    patient: tuple[str, str] | None = None,
    tidy_pixels: bool = False,
    shape: tuple[int, int] = (96, 80),
) -> Planted:
    """Make one film.

    Parameters
    ----------
    seed
        Decides everything.
    patient
        (PatientID, issuer) to share among films; drawn when None.
    tidy_pixels
        Leave spare bits and tail of the frame empty, for a codec to take it.
    shape
        Rows and columns; a large frame is a soft ramp, in which nothing looks like text.
    """
    planter = Planter(np.random.default_rng(seed))
    ds = Dataset()
    ds.SOPClassUID = sop_class
    _identity(ds, planter, patient)
    for plant in PLANTS:
        plant(ds, planter)
    _pixels(ds, planter, shape, tidy=tidy_pixels)
    return _file(ds, planter, implicit=implicit), planter.key


def _identity(ds: Dataset, planter: Planter, patient: tuple[str, str] | None) -> None:
    number = patient[0] if patient else planter.secret("PatientID")
    issuer = patient[1] if patient else planter.secret("IssuerOfPatientID")
    if patient:
        said = (("PatientID", number), ("IssuerOfPatientID", issuer))
        planter.key.secrets += [(place, value) for place, value in said if value]
    ds.SpecificCharacterSet = "ISO_IR 192"
    ds.PatientName = planter.name("PatientName")
    ds.PatientID, ds.IssuerOfPatientID = number, issuer
    ds.OtherPatientNames = [planter.name("OtherPatientNames"), planter.name("OtherPatientNames")]
    ds.PatientBirthName = planter.name("PatientBirthName")
    ds.PatientMotherBirthName = planter.name("PatientMotherBirthName")
    other = Dataset()
    other.PatientID, other.IssuerOfPatientID = planter.secret("nested ID"), planter.secret("nested")
    ds.OtherPatientIDsSequence = Sequence([other])
    ds.PatientAddress = planter.place("PatientAddress")
    ds.PatientTelephoneNumbers = planter.secret("PatientTelephoneNumbers")
    ds.AccessionNumber = planter.secret("AccessionNumber")
    ds.StudyID = planter.secret("StudyID")
    ds.AdmissionID = planter.secret("AdmissionID")
    ds.PatientSex, ds.PatientSize, ds.PatientWeight = "F", "1.68", "71"
    ds.EthnicGroup = "CAUCASIAN"
    planter.key.kept |= {"PatientSex": "F", "PatientSize": "1.68", "PatientWeight": "71"}
    planter.key.kept["EthnicGroup"] = "CAUCASIAN"


def _people_and_places(ds: Dataset, planter: Planter) -> None:
    for keyword in (
        "ReferringPhysicianName",
        "PerformingPhysicianName",
        "NameOfPhysiciansReadingStudy",
        "OperatorsName",
        "RequestingPhysician",
        "PhysiciansOfRecord",
    ):
        setattr(ds, keyword, planter.name(keyword))
    for keyword in ("InstitutionName", "InstitutionAddress", "InstitutionalDepartmentName"):
        setattr(ds, keyword, planter.place(keyword))
    ds.StationName = planter.secret("StationName")
    ds.DeviceSerialNumber = planter.secret("DeviceSerialNumber")
    ds.DetectorID = planter.secret("DetectorID")
    ds.PlateID = planter.secret("PlateID")
    equipment = Dataset()
    equipment.Manufacturer = "Acme"
    equipment.InstitutionName = planter.place("ContributingEquipmentSequence")
    equipment.StationName = planter.secret("ContributingEquipmentSequence")
    equipment.OperatorsName = planter.name("ContributingEquipmentSequence")
    equipment.ContributionDescription = planter.text("")
    ds.ContributingEquipmentSequence = Sequence([equipment])
    planter.key.words = [pair for pair in planter.key.words if pair[0]]


def _descriptors(ds: Dataset, planter: Planter) -> None:
    for keyword in (
        "StudyDescription",
        "SeriesDescription",
        "ProtocolName",
        "AcquisitionDeviceProcessingDescription",
        "PerformedProcedureStepDescription",
        "RequestedProcedureDescription",
    ):
        setattr(ds, keyword, planter.text(keyword))
    for keyword in (
        "ImageComments",
        "PatientComments",
        "AdditionalPatientHistory",
        "StudyComments",
        "DerivationDescription",
        "WindowCenterWidthExplanation",
        "ContentDescription",
        "RetrieveURL",
    ):
        setattr(ds, keyword, f"{planter.word_secret(keyword)} {planter.secret(keyword)}")
    request = Dataset()
    request.RequestedProcedureID = planter.secret("RequestAttributesSequence")
    request.ScheduledProcedureStepDescription = planter.text("")
    request.ScheduledProcedureStepID = planter.secret("RequestAttributesSequence")
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator = planter.secret("local code"), "99LOCAL"
    code.CodeMeaning = planter.word_secret("local code")
    request.RequestedProcedureCodeSequence = Sequence([code])
    ds.RequestAttributesSequence = Sequence([request])
    planter.key.words = [pair for pair in planter.key.words if pair[0]]


def _days(ds: Dataset, planter: Planter) -> None:
    ds.PatientBirthDate = "19480217"
    planter.key.secrets.append(("PatientBirthDate", "19480217"))
    ds.PatientAge = "093Y"
    for keyword in ("StudyDate", "SeriesDate", "AcquisitionDate", "ContentDate"):
        setattr(ds, keyword, planter.day(keyword))
    ds.AcquisitionDateTime = planter.day("AcquisitionDateTime") + "131415.123+0100"
    ds.StudyTime, ds.ContentTime = "131415", "131416.5"
    planter.key.kept |= {"StudyTime": "131415", "ContentTime": "131416.5", "PatientAge": "090Y"}


def _references(ds: Dataset, planter: Planter) -> None:
    ds.SOPInstanceUID = planter.uid()
    ds.StudyInstanceUID, ds.SeriesInstanceUID = planter.uid(), planter.uid()
    ds.FrameOfReferenceUID = planter.uid()
    ds.DeviceUID = planter.uid()
    reference = Dataset()
    reference.ReferencedSOPClassUID = ds.SOPClassUID
    reference.ReferencedSOPInstanceUID = planter.uid()
    source = Dataset()
    source.update(reference)
    source.PurposeOfReferenceCodeSequence = Sequence([_code("121320", "DCM", "Uncompressed")])
    ds.SourceImageSequence = Sequence([source])
    ds.ReferencedImageSequence = Sequence([reference])
    step = Dataset()
    step.ReferencedSOPClassUID = "1.2.840.10008.3.1.2.3.3"
    step.ReferencedSOPInstanceUID = planter.uid()
    ds.ReferencedPerformedProcedureStepSequence = Sequence([step])


def _code(value: str, scheme: str, meaning: str) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return item


def _hidden(ds: Dataset, planter: Planter) -> None:
    block = ds.private_block(0x0029, "ACME PRIVATE", create=True)
    block.add_new(0x01, "LO", planter.secret("private"))
    block.add_new(0x02, "UN", planter.secret("private UN").encode())
    nested = Dataset()
    nested.PatientName = planter.name("private sequence")
    block.add_new(0x03, "SQ", Sequence([nested]))
    ds.add_new(0x00091234, "LO", planter.secret("private without creator"))
    ds.add_new(0x00181BBC, "LO", planter.secret("unregistered"))
    ds.add_new(0x50000022, "LO", planter.secret("curve label"))
    ds.add_new(0x60000010, "US", 8)
    ds.add_new(0x60000011, "US", 8)
    ds.add_new(0x60001500, "LO", planter.secret("overlay label"))
    ds.add_new(0x60003000, "OW", planter.secret("overlay data").encode().ljust(16))
    ds.add_new(0x60004000, "LT", planter.secret("overlay comment"))
    icon = Dataset()
    icon.Rows, icon.Columns, icon.SamplesPerPixel = 2, 8, 1
    icon.PhotometricInterpretation, icon.BitsAllocated, icon.BitsStored = "MONOCHROME2", 8, 8
    icon.HighBit, icon.PixelRepresentation = 7, 0
    icon.PixelData = planter.secret("icon").encode().ljust(16)
    icon["PixelData"].VR = "OB"
    ds.IconImageSequence = Sequence([icon])
    old = Dataset()
    old.PatientName = planter.name("OriginalAttributesSequence")
    attributes = Dataset()
    attributes.ModifiedAttributesSequence = Sequence([old])
    ds.OriginalAttributesSequence = Sequence([attributes])
    signature = Dataset()
    signature.CertificateOfSigner = planter.secret("DigitalSignaturesSequence").encode()
    ds.DigitalSignaturesSequence = Sequence([signature])
    ds.add_new(0xFFFCFFFC, "OB", planter.secret("trailing padding").encode())


def _acquisition(ds: Dataset, planter: Planter) -> None:
    kept = {
        "Modality": "DX",
        "BodyPartExamined": "LSPINE",
        "ViewPosition": "LL",
        "KVP": "85",
        "ExposureTime": "120",
        "XRayTubeCurrent": "320",
        "Exposure": "38",
        "DistanceSourceToDetector": "1150",
        "ImagerPixelSpacing": "[0.143, 0.143]",
        "Manufacturer": "Acme Imaging",
        "ManufacturerModelName": "FlatPanel DR 43",
        "SoftwareVersions": "4.1.2",
        "PresentationIntentType": "FOR PRESENTATION",
        "WindowCenter": "2048",
        "WindowWidth": "4096",
        "RescaleType": "US",
        "PixelIntensityRelationship": "LOG",
        "PixelIntensityRelationshipSign": "-1",
        "ImageType": "['ORIGINAL', 'PRIMARY']",
        "PatientOrientation": "['A', 'F']",
        "ImageLaterality": "U",
        "PresentationLUTShape": "IDENTITY",
        "LossyImageCompression": "00",
        "DetectorType": "SCINTILLATOR",
        "PositionerType": "NONE",
        "AnodeTargetMaterial": "TUNGSTEN",
        "Grid": "FOCUSED",
        "ExposureControlMode": "AUTOMATIC",
        "FieldOfViewShape": "RECTANGLE",
        "BurnedInAnnotation": "NO",
    }
    for keyword, value in kept.items():
        setattr(ds, keyword, literal_eval(value) if value[0] in "[-" else value)
    ds.AcquisitionContextSequence = Sequence([])
    ds.PositionReferenceIndicator = ""
    ds.AnatomicRegionSequence = Sequence([_code("T-11503", "SRT", "lumbar spine")])
    meaning = "Uncompressed predecessor"
    ds.DerivationCodeSequence = Sequence([_code("121320", "DCM", meaning)])
    planter.key.words.append(("DerivationCodeSequence", meaning))
    ds.RescaleSlope, ds.RescaleIntercept = "1", "-1024"
    ds.SeriesNumber, ds.InstanceNumber = "1", "7"
    planter.key.kept |= kept | {
        "SeriesNumber": "1",
        "InstanceNumber": "7",
        "RescaleSlope": "1",
        "RescaleIntercept": "-1024",
    }


PLANTS: tuple[Plant, ...] = (
    _people_and_places,
    _descriptors,
    _days,
    _references,
    _hidden,
    _acquisition,
    plant_odd,
    plant_chance,
)


def _pixels(ds: Dataset, planter: Planter, shape: tuple[int, int], *, tidy: bool) -> None:
    """Twelve stored bits of sixteen, a secret in the spare ones, and one behind the frame."""
    rows, columns = shape
    noise = planter.rng.integers(0, 4096 if rows * columns < 10**4 else 64, shape)
    ramp = np.linspace(0, 4000, rows)[:, None] if rows * columns >= 10**4 else 0
    values = (noise + ramp).astype(np.uint16)
    hidden = b"" if tidy else planter.secret("spare bits").encode()
    flat = values.ravel()
    for at, byte in enumerate(hidden):
        flat[2 * at] |= (byte >> 4) << 12
        flat[2 * at + 1] |= (byte & 15) << 12
    ds.Rows, ds.Columns, ds.SamplesPerPixel = rows, columns, 1
    ds.PhotometricInterpretation = "MONOCHROME2"
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 12, 11, 0
    tail = b"" if tidy else planter.secret("pixel tail").encode()
    ds.PixelData = values.tobytes() + tail + b"\0" * (len(tail) % 2)
    ds["PixelData"].VR = "OW"


def _file(ds: Dataset, planter: Planter, *, implicit: bool) -> bytes:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = UID(ds.SOPClassUID)
    meta.MediaStorageSOPInstanceUID = UID(ds.SOPInstanceUID)
    meta.TransferSyntaxUID = ImplicitVRLittleEndian if implicit else ExplicitVRLittleEndian
    meta.SourceApplicationEntityTitle = planter.secret("SourceApplicationEntityTitle")
    preamble = planter.secret("preamble").encode().ljust(128, b"\0")
    file = FileDataset(BytesIO(), ds, preamble=preamble, file_meta=meta)
    target = BytesIO()
    file.save_as(target, enforce_file_format=True)
    return target.getvalue() + planter.secret("trailing bytes").encode()
