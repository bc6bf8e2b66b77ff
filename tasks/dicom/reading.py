"""Bytes to a header, or to a film with its pixel data still encoded.

Nothing here decides whether a film is wanted: a file that is no DICOM, ends early or makes no sense
is refused, and everything else is handed on.
"""

import struct
import zlib
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, Final

from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.errors import InvalidDicomError
from pydicom.filereader import read_dataset, read_partial
from pydicom.uid import DeflatedExplicitVRLittleEndian

from data_contracts.errors import FilmRejected
from data_contracts.reasons import Reason
from tasks.dicom.discretion import discreet

# Two reads of a film's head cost less than one seek an element; most headers end within.
HEAD_BYTES: Final = 1 << 16
# A deflated header has no size of its own: what a radiograph could need, and no more.
MAX_INFLATED_HEADER: Final = 1 << 23
MAX_FILM_BYTES: Final = 1 << 29
_PIXEL_KEYS: Final = (0x7FE00008, 0x7FE00009, 0x7FE00010)
_PREAMBLE: Final = 128
_UNDEFINED: Final = 0xFFFFFFFF


def read_header(source: bytes | Path) -> Dataset:
    """Read every element before the pixel data.

    Parameters
    ----------
    source
        The file, or at least its whole header as bytes.

    Returns
    -------
    Dataset
        With ``file_meta``; values stay raw until touched.

    Raises
    ------
    FilmRejected
        ``NOT_DICOM``, ``UNREADABLE_FILE``, ``TRUNCATED`` (the header ends early) or ``CORRUPT``.
    """
    if isinstance(source, bytes):
        return _parse(BytesIO(source), _Mark(keep_pixels=False), inflated=MAX_INFLATED_HEADER)
    try:
        with source.open("rb") as file:
            return _header_of(file)
    except OSError as error:
        raise FilmRejected(Reason.UNREADABLE_FILE, type(error).__name__) from None


def read_film(raw: bytes) -> Dataset:
    """Read a whole film; what stands behind its pixel data is left out.

    Raises
    ------
    FilmRejected
        As ``read_header``, and ``TOO_LARGE`` beyond ``MAX_FILM_BYTES``, inflated or not.
    """
    if len(raw) > MAX_FILM_BYTES:
        raise FilmRejected(Reason.TOO_LARGE, f"{len(raw) >> 20} MiB")
    return _parse(BytesIO(raw), _Mark(keep_pixels=True), inflated=MAX_FILM_BYTES)


class _Mark:
    """Where reading stops, and what it saw on the way."""

    def __init__(self, *, keep_pixels: bool) -> None:
        self.keep_pixels = keep_pixels
        self.reached_pixels = False

    def __call__(self, tag: int, _vr: str | None, _length: int) -> bool:
        """Stop at the pixel data, or behind it when it is wanted."""
        if self.reached_pixels:
            return True
        self.reached_pixels = tag in _PIXEL_KEYS
        return self.reached_pixels and not self.keep_pixels


def _header_of(file: BinaryIO) -> Dataset:
    """Parse from the head alone; from the file when the header is longer than that."""
    head = file.read(HEAD_BYTES)
    mark = _Mark(keep_pixels=False)
    if len(head) == HEAD_BYTES:
        try:
            ds = _parse(BytesIO(head), mark, inflated=MAX_INFLATED_HEADER)
        except FilmRejected as verdict:
            if verdict.reason is Reason.NOT_DICOM:
                raise
        else:
            if mark.reached_pixels:
                return ds
        file.seek(0)
        return _parse(file, _Mark(keep_pixels=False), inflated=MAX_INFLATED_HEADER)
    return _parse(BytesIO(head), mark, inflated=MAX_INFLATED_HEADER)


def _parse(file: BinaryIO, mark: _Mark, *, inflated: int) -> Dataset:
    """Parse to the mark; whatever the bytes provoke in pydicom becomes a verdict."""
    bare = _check_signature(file)
    try:
        with discreet():
            ds = _parse_deflated(file, mark, inflated) or read_partial(file, mark, force=bare)
    except FilmRejected:
        raise
    except InvalidDicomError:
        raise FilmRejected(Reason.NOT_DICOM, "no DICOM signature") from None
    except EOFError:
        raise FilmRejected(Reason.TRUNCATED, "ends inside an element") from None
    except Exception as error:  # noqa: BLE001 - mutated bytes raise anything in pydicom
        raise FilmRejected(Reason.CORRUPT, type(error).__name__) from None
    _check_whole(ds, mark)
    return ds


def _check_signature(file: BinaryIO) -> bool:
    """Return whether the file lacks the Part 10 preamble but starts like a data set.

    Files written before Part 10, and by some archives still, begin with group 0008 at once.
    """
    head = file.read(_PREAMBLE + 4)
    file.seek(0)
    if head[_PREAMBLE:] == b"DICM":
        return False
    if len(head) >= 8 and head[:2] in (b"\x02\x00", b"\x08\x00", b"\x00\x08"):  # noqa: PLR2004 - one element's head
        return True
    raise FilmRejected(Reason.NOT_DICOM, "no DICOM signature")


def _check_whole(ds: Dataset, mark: _Mark) -> None:
    """Refuse a header that ends early or that is none."""
    raw = list(ds.values())
    if any(_is_cut(element) for element in raw):
        raise FilmRejected(Reason.TRUNCATED, "ends inside an element")
    if mark.reached_pixels and mark.keep_pixels and not any(key in ds for key in _PIXEL_KEYS):
        raise FilmRejected(Reason.TRUNCATED, "ends inside the pixel data")
    if mark.keep_pixels and not mark.reached_pixels and "Rows" in ds:
        raise FilmRejected(Reason.TRUNCATED, "ends before the pixel data")
    # Bytes that merely look like a first element parse to a few nonsensical ones.
    if "SOPClassUID" not in ds and "MediaStorageSOPClassUID" not in ds.file_meta:
        raise FilmRejected(Reason.NOT_DICOM, "no SOP class")


def _is_cut(element: object) -> bool:
    """Return whether a value is shorter than its length field says."""
    return (
        isinstance(element, RawDataElement)
        and isinstance(element.value, bytes)
        and element.length != _UNDEFINED
        and len(element.value) < element.length
    )


def _parse_deflated(file: BinaryIO, mark: _Mark, limit: int) -> Dataset | None:
    """Parse a deflated data set within a bound that pydicom does not set; None for others."""
    start = file.tell()
    meta_end = _deflated_from(file.read(1 << 13))
    file.seek(start)
    if meta_end is None:
        return None
    content = file.read()
    engine = zlib.decompressobj(-zlib.MAX_WBITS)
    body = engine.decompress(content[meta_end:], limit)
    if engine.unconsumed_tail and mark.keep_pixels:
        raise FilmRejected(Reason.TOO_LARGE, "inflates beyond any radiograph")
    if not engine.eof and mark.keep_pixels:
        raise FilmRejected(Reason.TRUNCATED, "deflated stream ends early")
    ds: Dataset = read_partial(BytesIO(content[:meta_end]))
    inflated = read_dataset(BytesIO(body), False, True, stop_when=mark)  # noqa: FBT003 - pydicom's order
    ds.update(inflated)
    ds.set_original_encoding(False, True, inflated._character_set)  # noqa: FBT003, SLF001 - as pydicom itself does
    return ds


def _deflated_from(head: bytes) -> int | None:
    """Return where the deflated data set starts, None when the syntax is another.

    File meta is always Explicit VR Little Endian (PS3.10 section 7.1).
    """
    at = _PREAMBLE + 4
    syntax = b""
    while head[at : at + 2] == b"\x02\x00" and len(head) >= at + 12:
        long_form = head[at + 4 : at + 6] in (b"OB", b"UN", b"UT", b"SQ", b"OW")
        form, size = ("<I", 12) if long_form else ("<H", 8)
        (length,) = struct.unpack_from(form, head, at + 8 if long_form else at + 6)
        if head[at + 2 : at + 4] == b"\x10\x00":
            syntax = head[at + size : at + size + length].rstrip(b"\0 ")
        at += size + length
    return at if syntax.decode("latin-1") == DeflatedExplicitVRLittleEndian else None
