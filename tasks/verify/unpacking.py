"""What is packed inside a file: archives, compressed logs, texts of pictures, streams of a PDF."""

import base64
import binascii
import bz2
import lzma
import re
import tarfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from io import BytesIO
from typing import Final, Protocol
from zipfile import BadZipFile, ZipFile

import pyarrow as pa

from tasks.verify.masks import IN_LINES
from tasks.verify.pdf_parts import PDF, parts_of_pdf, without_making
from tasks.verify.pictures import JPEG, PNG, legible, said_beside
from tasks.verify.tables import TABLES

MAX_BYTES: Final = 1 << 28
_DEPTH: Final = 4
# Packed texts of a PNG (its sections 11.3.3.3 and 11.3.3.4) and its profile of colors, up to
# where the packed bytes begin.
_PNG_TEXT: Final = re.compile(
    rb"(?:zTXt|iCCP)[^\0]{1,79}\0\0|iTXt[^\0]{1,79}\0\x01\0[^\0]{0,79}\0[^\0]{0,200}\0"
)
# How what is packed begins in Base64: PDF, gzip, bzip2, xz, zip, JPEG, PNG, drawings (they hold
# pictures), deflated bytes and pickles.
_BASE64: Final = re.compile(
    rf"(?<![\w+/=-])(?=(?:JVBERi0|H4sI|Qlpo|/Td6WFoA|UEsDB|/9j/|iVBORw0KGgo"
    rf"|PHN2Zy|PD94bWwg|eA[E-H]|eF[4-7]|eJ[w-z]|eN[o-r]|gA[SW]V)"
    rf"[A-Za-z0-9+/]{{16}}){IN_LINES}(?:\r?\n[ \t]*[A-Za-z0-9+/]+={{0,2}})?".encode()
)
_TAR, _TAR_AT = b"ustar", 257  # POSIX.1-2017, pax
_PICKLES: Final = (b"\x80\x04\x95", b"\x80\x05\x95")
_DEFLATED: Final = (b"x\x01", b"x\x5e", b"x\x9c", b"x\xda")
# An archive is found by its end, whatever was put before it.
_ZIP_END, _ZIP_TAIL = b"PK\5\6", 1 << 16
_GZIP_INSIDE: Final = re.compile(rb"\x1f\x8b\x08[\x00-\x1f]")
# Flags of a name and a comment in the header of gzip (RFC 1952 2.3.1).
_GZIP_NAME, _GZIP_COMMENT = 8, 16
# Added to a window's size: the bytes come as gzip writes them (zlib.h).
_GZIP: Final = 16
_FAULTS: Final = (
    *(OSError, EOFError, RuntimeError, ValueError),
    *(zlib.error, lzma.LZMAError, BadZipFile, tarfile.TarError),
)


class ClosedError(Exception):
    """Raised when what is packed in a file cannot be looked into, or is too much."""


def layers(content: bytes) -> Iterator[bytes]:
    """Yield a content, and what is packed inside it, up to four times.

    Parameters
    ----------
    content
        A file.

    Raises
    ------
    ClosedError
        It is packed more often, damaged, encrypted, or too large, also in many parts together.
    """
    left = len(content) + _DEPTH * MAX_BYTES
    for layer in _layers(content, _DEPTH):
        left -= len(layer)
        if left < 0:
            raise ClosedError
        yield layer


def _layers(content: bytes, depth: int) -> Iterator[bytes]:
    """Yield a content, and what is packed inside it so often at most."""
    yield without_making(content) if content.startswith(PDF) else content
    if content.startswith(_LOCKED):
        raise ClosedError
    unpack = _unpacker_of(content)
    if unpack is not None and not depth:
        raise ClosedError
    try:
        inner = list(unpack(content)) if unpack else []
    except _FAULTS:
        raise ClosedError from None
    for packed in inner:
        yield from _layers(packed, depth - 1)
    for packed in _perhaps(content) if depth and unpack is None else ():
        yield from _layers(packed, depth - 1)


def _unpacker_of(content: bytes) -> Callable[[bytes], Iterator[bytes]] | None:
    """Return what unpacks a content; None where it says nothing of being packed."""
    if content.startswith(_TAR, _TAR_AT):
        return _untarred
    return next((unpack for magic, unpack in _BY_MAGIC.items() if content.startswith(magic)), None)


def _perhaps(content: bytes) -> Iterator[bytes]:
    """Yield what something else may hold packed; what only looks like it is passed over.

    Tables are read by ``tasks.verify.tables``, and pack their columns themselves.
    """
    if content.startswith(TABLES):
        return
    yield from _from_base64(content)
    if content.startswith(_DEFLATED):
        with suppress(zlib.error):
            yield zlib.decompressobj().decompress(content, MAX_BYTES)
    if _ZIP_END in content[-_ZIP_TAIL:]:
        with suppress(*_FAULTS):
            yield from _unzipped(content)
    for match in _GZIP_INSIDE.finditer(content):
        with suppress(zlib.error):
            unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | _GZIP)
            yield unpacker.decompress(memoryview(content)[match.start() :], MAX_BYTES)


def _from_base64(content: bytes) -> Iterator[bytes]:
    """Yield what is packed and then written in Base64, as pages embed pictures."""
    for match in _BASE64.finditer(content):
        with suppress(binascii.Error):
            letters = b"".join(match[0].split()).rstrip(b"=")
            letters = letters[: len(letters) - (len(letters) % 4 == 1)]  # of a word behind it
            packed = base64.b64decode(letters + b"=" * (-len(letters) % 4))
            yield from [packed] if packed.startswith(_IN_BASE64) else []


def _unlocked(content: bytes) -> Iterator[bytes]:
    """Yield the parts of a PDF; strings and streams of an encrypted one say nothing."""
    if b"/Encrypt" in content:
        raise ClosedError
    yield from parts_of_pdf(content, PACKED, MAX_BYTES)


class _Unpacker(Protocol):
    """What unpacks one part, as ``bz2``, ``lzma`` and ``zlib`` have it."""

    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


def _unpacked_by(make: Callable[[], _Unpacker]) -> Callable[[bytes], Iterator[bytes]]:
    """Make what unpacks one part behind another."""

    def unpack(content: bytes) -> Iterator[bytes]:
        left = MAX_BYTES  # of all parts together
        while content:
            unpacker = make()
            part = unpacker.decompress(content, max(left, 1))
            yield part
            left -= len(part)
            if not unpacker.eof or left < 0:
                raise ClosedError
            content = unpacker.unused_data

    return unpack


def _unzipped(content: bytes) -> Iterator[bytes]:
    """Yield the names in an archive, then its files."""
    with ZipFile(BytesIO(content)) as archive:
        if sum(info.file_size for info in archive.infolist()) > MAX_BYTES:
            raise ClosedError
        yield "\n".join(archive.namelist()).encode("utf-8", "replace")
        yield archive.comment
        for info in archive.infolist():
            yield info.comment
            yield from legible(info.extra)
            yield archive.read(info)


def _untarred(content: bytes) -> Iterator[bytes]:
    """Yield what an archive says of each file in it, then the file."""
    left = MAX_BYTES  # of all files together: a sparse one is hardly there
    with tarfile.open(fileobj=BytesIO(content), mode="r:") as archive:
        for info in archive:
            told = (info.name, info.linkname, info.uname, info.gname, *info.pax_headers.values())
            yield "\n".join(map(str, told)).encode("utf-8", "surrogateescape")
            left -= info.size
            if left < 0:
                raise ClosedError
            file = archive.extractfile(info)
            yield file.read() if file else b""


def _gunzipped(content: bytes) -> Iterator[bytes]:
    """Yield what a gzip file says of itself, then what is packed in it."""
    told = bool(content[3] & _GZIP_NAME) + bool(content[3] & _GZIP_COMMENT)
    yield b"\n".join(content[10:].split(b"\0", told)[:told])
    yield from _unpacked_by(partial(zlib.decompressobj, wbits=zlib.MAX_WBITS | _GZIP))(content)


def _unpacked_by_arrow(codec: str) -> Callable[[bytes], Iterator[bytes]]:
    """Make what unpacks with one of Arrow's codecs."""

    def unpack(content: bytes) -> Iterator[bytes]:
        with pa.CompressedInputStream(pa.BufferReader(content), codec) as stream:
            yield stream.read(MAX_BYTES)
            if stream.read(1):
                raise ClosedError

    return unpack


def _beside_pixels(content: bytes) -> Iterator[bytes]:
    """Yield what a picture says beside its pixels: as it is where it is packed, else as texts."""
    for part in filter(None, said_beside(content)):
        yield from [part] if part.startswith(PACKED) else legible(part)


def _texts_of_png(content: bytes) -> Iterator[bytes]:
    """Yield texts beside a picture, packed ones too; what only looks like one is passed over."""
    yield from _beside_pixels(content)
    for match in _PNG_TEXT.finditer(content):
        with suppress(zlib.error):
            yield zlib.decompressobj().decompress(content[match.end() :], MAX_BYTES)


_BY_MAGIC: Final[dict[bytes, Callable[[bytes], Iterator[bytes]]]] = {
    PDF: _unlocked,
    b"\x1f\x8b": _gunzipped,
    b"BZh": _unpacked_by(bz2.BZ2Decompressor),
    b"\xfd7zXZ\0": _unpacked_by(lzma.LZMADecompressor),
    b"(\xb5/\xfd": _unpacked_by_arrow("zstd"),
    b"\x04\x22\x4d\x18": _unpacked_by_arrow("lz4"),
    b"PK\x03\x04": _unzipped,
    JPEG: _beside_pixels,
    PNG: _texts_of_png,
}
# How what is packed begins; nothing here opens the last ones, of 7z and rar.
_LOCKED: Final = (b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07")
PACKED: Final = (*_BY_MAGIC, *_LOCKED)
_IN_BASE64: Final = (*PACKED, *_PICKLES, *_DEFLATED, b"<svg", b"<?xml ")
