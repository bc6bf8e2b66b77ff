"""Pixel data to numbers, and numbers to the radiograph that the networks see."""

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate, generate_frames
from pydicom.pixels.decoders.base import get_decoder
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    RLELossless,
)

from aac_models.radiograph import Radiograph
from data_contracts.errors import FilmRejected
from data_contracts.reasons import Reason
from tasks.dicom.codestream import frame_size, rle_can_hold
from tasks.dicom.discretion import discreet
from tasks.dicom.display import brightness
from tasks.dicom.gdcm_frame import decode_frame, is_for_gdcm
from tasks.dicom.layout import Layout, read_layout
from tasks.dicom.orientation import anterior_side
from tasks.dicom.spacing import pixel_spacing

NATIVE: Final = (
    ImplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
)


def decode(ds: Dataset) -> npt.NDArray[Any]:
    """Decode the one frame of a grayscale film.

    Returns
    -------
    numpy.ndarray
        Stored values (rows, columns), uint8, int8, uint16 or int16: shifted to bit 0, sign
        extended, every bit outside BitsStored cleared.

    Raises
    ------
    FilmRejected
        For what ``read_layout`` refuses, and ``TRUNCATED``, ``HEADER_IMPLAUSIBLE`` (header and
        stream disagree), ``UNSUPPORTED_COMPRESSION`` or ``UNDECODABLE_PIXELS``. All but the last
        before the frame's memory is taken.
    """
    layout = read_layout(ds)
    if layout.syntax in NATIVE:
        words = _decode_native(ds, layout)
        return _stored_values(words, layout, shift=layout.high_bit + 1 - layout.bits_stored)
    return _stored_values(_decode_compressed(ds, layout), layout, shift=0)


def to_radiograph(ds: Dataset, stored: npt.NDArray[Any]) -> Radiograph:
    """Make the film that the networks see.

    Parameters
    ----------
    ds
        The film's header.
    stored
        Stored values as ``decode`` returns them, text blanked or not.

    Returns
    -------
    Radiograph
        float32 in [0, 1]; bright is dense whatever the photometric interpretation.
    """
    spacing, source = pixel_spacing(ds)
    return Radiograph(
        pixels=brightness(ds, stored),
        pixel_spacing_mm=spacing,
        spacing_source=source,
        anterior=anterior_side(ds),
    )


def _decode_native(ds: Dataset, layout: Layout) -> npt.NDArray[Any]:
    """View the frame in the bytes that are there; a tail behind it is not taken along."""
    raw = ds["PixelData"].value
    if not isinstance(raw, bytes):
        raise FilmRejected(Reason.HEADER_IMPLAUSIBLE, "encapsulated pixels in a native syntax")
    if len(raw) < layout.frame_bytes:
        raise FilmRejected(Reason.TRUNCATED, f"{len(raw)} of {layout.frame_bytes} pixel bytes")
    order = ">" if layout.syntax == ExplicitVRBigEndian else "<"
    if layout.bits_allocated == 8 and order == ">" and ds["PixelData"].VR == "OW":  # noqa: PLR2004
        raw = np.frombuffer(raw[: len(raw) & ~1], "<u2").byteswap().tobytes()
    words = np.frombuffer(
        raw, f"{order}u{layout.bits_allocated // 8}", layout.rows * layout.columns
    )
    return words.reshape(layout.rows, layout.columns)


def _decode_compressed(ds: Dataset, layout: Layout) -> npt.NDArray[Any]:
    """Decode the first frame of encapsulated pixel data."""
    stream = _first_frame(ds)
    _check_stream(stream, layout)
    if is_for_gdcm(layout):
        return np.asarray(_guarded(lambda: decode_frame(stream, layout), Reason.UNDECODABLE_PIXELS))
    decoder = _guarded(lambda: get_decoder(layout.syntax), Reason.UNSUPPORTED_COMPRESSION)
    if not decoder.is_available:
        raise FilmRejected(Reason.UNSUPPORTED_COMPRESSION, layout.syntax.name)
    # Put together anew: where an offset table says that fragments lie elsewhere, they do not.
    whole = encapsulate([stream])
    frame, _ = _guarded(
        lambda: decoder.as_array(
            whole,
            index=0,
            raw=True,
            rows=layout.rows,
            columns=layout.columns,
            bits_allocated=layout.bits_allocated,
            bits_stored=layout.bits_stored,
            pixel_representation=int(layout.is_signed),
            samples_per_pixel=1,
            number_of_frames=1,
            photometric_interpretation="MONOCHROME2",
            pixel_keyword="PixelData",
        ),
        Reason.UNDECODABLE_PIXELS,
    )
    if frame.shape != (layout.rows, layout.columns):
        raise FilmRejected(Reason.HEADER_IMPLAUSIBLE, "decoded frame has another shape")
    decoded: npt.NDArray[Any] = frame
    return decoded


def _first_frame(ds: Dataset) -> bytes:
    """Take the first frame's stream out of its fragments."""
    value = ds["PixelData"].value
    if not isinstance(value, bytes) or not ds["PixelData"].is_undefined_length:
        raise FilmRejected(Reason.HEADER_IMPLAUSIBLE, "native pixels in a compressed syntax")
    frames = _guarded(
        lambda: list(generate_frames(value, number_of_frames=1)), Reason.UNDECODABLE_PIXELS
    )
    if not frames:
        raise FilmRejected(Reason.TRUNCATED, "no fragment")
    stream: bytes = frames[0]
    return stream


def _check_stream(stream: bytes, layout: Layout) -> None:
    """Hold header against stream before a decoder believes either."""
    if layout.syntax == RLELossless:
        if not rle_can_hold(stream, layout.frame_bytes):
            raise FilmRejected(Reason.TRUNCATED, "runs too short for Rows x Columns")
        return
    size = frame_size(stream)
    if size is None:
        raise FilmRejected(Reason.UNDECODABLE_PIXELS, "no frame header in the stream")
    if size != (layout.rows, layout.columns, 1):
        raise FilmRejected(
            Reason.HEADER_IMPLAUSIBLE,
            f"{layout.rows} x {layout.columns} in the header, {size[0]} x {size[1]} in the stream",
        )


def _guarded(call: Callable[[], Any], reason: Reason) -> Any:  # noqa: ANN401 - pydicom's types
    """Run a decoder; whatever it raises is a verdict on the film."""
    try:
        with discreet():
            return call()
    except (KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as error:  # noqa: BLE001 - the panic of a Rust decoder is no Exception
        raise FilmRejected(reason, type(error).__name__) from None


def _stored_values(words: npt.NDArray[Any], layout: Layout, *, shift: int) -> npt.NDArray[Any]:
    """Shift to bit 0, clear the bits outside BitsStored, extend the sign."""
    size = layout.bits_allocated // 8
    unsigned = words.astype(words.dtype.newbyteorder("=").str.replace("i", "u"), copy=False)
    unsigned = unsigned.astype(f"u{size}", copy=False)
    spare = 8 * size - layout.bits_stored
    if not layout.is_signed:
        if shift:
            unsigned = unsigned >> shift
        is_tidy = not spare or int(unsigned.max()) < 1 << layout.bits_stored
        return unsigned if is_tidy else unsigned & ((1 << layout.bits_stored) - 1)
    # Left to the top and back down: drops foreign bits and extends the sign in one go.
    topped = (unsigned << (spare - shift)).view(f"i{size}")
    return topped >> spare
