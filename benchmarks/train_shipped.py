"""The command that made the shipped weights: ``python benchmarks/train_shipped.py WORK OUT``."""

import sys
from collections.abc import Mapping
from pathlib import Path

from aac_models.training.fit import TrainSettings, fit

REMARK = (
    "The run that made these files was resumed while its settings were being found: the localizer"
    " met the hard crops in its last 4 epochs only, and LVLCRNet's first epoch followed the"
    " learning rate of a longer plan. From nothing the command gives weights like these, not the"
    " same bytes."
)


def report(part: str, epoch: int, epochs: int, figures: Mapping[str, float]) -> None:
    told = " ".join(f"{name}={value:.4g}" for name, value in figures.items())
    print(f"{part} {epoch}/{epochs} {told}", flush=True)


if __name__ == "__main__":
    work, out = Path(sys.argv[1]), Path(sys.argv[2])
    fit(TrainSettings(workers=2, work=work, remark=REMARK), out, report)
