"""A quick look at a well-formed header, without building a data set.

Cataloguing wants forty elements of files that hold hundreds. This scanner steps over a little
endian header by its length fields. It judges nothing: at the first thing that is not plain it
gives up, and the file goes through pydicom (``tasks.dicom.reading``) instead. PS3.5 section 7.
"""

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

_PREAMBLE: Final = 128
_UNDEFINED: Final = 0xFFFFFFFF
_ITEM: Final = 0xFFFEE000
_SEQUENCE_END: Final = 0xFFFEE0DD
_SYNTAX: Final = 0x00020010
_PIXELS: Final = (0x7FE00008, 0x7FE00009, 0x7FE00010)
_MAX_DEPTH: Final = 16
_ITEM_BYTES: Final = b"\xfe\xff\x00\xe0"
_CHARACTER_SET: Final = 0x00080005
_PRIVATE: Final = 0x00010000
_CREATORS: Final = range(0x10, 0x100)
# A name is shorter; what is longer is a device's own data.
_LONGEST_NAME: Final = 1024

IMPLICIT_LITTLE: Final = "1.2.840.10008.1.2"
_OTHER_ENCODINGS: Final = ("1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99")


def _pairs(letters: bytes) -> frozenset[bytes]:
    return frozenset(letters[i : i + 2] for i in range(0, len(letters), 2))


# Value representations with a length of two bytes, and of four (PS3.5 section 7.1.2).
_SHORT: Final = _pairs(b"AEASATCSDADSDTFLFDISLOLTPNSHSLSSSTTMUIULUS")
_LONG: Final = _pairs(b"OBODOFOLOVOWSQSVUCUNURUTUV")
# Names and titles under any tag; sequences; and what no VR is written for.
_NAMES: Final = frozenset((b"PN", b"AE"))
_LOOKED_AT: Final = _NAMES | {b"SQ", b"UN", b""}
_EXPLICIT: Final = struct.Struct("<HH2sH")
_IMPLICIT: Final = struct.Struct("<HHI")
_LENGTH: Final = struct.Struct("<I")


_Reader = Callable[[bytes, int], tuple[int, int, int, bytes]]


class _Unusual(Exception):  # noqa: N818 - a turn of the road, not a fault
    """Raised where the header is not plain."""


@dataclass(frozen=True, slots=True)
class Scan:
    """The wanted elements of a header.

    Attributes
    ----------
    values
        Raw value of each wanted element that is present, by tag, and of every other element at the
        top that may hold a person's name.
    transfer_syntax
        TransferSyntaxUID as written.
    pixels
        First byte of the pixel data and its length, which may lie; -1 when encapsulated and no
        fragment is cut off. None without pixel data.
    sequences
        First byte of each sequence's items, and of what follows them.
    """

    values: dict[int, bytes]
    transfer_syntax: str
    pixels: tuple[int, int] | None
    sequences: list[tuple[int, int]]

    @property
    def is_explicit(self) -> bool:
        """Whether each element's value representation is written beside it."""
        return self.transfer_syntax != IMPLICIT_LITTLE


def scan(raw: bytes, wanted: Mapping[int, bytes]) -> Scan | None:
    """Step through a header.

    Parameters
    ----------
    raw
        The whole file.
    wanted
        Tags whose raw values are kept, and the value representation of each.

    Returns
    -------
    None when the file is not plain: no preamble, big endian or deflated, tags out of order, a
    length beyond the file, an unknown value representation, or a wanted element under another than
    its own.
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
        found = Scan({}, syntax, None, [])
        return replace(found, pixels=_data_set(raw, start, wanted, found))
    except (_Unusual, struct.error):
        return None


def within(raw: bytes, found: Scan, wanted: Mapping[int, bytes]) -> list[tuple[int, bytes]] | None:
    """Give the wanted values inside a header's sequences, at every depth, each with its tag.

    Parameters
    ----------
    raw
        The whole file.
    found
        What ``scan`` made of it.
    wanted
        As there; names under other tags are given as well.

    Returns
    -------
    None where the items are not plain.
    """
    said: list[tuple[int, bytes]] = []
    try:
        for at, end in found.sequences:
            _items(raw, at, end, wanted, _reader(found), said)
    except (_Unusual, struct.error):
        return None
    return said


def _items(
    raw: bytes,
    at: int,
    end: int,
    wanted: Mapping[int, bytes],
    element: _Reader,
    said: list[tuple[int, bytes]],
) -> None:
    """Walk through items one element after another, whichever of them it stands in."""
    while at < end:
        if raw[at : at + 2] == _ITEM_BYTES[:2]:  # an item or its end: eight bytes without a value
            at += 8
            continue
        tag, start, length, vr = element(raw, at)
        if tag == _CHARACTER_SET or (tag in _PIXELS and length == _UNDEFINED):
            raise _Unusual
        at = start
        if length == _UNDEFINED or raw[start : start + 4] == _ITEM_BYTES:
            continue
        at += length
        if at > end:
            raise _Unusual
        if tag in wanted or (vr in _LOOKED_AT and _may_be_name(tag, vr, raw[start:at])):
            said.append((tag, raw[start:at]))


def _file_meta(raw: bytes) -> tuple[int, str]:
    """Where the data set starts, and its transfer syntax. Meta is always explicit little endian."""
    at, syntax = _PREAMBLE + 4, ""
    while raw[at : at + 2] == b"\x02\x00":
        tag, start, length, _ = _explicit_element(raw, at)
        if length == _UNDEFINED or start + length > len(raw):
            raise _Unusual
        if tag == _SYNTAX:
            syntax = raw[start : start + length].rstrip(b"\0 ").decode("latin-1")
        at = start + length
    return at, syntax


def _data_set(
    raw: bytes, at: int, wanted: Mapping[int, bytes], found: Scan
) -> tuple[int, int] | None:
    """Fill in what is found; give the place of the pixel data."""
    element, explicit = _reader(found), found.is_explicit
    end, last = len(raw), 0
    while at < end:
        tag, start, length, vr = element(raw, at)
        if tag <= last:
            raise _Unusual
        last = tag
        if tag in _PIXELS:
            return start, _fragments(raw, start) if length == _UNDEFINED else length
        if length == _UNDEFINED:
            at = _past_sequence(raw, start, explicit=explicit, depth=0)
            found.sequences.append((start, at))
            continue
        at = start + length
        if at > end:
            raise _Unusual
        if tag in wanted or vr in _LOOKED_AT:
            _keep(raw, (start, at), tag, vr, wanted.get(tag), found)
    return None


def _keep(
    raw: bytes, place: tuple[int, int], tag: int, vr: bytes, due: bytes | None, found: Scan
) -> None:
    """Keep a wanted value, one that may be a name, or a sequence's place."""
    value = raw[slice(*place)]
    if due is not None:
        if found.is_explicit and vr != due:
            raise _Unusual
        found.values[tag] = value
    elif value.startswith(_ITEM_BYTES):
        found.sequences.append(place)
    elif _may_be_name(tag, vr, value):
        found.values[tag] = value


def _may_be_name(tag: int, vr: bytes, value: bytes) -> bool:
    """Return whether a value under a tag that nobody asked for may name a person or a station.

    pydicom knows the value representation of many private elements for which none is written.
    """
    if vr in _NAMES:
        return True
    is_private = tag & _PRIVATE and tag & 0xFFFF not in _CREATORS and vr != b"SQ"
    return bool(is_private) and len(value) <= _LONGEST_NAME and b"\0" not in value.rstrip(b"\0")


def _fragments(raw: bytes, start: int) -> int:
    """Return -1 for encapsulated pixel data, or its length when a fragment ends behind the file."""
    at = start
    while raw[at : at + 4] == b"\xfe\xff\x00\xe0" and at + 8 <= len(raw):
        (length,) = _LENGTH.unpack_from(raw, at + 4)
        at += 8 + length
    return at - start if at > len(raw) else -1


def _reader(found: Scan) -> _Reader:
    return _explicit_element if found.is_explicit else _implicit_element


def _explicit_element(raw: bytes, at: int) -> tuple[int, int, int, bytes]:
    """Tag, first byte of the value, length, value representation."""
    group, number, vr, length = _EXPLICIT.unpack_from(raw, at)
    if vr in _SHORT:
        return group << 16 | number, at + 8, length, vr
    if vr not in _LONG:
        raise _Unusual
    (length,) = _LENGTH.unpack_from(raw, at + 8)
    if length == _UNDEFINED and vr == b"UN":
        raise _Unusual
    return group << 16 | number, at + 12, length, vr


def _implicit_element(raw: bytes, at: int) -> tuple[int, int, int, bytes]:
    group, number, length = _IMPLICIT.unpack_from(raw, at)
    return group << 16 | number, at + 8, length, b""


def _past_sequence(raw: bytes, at: int, *, explicit: bool, depth: int) -> int:
    """Return the first byte behind a sequence of undefined length."""
    if depth > _MAX_DEPTH:
        raise _Unusual
    while True:
        tag, at, length, _ = _implicit_element(raw, at)
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
        _, at, length, _ = element(raw, at)
        if length == _UNDEFINED:
            at = _past_sequence(raw, at, explicit=explicit, depth=depth + 1)
        else:
            at += length
        if at > len(raw):
            raise _Unusual
