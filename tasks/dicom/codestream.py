"""Frame size as a compressed stream itself states it, read from its first bytes."""

import struct
from typing import Final

_SOI: Final = b"\xff\xd8"
_J2K: Final = b"\xff\x4f\xff\x51"
_JP2: Final = b"\x00\x00\x00\x0cjP"
# Start-of-frame markers of JPEG and JPEG-LS; C4, C8 and CC are tables.
_SOF: Final = frozenset({*range(0xC0, 0xD0), 0xF7} - {0xC4, 0xC8, 0xCC})
_STANDALONE: Final = frozenset({0x01, 0xFF, *range(0xD0, 0xD9)})


def frame_size(stream: bytes) -> tuple[int, int, int] | None:
    """Return (rows, columns, samples) of a JPEG, JPEG-LS or JPEG 2000 stream; None if unread."""
    try:
        if stream.startswith(_SOI):
            return _jpeg_size(stream)
        if stream.startswith((_J2K, _JP2)):
            return _jpeg_2000_size(stream[max(stream.find(_J2K), 0) :])
    except struct.error:
        return None
    return None


def rle_can_hold(stream: bytes, frame_bytes: int) -> bool:
    """Return whether the runs could decode to so many bytes: at most 128 from two (PS3.5 G.3)."""
    return frame_bytes <= 64 * max(len(stream) - 64, 0)


def _jpeg_size(stream: bytes) -> tuple[int, int, int] | None:
    """Walk the marker segments to the start of frame."""
    at = 2
    while at + 4 <= len(stream) and stream[at] == 0xFF:  # noqa: PLR2004 - marker prefix
        marker = stream[at + 1]
        if marker in _STANDALONE:
            at += 1 if marker == 0xFF else 2  # noqa: PLR2004 - fill byte
            continue
        if marker in _SOF:
            rows, columns, samples = struct.unpack_from(">HHB", stream, at + 5)
            return rows, columns, samples
        at += 2 + int.from_bytes(stream[at + 2 : at + 4], "big")
    return None


def _jpeg_2000_size(stream: bytes) -> tuple[int, int, int] | None:
    """Read the SIZ segment (ISO 15444-1 A.5.1)."""
    if not stream.startswith(_J2K):
        return None
    right, bottom, left, top = struct.unpack_from(">4I", stream, 8)
    (samples,) = struct.unpack_from(">H", stream, 40)
    return bottom - top, right - left, samples
