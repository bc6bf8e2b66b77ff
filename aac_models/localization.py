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

# Geometry of a lumbar spine, wide enough for fractures, fusions and scoliosis.
_SPACING_RANGE: Final = (0.45, 1.9)  # of the median distance of neighbors
_DEPTH_RANGE: Final = (0.55, 1.7)  # of the median depth
_ASPECT_RANGE: Final = (0.6, 2.2)  # distance of neighbors over depth
# Hardly any film is a negative that its header does not confess: sureness is asked for.
_LEAST_AS_NEGATIVE: Final = 0.9


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
    is_negative
        Whether the film shows black for white, whatever its header says; all else is what its
        negative shows.
    """

    anatomy: Anatomy
    lateral_lumbar: float
    implausible: str
    anterior: Side
    is_negative: bool = False


def localize(network: Localizer, working: npt.NDArray[np.float32], device: str = "cpu") -> Found:
    """Find the vertebrae of a working film, averaged over the film and its mirror image.

    Where the network says that black is shown for white, the film's negative is read instead,
    so that both give the same.

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
        return found_on(maps[0].cpu().numpy(), verdict[0].cpu().numpy(), placement)

    found = ask(working)
    return replace(ask(1 - working), is_negative=True) if found.is_negative else found


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
    probabilities (films, 1 + 6 + 1) of "lateral lumbar", of each vertebra being on the film, and
    of black being shown for white.
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
    confidence = verdict[1:7] * mass.mean(1)
    anatomy = Anatomy(corners_px=corners, confidence=confidence.astype(np.float32))
    implausible = impossibility(corners)
    belief = 0.0 if implausible else float(verdict[0])
    is_negative = bool(verdict[7] > _LEAST_AS_NEGATIVE)
    return Found(anatomy, belief, implausible, facing(corners), is_negative)


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
