"""Accuracy of the shipped weights on synthetic test films: ``python benchmarks/accuracy.py``.

Draws the internal test, C and D, which no training or calibration has seen, scores them with
all arms and prints the table that the README quotes. Reader 1 against reader 2 stands beside:
figures near theirs partly measure how simple the films are.
"""

import argparse
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch

from aac_models.arms import ARMS
from aac_models.kauppila import SEVERITY_PRESETS
from aac_models.phantom import off_protocol
from aac_models.phantom.cohort import FilmPlan, plan
from aac_models.phantom.film import draw
from aac_models.predictor import Predictor
from aac_models.training.landmarks import levels_right
from reports.statistics.classes import class_accuracy
from reports.statistics.error import errors
from reports.statistics.icc import icc
from reports.statistics.wilcoxon import signed_rank

SEED = 20_250_102  # not the training's
SIZES = {"test": 211, "C": 157, "D": 391}
Floats = npt.NDArray[np.float64]


class Row(NamedTuple):
    """What one film contributes."""

    split: str
    totals: dict[str, float]  # by arm and reader; NaN where missing
    covered: dict[str, float]
    corner_error_mm: float
    is_right: float
    is_accepted: bool
    side_right: float


_PREDICTOR: list[Predictor] = []


def start() -> None:
    torch.set_num_threads(1)
    _PREDICTOR.append(Predictor.load())


def score(film: FilmPlan, arms: tuple[str, ...]) -> Row:
    phantom = draw(film)
    found = _PREDICTOR[0].predict([phantom.radiograph], arms)[0]
    readers = {
        name: float(grades.sum()) if (grades >= 0).all() else np.nan
        for name, grades in phantom.readers.items()
    }
    totals, covered = dict(readers), {}
    for arm in arms:
        total = found.scores[arm].total if found.scores else None
        totals[arm] = np.nan if total is None else total
        low, high = found.intervals.get(arm, (np.nan, np.nan))
        is_known = total is not None and np.isfinite(readers["consensus"])
        covered[arm] = float(low <= readers["consensus"] <= high) if is_known else np.nan
    truth = phantom.anatomy.corners_px
    error = right = side = np.nan
    if found.anatomy is not None:
        on_film = np.all((truth >= 0) & (truth < phantom.radiograph.pixels.shape), axis=-1)
        gap = np.linalg.norm(found.anatomy.corners_px - truth, axis=-1)[on_film]
        error = float(gap.mean()) * phantom.header.spacing_mm
        right = float(levels_right(found.anatomy.corners_px, truth))
        side = float(found.anterior is phantom.anterior)
    return Row(film.split, totals, covered, error, right, not found.refusal, side)


def line(name: str, reference: Floats, prediction: Floats) -> str:
    told = errors(reference, prediction)
    both = np.stack([reference, prediction], axis=1)
    whole = both[np.isfinite(both).all(axis=1)]
    agreement = icc(whole)["icc_a1"].estimate.value
    test = signed_rank(reference, prediction).p
    classes = [
        class_accuracy(reference, prediction, SEVERITY_PRESETS[preset])["accuracy"].value
        for preset in ("dxa", "cord", "presence")
    ]
    figures = [told["r2_determination"].value, agreement, told["mae"].value]
    bias = float((whole[:, 1] - whole[:, 0]).mean())
    cells = [f"{value:.3f}" for value in figures] + [f"{bias:+.2f}"]
    cells += [f"{value:.3f}" for value in classes] + [f"{test:.3g}"]
    return f"| {name} | {len(whole)} | " + " | ".join(cells) + " |"


def show(split: str, rows: list[Row], arms: tuple[str, ...]) -> None:
    def column(name: str) -> Floats:
        return np.array([row.totals[name] for row in rows])

    print(f"\n{split}: {len(rows)} films")
    print("| | n | R2 | ICC(A,1) | MAE | bias | dxa | cord | presence | Wilcoxon p |")
    print("| --- |" + " --- |" * 9)
    for arm in arms:
        print(line(arm, column("consensus"), column(arm)))
    print(line("reader 1 against 2", column("reader_2"), column("reader_1")))
    mm = np.array([row.corner_error_mm for row in rows])
    print(
        f"accepted {np.mean([row.is_accepted for row in rows]):.3f};"
        f" corner error median {np.nanmedian(mm):.2f} mm, mean {np.nanmean(mm):.2f} mm;"
        f" L1-L4 right {np.nanmean([row.is_right for row in rows]):.3f};"
        f" side right {np.nanmean([row.side_right for row in rows]):.3f};"
        " 90 % intervals hold "
        + ", ".join(f"{arm} {np.nanmean([r.covered[arm] for r in rows]):.3f}" for arm in arms)
    )


def show_refusals(per_kind: int) -> None:
    start()
    print(f"\nRefused of {per_kind} images a kind that are no lateral lumbar film:")
    for kind in off_protocol.KINDS:
        images = [off_protocol.draw(kind, SEED + i) for i in range(per_kind)]
        refused = [bool(one.refusal) for one in _PREDICTOR[0].predict(images, ["baseline"])]
        print(f"  {kind}: {np.mean(refused):.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--share", type=float, default=1.0, help="of each split, for a quick look")
    parser.add_argument("--arms", nargs="+", default=list(ARMS), choices=ARMS)
    asked = parser.parse_args()
    arms = tuple(asked.arms)
    sizes = {split: max(8, round(size * asked.share)) for split, size in SIZES.items()}
    films = plan(sizes, SEED)
    context = get_context("spawn")
    with ProcessPoolExecutor(asked.workers, mp_context=context, initializer=start) as pool:
        rows = list(pool.map(partial(score, arms=arms), films, chunksize=8))
    for split in sizes:
        show(split, [row for row in rows if row.split == split], arms)
    show_refusals(20)


if __name__ == "__main__":
    main()
