"""Synthetic films drawn, scored by every arm, and reduced to what agreement is computed from."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from aac_models import side_by_side
from aac_models.kauppila import LEVELS, WALLS
from aac_models.phantom.cohort import FilmPlan
from aac_models.phantom.film import Phantom, draw
from aac_models.predictor import FilmPrediction, Predictor
from aac_models.training.landmarks import levels_right

Floats = npt.NDArray[np.float64]
READERS = ("reader_1", "reader_2", "consensus")


@dataclass(frozen=True, slots=True, eq=False)
class FilmScore:
    """What one film contributes; NaN where something is missing.

    ``grades`` (levels, walls) and ``total`` by reader and by arm; ``interval`` by arm;
    ``corner_mm`` one distance a corner that lies on the film.
    """

    split: str
    patient: int
    grades: dict[str, Floats]
    total: dict[str, float]
    interval: dict[str, tuple[float, float]]
    refusal: str
    corner_mm: Floats
    levels_right: bool
    side_right: bool


_PREDICTOR: list[Predictor] = []


def start(folder: Path | None = None) -> None:
    """Ready a process: the weights loaded once."""
    _PREDICTOR[:] = [Predictor.load(folder)]


def predictor() -> Predictor:
    """Weights of this process."""
    return _PREDICTOR[0]


def score_phantom(phantom: Phantom, arms: tuple[str, ...]) -> FilmScore:
    """Score a film with the weights of this process."""
    found = predictor().predict([phantom.radiograph], arms)[0]
    grades = {name: _known(read) for name, read in phantom.readers.items()}
    total = {name: float(read.sum()) for name, read in grades.items()}
    for arm in arms:
        grades[arm], total[arm] = _of_arm(found, arm)
    return FilmScore(
        split=phantom.plan.split,
        patient=phantom.plan.patient,
        grades=grades,
        total=total,
        interval={arm: found.intervals.get(arm, (np.nan, np.nan)) for arm in arms},
        refusal=found.refusal,
        corner_mm=_corner_mm(found, phantom),
        levels_right=found.anatomy is not None
        and bool(levels_right(found.anatomy.corners_px, phantom.anatomy.corners_px)),
        side_right=found.anterior is phantom.anterior,
    )


def _known(read: npt.NDArray[np.int8]) -> Floats:
    return np.where(read >= 0, read, np.nan).astype(np.float64)


def _of_arm(found: FilmPrediction, arm: str) -> tuple[Floats, float]:
    """Grades and total of one arm; a level that it does not assess is missing."""
    grades = np.full((len(LEVELS), len(WALLS)), np.nan)
    score = found.scores.get(arm)
    if score is None:
        return grades, float("nan")
    grades[:] = score.grades
    grades[[LEVELS.index(level) for level in score.not_assessable]] = np.nan
    return grades, float("nan") if score.total is None else score.total


def _corner_mm(found: FilmPrediction, phantom: Phantom) -> Floats:
    """Distance of each corner on the film from its true place, in mm at the detector."""
    truth = phantom.anatomy.corners_px
    on_film = np.all((truth >= 0) & (truth < phantom.radiograph.pixels.shape), axis=-1)
    if found.anatomy is None or not on_film.any():
        return np.empty(0)
    gap = np.linalg.norm(found.anatomy.corners_px - truth, axis=-1)[on_film]
    return np.asarray(gap * phantom.header.spacing_mm, dtype=np.float64)


def score_plan(film: FilmPlan, arms: tuple[str, ...]) -> FilmScore:
    """Draw a film and score it."""
    return score_phantom(draw(film), arms)


def score_all(
    films: Iterable[FilmPlan],
    arms: tuple[str, ...],
    workers: int,
    folder: Path | None = None,
    score: Callable[..., FilmScore] = score_plan,
) -> list[FilmScore]:
    """Draw and score films side by side, in their order."""
    with side_by_side.pool(workers, start=partial(start, folder)) as pool:
        return list(pool.map(partial(score, arms=arms), films, chunksize=8))
