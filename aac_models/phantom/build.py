"""How a body is built and how strongly each part of it shows.

A network that only ever meets one way of drawing a vertebra learns that way. Films with a
randomized look get proportions, contrasts and textures beyond what is typical besides.
"""

from dataclasses import dataclass, fields
from typing import Final

import numpy as np

from aac_models.phantom.cohort import FilmPlan


@dataclass(frozen=True, slots=True)
class Build:
    """Factors on what is typical, but for ``gap_mm`` and ``crest``, which are added.

    Attributes
    ----------
    height, disc, lordosis, sacral_bend
        Height of the vertebral bodies and of the discs, the bend between them, and that at S1.
    core, endplates, rim, waist
        How strongly the inside, the endplates and the front and back of a body show, and how
        hollow its sides are.
    posterior, sacrum, pelvis, ribs, femurs
        How strongly the other bones show; 0 leaves them out.
    posterior_size, sacral_taper, sacral_curve, crest
        Size of the posterior elements, how much each sacral segment is smaller than the one
        above and how far it is turned, and how high the iliac crest stands, in body depths.
    grain, grain_mm
        Strength and size of the trabecular texture.
    trunk, gas
        Steepness of the trunk's edges, and the number of gas bubbles.
    gap_mm, caliber, vessel
        Added distance from spine to aorta, the aorta's width, and how well its blood shows.
    thickness, density, lumps
        Of the deposits: width, attenuation, and unevenness along them.
    """

    height: float = 1.0
    disc: float = 1.0
    lordosis: float = 1.0
    sacral_bend: float = 1.0
    core: float = 1.0
    endplates: float = 1.0
    rim: float = 1.0
    waist: float = 1.0
    posterior: float = 1.0
    sacrum: float = 1.0
    pelvis: float = 1.0
    ribs: float = 1.0
    femurs: float = 0.0
    posterior_size: float = 1.0
    sacral_taper: float = 1.0
    sacral_curve: float = 1.0
    crest: float = 0.0
    grain: float = 1.0
    grain_mm: float = 1.0
    trunk: float = 1.0
    gas: float = 1.0
    gap_mm: float = 0.0
    caliber: float = 1.0
    vessel: float = 1.0
    thickness: float = 1.0
    density: float = 1.0
    lumps: float = 1.0


TYPICAL: Final = Build()
_RANGES: Final[dict[str, tuple[float, float]]] = {
    "height": (0.82, 1.2), "disc": (0.5, 1.6), "lordosis": (0.1, 1.5), "sacral_bend": (0.2, 2.0),
    "core": (0.25, 1.4), "endplates": (0.0, 3.0), "rim": (0.0, 4.0), "waist": (0.0, 2.4),
    "posterior": (0.0, 1.5), "sacrum": (0.3, 1.6), "pelvis": (0.0, 1.7), "ribs": (0.0, 1.8),
    "femurs": (0.0, 1.6), "posterior_size": (0.75, 1.35), "sacral_taper": (0.8, 1.25),
    "sacral_curve": (0.0, 1.8), "crest": (-1.6, 0.6),
    "grain": (0.0, 4.0), "grain_mm": (0.6, 2.5),
    "trunk": (0.15, 1.6), "gas": (0.0, 3.0),
    "gap_mm": (-1.0, 8.0), "caliber": (0.75, 1.3), "vessel": (0.0, 3.0),
    "thickness": (0.6, 1.9), "density": (0.8, 2.6), "lumps": (0.0, 2.0),
}  # fmt: skip
_TYPICAL_SHARE: Final = 0.3  # of the properties of an unusual patient


def build_of(plan: FilmPlan) -> Build:
    """Draw the build of a film's patient; typical unless the patient is unusual."""
    if not plan.is_unusual:
        return TYPICAL
    rng = np.random.default_rng([plan.patient_seed, 2])
    drawn = {}
    for field in fields(Build):
        value, is_typical = rng.uniform(*_RANGES[field.name]), rng.random() < _TYPICAL_SHARE
        if not is_typical:
            drawn[field.name] = float(value)
    return Build(**drawn)
