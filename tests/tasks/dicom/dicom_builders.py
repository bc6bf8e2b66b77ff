"""Small real films for the tests of the DICOM room."""

from io import BytesIO
from typing import Any

import numpy as np
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.filewriter import dcmwrite
from pydicom.uid import (
    CTImageStorage,
    DigitalXRayImageStorageForPresentation,
    ExplicitVRLittleEndian,
)


def a_film(pixels: np.ndarray | None = None, **header: Any) -> Dataset:
    """Return a DX data set of 12 stored bits around the pixels."""
    values = np.arange(48, dtype=np.uint16).reshape(6, 8) if pixels is None else pixels
    ds = Dataset()
    ds.SOPClassUID = DigitalXRayImageStorageForPresentation
    ds.SOPInstanceUID, ds.StudyInstanceUID, ds.SeriesInstanceUID = "1.2.3.4", "1.2.3.5", "1.2.3.6"
    ds.PatientID, ds.PatientName, ds.Modality = "4711", "Doe^Jane", "DX"
    ds.Rows, ds.Columns = values.shape
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    bits = 8 * values.dtype.itemsize
    ds.BitsAllocated, ds.BitsStored, ds.HighBit = bits, min(bits, 12), min(bits, 12) - 1
    ds.PixelRepresentation = int(values.dtype.kind == "i")
    ds.PixelData = values.tobytes()
    ds["PixelData"].VR = "OW"
    for keyword, value in header.items():
        setattr(ds, keyword, value)
    return ds


def as_bytes(ds: Dataset, syntax: str = ExplicitVRLittleEndian) -> bytes:
    """Encode a data set as a file of the given transfer syntax."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = ds.get("SOPClassUID", CTImageStorage)
    meta.MediaStorageSOPInstanceUID = ds.get("SOPInstanceUID") or "1.2.3"
    meta.TransferSyntaxUID = syntax
    bare = Dataset({element.tag: element for element in ds})
    file = FileDataset(BytesIO(), bare, preamble=bytes(128), file_meta=meta)
    target = BytesIO()
    dcmwrite(target, file, enforce_file_format=True)
    return target.getvalue()


def encapsulated(ds: Dataset, stream: bytes, syntax: str) -> bytes:
    """Encode a data set whose pixels are one compressed stream."""
    ds.PixelData = encapsulate([stream])
    ds["PixelData"].VR = "OB"
    ds["PixelData"].is_undefined_length = True
    return as_bytes(ds, syntax)
