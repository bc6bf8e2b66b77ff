"""How much agreement films of poor quality cost: ``python benchmarks/robustness.py``.

Draws films of the internal kind with a seed of their own and scores each as it should be and under
ten declared corruptions. The drop in R2 is taken on the films that were scored both ways; how many
were lost, that is refused or called not assessable, stands beside. ``--write`` keeps the table
beside the weights and renders their card again.
"""

import argparse
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
from corruptions import DECLARED, spoiled
from film_scores import FilmScore, score_phantom, start
from targets import ROBUSTNESS

from aac_models import side_by_side, weights
from aac_models.arms import ARMS
from aac_models.phantom.cohort import FilmPlan, plan
from aac_models.training import card
from aac_models.training.measured import Measured, Result, Table, write
from reports.statistics.error import errors

SEED = 20_250_103  # neither the training's nor the test films'
FILMS = 120
NOTE = (
    "Fresh synthetic films of the internal kind. The drop is R2 on the film as it should be less"
    " R2 under the corruption, on the films that were scored both ways."
)
Scores = dict[str, FilmScore]


def score(film: FilmPlan, arms: tuple[str, ...]) -> Scores:
    """Score one film in every state."""
    return {name: score_phantom(phantom, arms) for name, phantom in spoiled(film).items()}


def judge(films: Sequence[Scores], arm: str, name: str) -> tuple[list[str], Result | None]:
    """Give the row of one corruption and one arm, and its figure."""
    truth, clean, spoilt = (
        np.array([one[state].total[key] for one in films])
        for state, key in (("clean", "consensus"), ("clean", arm), (name, arm))
    )
    before = np.isfinite(truth) & np.isfinite(clean)
    both = before & np.isfinite(spoilt)
    lost = f"{int((before & ~both).sum())} of {int(before.sum())}"
    refused = str(sum(bool(one[name].refusal) for one in films))
    r2 = [errors(truth[both], said[both])["r2_determination"].value for said in (clean, spoilt)]
    if r2[0] is None or r2[1] is None:
        return [arm, name, DECLARED[name], lost, refused, "-", "-", "-", "**missed**"], None
    drop = r2[0] - r2[1]
    is_met = ROBUSTNESS.is_met(drop)
    figures = [f"{value:.3f}" for value in (*r2, drop)]
    verdict = "met" if is_met else "**missed**"
    row = [arm, name, DECLARED[name], lost, refused, *figures, verdict]
    held = Result(
        films="test",
        model=f"{arm}, {name}",
        metric="drop_r2",
        value=drop,
        n=int(both.sum()),
        target=str(ROBUSTNESS),
        is_met=is_met,
    )
    return row, held


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--films", type=int, default=FILMS)
    parser.add_argument("--arms", nargs="+", default=["lvlcrnet"], choices=ARMS)
    parser.add_argument("--weights", type=Path, default=weights.SHIPPED)
    parser.add_argument("--write", action="store_true", help="beside the weights, for their card")
    asked = parser.parse_args()
    with side_by_side.pool(asked.workers, start=partial(start, asked.weights)) as pool:
        work = partial(score, arms=tuple(asked.arms))
        films = list(pool.map(work, plan({"test": asked.films}, SEED), chunksize=2))
    judged = [judge(films, arm, name) for arm in asked.arms for name in DECLARED]
    columns = ["model", "corruption", "", "lost", "refused", "R2 clean", "R2", "drop", "target"]
    title = f"{asked.films} films under ten corruptions; target: drop {ROBUSTNESS}"
    table = Table(title, columns, [row for row, _ in judged])
    print(f"{table.title}\n\n{table.markdown()}")
    if asked.write:
        command = f"python benchmarks/robustness.py --films {asked.films}"
        results = [held for _, held in judged if held is not None]
        measured = Measured("Robustness", command, NOTE, [table], results)
        write(measured, asked.weights, "robustness")
        card.render(asked.weights)


if __name__ == "__main__":
    main()
