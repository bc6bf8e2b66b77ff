"""How each center's films look: device, field, exposure, processing, header hints.

A style is a set of ranges; a film gets one draw of it. Styles A and B are the development
centers, C a sharpened and noisy CR, D flat, wide and with low, tilted spines. Randomized films
draw every range wider than any center, so that a network does not learn one vendor's look.
Manufacturers are invented.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

Range = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Style:
    """The look of one film; lengths in mm at the detector.

    Attributes
    ----------
    mm_per_px
        Spacing drawn by default.
    field_height_mm, field_width_mm
        Size of the exposed detector area.
    spine_row, spine_column
        Where L3 lies, as a share of the height, and of the width from the back.
    tilt_deg
        Rotation of the whole spine, positive when its top leans forward.
    body_mm
        Width of the trunk along the ray.
    photons
        Quanta per square millimeter behind the spine.
    scatter
        Scattered share of the signal there.
    blur_mm, grain
        Detector blur; share of the noise that is coarse.
    flatten, sharpen, sharpen_mm
        Compression of broad contrast, gain and width of the unsharp mask.
    latitude, center, slope, linearity
        Window's width over the spine's own range, its middle, steepness of the S-shaped curve,
        and the share of a logarithmic curve (the rest is a power law).
    shutter
        Gray outside the collimated field; below 0 none is laid.
    """

    center: str
    manufacturer: str
    model_name: str
    modality: str
    photometric: str
    bits_stored: int
    spacing_keyword: str
    mm_per_px: float
    field_height_mm: float
    field_width_mm: float
    spine_row: float
    spine_column: float
    tilt_deg: float
    body_mm: float
    photons: float
    scatter: float
    blur_mm: float
    grain: float
    flatten: float
    sharpen: float
    sharpen_mm: float
    latitude: float
    middle: float
    slope: float
    linearity: float
    shutter: float
    has_marker: bool
    faces_left: bool
    is_randomized: bool


@dataclass(frozen=True, slots=True)
class _Device:
    """What a center's machine writes in its headers."""

    manufacturer: str
    model_name: str
    modality: str
    photometric: tuple[str, ...]
    bits_stored: tuple[int, ...]
    spacing_keyword: tuple[str, ...]
    mm_per_px: float
    faces_left: float


_DEVICES: Final[dict[str, _Device]] = {
    "A": _Device("Nordlicht Medical", "DR-400", "DX", ("MONOCHROME2",), (12, 14),
                 ("ImagerPixelSpacing",), 0.40, 0.5),
    "B": _Device("Kestrel Imaging", "Panel 17", "DX", ("MONOCHROME1", "MONOCHROME2"), (14, 16),
                 ("ImagerPixelSpacing", "PixelSpacing"), 0.42, 0.35),
    "C": _Device("Tamarisk Systems", "CR Reader 2", "CR", ("MONOCHROME1",), (10, 12),
                 ("PixelSpacing", "ImagerPixelSpacing"), 0.36, 0.6),
    "D": _Device("Ostrava Roentgen", "Vista XL", "DX", ("MONOCHROME2",), (12,),
                 ("ImagerPixelSpacing", ""), 0.46, 0.2),
}  # fmt: skip

_RANGES: Final[dict[str, dict[str, Range]]] = {
    "A": {
        "field_height_mm": (350, 410), "field_width_mm": (220, 270), "spine_row": (0.46, 0.56),
        "spine_column": (0.38, 0.48), "tilt_deg": (-7, 7), "body_mm": (290, 360),
        "photons": (9000, 20000), "scatter": (0.25, 0.4), "blur_mm": (0.18, 0.3),
        "grain": (0.1, 0.3), "flatten": (0.35, 0.55), "sharpen": (0.4, 0.9),
        "sharpen_mm": (1.2, 2.0), "latitude": (1.1, 1.4), "middle": (0.46, 0.56),
        "slope": (2.4, 3.6), "linearity": (0.9, 1.0), "shutter": (0.0, 0.0),
    },
    "B": {
        "field_height_mm": (370, 430), "field_width_mm": (230, 300), "spine_row": (0.44, 0.55),
        "spine_column": (0.36, 0.5), "tilt_deg": (-8, 8), "body_mm": (290, 370),
        "photons": (7000, 16000), "scatter": (0.3, 0.45), "blur_mm": (0.2, 0.35),
        "grain": (0.2, 0.4), "flatten": (0.2, 0.45), "sharpen": (0.1, 0.6),
        "sharpen_mm": (1.5, 3.0), "latitude": (1.1, 1.5), "middle": (0.45, 0.57),
        "slope": (1.6, 3.0), "linearity": (0.5, 0.9), "shutter": (-1.0, 0.0),
    },
    "C": {
        "field_height_mm": (340, 400), "field_width_mm": (210, 260), "spine_row": (0.44, 0.56),
        "spine_column": (0.36, 0.5), "tilt_deg": (-8, 8), "body_mm": (280, 350),
        "photons": (3000, 6500), "scatter": (0.3, 0.45), "blur_mm": (0.25, 0.4),
        "grain": (0.4, 0.7), "flatten": (0.4, 0.6), "sharpen": (1.4, 2.4),
        "sharpen_mm": (0.9, 1.6), "latitude": (1.05, 1.3), "middle": (0.38, 0.52),
        "slope": (2.5, 4.0), "linearity": (0.9, 1.0), "shutter": (-1.0, -0.5),
    },
    "D": {
        "field_height_mm": (400, 430), "field_width_mm": (300, 350), "spine_row": (0.52, 0.66),
        "spine_column": (0.3, 0.5), "tilt_deg": (-20, 20), "body_mm": (300, 390),
        "photons": (7000, 15000), "scatter": (0.45, 0.6), "blur_mm": (0.25, 0.4),
        "grain": (0.2, 0.4), "flatten": (0.0, 0.15), "sharpen": (-0.2, 0.2),
        "sharpen_mm": (1.5, 3.0), "latitude": (1.3, 1.9), "middle": (0.40, 0.54),
        "slope": (0.5, 1.5), "linearity": (0.7, 1.0), "shutter": (0.0, 0.0),
    },
    "wide": {
        "field_height_mm": (290, 430), "field_width_mm": (180, 350), "spine_row": (0.38, 0.66),
        "spine_column": (0.28, 0.58), "tilt_deg": (-20, 20), "body_mm": (260, 410),
        "photons": (1800, 26000), "scatter": (0.15, 0.65), "blur_mm": (0.12, 0.75),
        "grain": (0.0, 0.9), "flatten": (0.0, 0.75), "sharpen": (-0.6, 2.6),
        "sharpen_mm": (0.7, 4.0), "latitude": (0.95, 2.4), "middle": (0.36, 0.62),
        "slope": (0.3, 4.2), "linearity": (0.0, 1.0), "shutter": (-1.0, 1.0),
    },
}  # fmt: skip

CENTERS: Final = tuple(_DEVICES)


def draw_style(center: str, rng: np.random.Generator, *, randomized: bool = False) -> Style:
    """Draw the look of one film of a center.

    Parameters
    ----------
    center
        ``"A"``, ``"B"``, ``"C"`` or ``"D"``.
    rng
        Source of chance, of the film.
    randomized
        Draw geometry, exposure and processing from ranges wider than any center's.

    Raises
    ------
    ValueError
        There is no such center.
    """
    if center not in _DEVICES:
        raise ValueError(f"center must be one of {', '.join(_DEVICES)}, got {center!r}")
    device = _DEVICES[center]
    drawn = {
        name: float(rng.uniform(low, high))
        for name, (low, high) in _RANGES["wide" if randomized else center].items()
    }
    spacing = device.mm_per_px * (float(rng.uniform(0.8, 1.25)) if randomized else 1.0)
    return Style(
        center=center,
        manufacturer=device.manufacturer,
        model_name=device.model_name,
        modality=device.modality,
        photometric=str(rng.choice(device.photometric)),
        bits_stored=int(rng.choice(device.bits_stored)),
        spacing_keyword=str(rng.choice(device.spacing_keyword)),
        mm_per_px=round(spacing, 3),
        has_marker=bool(rng.random() < 0.75),  # noqa: PLR2004 - three films in four
        faces_left=bool(rng.random() < device.faces_left),
        is_randomized=randomized,
        **drawn,
    )
