"""Accuracy of the shipped weights on synthetic test films: ``python benchmarks/accuracy.py``.

Draws the internal test, C and D, which no training or calibration has seen, scores them with
all arms and prints the tables that README and model card quote: agreement with the consensus,
targets met and missed, the arms against each other. Reader 1 against reader 2 stands beside:
figures near theirs partly measure how simple the films are. ``--sets test`` leaves C and D shut;
whoever opens them for a release counts it in ``model_card.yaml``. ``--write`` keeps the tables
beside the weights and renders their card again.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import agreement_tables as tables
from film_scores import FilmScore, predictor, score_all, start
from targets import ARM, SEED, SETS, SIZES

from aac_models import weights
from aac_models.arms import ARMS
from aac_models.phantom import off_protocol
from aac_models.phantom.cohort import plan
from aac_models.training import card
from aac_models.training.measured import Measured, Result, Table, write

NOTE = (
    "Synthetic films drawn with a seed of their own, against the consensus of two simulated"
    " readers; figures near those of one reader against the other partly measure how simple the"
    " films are. Intervals by bootstrap over patients; slope: of the Bland-Altman plot; kappa:"
    " quadratic, of level and wall grades; 90 % holds: films whose interval holds the consensus; p:"
    " Wilcoxon signed-rank, unadjusted."
)
PER_KIND = 20


def judge(
    scores: Sequence[FilmScore], split: str, arms: Sequence[str]
) -> tuple[list[Table], list[Result]]:
    """Tables and figures of one set."""
    by_name = {arm: tables.agreement(scores, tables.REFERENCE, arm) for arm in arms}
    readers = tables.agreement(scores, "reader_2", "reader_1")
    places = tables.localization(scores)
    print(f"{split}: {tables.localization_line(places)}")
    results = [one for arm in arms for one in tables.results(split, arm, by_name[arm])]
    results += tables.results(split, "reader 1 against 2", readers)
    results += tables.results(split, "localizer", places)
    told = [
        tables.agreement_table(split, by_name | {"reader 1 against 2": readers}),
        tables.level_table(split, scores, arms),
    ]
    if len(arms) > 1:
        told.append(tables.ladder_table(split, scores, arms))
    return told, results


def refusals(folder: Path, per_kind: int) -> Table:
    """Images that are no lateral lumbar film, and how many of them are refused."""
    start(folder)
    rows = []
    for kind in off_protocol.KINDS:
        images = [off_protocol.draw(kind, SEED + i) for i in range(per_kind)]
        refused = sum(bool(one.refusal) for one in predictor().predict(images, []))
        rows.append([kind.replace("_", " "), f"{refused} of {per_kind}"])
    return Table("Images that are no lateral lumbar film", ["kind", "refused"], rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--share", type=float, default=1.0, help="of each set, for a quick look")
    parser.add_argument("--arms", nargs="+", default=list(ARMS), choices=ARMS)
    parser.add_argument("--sets", nargs="+", default=list(SETS), choices=SETS)
    parser.add_argument("--weights", type=Path, default=weights.SHIPPED)
    parser.add_argument("--write", action="store_true", help="beside the weights, for their card")
    asked = parser.parse_args()
    arms = tuple(asked.arms)
    sizes = {split: max(8, round(SIZES[split] * asked.share)) for split in asked.sets}
    scores = score_all(plan(sizes, SEED), arms, asked.workers, asked.weights)
    told: list[Table] = []
    results: list[Result] = []
    for split in sizes:
        found = judge([one for one in scores if one.split == split], split, arms)
        told += found[0]
        results += found[1]
    told += [refusals(asked.weights, PER_KIND)]
    if ARM in arms:
        told.insert(0, tables.target_table(results))
    for table in told:
        print(f"\n{table.title}\n\n{table.markdown()}")
    if asked.write:
        command = f"python benchmarks/accuracy.py --sets {' '.join(sizes)} --share {asked.share:g}"
        measured = Measured("Test films", command, NOTE, told, results)
        write(measured, asked.weights, "accuracy")
        card.render(asked.weights)


if __name__ == "__main__":
    main()
