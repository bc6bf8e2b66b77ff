"""The same film in every container a hospital sends, with identifiers in the container itself.

Comments of a code stream, Exif, a profile's text, bytes behind the stream and inside its padding;
and the objects that are no film but come along: reports, documents, presentation states, indexes.
"""

from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import gdcm
import numpy as np
from openjpeg.utils import encode_array
from plant_chance import plant_everyday
from plant_header import planted_film
from planting import Plant, Planted, Planter
from pydicom import dcmread
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate, generate_frames
from pydicom.filewriter import dcmwrite
from pydicom.pixels import compress
from pydicom.sequence import Sequence
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

SYNTAXES = (
    ImplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    DeflatedExplicitVRLittleEndian,
    RLELossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEG2000Lossless,
)
_GDCM = {
    JPEGLosslessSV1: gdcm.TransferSyntax.JPEGLosslessProcess14_1,
    JPEGLSLossless: gdcm.TransferSyntax.JPEGLSLossless,
}
DOCUMENTS = {
    "report": "1.2.840.10008.5.1.4.1.1.88.11",
    "document": "1.2.840.10008.5.1.4.1.1.104.1",
    "presentation state": "1.2.840.10008.5.1.4.1.1.11.1",
    "index": "1.2.840.10008.1.3.10",
}


def contained_film(
    seed: int,
    syntax: str,
    *,
    patient: tuple[str, str] | None = None,
    shape: tuple[int, int] = (96, 80),
) -> Planted:
    """Make a planted film in one transfer syntax.

    Parameters
    ----------
    seed
        Decides everything.
    syntax
        One of ``SYNTAXES``.
    patient, shape
        As in ``planted_film``.
    """
    content, key = planted_film(
        seed, patient=patient, tidy_pixels=UID(syntax).is_compressed, shape=shape
    )
    ds = dcmread(BytesIO(content))
    planter = Planter(np.random.default_rng(seed + 1), key)
    plant_everyday(ds, planter)
    if UID(syntax).is_encapsulated:
        stream = _with_comments(_stream(ds, syntax), syntax, planter)
        ds.PixelData = encapsulate([stream])
        ds["PixelData"].VR = "OB"
        ds["PixelData"].is_undefined_length = True
    elif syntax == ExplicitVRBigEndian:
        ds.PixelData = np.frombuffer(ds.PixelData, "<u2").astype(">u2").tobytes()
    return _encoded(ds, syntax, planter), key


def spelled_film(seed: int, code: str) -> Planted:
    """Make a film in whose pixels the patient's number stands, letter by letter."""
    content, key = planted_film(seed, tidy_pixels=True)
    ds = dcmread(BytesIO(content))
    number = str(ds.PatientID).encode(code)
    ds.BitsStored, ds.HighBit = 16, 15
    ds.PixelData = ds.PixelData[:1000] + number + ds.PixelData[1000 + len(number) :]
    return _encoded(ds, ExplicitVRLittleEndian), key


def planted_document(seed: int, kind: str) -> Planted:
    """Make one of ``DOCUMENTS``: nothing of it may be in what a study delivers."""
    planter = Planter(np.random.default_rng(seed))
    ds = Dataset()
    ds.SOPClassUID, ds.SOPInstanceUID = DOCUMENTS[kind], planter.uid()
    ds.StudyInstanceUID, ds.SeriesInstanceUID = planter.uid(), planter.uid()
    ds.PatientName, ds.PatientID = planter.name(kind), planter.secret(kind)
    ds.Modality = {"report": "SR", "document": "DOC"}.get(kind, "PR")
    _FILL[kind](ds, planter)
    return _encoded(ds, ExplicitVRLittleEndian, planter), planter.key


def _report(ds: Dataset, planter: Planter) -> None:
    name, text = Dataset(), Dataset()
    name.ValueType, name.PersonName = "PNAME", planter.name("report")
    text.ValueType, text.TextValue = "TEXT", f"Seen by {planter.word_secret('report')}"
    ds.ValueType, ds.ContentSequence = "CONTAINER", Sequence([name, text])


def _document(ds: Dataset, planter: Planter) -> None:
    ds.EncapsulatedDocument = f"%PDF-1.4 ({planter.word_secret('document')})".encode()
    ds.MIMETypeOfEncapsulatedDocument = "application/pdf"
    ds.DocumentTitle = planter.secret("document")


def _state(ds: Dataset, planter: Planter) -> None:
    text, layer = Dataset(), Dataset()
    text.UnformattedTextValue = planter.word_secret("presentation state")
    layer.TextObjectSequence = Sequence([text])
    ds.GraphicAnnotationSequence = Sequence([layer])
    ds.ContentCreatorName = planter.name("presentation state")


def _index(ds: Dataset, planter: Planter) -> None:
    record = Dataset()
    record.DirectoryRecordType, record.PatientName = "PATIENT", planter.name("index")
    record.PatientID = planter.secret("index")
    ds.DirectoryRecordSequence = Sequence([record])


_FILL: dict[str, Plant] = {
    "report": _report,
    "document": _document,
    "presentation state": _state,
    "index": _index,
}


def _stream(ds: Dataset, syntax: str) -> bytes:
    """Compress the frame of a film."""
    pixels = ds.pixel_array.astype("<u2")
    if syntax == JPEG2000Lossless:
        return bytes(encode_array(pixels, bits_stored=12, photometric_interpretation=2))
    bare = Dataset()
    for keyword in ("Rows", "Columns", "SamplesPerPixel", "PhotometricInterpretation"):
        bare[keyword] = ds[keyword]
    for keyword in ("BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation"):
        bare[keyword] = ds[keyword]
    bare.SOPClassUID, bare.SOPInstanceUID = ds.SOPClassUID, "1.2.3"
    bare.PixelData = pixels.tobytes()
    bare["PixelData"].VR = "OW"
    if syntax == RLELossless:
        file = dcmread(BytesIO(_encoded(bare, ExplicitVRLittleEndian)))
        compress(file, RLELossless, generate_instance_uid=False)
        return next(generate_frames(file.PixelData, number_of_frames=1))
    return _by_gdcm(_encoded(bare, ExplicitVRLittleEndian), syntax)


def _by_gdcm(native: bytes, syntax: str) -> bytes:
    """Let GDCM compress, which works on files alone; returns the one frame's stream."""
    with TemporaryDirectory() as folder:
        source, target = Path(folder) / "native.dcm", Path(folder) / "packed.dcm"
        source.write_bytes(native)
        reader = gdcm.ImageReader()
        reader.SetFileName(str(source))
        change = gdcm.ImageChangeTransferSyntax()
        change.SetTransferSyntax(gdcm.TransferSyntax(_GDCM[syntax]))
        writer = gdcm.ImageWriter()
        writer.SetFileName(str(target))
        reader.Read()
        change.SetInput(reader.GetImage())
        change.Change()
        writer.SetFile(reader.GetFile())
        writer.SetImage(change.GetOutput())
        writer.Write()
        data = bytes(dcmread(target).PixelData)
        return data[data.index(b"\xff\xd8") :]


def _with_comments(stream: bytes, syntax: str, planter: Planter) -> bytes:
    """Plant into the places a code stream has for what is no picture, and behind its end."""
    if syntax == JPEG2000Lossless:
        at = 4 + int.from_bytes(stream[4:6], "big")  # behind SIZ
        note = planter.secret("JPEG 2000 comment").encode()
        segment = b"\xff\x64" + (len(note) + 4).to_bytes(2, "big") + b"\0\1" + note
        stream = stream[:at] + segment + stream[at:]
    elif syntax == RLELossless:
        return stream  # a decoder takes all that follows for runs
    else:
        notes = {0xFE: planter.secret("JPEG comment").encode()}
        if syntax != JPEGLSLossless:  # which knows of no such segments
            notes[0xE1] = b"Exif\0\0II*\0" + planter.secret("Exif").encode()
            notes[0xE2] = b"ICC_PROFILE\0\1\1" + planter.secret("ICC profile").encode()
        segments = [
            bytes((0xFF, mark)) + (len(note) + 2).to_bytes(2, "big") + note
            for mark, note in notes.items()
        ]
        stream = stream[:2] + b"".join(segments) + stream[2:]
    tail = planter.secret("behind the code stream").encode()
    return stream + b"\0" * (len(stream) % 2) + tail + b"\0" * (len(tail) % 2)


def _encoded(ds: Dataset, syntax: str, planter: Planter | None = None) -> bytes:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = UID(ds.SOPClassUID)
    meta.MediaStorageSOPInstanceUID = UID(ds.SOPInstanceUID)
    meta.TransferSyntaxUID = UID(syntax)
    preamble = bytes(128)
    if planter is not None:
        preamble = planter.secret("preamble").encode().ljust(128, b"\0")
        for keyword in ("SendingApplicationEntityTitle", "ReceivingApplicationEntityTitle"):
            setattr(meta, keyword, planter.secret(keyword))
    bare = Dataset({element.tag: element for element in ds})
    target = BytesIO()
    file = FileDataset(BytesIO(), bare, preamble=preamble, file_meta=meta)
    dcmwrite(target, file, enforce_file_format=True)
    return target.getvalue()
