"""What a file carries besides its data set: rebuilt clean, or refused.

Preamble, file meta, code-stream comments, Exif, unused bits, pixel tails and trailing bytes cannot
survive, because the film is written anew from decoded values. Objects that hold documents,
structured reports or directories are not films and are refused.
"""

from collections import Counter
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset

from data_contracts.errors import FilmRejected
from data_contracts.reasons import Reason
from tasks.deid.actions import Action
from tasks.deid.text import spells
from tasks.dicom.elements import text
from tasks.dicom.layout import transfer_syntax

_DOCUMENTS: Final = (
    "EncapsulatedDocument",
    "ContentSequence",
    "DirectoryRecordSequence",
    "GraphicAnnotationSequence",
    "WaveformSequence",
    "SpectroscopyData",
)


def refuse_documents(ds: Dataset) -> None:
    """Refuse objects that are more than a picture.

    Raises
    ------
    FilmRejected
        ``NOT_AN_IMAGE``.
    """
    for keyword in _DOCUMENTS:
        if keyword in ds:
            raise FilmRejected(Reason.NOT_AN_IMAGE, keyword)


def set_pixels(clean: Dataset, stored: npt.NDArray[Any], ds: Dataset) -> None:
    """Put decoded values into a clean header as native pixel data, exactly as long as the frame.

    Parameters
    ----------
    clean
        Header to complete, in place.
    stored
        Stored values (rows, columns), int8, uint8, int16 or uint16.
    ds
        The original: its compression, if it lost anything, has to be told on.
    """
    bits = 8 * stored.dtype.itemsize
    declared = int(clean.get("BitsStored") or bits)
    clean.Rows, clean.Columns = stored.shape
    clean.SamplesPerPixel = 1
    clean.BitsAllocated = bits
    clean.BitsStored = min(declared, bits)
    clean.HighBit = clean.BitsStored - 1
    clean.PixelRepresentation = int(stored.dtype.kind == "i")
    clean.PhotometricInterpretation = text(ds, "PhotometricInterpretation")
    if "NumberOfFrames" in clean:
        clean.NumberOfFrames = 1
    if clean.get("LossyImageCompression") != "01" and _is_lossy(ds):
        clean.LossyImageCompression = "01"
    raw = _as_delivered(stored, ds) or _frame_bytes(stored, clean.BitsStored)
    clean.add_new(0x7FE00010, "OW", raw + b"\0" * (len(raw) % 2))


def _as_delivered(stored: npt.NDArray[Any], ds: Dataset) -> bytes:
    """Return the delivered bytes where the values are a view of exactly these, else nothing."""
    raw = ds["PixelData"].value
    is_whole = isinstance(raw, bytes) and len(raw) == stored.nbytes and stored.dtype.kind == "u"
    return raw if is_whole and np.shares_memory(np.frombuffer(raw, np.uint8), stored) else b""


def _frame_bytes(stored: npt.NDArray[Any], bits: int) -> bytes:
    """Encode values little endian, spare bits cleared."""
    unsigned = stored.view(f"u{stored.dtype.itemsize}")
    if int(unsigned.max()) >> bits:
        unsigned = unsigned & np.array((1 << bits) - 1, unsigned.dtype)
    return unsigned.astype(unsigned.dtype.newbyteorder("<"), copy=False).tobytes()


def fit_table(item: Dataset, *, swap: bool) -> bool:
    """Cut the bytes of a look-up table to what its descriptor announces, spare bits cleared.

    Parameters
    ----------
    item
        Any item; changed in place when it holds a table.
    swap
        The source was big endian.

    Returns
    -------
    False where the table is not whole, or letters in truth: such an item has no meaning.
    """
    if "LUTData" not in item:
        return True
    if "LUTDescriptor" not in item or item["LUTDescriptor"].VM != 3:  # noqa: PLR2004 - entries, first value, bits
        return False
    descriptor = item.LUTDescriptor
    # The first value has no sign, whatever the VR: in that of a signed film -32768 are 32768.
    entries, bits = int(descriptor[0]) % (1 << 16) or 1 << 16, int(descriptor[2])
    data = item.LUTData
    order = ">u2" if swap and isinstance(data, bytes) else "<u2"
    raw = data if isinstance(data, bytes) else np.atleast_1d(np.asarray(data, "<u2")).tobytes()
    if len(raw) in (entries, entries + 1) and bits == 8:  # noqa: PLR2004 - packed, two to a word
        table = raw[:entries]
    else:
        words = np.frombuffer(raw[: len(raw) & ~1], order)
        if not 0 < bits <= 16 or len(words) < entries:  # noqa: PLR2004 - PS3.3 C.11.1.1
            return False
        table = (words[:entries] & ((1 << bits) - 1)).astype("<u2").tobytes()
    if not _is_monotone(table) and spells(table):
        return False
    item.add_new(0x00283006, "OW", table + b"\0" * (len(table) % 2))
    return True


def _is_monotone(table: bytes) -> bool:
    """Return whether a table goes up or down throughout, as a curve of display does."""
    steps = np.diff(np.frombuffer(table[: len(table) & ~1], "<u2").astype(np.int32))
    return bool((steps >= 0).all() or (steps <= 0).all())


def container_rows(ds: Dataset) -> Counter[tuple[str, str]]:
    """Count what of the container was left behind, for the audit."""
    rows: Counter[tuple[str, str]] = Counter()
    preamble = getattr(ds, "preamble", None)
    rows["container: file meta", Action.REMOVE] = len(getattr(ds, "file_meta", ()))
    rows["container: preamble", Action.REMOVE] = int(bool(preamble and any(preamble)))
    rows["container: code stream", Action.REMOVE] = int(transfer_syntax(ds).is_encapsulated)
    return +rows


def _is_lossy(ds: Dataset) -> bool:
    """Return whether the transfer syntax alone says that information was lost."""
    lossy = ("1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51", "1.2.840.10008.1.2.4.81")
    return str(transfer_syntax(ds)) in lossy or text(ds, "LossyImageCompression") == "01"
