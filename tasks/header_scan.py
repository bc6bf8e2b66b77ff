"""A quick look at a well-formed header, without building a data set.

Cataloguing wants forty elements of files that hold hundreds. This scanner steps over a little
endian header by its length fields. It judges nothing: at the first thing that is not plain it
gives up, and the file goes through pydicom (``tasks.dicom.reading``) instead. PS3.5 section 7.
"""

import struct
from collections.abc import Container
from dataclasses import dataclass
from typing import Final

_PREAMBLE: Final = 128
_UNDEFINED: Final = 0xFFFFFFFF
_ITEM: Final = 0xFFFEE000
_SEQUENCE_END: Final = 0xFFFEE0DD
_SYNTAX: Final = 0x00020010
_PIXELS: Final = (0x7FE00008, 0x7FE00009, 0x7FE00010)
_MAX_DEPTH: Final = 16

IMPLICIT_LITTLE: Final = "1.2.840.10008.1.2"
_OTHER_ENCODINGS: Final = ("1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99")


def _pairs(letters: bytes) -> frozenset[bytes]:
    return frozenset(letters[i : i + 2] for i in range(0, len(letters), 2))


# Value representations with a length of two bytes, and of four (PS3.5 section 7.1.2).
_SHORT: Final = _pairs(b"AEASATCSDADSDTFLFDISLOLTPNSHSLSSSTTMUIULUS")
_LONG: Final = _pairs(b"OBODOFOLOVOWSQSVUCUNURUTUV")
_EXPLICIT: Final = struct.Struct("<HH2sH")
_IMPLICIT: Final = struct.Struct("<HHI")
_LENGTH: Final = struct.Struct("<I")


class _Unusual(Exception):  # noqa: N818 - a turn of the road, not a fault
    """Raised where the header is not plain."""


@dataclass(frozen=True, slots=True)
class Scan:
    """The wanted elements of a header.

    Attributes
    ----------
    values
        Raw value of each wanted element that is present, by tag.
    transfer_syntax
        TransferSyntaxUID as written.
    pixels
        First byte of the pixel data and its length, which may lie; -1 when encapsulated and no
        fragment is cut off. None without pixel data.
    """

    values: dict[int, bytes]
    transfer_syntax: str
    pixels: tuple[int, int] | None


def scan(raw: bytes, wanted: Container[int]) -> Scan | None:
    """Step through a header.

    Parameters
    ----------
    raw
        The whole file.
    wanted
        Tags whose raw values are kept.

    Returns
    -------
    None when the file is not plain: no preamble, big endian or deflated, tags out of order, a
    length beyond the file, an unknown value representation.
    """
    if raw[_PREAMBLE : _PREAMBLE + 4] != b"DICM":
        return None
    try:
        start, syntax = _file_meta(raw)
        if syntax in _OTHER_ENCODINGS or not syntax:
            return None
        explicit = syntax != IMPLICIT_LITTLE
        if explicit == (raw[start + 4 : start + 6] not in _SHORT):
            return None
        values, pixels = _data_set(raw, start, wanted, explicit=explicit)
    except (_Unusual, struct.error):
        return None
    return Scan(values, syntax, pixels)


def _file_meta(raw: bytes) -> tuple[int, str]:
    """Where the data set starts, and its transfer syntax. Meta is always explicit little endian."""
    at, syntax = _PREAMBLE + 4, ""
    while raw[at : at + 2] == b"\x02\x00":
        tag, start, length = _explicit_element(raw, at)
        if length == _UNDEFINED or start + length > len(raw):
            raise _Unusual
        if tag == _SYNTAX:
            syntax = raw[start : start + length].rstrip(b"\0 ").decode("latin-1")
        at = start + length
    return at, syntax


def _data_set(
    raw: bytes, at: int, wanted: Container[int], *, explicit: bool
) -> tuple[dict[int, bytes], tuple[int, int] | None]:
    values: dict[int, bytes] = {}
    element = _explicit_element if explicit else _implicit_element
    end, last = len(raw), 0
    while at < end:
        tag, start, length = element(raw, at)
        if tag <= last:
            raise _Unusual
        last = tag
        if tag in _PIXELS:
            return values, (start, _fragments(raw, start) if length == _UNDEFINED else length)
        if length == _UNDEFINED:
            at = _past_sequence(raw, start, explicit=explicit, depth=0)
            continue
        at = start + length
        if at > end:
            raise _Unusual
        if tag in wanted:
            values[tag] = raw[start:at]
    return values, None


def _fragments(raw: bytes, start: int) -> int:
    """Return -1 for encapsulated pixel data, or its length when a fragment ends behind the file."""
    at = start
    while raw[at : at + 4] == b"\xfe\xff\x00\xe0" and at + 8 <= len(raw):
        (length,) = _LENGTH.unpack_from(raw, at + 4)
        at += 8 + length
    return at - start if at > len(raw) else -1


def _explicit_element(raw: bytes, at: int) -> tuple[int, int, int]:
    """Tag, first byte of the value, length."""
    group, number, vr, length = _EXPLICIT.unpack_from(raw, at)
    if vr in _SHORT:
        return group << 16 | number, at + 8, length
    if vr not in _LONG:
        raise _Unusual
    (length,) = _LENGTH.unpack_from(raw, at + 8)
    if length == _UNDEFINED and vr == b"UN":
        raise _Unusual
    return group << 16 | number, at + 12, length


def _implicit_element(raw: bytes, at: int) -> tuple[int, int, int]:
    group, number, length = _IMPLICIT.unpack_from(raw, at)
    return group << 16 | number, at + 8, length


def _past_sequence(raw: bytes, at: int, *, explicit: bool, depth: int) -> int:
    """Return the first byte behind a sequence of undefined length."""
    if depth > _MAX_DEPTH:
        raise _Unusual
    while True:
        tag, at, length = _implicit_element(raw, at)
        if tag == _SEQUENCE_END:
            return at
        if tag != _ITEM:
            raise _Unusual
        at = _past_item(raw, at, explicit, depth) if length == _UNDEFINED else at + length
        if at > len(raw):
            raise _Unusual


def _past_item(raw: bytes, at: int, explicit: bool, depth: int) -> int:  # noqa: FBT001 - private
    element = _explicit_element if explicit else _implicit_element
    while True:
        if raw[at : at + 4] == b"\xfe\xff\x0d\xe0":
            return at + 8
        _, at, length = element(raw, at)
        if length == _UNDEFINED:
            at = _past_sequence(raw, at, explicit=explicit, depth=depth + 1)
        else:
            at += length
        if at > len(raw):
            raise _Unusual
