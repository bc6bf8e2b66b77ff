"""Where a film's milliseconds go in the networks: ``python benchmarks/model_speed.py``.

Decoding is excluded; one core, one film at a time. ``--device cuda`` measures the whole pass in
batches besides. One thread: on a free core wall clock and CPU time agree; the target is held to
the latter, which other work disturbs less.
"""

import argparse
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import cast

import numpy as np
import torch

from aac_models import normalise, strip, weights
from aac_models.arms import ARMS, TABLE
from aac_models.folding import folded
from aac_models.localization import localize
from aac_models.networks import whole_image
from aac_models.networks.localizer import Localizer
from aac_models.phantom.cohort import plan
from aac_models.phantom.film import draw
from aac_models.predictor import Predictor
from aac_models.radiograph import Radiograph
from aac_models.training.measured import Table

SEED = 20_250_104
TARGET_MS = 120.0
TARGET_PER_SECOND = 500.0
NATURAL_MM = 0.16


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--films", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=5, help="of which the fastest counts")
    parser.add_argument("--weights", type=Path, default=weights.SHIPPED)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--batch", type=int, default=64)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    planned = plan({"test": asked.films}, SEED)
    films = [draw(film, mm_per_px=NATURAL_MM).radiograph for film in planned]
    sizes = " to ".join(str(edge(f(film.pixels.size for film in films))) for f in (min, max))
    print(f"{len(films)} films of {sizes} megapixels, one core, decoding excluded")
    print(f"\n{on_one_core(films, asked.weights, asked.rounds).markdown()}")
    if asked.device != "cpu":
        table = in_batches(films, asked.weights, asked.device, asked.batch, asked.rounds)
        print(f"\n{table.markdown()}")


def edge(pixels: int) -> float:
    return round(pixels / 1e6, 1)


def timed(work: Callable[[], object], rounds: int) -> tuple[float, float]:
    """Wall and CPU seconds of the fastest of several rounds."""
    best = []
    for _ in range(rounds + 1):  # the first warms up
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        best.append((time.perf_counter() - wall, time.process_time() - cpu))
    return min(best[1:])


def on_one_core(films: Sequence[Radiograph], folder: Path, rounds: int) -> Table:
    """Time each part and the whole, a film."""
    predictor = Predictor.load(folder)
    plain = weights.load(folder, "localizer").into(Localizer(), "localizer")
    localizer = cast("Localizer", folded(plain, "cpu"))
    working = [normalise.working_film(film.pixels)[0] for film in films]
    points = [strip.strip_points(localize(localizer, one).anatomy.corners_px) for one in working]

    def straighten() -> None:
        for one, at in zip(working, points, strict=True):
            normalise.strip_input(*strip.sample(one, at))

    parts: dict[str, Callable[[], object]] = {
        "shrink and stretch": lambda: [normalise.working_film(film.pixels) for film in films],
        "localizer": lambda: [localize(localizer, one) for one in working],
        "strip": straighten,
        "whole film for the baseline": lambda: [whole(one) for one in working],
    }
    for arm in ARMS:
        parts[f"network of {arm}"] = forward(folder, arm, len(films))
    for arm in ARMS:
        parts[f"whole pass, {arm}"] = partial(predictor.predict, films, [arm])
    parts["whole pass, all arms"] = partial(predictor.predict, films)
    rows = []
    for name, work in parts.items():
        wall, cpu = (1000 * one / len(films) for one in timed(work, rounds))
        held = "" if not name.startswith("whole pass") else verdict(cpu <= TARGET_MS)
        rows.append([name, f"{wall:.1f}", f"{cpu:.1f}", f"{1000 / cpu:.1f}", held])
    return Table("", ["part", "ms", "CPU ms", "films/CPU s", f"target {TARGET_MS:g} ms"], rows)


def verdict(is_met: bool) -> str:  # noqa: FBT001 - a finding
    return "met" if is_met else "**missed**"


def whole(working: np.ndarray) -> np.ndarray:
    canvas, _ = normalise.letterbox(working, whole_image.ROWS, whole_image.COLUMNS)
    return normalise.film_input(canvas)


def forward(folder: Path, arm: str, times: int) -> Callable[[], object]:
    """Ready a scorer and its input; the result runs it that many times."""
    network = folded(weights.load(folder, arm).into(TABLE[arm].network(), arm), "cpu")
    size = {
        "strip": (3, int(strip.LEVEL_ROWS[-1, 1]), strip.COLUMNS),
        "film": (2, whole_image.ROWS, whole_image.COLUMNS),
    }[TABLE[arm].sees]
    view = torch.rand((1, *size))

    def work() -> None:
        with torch.inference_mode():
            for _ in range(times):
                network(view)

    return work


def in_batches(
    films: Sequence[Radiograph], folder: Path, device: str, batch: int, rounds: int
) -> Table:
    """Time the whole pass on an accelerator, films of natural size in main memory."""
    predictor = Predictor.load(folder, device)
    many = [films[index % len(films)] for index in range(batch)]
    rows = []
    for name, arms in (("lvlcrnet", ["lvlcrnet"]), ("all arms", list(ARMS))):
        wall, _ = timed(partial(predictor.predict, many, arms), rounds)
        rate = batch / wall
        rows.append([name, f"{rate:.0f}", verdict(rate >= TARGET_PER_SECOND)])
    columns = [f"whole pass, batches of {batch}", "films/s", f"target {TARGET_PER_SECOND:g}"]
    return Table("", columns, rows)


if __name__ == "__main__":
    main()
