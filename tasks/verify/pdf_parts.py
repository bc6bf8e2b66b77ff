"""What a PDF is put together from: its streams, its strings, and what is around them."""

import base64
import re
import zlib
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

PDF: Final = b"%PDF-"
_STREAM: Final = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)
_END: Final = b"endstream"
# What a PDF says of its own making, digits enough to hold any number by chance.
_OFFSETS: Final = re.compile(
    rb"\d{10} \d{5} [nf]\s+|startxref\s+\d+|/(?:Length\d?|Prev|Size|XRefStm|[LHOETN]) \d+"
)
# Likewise steps of a drawing and numbers of objects: nobody's number is grouped by them.
_STEPS: Final = re.compile(rb"(?<=\d) (?=[-\d])")
# Objects that are packed together begin with their numbers and offsets (ISO 32000-1 7.5.7).
_OBJECTS: Final = re.compile(rb"\s*\d+ \d+\s")
# Strings in parentheses and in hexadecimal digits (7.3.4).
_STRING: Final = re.compile(rb"\(((?:[^()\\]|\\.)*)\)|(?<!<)<([0-9A-Fa-f\s]{8,})>", re.DOTALL)
_ESCAPE: Final = re.compile(rb"\\([0-7]{1,3}|\r\n|.)", re.DOTALL)
_ESCAPED: Final = dict(zip(b"nrtbf", b"\n\r\t\b\f", strict=True))
_HEX: Final = re.compile(rb"[0-9A-Fa-f\s]*>\s*")
_WIDE: Final = b"\xfe\xff"


def without_making(content: bytes) -> bytes:
    """Return a PDF without what it says of its own making, numbers apart."""
    return _STEPS.sub(b"\n", _OFFSETS.sub(b"", content))


def around_streams(content: bytes, packed: tuple[bytes, ...]) -> bytes:
    """Return a PDF without the streams that are looked into: as they are, they are random bytes."""

    def left(stream: re.Match[bytes]) -> bytes:
        is_known = stream[1].startswith(packed) or bool(_unpacked(stream[1], 1))
        return b"stream" if is_known else stream[0]

    end = _end_of_streams(content)
    return _STREAM.sub(left, content[:end]) + content[end:]


def parts_of_pdf(content: bytes, packed: tuple[bytes, ...], most: int) -> Iterator[bytes]:
    """Yield the streams of a PDF and the strings among its objects, as texts in UTF-8.

    Parameters
    ----------
    packed
        How streams begin that are packed in themselves, as pictures and archives are.
    most
        Bytes that a stream may have.
    """
    yield _strings_of(around_streams(content, packed))
    for stream in _STREAM.findall(content, 0, _end_of_streams(content)):
        if stream.startswith(packed):
            yield stream
            continue
        for plain in _unpacked(stream, most):
            yield plain if plain.startswith(packed) else without_making(plain)
            if _OBJECTS.match(plain):
                yield _strings_of(plain)


def _end_of_streams(content: bytes) -> int:
    """Return where the last stream ends: for an end that never comes every beginning would look."""
    return content.rfind(_END) + len(_END) if _END in content else 0


def _unpacked(stream: bytes, most: int) -> tuple[bytes, ...]:
    """Return what a stream is of, and what is behind that; nothing if it cannot be unpacked."""
    letters = _letters(stream)
    unpacker = zlib.decompressobj()
    try:
        return unpacker.decompress(letters, most), unpacker.unused_data
    except zlib.error:
        return () if letters is stream else (letters,)


def _letters(stream: bytes) -> bytes:
    """Return the bytes that a stream spells in plain letters (7.4.2, 7.4.3); others as they are."""
    end = stream.rstrip()
    with suppress(ValueError):
        if end.endswith(b"~>"):
            return base64.a85decode(end[:-2])
        if _HEX.fullmatch(stream):
            return _unhexed(end[:-1])
    return stream


def _strings_of(objects: bytes) -> bytes:
    """Return the strings among objects that can be read, one a line."""
    told = (
        _unescaped(said) if said else _unhexed(digits) for said, digits in _STRING.findall(objects)
    )
    return "\n".join(filter(str.isprintable, map(_text, told))).encode("utf-8", "replace")


def _unescaped(said: bytes) -> bytes:
    r"""Return a string without its escapes: ``\374``, ``\n``, a line's end."""
    return _ESCAPE.sub(_escape, said)


def _escape(match: re.Match[bytes]) -> bytes:
    """Return what one escape stands for."""
    said = match[1]
    if said.isdigit():
        return bytes([int(said, 8) & 0xFF])
    return b"" if said in (b"\n", b"\r", b"\r\n") else bytes([_ESCAPED.get(said[0], said[0])])


def _unhexed(digits: bytes) -> bytes:
    """Return what hexadecimal digits stand for, the last one perhaps left out."""
    bare = b"".join(digits.split()).decode("ascii")
    return bytes.fromhex(bare + "0" * (len(bare) % 2))


def _text(said: bytes) -> str:
    """Return a string in one of the two encodings of a PDF (7.9.2.2), lines in one."""
    wide = said.startswith(_WIDE)
    text = said[2:].decode("utf-16-be", "ignore") if wide else said.decode("latin-1")
    return " ".join(text.split())
