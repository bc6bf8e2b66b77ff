"""What the contrastive term is worth, and to whom: ``python benchmarks/ladder.py --films FOLDER``.

Trains the scoring part again with and without the term, on the kept films of a training (its
``films`` folder), for several seeds and in several regimes of labels, and compares the arms on
validation films that chose nothing: a quarter of them chooses the epoch, the rest is judged. No
test film is touched. Each finished training is kept under ``--work``; the same command goes on
from there after a kill.
"""

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, product
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from aac_models import side_by_side
from aac_models.arms import ARMS, TABLE
from aac_models.training.data import Film, read, with_views
from aac_models.training.loop import LoopSettings, train
from aac_models.training.measured import Table
from aac_models.training.scorers import VIEW, ScorerPart, expected_grades
from aac_models.training.views import still_film, still_strip
from reports.statistics.bootstrap import draw_counts
from reports.statistics.moments import moment_columns, statistics_of

Floats = npt.NDArray[np.float64]
Regime = Callable[[list[Film], np.random.Generator], list[Film]]
RESAMPLES = 2000
FEW = 150
NOISE = 0.3  # chance that a reader's grade is one too low or one too high
WATCHED_EVERY = 4
_FIGURES = {"mae": "MAE", "icc_a1": "ICC(A,1)"}


@dataclass(frozen=True, slots=True)
class Job:
    """One training: where its films are, what it learns from, and how long."""

    films: Path
    work: Path
    regime: str
    arm: str
    seed: int
    epochs: int
    limit: int | None

    @property
    def folder(self) -> Path:
        """Where this training is kept."""
        return self.work / self.regime / f"{self.arm}-{self.seed}"


def grades_alone(films: list[Film], _rng: np.random.Generator) -> list[Film]:
    """Forget what only the phantom knows: where the walls run and where the calcium lies."""
    return [
        replace(film, walls=film.walls[:, :0], calcified=film.calcified[:, :0]) for film in films
    ]


def totals_alone(films: list[Film], rng: np.random.Generator) -> list[Film]:
    """Keep the total of each film and forget its grades."""
    known = [film for film in grades_alone(films, rng) if np.isfinite(film.total)]
    return [replace(film, grades=np.full_like(film.grades, -1)) for film in known]


def few(films: list[Film], rng: np.random.Generator) -> list[Film]:
    """Keep a few films."""
    chosen = rng.permutation(len(films))[:FEW]
    return [films[index] for index in sorted(chosen)]


def noisy(films: list[Film], rng: np.random.Generator) -> list[Film]:
    """Let one hasty reader grade instead of a consensus."""
    return [_misread(film, rng) for film in grades_alone(films, rng)]


def _misread(film: Film, rng: np.random.Generator) -> Film:
    step = rng.choice([-1, 1], film.grades.shape) * (rng.random(film.grades.shape) < NOISE)
    read_as = np.where(film.grades < 0, -1, np.clip(film.grades + step, 0, 3)).astype(np.int8)
    total = float(read_as.sum()) if (read_as >= 0).all() else float("nan")
    return replace(film, grades=read_as, total=total)


REGIMES: dict[str, tuple[str, Regime]] = {
    "traced": ("grades, and walls and calcium traced", lambda films, _rng: films),
    "grades": ("the eight grades", grades_alone),
    "totals": ("totals alone", totals_alone),
    "few": (f"the grades of {FEW} films", lambda films, rng: few(grades_alone(films, rng), rng)),
    "few totals": (
        f"the totals of {FEW} films",
        lambda films, rng: few(totals_alone(films, rng), rng),
    ),
    "noisy": (f"grades, each one off with chance {NOISE:g}", noisy),
}


def scored_films(folder: Path, limit: int | None, arm: str) -> list[Film]:
    """Read the scored films of a split, without the views that the arm does not see."""
    view = VIEW[TABLE[arm].sees]
    films = [with_views(read(path), [view]) for path in sorted(folder.glob("[0-9]*.npz"))[:limit]]
    return [film for film in films if film.is_scored and film.has_corners]


def run(job: Job) -> Floats:
    """Train, or read what was trained before; totals of the judged films."""
    done = job.folder / "totals.npy"
    if done.exists():
        return np.asarray(np.load(done), dtype=np.float64)
    learning = scored_films(job.films / "train", job.limit, job.arm)
    checking = scored_films(job.films / "val", job.limit, job.arm)
    chance = np.random.default_rng([job.seed, list(REGIMES).index(job.regime)])
    labelled = REGIMES[job.regime][1](learning, chance)
    torch.manual_seed(job.seed)
    part = ScorerPart(TABLE[job.arm], labelled, checking[::WATCHED_EVERY])
    settings = LoopSettings(job.epochs, seed=job.seed)
    network = train(part, settings, job.folder, lambda *news: tell(job, *news))
    totals = predict(network, judged(checking), job.arm)
    np.save(done, totals)
    return totals


def tell(job: Job, _name: str, epoch: int, epochs: int, figures: dict[str, float]) -> None:
    mae = figures.get("val_mae", float("nan"))
    print(
        f"{job.regime}, {job.arm}, seed {job.seed}: epoch {epoch} of {epochs}, {mae:.3f}",
        flush=True,
    )


def judged(films: Sequence[Film]) -> list[Film]:
    """Keep the validation films with a total that chose no epoch."""
    kept = [film for index, film in enumerate(films) if index % WATCHED_EVERY]
    return [film for film in kept if np.isfinite(film.total)]


def predict(network: torch.nn.Module, films: Sequence[Film], arm: str) -> Floats:
    """Totals on known corners, as the network says them."""
    view = still_strip if TABLE[arm].sees == "strip" else still_film
    totals = []
    with torch.inference_mode():
        for film in films:
            said = network(torch.from_numpy(view(film)[None]))
            totals.append(float(expected_grades(said.logits.float()).sum()))
    return np.array(totals)


def compare(truth: Floats, by_arm: dict[str, Floats]) -> tuple[Table, list[dict[str, object]]]:
    """Compare arms on the same films and seeds.

    ``by_arm`` holds totals of shape (seeds, films). Films are resampled, seeds are not: the
    interval is that of these trainings on other films, the spread over seeds stands beside.
    """
    counts = np.concatenate([np.ones((1, len(truth))), *draw_counts(len(truth), RESAMPLES, 1)])
    drawn: dict[str, list[dict[str, Floats]]] = {
        arm: [statistics_of(counts @ moment_columns(truth, one, {}), ()) for one in totals]
        for arm, totals in by_arm.items()
    }  # of all films first, then of each resample
    rows, told = [], []
    for arm, of_seeds in drawn.items():
        figures = {key: np.array([one[key][0] for one in of_seeds]) for key in _FIGURES}
        told.append({"arm": arm} | {key: value.tolist() for key, value in figures.items()})
        spread = [f"{v.mean():.3f} ({v.min():.3f} to {v.max():.3f})" for v in figures.values()]
        rows.append([f"{arm}, mean (range) of seeds", *spread])
    for a, b in combinations(by_arm, 2):
        cells, said = [], {}
        for key in _FIGURES:
            gaps = np.stack([x[key] - y[key] for x, y in zip(drawn[a], drawn[b], strict=True)])
            low, high = np.nanquantile(gaps.mean(axis=0)[1:], (0.025, 0.975))
            cells.append(f"{gaps[:, 0].mean():+.3f} ({low:+.3f} to {high:+.3f})")
            said[key] = {"by_seed": gaps[:, 0].tolist(), "low": float(low), "high": float(high)}
        rows.append([f"{a} - {b}, 95 % interval", *cells])
        told.append({"pair": [a, b]} | said)
    return Table("", ["", *_FIGURES.values()], rows), told


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--films", type=Path, required=True, help="holds train and val")
    parser.add_argument("--work", type=Path, default=Path("ladder-work"))
    parser.add_argument("--regimes", nargs="+", default=list(REGIMES), choices=REGIMES)
    parser.add_argument("--arms", nargs="+", default=["lvlcrnet", "lvlnet"], choices=ARMS)
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3])
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument(
        "--limit", type=int, default=None, help="films a split; each look at a spine is one"
    )
    parser.add_argument("--workers", type=int, default=1)
    asked = parser.parse_args()
    shared = {
        "films": asked.films,
        "work": asked.work,
        "epochs": asked.epochs,
        "limit": asked.limit,
    }
    jobs = [
        Job(regime=regime, arm=arm, seed=seed, **shared)
        for regime, seed, arm in product(asked.regimes, asked.seeds, asked.arms)
    ]
    with side_by_side.pool(asked.workers) as pool:
        totals = dict(zip(jobs, pool.map(run, jobs), strict=True))
    truth = np.array(
        [f.total for f in judged(scored_films(asked.films / "val", asked.limit, "lvlnet"))]
    )
    said = {}
    for regime in asked.regimes:
        by_arm = {
            arm: np.stack([totals[job] for job in jobs if (job.regime, job.arm) == (regime, arm)])
            for arm in asked.arms
        }
        table, said[regime] = compare(truth, by_arm)
        print(f"\n{regime}: {REGIMES[regime][0]}; {len(truth)} films judged, seeds {asked.seeds}\n")
        print(table.markdown(), flush=True)
    kept = {key: str(value) for key, value in vars(asked).items() if key not in ("films", "work")}
    text = json.dumps({"settings": kept, "n": len(truth), "regimes": said}, indent=1)
    (asked.work / "ladder.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
