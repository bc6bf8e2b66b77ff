"""From the localizer's maps to an anatomy, and the judgment whether the film shows one."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from aac_models import normalise
from aac_models.anatomy import Anatomy
from aac_models.chain import read_spine
from aac_models.networks.localizer import STRIDE, Localizer
from aac_models.normalise import Placement
from aac_models.radiograph import Side

Points = npt.NDArray[np.float64]

# Geometry of a lumbar spine, wide enough for fractures, fusions and scoliosis.
_SPACING_RANGE: Final = (0.45, 1.9)  # of the median distance of neighbors
_DEPTH_RANGE: Final = (0.55, 1.7)  # of the median depth
_ASPECT_RANGE: Final = (0.6, 2.2)  # distance of neighbors over depth
# From validation films and their negatives: below the first the other sense is looked at, too,
# and taken where it is better by the second.
_DOUBTFUL_SENSE: Final = 0.5
_BETTER_SENSE: Final = 0.2
_ACROSS: Final = np.linspace(0.15, 0.85, 8)
_WITHIN_DISC: Final = np.linspace(0.3, 0.7, 3)


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """What the localizer found on one film.

    Attributes
    ----------
    anatomy
        Corners in pixels of the film that was given.
    lateral_lumbar
        0 to 1: the network's belief, lowered to nothing where the geometry is impossible.
    implausible
        Why the geometry is impossible, or "".
    anterior
        The side the patient faces.
    bone_contrast
        How much brighter the bodies are than the discs, in spreads of the bodies' gray.
    is_negative
        Whether the film shows black for white, whatever its header says; all else is what its
        negative shows.
    """

    anatomy: Anatomy
    lateral_lumbar: float
    implausible: str
    anterior: Side
    bone_contrast: float = 0.0
    is_negative: bool = False


def localize(network: Localizer, working: npt.NDArray[np.float32], device: str = "cpu") -> Found:
    """Find the vertebrae of a working film, averaged over the film and its mirror image.

    Where the bodies are hardly brighter than the discs the film's negative is looked at as well,
    and the sense in which they are brighter is read.

    Parameters
    ----------
    network
        Trained, in evaluation mode.
    working
        Film as ``normalise.working_film`` gives it.
    device
        Where the network is.
    """
    side = normalise.SMALL_PX

    def ask(film: npt.NDArray[np.float32]) -> Found:
        canvas, placement = normalise.letterbox(film, side, side)
        view = torch.from_numpy(normalise.localizer_input(canvas))[None]
        with torch.inference_mode():
            maps, verdict = averaged(network, view.to(device))
        found = found_on(maps[0].cpu().numpy(), verdict[0].cpu().numpy(), placement)
        return with_contrast(found, film)

    found = ask(working)
    return righted(found, ask(1 - working)) if is_doubtful(found) else found


def with_contrast(found: Found, film: npt.NDArray[np.float32] | Tensor) -> Found:
    """Note how much brighter the bodies of L1 to L4 are than the discs between them.

    Parameters
    ----------
    found
        As ``found_on`` gives it.
    film
        The working film that it was found on, (rows, columns).
    """
    corners = found.anatomy.corners_px
    bodies = [_across(corners[k], _ACROSS) for k in range(1, 5)]
    discs = [
        _across(np.concatenate([corners[k, 2:], corners[k + 1, :2]]), _WITHIN_DISC)
        for k in range(1, 4)
    ]
    bone, disc = (_gray(film, np.concatenate(places)) for places in (bodies, discs))
    spread = float(bone.std()) + normalise.LEAST_OF_BONES
    return replace(found, bone_contrast=float(np.median(bone) - np.median(disc)) / spread)


def is_doubtful(found: Found) -> bool:
    """Whether the film may show black for white."""
    return found.bone_contrast < _DOUBTFUL_SENSE


def righted(found: Found, turned: Found) -> Found:
    """Choose between what was found on a film and on its negative."""
    if turned.bone_contrast > found.bone_contrast + _BETTER_SENSE:
        return replace(turned, is_negative=True)
    return found


def _across(quad: npt.NDArray[np.float32], down: npt.NDArray[np.float64]) -> Points:
    """Places within a quadrilateral of corners in ``Anatomy``'s order, (n, (row, column))."""
    along, below = (part.reshape(-1, 1) for part in np.meshgrid(_ACROSS, down))
    upper = quad[0] + along * (quad[1] - quad[0])
    lower = quad[2] + along * (quad[3] - quad[2])
    return np.asarray(upper + below * (lower - upper), dtype=np.float64)


def _gray(film: npt.NDArray[np.float32] | Tensor, places: Points) -> npt.NDArray[np.float32]:
    """Gray values at the pixels nearest to places; those off the film at its border."""
    limit = np.array(film.shape) - 1
    row, column = np.clip(np.rint(places), 0, limit).astype(np.int64).T
    if isinstance(film, Tensor):
        return np.asarray(film[row, column].float().cpu().numpy())
    return np.asarray(film[row, column])


def averaged(network: Localizer, films: Tensor) -> tuple[Tensor, Tensor]:
    """Ask the localizer about films and their mirror images.

    Parameters
    ----------
    network
        Trained, in evaluation mode.
    films
        (films, 2, rows, columns) as ``normalise.localizer_input`` makes each.

    Returns
    -------
    Probability maps (films, 24 corners, rows / 4, columns / 4), each summing to 1, and
    probabilities (films, 1 + 6) of "lateral lumbar" and of each vertebra being on the film.
    """
    said = network(torch.cat([films, films.flip(-1)]))
    maps = said.heatmaps.float().flatten(2).softmax(-1).reshape(said.heatmaps.shape)
    film, mirrored = maps.chunk(2)
    verdict = torch.sigmoid(said.verdict.float())
    return (film + mirrored.flip(-1)) / 2, torch.stack(verdict.chunk(2)).mean(0)


def found_on(
    maps: npt.NDArray[np.float32], verdict: npt.NDArray[np.float32], placement: Placement
) -> Found:
    """Read anatomy and judgment off the maps and the verdict of one film.

    See ``averaged``; ``placement`` says where the film lies on the canvas of the maps.
    """
    places, mass = read_spine(maps)
    corners = placement.to_film((places + 0.5) * STRIDE - 0.5)
    confidence = verdict[1:] * mass.mean(1)
    anatomy = Anatomy(corners_px=corners, confidence=confidence.astype(np.float32))
    implausible = impossibility(corners)
    belief = 0.0 if implausible else float(verdict[0])
    return Found(anatomy, belief, implausible, facing(corners))


def facing(corners: npt.NDArray[np.float32]) -> Side:
    """Which side the patient faces: where the anterior corners lie."""
    forward = (corners[:, [0, 2]] - corners[:, [1, 3]])[..., 1].sum()
    return Side.RIGHT if forward > 0 else Side.LEFT


def impossibility(corners: npt.NDArray[np.float32]) -> str:
    """Say why these corners are no lumbar spine, or "".

    Order from above downward, even spacing, even depth, all facing one way: the rules that no
    patient breaks and a chance arrangement does. L1 to L4 are judged; T12 and L5 may be off
    the film.
    """
    spine = corners[1:5].astype(np.float64)
    middles = spine.mean(1)
    steps = np.diff(middles, axis=0)
    if np.any(steps[:, 0] <= 0):
        return "vertebrae not in order"
    spacing = np.linalg.norm(steps, axis=1)
    if not _within(spacing / np.median(spacing), _SPACING_RANGE):
        return "vertebrae unevenly spaced"
    across = (spine[:, [0, 2]] - spine[:, [1, 3]]).mean(1)
    depth = np.linalg.norm(across, axis=1)
    if not _within(depth / max(float(np.median(depth)), 1e-6), _DEPTH_RANGE):
        return "vertebrae of uneven depth"
    if not _within(np.atleast_1d(np.median(spacing) / np.median(depth)), _ASPECT_RANGE):
        return "vertebrae of impossible shape"
    if np.any(across @ across.mean(0) <= 0):
        return "vertebrae facing both ways"
    return ""


def _within(values: npt.NDArray[np.float64], limits: tuple[float, float]) -> bool:
    return bool(np.all((values >= limits[0]) & (values <= limits[1])))
