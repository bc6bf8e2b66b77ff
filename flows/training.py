"""Training as a Prefect flow over plain functions."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prefect import flow

from aac_models import weights
from data_contracts.errors import StudyError
from flows.progress import tell
from flows.steps import step

if TYPE_CHECKING:
    from aac_models.training.data import Sample
    from tasks.study_folder import StudyFolder
    from tasks.training_films import TrainingFilm


@dataclass(frozen=True, slots=True)
class Epochs:
    """How far one network has come; the figures are those of its newest epoch."""

    n_done: int
    n_total: int
    figures: Mapping[str, float]

    def __str__(self) -> str:
        """One line."""
        said = ", ".join(f"{name} {value:.4g}" for name, value in self.figures.items())
        return f"epoch {self.n_done} of {self.n_total}; {said}"


@dataclass(frozen=True, slots=True)
class Films:
    """How many of the study's films are prepared."""

    n_done: int
    n_total: int


@flow(name="aac-train", validate_parameters=False)
def training_flow(
    settings: dict[str, Any],
    out: str,
    study_file: str | None = None,
    landmarks: str | None = None,
) -> str:
    """Train the localizer and the three arms.

    Parameters
    ----------
    settings
        Fields of ``aac_models.training.fit.TrainSettings``.
    out
        Folder of the new weights, their model card and curves.
    study_file
        A study that was run: train on its internal centers' films; None trains on phantoms.
    landmarks
        CSV of vertebral corners marked on the study's clean films; None finds them.

    Returns
    -------
    ``out``.
    """
    films: list[TrainingFilm] = []
    samples = None
    if study_file is not None:
        from tasks import training_films  # noqa: PLC0415 - imports pydicom
        from tasks.study_folder import StudyFolder  # noqa: PLC0415

        films = _films(Path(study_file), int(settings["seed"]), landmarks)
        samples = _counted(films, StudyFolder(Path(study_file).parent))
        settings = settings | {"films": training_films.fingerprint(films)}
    step(_fit, name="train")(settings, Path(out), samples)
    return out


def _films(study_file: Path, seed: int, landmarks: str | None) -> "list[TrainingFilm]":
    """Choose the study's films, with the corners that were marked on them."""
    from data_contracts.study_file import load  # noqa: PLC0415
    from tasks import landmarks as marks  # noqa: PLC0415
    from tasks import training_films  # noqa: PLC0415
    from tasks.study_folder import StudyFolder  # noqa: PLC0415

    corners = marks.read(Path(landmarks)) if landmarks else None
    folder = StudyFolder(study_file.parent)
    films = training_films.choose(load(study_file), folder, seed, corners)
    patients = {(film.split, film.patient_id) for film in films}
    of_split = {part: sum(split == part for split, _ in patients) for part in ("train", "val")}
    marked = sum(film.corners is not None for film in films)
    tell(
        "note",
        "",
        f"{len(films)} films, {of_split['train']} patients to learn from and {of_split['val']} to"
        f" check on; corners marked on {marked}",
    )
    return films


def _counted(
    films: "Sequence[TrainingFilm]", folder: "StudyFolder"
) -> "Iterator[tuple[str, Sample]]":
    """Read the films and tell how many are done."""
    from tasks import training_films  # noqa: PLC0415

    for done, sample in enumerate(training_films.samples(films, folder), start=1):
        tell("films", "training", Films(done, len(films)))
        yield sample


def _fit(
    settings: dict[str, Any], out: Path, samples: "Iterator[tuple[str, Sample]] | None"
) -> Path:
    """Train in a work folder of these very settings and films."""
    from aac_models.training.fit import TrainSettings, fit  # noqa: PLC0415 - imports torch

    chosen = {name: value for name, value in settings.items() if name not in ("films", "work")}
    work = Path(settings["work"]) / _digest(settings)
    try:
        return fit(TrainSettings(**chosen, work=work), out, _told, samples)
    except ValueError as fault:  # the science says in a line what cannot be trained
        raise StudyError(f"training: {fault}") from fault


def _digest(settings: Mapping[str, Any]) -> str:
    """Name what decides the weights: other settings must not go on from these checkpoints."""
    left_out = ("work", "workers", "threads", "device", "command")
    decisive = {name: value for name, value in settings.items() if name not in left_out}
    decisive["inputs"] = weights.INPUTS
    return hashlib.sha256(json.dumps(decisive, sort_keys=True).encode()).hexdigest()[:12]


def _told(part: str, epoch: int, epochs: int, figures: Mapping[str, float]) -> None:
    tell("epochs", part, Epochs(epoch, epochs, dict(figures)))
