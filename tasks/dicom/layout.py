"""What a header says of its pixels, held against what is there before any memory is taken."""

from dataclasses import dataclass
from typing import Final

from pydicom.dataset import Dataset
from pydicom.uid import (
    UID,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from data_contracts.errors import FilmRejected
from data_contracts.reasons import Reason
from tasks.dicom.elements import integer, text

# A 43 x 43 cm plate at 70 micrometres has 38 million pixels.
MAX_PIXELS: Final = 64_000_000
MAX_SIDE: Final = 16_384
_MOST_SAID: Final = 999
_PHOTOMETRIC: Final = ("MONOCHROME1", "MONOCHROME2")


@dataclass(frozen=True, slots=True)
class Layout:
    """The image pixel module of one monochrome frame (PS3.3 C.7.6.3)."""

    rows: int
    columns: int
    bits_allocated: int
    bits_stored: int
    high_bit: int
    is_signed: bool
    syntax: UID

    @property
    def frame_bytes(self) -> int:
        """Length of the decoded frame."""
        return self.rows * self.columns * self.bits_allocated // 8


def read_layout(ds: Dataset) -> Layout:
    """Read and check the image pixel module.

    Raises
    ------
    FilmRejected
        ``NOT_AN_IMAGE``, ``MISSING_ATTRIBUTE``, ``NOT_GRAYSCALE``, ``MULTI_FRAME``, ``TOO_LARGE``
        or ``HEADER_IMPLAUSIBLE``.
    """
    if "PixelData" not in ds:
        raise FilmRejected(Reason.NOT_AN_IMAGE, "no PixelData")
    _check_kind(ds)
    allocated = _required(ds, "BitsAllocated")
    stored = integer(ds, "BitsStored") or allocated
    high_bit = integer(ds, "HighBit")
    layout = Layout(
        rows=_required(ds, "Rows"),
        columns=_required(ds, "Columns"),
        bits_allocated=allocated,
        bits_stored=stored,
        high_bit=stored - 1 if high_bit is None else high_bit,
        is_signed=integer(ds, "PixelRepresentation") == 1,
        syntax=transfer_syntax(ds),
    )
    _check_size(layout)
    _check_bits(layout)
    return layout


def transfer_syntax(ds: Dataset) -> UID:
    """Return the transfer syntax; as the header was read, when file meta does not say."""
    named = text(getattr(ds, "file_meta", Dataset()), "TransferSyntaxUID")
    if named:
        return UID(named)
    is_implicit, is_little = ds.original_encoding
    if is_implicit:
        return ImplicitVRLittleEndian
    return ExplicitVRLittleEndian if is_little else ExplicitVRBigEndian


def _required(ds: Dataset, keyword: str) -> int:
    """Return a whole number that an image cannot do without."""
    if keyword not in ds:
        raise FilmRejected(Reason.MISSING_ATTRIBUTE, keyword)
    number = integer(ds, keyword)
    if number is None:
        raise FilmRejected(Reason.HEADER_IMPLAUSIBLE, f"{keyword} is no number")
    return number


def _check_kind(ds: Dataset) -> None:
    """Refuse colour, palettes and several frames."""
    photometric = text(ds, "PhotometricInterpretation")
    samples = integer(ds, "SamplesPerPixel")
    if samples not in (None, 1) or (photometric and photometric not in _PHOTOMETRIC):
        raise FilmRejected(Reason.NOT_GRAYSCALE, f"{_said(samples)} samples a pixel")
    if not photometric:
        raise FilmRejected(Reason.MISSING_ATTRIBUTE, "PhotometricInterpretation")
    frames = integer(ds, "NumberOfFrames")
    if frames not in (None, 1):
        raise FilmRejected(Reason.MULTI_FRAME, f"{_said(frames)} frames")


def _check_size(layout: Layout) -> None:
    """Refuse sizes that no radiograph has."""
    sides = (layout.rows, layout.columns)
    seen = " x ".join(_said(side, MAX_SIDE) for side in sides)
    if min(sides) < 1:
        raise FilmRejected(Reason.HEADER_IMPLAUSIBLE, f"Rows x Columns {seen}")
    if max(sides) > MAX_SIDE or layout.rows * layout.columns > MAX_PIXELS:
        raise FilmRejected(Reason.TOO_LARGE, seen)


def _check_bits(layout: Layout) -> None:
    """Refuse bit layouts that a grayscale radiograph cannot have."""
    bits = f"BitsAllocated {_said(layout.bits_allocated)}, BitsStored {_said(layout.bits_stored)}"
    if layout.bits_allocated not in (8, 16):
        raise FilmRejected(Reason.HEADER_IMPLAUSIBLE, bits)
    if not 1 < layout.bits_stored <= layout.bits_allocated:
        raise FilmRejected(Reason.HEADER_IMPLAUSIBLE, bits)
    if not layout.bits_stored - 1 <= layout.high_bit < layout.bits_allocated:
        raise FilmRejected(Reason.HEADER_IMPLAUSIBLE, f"HighBit {_said(layout.high_bit)}, {bits}")


def _said(number: int | None, most: int = _MOST_SAID) -> str:
    """Return a number for a table; where a film cannot have so many, it may be somebody's."""
    if number is None:
        return "no"
    return str(number) if 0 <= number <= most else "too many" if number > most else "less than 0"
