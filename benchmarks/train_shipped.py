"""The command that made the shipped weights: ``python benchmarks/train_shipped.py WORK OUT``."""

import sys
from collections.abc import Mapping
from pathlib import Path

from aac_models.training.fit import TrainSettings, fit


def report(part: str, epoch: int, epochs: int, figures: Mapping[str, float]) -> None:
    told = " ".join(f"{name}={value:.4g}" for name, value in figures.items())
    print(f"{part} {epoch}/{epochs} {told}", flush=True)


if __name__ == "__main__":
    work, out = Path(sys.argv[1]), Path(sys.argv[2])
    command = "python benchmarks/train_shipped.py WORK OUT"
    fit(TrainSettings(workers=2, work=work, command=command), out, report)
