"""A data set to Part 10 bytes, the same bytes every time."""

import struct
from io import BytesIO
from typing import Final

from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.filewriter import dcmwrite
from pydicom.uid import UID, ExplicitVRLittleEndian

from tasks.dicom.discretion import discreet

# Derived once from a random UUID (PS3.5 B.2); names this software, not an installation.
IMPLEMENTATION_CLASS_UID: Final = UID("2.25.193420583184012473962875510374609823417")
IMPLEMENTATION_VERSION_NAME: Final = "AAC_STUDY_1"
_PIXELS: Final = 0x7FE00010


def save_bytes(ds: Dataset) -> bytes:
    """Encode a film as one piece of bytes. See ``save_parts``."""
    return b"".join(save_parts(ds))


def save_parts(ds: Dataset) -> tuple[bytes, bytes]:
    """Encode as an Explicit VR Little Endian file with an empty preamble and fresh file meta.

    Parameters
    ----------
    ds
        Native pixels of even length, behind which nothing is written; SOPClassUID and
        SOPInstanceUID present.

    Returns
    -------
    tuple
        Header and pixels, to be written one behind the other: joined, a film would be copied once
        more. Identical for identical data sets; nothing of the source's file meta is taken along.
    """
    meta = FileMetaDataset()
    meta.FileMetaInformationVersion = b"\0\1"
    meta.MediaStorageSOPClassUID = ds.SOPClassUID
    meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.ImplementationClassUID = IMPLEMENTATION_CLASS_UID
    meta.ImplementationVersionName = IMPLEMENTATION_VERSION_NAME
    # Pixels end the file, and pass by the stream, which would copy them several times.
    pixels: bytes = ds.PixelData
    header = Dataset({tag: ds[tag] for tag in ds.keys() if tag < _PIXELS})  # noqa: SIM118 - tags
    file = FileDataset(BytesIO(), header, preamble=bytes(128), file_meta=meta)
    target = BytesIO()
    with discreet():
        dcmwrite(target, file, enforce_file_format=True)
    vr = ds["PixelData"].VR.encode()
    element = struct.pack("<HH2sHI", 0x7FE0, 0x0010, vr, 0, len(pixels))
    return target.getvalue() + element, pixels
