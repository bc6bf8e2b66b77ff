"""What a picture says beside its pixels, and what of the coded pixels could be said on purpose.

Coded pixels are as good as random bytes: over the pictures of ten thousand films they spell every
short name and number somewhere, in some encoding. So comments, Exif, XMP and what is behind a
picture's end are searched like any text, coded pixels only for what chance does not write.
"""

import re
import string
from collections.abc import Iterator
from typing import Final

import numpy as np
import numpy.typing as npt

JPEG: Final = b"\xff\xd8\xff"
PNG: Final = b"\x89PNG\r\n\x1a\n"
# A marker behind coded pixels: an escaped FF is followed by 00, a restart by D0 to D7 (T.81 B.1).
_MARKER: Final = re.compile(rb"\xff+([^\x00\xff\xd0-\xd7])")
_START, _END, _SCAN, _COMMENT = 0xD8, 0xD9, 0xDA, 0xFE
_APPLICATION: Final = range(0xE0, 0xF0)
# A code of the standard's own table for Huffman (T.81 K.3.3), in most files: 456789 is nobody.
_HUFFMAN: Final = b"456789:CDEFGHIJSTUVWXYZcdefghijstuvwxyz"
# Chunks of a PNG that hold pixels, colors and sizes.
_PIXELS: Final = frozenset(
    {*(b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"bKGD", b"hIST", b"pHYs", b"gAMA", b"cHRM")}
    | {*(b"sRGB", b"sBIT", b"tIME", b"acTL", b"fcTL", b"fdAT", b"cICP")}
)
_HEAD: Final = 8  # of a chunk: length and kind; a checksum of four bytes ends it
_INNER: Final = re.compile(b"|".join(map(re.escape, (JPEG, PNG))))
_CONTROL: Final = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f]+")
_NO_LETTERS: Final = re.compile(r"[^\w\s!-~]+")
# How names and numbers are spelled, in bytes: plain letters, and what begins and goes on in UTF-8.
_PLAIN, _TWO, _THREE, _ON = 1, 2, 3, 4
_KINDS: Final = np.zeros(256, np.uint8)
_KINDS[list(map(ord, string.ascii_letters + string.digits + "\t ^,.'-_/=:@"))] = _PLAIN
_KINDS[0xC3:0xE0], _KINDS[0xE3:0xEE], _KINDS[0x80:0xC0] = _TWO, _THREE, _ON
_MIN_RUN: Final = 6
# As long as this chance writes no text, and what is written may say a name of five letters.
_LEGIBLE: Final = re.compile(
    rb"(?:[\t\n\r\x20-\x7e]|[\xc3-\xdf][\x80-\xbf]|[\xe3-\xed][\x80-\xbf]{2}){16,}"
)
# Latin-1 likewise, if seven of eight letters are plain ones: chance has as many of either.
_LATIN: Final = re.compile(rb"[\t\n\r\x20-\x7e\xc0-\xff]{16,}")
_HIGH: Final = bytes(range(0xC0, 0x100))
_UTF_32: Final = re.compile(rb"(?:[\x20-\x7e\xa0-\xff]\x00\x00\x00){4,}")  # of NumPy
# UTF-16 of either order, from its first empty byte on.
_WIDE: Final = re.compile(rb"\x00[\x20-\x7e\xa0-\xff](?:\x00[\x20-\x7e\xa0-\xff]){3,}")


def is_picture(content: bytes) -> bool:
    """Return whether a content begins as a JPEG or a PNG does."""
    return content.startswith((JPEG, PNG))


def said_beside(picture: bytes) -> Iterator[bytes]:
    """Yield what a picture says beside its pixels, and what small pictures in it say so."""
    todo = [picture]
    while todo:
        content = todo.pop()
        parts = _parts_of_png(content) if content.startswith(PNG) else _parts_of_jpeg(content)
        for part in parts:
            inner = _INNER.search(part)
            todo += [part[inner.start() :]] if inner else []
            yield part[: inner.start() if inner else len(part)]


def _parts_of_jpeg(content: bytes) -> Iterator[bytes]:
    """Yield comments and what applications wrote of one JPEG or several, and what is behind."""
    at = 0
    while content.startswith(JPEG, at):
        at += 2
        while (marker := _MARKER.match(content, at)) and marker[1][0] not in (_START, _END):
            begin, kind = marker.end(), marker[1][0]
            at = begin + max(int.from_bytes(content[begin : begin + 2], "big"), 2)
            if kind == _COMMENT or kind in _APPLICATION:
                yield content[begin + 2 : at]
            elif kind == _SCAN:
                behind = _MARKER.search(content, at)
                at = behind.start() if behind else len(content)
        at = marker.end() if marker and marker[1][0] == _END else at
    yield content[at:]


def _parts_of_png(content: bytes) -> Iterator[bytes]:
    """Yield the chunks of a PNG that hold no pixels, and what is behind the last."""
    at, kind = len(PNG), b""
    while kind != b"IEND" and at + _HEAD <= len(content):
        length, kind = int.from_bytes(content[at : at + 4], "big"), content[at + 4 : at + _HEAD]
        if kind not in _PIXELS:
            yield content[at + 4 : at + _HEAD + length]
        at += _HEAD + length + 4
    yield content[at:]


def legible(part: bytes) -> Iterator[bytes]:
    """Yield a part of a picture's header as texts in UTF-8, or a code page, that it may be."""
    yield _CONTROL.sub(b"\n", part)
    if part.isascii() and b"\0" not in part:
        return
    for order in ("utf-16-le", "utf-16-be"):
        for start in (0, 1):
            wide = _NO_LETTERS.sub("\n", part[start:].decode(order, "ignore"))
            yield wide.encode("utf-8", "ignore")


def runs_of_coded(content: bytes) -> Iterator[str]:
    """Yield what in coded pixels may have been written there: UTF-8, or UTF-16 of plain letters."""
    content = content.replace(_HUFFMAN, b"\0")
    edges = np.flatnonzero(np.diff(_spelled(np.frombuffer(content, np.uint8)), prepend=0, append=0))
    for start, end in edges.reshape(-1, 2)[np.diff(edges)[::2] >= _MIN_RUN].tolist():
        yield content[start:end].decode("utf-8", "ignore")
    for match in _WIDE.finditer(content):
        for start in (match.start(), max(match.start() - 1, 0)):
            yield content[start : match.end()].replace(b"\0", b"").decode("latin-1")


def legible_of(content: bytes) -> Iterator[str]:
    """Yield what reads as a text of some length among bytes that are none."""
    for run in _LEGIBLE.findall(content):
        yield run.decode("utf-8", "ignore")
    for run in _LATIN.findall(content):
        if len(run) > len(plain := run.translate(None, _HIGH)) and len(plain) * 8 >= len(run) * 7:
            yield run.decode("latin-1")
    for run in _UTF_32.findall(content):
        yield run.decode("utf-32-le")


def _spelled(raw: npt.NDArray[np.uint8]) -> npt.NDArray[np.int8]:
    """Return 1 for each byte that is a letter in UTF-8, or a part of one, as names are spelled."""
    kinds = _KINDS[raw]
    found = kinds == _PLAIN
    goes_on = kinds == _ON
    two = (kinds[:-1] == _TWO) & goes_on[1:]
    three = (kinds[:-2] == _THREE) & goes_on[1:-1] & goes_on[2:]
    for letters in (two, three):
        for at in range(len(raw) - len(letters) + 1):
            found[at : at + len(letters)] |= letters
    return np.asarray(found, np.int8)
