"""Films decoded beforehand, on a GPU: whole predictions against forward passes alone."""

import time
from collections.abc import Sequence
from pathlib import Path

import torch

from aac_models import gpu, normalise, strip
from aac_models.device import has_device
from aac_models.localization import averaged
from aac_models.networks import whole_image
from aac_models.predictor import Predictor
from aac_models.radiograph import Radiograph

LEAST_FILMS = 512


def compare(radiographs: Sequence[Radiograph], weights: Path | None) -> None:
    """Print both rates, or that there is no GPU."""
    if not has_device("cuda"):
        print("\nno GPU here")
        return
    predictor = Predictor.load(weights, "cuda")
    films = [*radiographs] * (1 + LEAST_FILMS // len(radiographs))
    predictor.predict(films[: gpu.BATCH])
    _forward(predictor, 1)
    rate = len(films) / _seconds(lambda: _predict(predictor, films))
    batches = LEAST_FILMS // gpu.BATCH
    bare = batches * gpu.BATCH / _seconds(lambda: _forward(predictor, batches))
    print(f"\nGPU: {rate:.0f} films/s, {bare:.0f} by forward passes alone: {rate / bare:.2f}")


def _seconds(work: object) -> float:
    torch.cuda.synchronize()
    started = time.monotonic()
    work()  # type: ignore[operator]
    torch.cuda.synchronize()
    return time.monotonic() - started


def _predict(predictor: Predictor, films: Sequence[Radiograph]) -> None:
    for start in range(0, len(films), gpu.BATCH):
        predictor.predict(films[start : start + gpu.BATCH])


def _forward(predictor: Predictor, batches: int) -> None:
    """Run every network on inputs that lie on the device already."""
    side = normalise.SMALL_PX
    rows = len(strip.LEVEL_ROWS) * strip.ROWS_PER_LEVEL
    sizes = {"strip": (3, rows, strip.COLUMNS), "film": (2, whole_image.ROWS, whole_image.COLUMNS)}
    views = {name: torch.zeros((gpu.BATCH, *size), device="cuda") for name, size in sizes.items()}
    small = torch.zeros((gpu.BATCH, 2, side, side), device="cuda")
    with gpu.inference("cuda"):
        for _ in range(batches):
            averaged(predictor.localizer, small)
            for arm, network in predictor.scorers.items():
                network(views["film" if arm == "baseline" else "strip"])
