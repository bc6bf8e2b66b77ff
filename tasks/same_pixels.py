"""Whether two delivered files hold the same image."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Final, Self

from data_contracts.errors import FilmRejected
from data_contracts.reasons import Reason
from tasks.archives import Place, read_bytes
from tasks.dicom.pixels import decode
from tasks.dicom.reading import read_film
from tasks.header_scan import scan
from tasks.set_apart import SetApart

_UNREADABLE: Final = "-"
# Not decoded here, but no sign of damage: several frames, colour.
_REFUSED: Final = "?"
_DECODE_SECONDS: Final = 120.0
_DAMAGE: Final = (Reason.UNDECODABLE_PIXELS, Reason.TRUNCATED, Reason.CORRUPT)


class PixelComparison:
    """Compares files of a catalogue by their place in it.

    Parameters
    ----------
    places
        Where the files are.
    known
        Digests that an earlier night worked out, by place in the catalogue.

    Attributes
    ----------
    places
        Where the files are.
    digests
        Known and new digests: of the pixel data as it lies in the file (with its transfer syntax)
        and, where it was needed, decoded.
    """

    def __init__(self, places: Sequence[Place], known: Mapping[int, tuple[str, str]]) -> None:
        self.places = places
        self.digests = dict(known)
        self._decoder = SetApart(decoded_digest, _UNREADABLE, _DECODE_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._decoder.close()

    def same(self, one: int, other: int) -> bool:
        """Compare the pixel data as encoded and, where that differs, decoded.

        A film that was compressed on its way from one archive to another keeps its UID and, when
        the compression is lossless, its pixels.
        """
        first, second = self._encoded(one), self._encoded(other)
        if _UNREADABLE in (first, second):
            return False
        syntax, digest = first.split("|")
        if digest == second.split("|")[1]:
            return True
        if second.startswith(f"{syntax}|"):
            return False
        decoded = self._decoded(one)
        return decoded not in (_UNREADABLE, _REFUSED) and decoded == self._decoded(other)

    def damaged(self, index: int) -> bool:
        """Whether the pixel data cannot be decoded any more."""
        return _UNREADABLE in (self._encoded(index), self._decoded(index))

    def _encoded(self, index: int) -> str:
        encoded, decoded = self.digests.get(index, ("", ""))
        if not encoded:
            encoded = _encoded_digest(self.places[index])
            self.digests[index] = (encoded, decoded)
        return encoded

    def _decoded(self, index: int) -> str:
        encoded, decoded = self.digests[index]
        if not decoded:
            decoded = self._decoder.ask(self.places[index])
            self.digests[index] = (encoded, decoded)
        return decoded


def _encoded_digest(place: Place) -> str:
    try:
        raw = read_bytes(place)
        quick = scan(raw, {})
        if quick is not None and quick.pixels is not None and quick.pixels[1] >= 0:
            start, length = quick.pixels
            return _said(quick.transfer_syntax, raw[start : start + length])
        ds = read_film(raw)
        return _said(str(ds.file_meta.get("TransferSyntaxUID", "")), ds.PixelData)
    except (FilmRejected, AttributeError, TypeError):
        return _UNREADABLE


def _said(syntax: str, pixels: bytes) -> str:
    return f"{syntax}|{hashlib.sha256(pixels).hexdigest()}"


def decoded_digest(place: Place) -> str:
    """Return the digest of the decoded pixels, or why there is none; decoders may crash or hang."""
    try:
        stored = decode(read_film(read_bytes(place)))
    except FilmRejected as verdict:
        return _UNREADABLE if verdict.reason in _DAMAGE else _REFUSED
    digest = hashlib.sha256(f"{stored.shape}{stored.dtype.str}".encode())
    digest.update(stored.tobytes())
    return digest.hexdigest()
