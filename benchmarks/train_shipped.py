"""The command that made the shipped weights: ``python benchmarks/train_shipped.py WORK OUT``.

``--looks 1`` draws each spine once instead of four times, which are the paper's own numbers of
films. The minutes stand at the end.
"""

import argparse
import time
from collections.abc import Mapping
from pathlib import Path

from aac_models.training.fit import TrainSettings, fit

COMMAND = "python benchmarks/train_shipped.py WORK OUT"


def report(part: str, epoch: int, epochs: int, figures: Mapping[str, float]) -> None:
    told = " ".join(f"{name}={value:.4g}" for name, value in figures.items())
    print(f"{part} {epoch}/{epochs} {told}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("work", type=Path, help="films and checkpoints; the same one to go on")
    parser.add_argument("out", type=Path, help="folder of the weights")
    parser.add_argument("--looks", type=int, default=TrainSettings().looks)
    asked = parser.parse_args()
    command = (
        COMMAND if asked.looks == TrainSettings().looks else f"{COMMAND} --looks {asked.looks}"
    )
    started = time.monotonic()
    settings = TrainSettings(workers=2, work=asked.work, looks=asked.looks, command=command)
    fit(settings, asked.out, report)
    print(f"{(time.monotonic() - started) / 60:.1f} minutes")


if __name__ == "__main__":
    main()
