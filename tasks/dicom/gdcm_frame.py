"""Frames that GDCM decodes when it is asked directly.

pydicom hands twelve-bit JPEG (processes 2 and 4) to no decoder, and takes a lossless frame from
GDCM as a text, which costs as much again as its decoding; a test holds both to the same values.
"""

import ctypes
from typing import Any, Final

import gdcm
import numpy as np
import numpy.typing as npt
from pydicom.uid import JPEGExtended12Bit, JPEGLossless, JPEGLosslessSV1

from tasks.dicom.layout import Layout

_TWELVE: Final = 12


def is_for_gdcm(layout: Layout) -> bool:
    """Return whether ``decode_frame`` is for such a frame."""
    is_twelve_bits = layout.syntax == JPEGExtended12Bit and layout.bits_allocated > 8  # noqa: PLR2004
    return is_twelve_bits or layout.syntax in (JPEGLossless, JPEGLosslessSV1)


def decode_frame(stream: bytes, layout: Layout) -> npt.NDArray[Any]:
    """Decode one frame.

    Returns
    -------
    numpy.ndarray
        uint8 or uint16 (rows, columns).

    Raises
    ------
    ValueError
        The decoder gave back nothing, or not a frame of that size.
    """
    fragment = gdcm.Fragment()
    fragment.SetByteStringValue(stream)
    fragments = gdcm.SequenceOfFragments.New()
    fragments.AddFragment(fragment)
    element = gdcm.DataElement(gdcm.Tag(0x7FE0, 0x0010))
    element.SetValue(fragments.__ref__())
    codec = gdcm.JPEGCodec()
    codec.SetNumberOfDimensions(2)
    codec.SetDimensions((layout.columns, layout.rows, 1))
    sense = gdcm.PhotometricInterpretation.GetPIType("MONOCHROME2")
    codec.SetPhotometricInterpretation(gdcm.PhotometricInterpretation(sense))
    codec.SetPixelFormat(_pixel_format(layout))
    decoded = gdcm.DataElement()
    value = decoded.GetByteValue() if codec.Decode(element, decoded) else None
    # A length of GDCM's is no number to Python but by its text.
    size = 0 if value is None else int(str(value.ComputeLength()))
    if value is None or size != layout.frame_bytes + layout.frame_bytes % 2:
        raise ValueError(f"{size} bytes decoded for {layout.rows} x {layout.columns} pixels")
    frame = ctypes.string_at(int(value.GetVoidPointer()), layout.frame_bytes)
    words = np.frombuffer(frame, f"<u{layout.bits_allocated // 8}")
    return words.reshape(layout.rows, layout.columns)


def _pixel_format(layout: Layout) -> Any:  # noqa: ANN401 - GDCM has no types
    """Return how GDCM is to read the stream's samples."""
    is_lossy = layout.syntax == JPEGExtended12Bit
    bits = _TWELVE if is_lossy else layout.bits_stored
    is_signed = layout.is_signed and not is_lossy
    return gdcm.PixelFormat(1, layout.bits_allocated, bits, bits - 1, int(is_signed))
