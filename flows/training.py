"""Training as a Prefect flow over plain functions."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from prefect import flow

from flows.progress import tell
from flows.steps import step


@flow(name="aac-train", validate_parameters=False)
def training_flow(settings: dict[str, Any], out: str, study_file: str | None = None) -> str:
    """Train the localizer and the three arms.

    Parameters
    ----------
    settings
        Fields of ``aac_models.training.fit.TrainSettings``.
    out
        Folder of the new weights, their model card and curves.
    study_file
        A study that was run: train on its internal centers' films; None trains on phantoms.

    Returns
    -------
    ``out``.
    """
    from aac_models.training.fit import TrainSettings, fit  # noqa: PLC0415 - imports torch

    chosen = TrainSettings(**settings | {"work": Path(settings["work"])})
    samples = None
    if study_file is not None:
        from data_contracts.study_file import load  # noqa: PLC0415
        from tasks import training_films  # noqa: PLC0415
        from tasks.study_folder import StudyFolder  # noqa: PLC0415

        folder = StudyFolder(Path(study_file).parent)
        samples = training_films.samples(load(Path(study_file)), folder, chosen.seed)
    step(fit, name="train")(chosen, Path(out), _told, samples)
    return out


def _told(part: str, epoch: int, epochs: int, figures: Mapping[str, float]) -> None:
    said = ", ".join(f"{name} {value:.4g}" for name, value in figures.items())
    tell("step", "", f"{part}: epoch {epoch} of {epochs}; {said}")
