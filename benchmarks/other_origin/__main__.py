"""The weights on films of another origin: ``python -m benchmarks.other_origin [--films 60]``.

The films share nothing with the phantom that the weights were trained on but the protocol: other
geometry, drawing, deposits, exposure and processing, in six styles from a plain drawing to a noisy
film. "Forced" totals take levels as graded that would be reported as not assessable.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from aac_models.arms import ARMS
from aac_models.kauppila import GRADES, WALLS
from aac_models.predictor import FilmPrediction, Predictor
from aac_models.strip import body_depth
from aac_models.training.landmarks import levels_right
from aac_models.training.measured import Table
from benchmarks.other_origin.film import Film, draw
from benchmarks.other_origin.looks import LOOKS
from benchmarks.other_origin.sheet import Floats
from reports.statistics.bland_altman import bland_altman
from reports.statistics.error import errors
from reports.statistics.icc import icc
from reports.statistics.kappa import kappa
from reports.statistics.proportional_bias import proportional_bias

FIRST_SEED = 7_000
_FEWEST = 4  # films for a figure of agreement


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """One film against its truth; NaN totals where a level is not assessable or it is refused."""

    truth: Floats
    is_refused: bool
    is_facing_right: bool
    are_levels_right: bool
    corner_depths: float
    total: dict[str, float]
    forced: dict[str, float]
    grades: dict[str, Floats]


def judge(film: Film, found: FilmPrediction) -> Judged:
    gap = np.nan
    if found.anatomy is not None:
        apart = np.linalg.norm(found.anatomy.corners_px - film.corners_px, axis=-1)
        gap = float(np.median(apart) / body_depth(film.corners_px))
    return Judged(
        truth=film.grades,
        is_refused=bool(found.refusal),
        is_facing_right=found.anterior is film.anterior,
        are_levels_right=found.anatomy is not None
        and levels_right(found.anatomy.corners_px, film.corners_px),
        corner_depths=gap,
        total={
            arm: np.nan if score.total is None else score.total
            for arm, score in found.scores.items()
        },
        forced={arm: float(score.expected.sum()) for arm, score in found.scores.items()},
        grades={arm: score.grades.astype(np.float64) for arm, score in found.scores.items()},
    )


def score(style: str, films: int, predictor: Predictor, arms: Sequence[str] = ARMS) -> list[Judged]:
    """Draw and judge the films of one style."""
    drawn = (draw(style, FIRST_SEED + k) for k in range(films))
    return [judge(film, predictor.predict([film.radiograph], arms)[0]) for film in drawn]


def places_table(by_style: dict[str, list[Judged]]) -> Table:
    """Tell what was refused and what was found."""
    rows = []
    for style, films in by_style.items():
        seen = [film for film in films if not film.is_refused]
        blind = [np.isnan(next(iter(film.total.values()))) for film in seen]
        rows.append(
            [
                style,
                str(len(films)),
                f"{sum(film.is_refused for film in films)}",
                f"{sum(blind)}",
                f"{np.mean([film.are_levels_right for film in films]):.2f}",
                f"{np.nanmedian([film.corner_depths for film in seen]):.3f}" if seen else "-",
                f"{np.mean([film.is_facing_right for film in films]):.2f}",
            ]
        )
    columns = ["style", "films", "refused", "no total", "L1-L4 right", "corner error", "facing"]
    return Table("Vertebrae (corner error in body depths)", columns, rows)


def agreement_table(by_style: dict[str, list[Judged]], arms: Sequence[str]) -> Table:
    """Agreement of the totals, and of the grades of each wall."""
    rows = []
    for style, films in by_style.items():
        seen = [film for film in films if not film.is_refused]
        for arm in arms:
            for kind in ("reported", "forced"):
                totals = [film.total if kind == "reported" else film.forced for film in seen]
                values = np.array([one[arm] for one in totals], dtype=np.float64)
                rows.append([style, arm, kind, *_figures(seen, values, arm)])
    columns = ["style", "arm", "totals", "films", "R2", "ICC(A,1)", "MAE", "bias", "slope"]
    return Table("Totals and grades", [*columns, *(f"kappa {wall}" for wall in WALLS)], rows)


def _figures(films: Sequence[Judged], total: Floats, arm: str) -> list[str]:
    known = np.isfinite(total)
    count = int(known.sum())
    if count < _FEWEST:
        return [str(count), *["-"] * (5 + len(WALLS))]
    truth, total = np.array([film.truth.sum() for film in films])[known], total[known]
    told = errors(truth, total)
    both = np.stack([truth, total], axis=1)
    figures = [
        told["r2_determination"],
        icc(both)["icc_a1"].estimate,
        told["mae"],
        bland_altman(truth, total)["bias"],
        proportional_bias(truth, total)["ba_slope_hc3"],
    ]
    kept = [film for film, is_known in zip(films, known, strict=True) if is_known]
    for wall in range(len(WALLS)):
        pairs = [np.concatenate([film.truth[:, wall] for film in kept])]
        pairs += [np.concatenate([film.grades[arm][:, wall] for film in kept])]
        figures.append(kappa(pairs[0], pairs[1], len(GRADES)))
    return [str(count), *("-" if one.value is None else f"{one.value:.2f}" for one in figures)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--films", type=int, default=60, help="of each style")
    parser.add_argument("--styles", nargs="+", default=list(LOOKS), choices=list(LOOKS))
    parser.add_argument("--arms", nargs="+", default=list(ARMS), choices=ARMS)
    parser.add_argument("--weights", type=Path, default=None)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    predictor = Predictor.load(asked.weights)
    by_style = {style: score(style, asked.films, predictor, asked.arms) for style in asked.styles}
    by_style["all"] = [film for films in by_style.values() for film in films]
    for table in (places_table(by_style), agreement_table(by_style, asked.arms)):
        print(f"\n{table.title}\n\n{table.markdown()}")


if __name__ == "__main__":
    main()
