"""Films and deliveries for the tests of cataloguing, made as a hospital would send them."""

from io import BytesIO
from typing import Any

import numpy as np
from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

from tasks.deid.pseudonyms import Pseudonymizer

PSEUDONYMS = Pseudonymizer(b"a key for tests, 32 bytes at least")


def uid(number: int) -> str:
    return f"1.2.826.0.1.3680043.10.9999.{number}"


def a_film(number: int = 1, *, seed: int | None = None, **changes: Any) -> Dataset:
    """A small CR film; keyword arguments replace elements, None removes one."""
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.SOPClassUID = "1.2.840.10008.5.1.4.1.1.1"
    ds.SOPInstanceUID, ds.StudyInstanceUID = uid(number), uid(1000 + number)
    ds.PatientID, ds.PatientName, ds.PatientSex = f"MRN{number}", "Planted^Name", "F"
    ds.PatientBirthDate, ds.StudyDate, ds.PatientAge = "19500101", "20200102", "070Y"
    ds.AcquisitionDate, ds.AcquisitionTime = "20200102", f"1011{number % 60:02d}.5"
    ds.AccessionNumber, ds.Modality, ds.Manufacturer = f"ACC{number}", "CR", "Maker"
    ds.BodyPartExamined, ds.ViewPosition = "LSPINE", "LL"
    ds.PixelSpacing = [0.5, 0.5]
    ds.Rows, ds.Columns, ds.SamplesPerPixel = 320, 256, 1
    ds.PhotometricInterpretation = "MONOCHROME2"
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 12, 11, 0
    rng = np.random.default_rng(number if seed is None else seed)
    ds.PixelData = rng.integers(0, 4096, 320 * 256, dtype="<u2").tobytes()
    for keyword, value in changes.items():
        if value is None:
            delattr(ds, keyword)
        else:
            setattr(ds, keyword, value)
    ds.file_meta.MediaStorageSOPClassUID = ds.SOPClassUID
    ds.file_meta.MediaStorageSOPInstanceUID = uid(number)
    return ds


def as_bytes(ds: Dataset) -> bytes:
    file = BytesIO()
    ds.save_as(file, enforce_file_format=True)
    return file.getvalue()
