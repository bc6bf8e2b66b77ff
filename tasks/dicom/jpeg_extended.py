"""Twelve-bit JPEG (processes 2 and 4), which pydicom hands to no decoder.

The decoder behind it reads these streams from a file, and so it does from one fragment; a test
holds its values to the same film in JPEG lossless.
"""

from typing import Any, Final

import gdcm
import numpy as np
import numpy.typing as npt

from tasks.dicom.layout import Layout

_PRECISION: Final = 12
_UNSIGNED: Final = 0


def decode_twelve_bits(stream: bytes, layout: Layout) -> npt.NDArray[Any]:
    """Decode one frame.

    Returns
    -------
    numpy.ndarray
        uint16 (rows, columns).

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
    image = gdcm.Image()
    image.SetNumberOfDimensions(2)
    image.SetDimensions((layout.columns, layout.rows, 1))
    image.SetDataElement(element)
    sense = gdcm.PhotometricInterpretation.GetPIType("MONOCHROME2")
    image.SetPhotometricInterpretation(gdcm.PhotometricInterpretation(sense))
    syntax = gdcm.TransferSyntax.GetTSType(str.__str__(layout.syntax))
    image.SetTransferSyntax(gdcm.TransferSyntax(syntax))
    image.SetPixelFormat(gdcm.PixelFormat(1, 16, _PRECISION, _PRECISION - 1, _UNSIGNED))
    text = image.GetBuffer()
    frame = b"" if text is None else text.encode("utf-8", "surrogateescape")
    if len(frame) != 2 * layout.rows * layout.columns:
        raise ValueError(f"{len(frame)} bytes decoded for {layout.rows} x {layout.columns} pixels")
    return np.frombuffer(frame, "<u2").reshape(layout.rows, layout.columns)
