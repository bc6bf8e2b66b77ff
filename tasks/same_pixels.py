"""Whether two delivered files hold the same image."""

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from data_contracts.errors import FilmRejected
from tasks.archives import Place, read_bytes
from tasks.dicom.pixels import decode
from tasks.dicom.reading import read_film
from tasks.header_scan import scan

_KEPT: Final = 4096


class PixelComparison:
    """Compares files of a catalogue by their place in it; digests are remembered."""

    def __init__(self, places: Sequence[Place]) -> None:
        self._places = places
        self._encoded = lru_cache(maxsize=_KEPT)(self._encoded_digest)
        self._decoded = lru_cache(maxsize=_KEPT)(self._decoded_digest)

    def same(self, one: int, other: int) -> bool:
        """Compare the pixel data as encoded and, where that differs, decoded.

        A film that was compressed on its way from one archive to another keeps its UID and, when
        the compression is lossless, its pixels.
        """
        first, second = self._encoded(one), self._encoded(other)
        if not first or not second:
            return False
        if first[1] == second[1]:
            return True
        if first[0] == second[0]:
            return False
        decoded = self._decoded(one)
        return bool(decoded) and decoded == self._decoded(other)

    def _encoded_digest(self, index: int) -> tuple[str, bytes] | None:
        """Transfer syntax and digest of the pixel data as it lies in the file."""
        try:
            raw = read_bytes(self._places[index])
            quick = scan(raw, ())
            if quick is not None and quick.pixels is not None and quick.pixels[1] >= 0:
                start, length = quick.pixels
                pixels = raw[start : start + length]
                return quick.transfer_syntax, hashlib.sha256(pixels).digest()
            ds = read_film(raw)
            syntax = str(ds.file_meta.get("TransferSyntaxUID", ""))
            return syntax, hashlib.sha256(ds.PixelData).digest()
        except (FilmRejected, AttributeError, TypeError):
            return None

    def _decoded_digest(self, index: int) -> bytes:
        try:
            stored = decode(read_film(read_bytes(self._places[index])))
        except FilmRejected:
            return b""
        shape = f"{stored.shape}{stored.dtype.str}".encode()
        return hashlib.sha256(shape + stored.tobytes()).digest()
