"""Draw one planned film: the pixels, the landmarks, the truth and what two readers saw."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from aac_models.anatomy import VERTEBRAE, Anatomy
from aac_models.kauppila import grade_of_share
from aac_models.phantom.cohort import FilmPlan
from aac_models.phantom.deposits import Arcs
from aac_models.phantom.readers import read
from aac_models.phantom.render import render
from aac_models.phantom.scene import Scene, assessable_levels, collimate, lay_out
from aac_models.radiograph import Radiograph, Side

Points = npt.NDArray[np.float64]

_SILENT: Final = 0.4
_WRONG: Final = 0.03
_LEFT_LATERAL: Final = 0.85
_NAMED_LUMBAR: Final = 0.8


@dataclass(frozen=True, slots=True)
class HeaderHints:
    """What the device would have written, for a DICOM writer.

    Attributes
    ----------
    spacing_keyword
        DICOM keyword that carries the spacing, "" when none does.
    spacing_mm
        Of the pixels as drawn.
    patient_orientation
        Of rows and columns, e.g. ``("A", "F")``; empty strings when the header is silent.
    """

    manufacturer: str
    model_name: str
    modality: str
    photometric: str
    bits_stored: int
    spacing_keyword: str
    spacing_mm: float
    view_position: str
    patient_orientation: tuple[str, str]
    body_part: str


@dataclass(frozen=True, slots=True, eq=False)
class Phantom:
    """One synthetic film with everything known about it.

    Attributes
    ----------
    plan
        What it was drawn from.
    radiograph
        The film; ``anterior`` and the spacing are what its header would claim.
    anatomy
        True landmarks, also where they fall off the film; ``confidence`` is 1 for a vertebra
        wholly within the exposed field, else 0. ``walls_px`` has 40 equal steps a level.
    anterior
        The side the patient really faces.
    arcs
        Calcified stretches per level and wall.
    shares, grades
        Truth, (4 levels, 2 walls): float64 0 to 1, int8 0 to 3.
    readers
        int8 (4, 2) for ``"reader_1"``, ``"reader_2"`` and ``"consensus"``; -1 where a level is
        not assessable.
    assessable
        Levels whose walls lie in the exposed field, (4,).
    age_years, sex
        Whole years; ``"M"`` or ``"F"``.
    header
        Hints for a DICOM writer.
    """

    plan: FilmPlan
    radiograph: Radiograph
    anatomy: Anatomy
    anterior: Side
    arcs: tuple[tuple[Arcs, ...], ...]
    shares: npt.NDArray[np.float64]
    grades: npt.NDArray[np.int8]
    readers: dict[str, npt.NDArray[np.int8]]
    assessable: npt.NDArray[np.bool_]
    age_years: int
    sex: str
    header: HeaderHints


def draw(plan: FilmPlan, *, mm_per_px: float | None = None) -> Phantom:
    """Draw a film.

    Parameters
    ----------
    plan
        From ``cohort.plan``; the film depends on nothing else.
    mm_per_px
        Spacing in mm; None takes the style's training spacing (about 0.4). A finer one draws the
        same anatomy with more pixels.

    Returns
    -------
    The film and its truth; the same plan and spacing give the same bytes.

    Raises
    ------
    ValueError
        The spacing is not within 0.05 to 2 mm.
    """
    spacing = plan.style.mm_per_px if mm_per_px is None else mm_per_px
    if not 0.05 <= spacing <= 2:  # noqa: PLR2004 - finer than any plate, coarser than any use
        raise ValueError(f"mm_per_px must be within 0.05 to 2 mm, got {spacing}")
    scene = lay_out(plan)
    field = collimate(scene, np.random.default_rng([plan.seed, 1]))
    pixels = render(plan, scene, field, spacing)
    shares = np.array([[arc.share for arc in level] for level in scene.arcs])
    shares = np.clip(shares, 0.0, 1.0)
    assessable = assessable_levels(scene.walls, field)
    chance = np.random.default_rng([plan.seed, 3])
    side = Side.LEFT if plan.style.faces_left else Side.RIGHT
    header, claimed = _header(plan, spacing, side, chance)
    return Phantom(
        plan=plan,
        radiograph=Radiograph(
            pixels=pixels,
            pixel_spacing_mm=(spacing, spacing) if header.spacing_keyword else None,
            spacing_source=header.spacing_keyword,
            anterior=claimed,
        ),
        anatomy=_landmarks(scene, field, spacing, pixels.shape[1], side),
        anterior=side,
        arcs=scene.arcs,
        shares=shares,
        grades=grade_of_share(shares),
        readers=read(np.random.default_rng([plan.seed, 4]), shares, assessable),
        assessable=assessable,
        age_years=int(plan.age_years),
        sex="M" if plan.is_male else "F",
        header=header,
    )


def _landmarks(
    scene: Scene, field: npt.NDArray[np.float64], spacing: float, columns: int, side: Side
) -> Anatomy:
    """Turn film millimeters into (row, column) pixels, mirrored where the patient is."""
    at = [scene.spine.index(name) for name in VERTEBRAE]
    corners = scene.corners[at]
    x, y = corners[..., 0], corners[..., 1]
    seen = (x > field[0]) & (x < field[1]) & (y > field[2]) & (y < field[3])
    seen &= (x > 0) & (x < scene.size_mm[1]) & (y > 0) & (y < scene.size_mm[0])

    def to_px(points: Points) -> npt.NDArray[np.float32]:
        pixels = points[..., ::-1] / spacing - 0.5
        if side is Side.LEFT:
            pixels[..., 1] = columns - 1 - pixels[..., 1]
        return pixels.astype(np.float32)

    return Anatomy(
        corners_px=to_px(corners),
        confidence=seen.all(axis=1).astype(np.float32),
        walls_px=to_px(scene.walls),
    )


def _header(
    plan: FilmPlan, spacing: float, side: Side, rng: np.random.Generator
) -> tuple[HeaderHints, Side | None]:
    """Write the header's claims; some say nothing of the side faced, and a few say it wrong."""
    style, fate = plan.style, rng.random(3)
    claimed: Side | None = side
    if fate[0] < _SILENT:
        claimed = None
    elif fate[0] < _SILENT + _WRONG:
        claimed = Side.RIGHT if side is Side.LEFT else Side.LEFT
    orientation = ("", "") if claimed is None else ("P" if claimed is Side.LEFT else "A", "F")
    hints = HeaderHints(
        manufacturer=style.manufacturer,
        model_name=style.model_name,
        modality=style.modality,
        photometric=style.photometric,
        bits_stored=style.bits_stored,
        spacing_keyword=style.spacing_keyword,
        spacing_mm=spacing,
        view_position="LL" if fate[1] < _LEFT_LATERAL else "RL",
        patient_orientation=orientation,
        body_part="LSPINE" if fate[2] < _NAMED_LUMBAR else "ABDOMEN",
    )
    return hints, claimed
