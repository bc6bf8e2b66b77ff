"""Training as a Prefect flow over plain functions."""

from pathlib import Path
from typing import Any

from prefect import flow

from flows.progress import tell
from flows.steps import step


@flow(name="aac-train", validate_parameters=False)
def training_flow(settings: dict[str, Any], out: str) -> dict[str, Any]:
    """Train the localizer and the three arms; see ``aac_models.training.fit``."""
    from aac_models.training.fit import TrainSettings, fit  # noqa: PLC0415 - imports torch

    def told(event: str, detail: object) -> None:
        tell(event, "", detail)

    return dict(step(fit, name="train")(TrainSettings(**settings), Path(out), told))
