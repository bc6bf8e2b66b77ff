"""What the styles of these films have in common and where they differ."""

from dataclasses import dataclass
from typing import Final

Range = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Look:
    """One invented maker's films; values are relative to the brightest soft tissue.

    Attributes
    ----------
    body, rim, plate, rim_mm, grain
        A vertebral body: its gray, its edge, its endplates, the edge's width, its mottle.
    behind, ribs, sacrum, pelvis, gas, lungs, tissue, texture
        How strongly the rest is drawn; 0 leaves it out.
    crest
        How far above the middle of L5 the iliac crest rises, in body depths.
    deposit, deposit_mm
        Brightness and thickness of the deposits.
    noise, noise_mm, blur_mm
        Of the detector.
    sharpen, sharpen_mm, equalize, steep
        Of the processing: unsharp mask, share of local equalization, S-shaped curve.
    gamma, low, high
        Of the display.
    surround
        Gray outside the collimator; below 0 there is none.
    ahead, below
        Field in front of the spine and below S1, in body depths.
    """

    body: float = 0.30
    rim: float = 0.20
    plate: float = 0.20
    rim_mm: float = 1.1
    grain: float = 0.03
    behind: float = 0.16
    ribs: float = 0.6
    sacrum: float = 0.8
    pelvis: float = 0.8
    gas: float = 6.0
    lungs: float = 0.6
    tissue: float = 0.55
    texture: float = 0.02
    crest: Range = (-0.35, 0.9)
    deposit: Range = (0.10, 0.35)
    deposit_mm: Range = (0.7, 3.0)
    noise: float = 0.012
    noise_mm: float = 0.3
    blur_mm: float = 0.35
    sharpen: float = 0.0
    sharpen_mm: float = 3.0
    equalize: float = 0.0
    steep: float = 0.0
    gamma: Range = (0.8, 1.3)
    low: float = 0.02
    high: float = 0.98
    surround: float = 0.0
    ahead: Range = (1.8, 3.6)
    below: Range = (0.0, 1.6)


LOOKS: Final[dict[str, Look]] = {
    "cartoon": Look(
        body=0.35, rim=0.25, rim_mm=1.6, plate=0.1, grain=0.0, behind=0.11, ribs=0.0, pelvis=0.0,
        gas=0.0, lungs=0.0, tissue=0.3, texture=0.0, noise=0.006, gamma=(0.95, 1.05),
        surround=-1.0, ahead=(1.8, 4.5),
    ),
    "soft": Look(
        blur_mm=0.8, noise=0.008, rim=0.13, plate=0.15, body=0.26, grain=0.015, steep=4.5,
    ),
    "hard": Look(
        blur_mm=0.2, noise=0.018, noise_mm=0.2, sharpen=1.2, sharpen_mm=2.5, equalize=0.55,
        grain=0.05, ahead=(1.7, 2.6),
    ),
    "bright": Look(
        gamma=(0.5, 0.75), tissue=0.35, pelvis=1.0, sharpen=0.4, sharpen_mm=6.0, body=0.24,
        surround=1.0, ahead=(3.0, 5.0), below=(1.2, 3.0),
    ),
    "dark": Look(
        gamma=(1.5, 2.1), noise=0.03, noise_mm=0.5, tissue=0.8, blur_mm=0.5, texture=0.03,
        steep=4.5, gas=9.0, ahead=(1.7, 5.0), below=(0.0, 2.5),
    ),
    "flat": Look(
        equalize=0.85, sharpen=0.5, sharpen_mm=8.0, noise=0.015, tissue=0.4, rim=0.12, plate=0.15,
        body=0.2, deposit=(0.07, 0.2), low=0.2, high=0.85, surround=-1.0, below=(0.2, 2.5),
    ),
}  # fmt: skip
