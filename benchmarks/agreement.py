"""Time of the whole agreement table: ``python benchmarks/agreement.py [--images 2660]``.

Five simulated cohorts (three internal, two external) of the given size each, three models, two
readers and a consensus, continuous totals, some patients with two films, some films missing.
"""

import argparse
import time

import numpy as np
import pyarrow as pa

from reports.agreement import agreement_table, confusion_table
from reports.statistics.plan import StatisticsPlan

MODELS = ("lvlcrnet", "lvlnet", "baseline")
SPREAD = {"lvlcrnet": 1.2, "lvlnet": 1.7, "baseline": 2.4}
LEVELS = ("L1", "L2", "L3", "L4")
WALLS = ("anterior", "posterior")


def simulate(centers: tuple[str, ...], images: int, seed: int) -> tuple[pa.Table, pa.Table]:
    """Predictions and eight-row annotations of simulated cohorts."""
    rng = np.random.default_rng(seed)
    scored: dict[str, list] = {name: [] for name in ("center", "patient_id", "image_id", "model")}
    numbers: dict[str, list] = {name: [] for name in ("total", "total_low", "total_high")}
    read: dict[str, list] = {
        name: [] for name in ("center", "image_id", "reader", "level", "wall", "grade")
    }
    for center in centers:
        ids = [f"I-{center}{i:06d}" for i in range(images)]
        patients = [f"P-{center}{i * 93 // 100:06d}" for i in range(images)]
        burden = rng.gamma(0.6, 1.0, images)[:, None]
        grades = np.clip(np.round(burden * rng.uniform(0.2, 2.2, (images, 8))), 0, 3)
        for reader in ("consensus", "reader_1", "reader_2"):
            noise = (
                0
                if reader == "consensus"
                else rng.choice([-1, 0, 1], (images, 8), p=[0.06, 0.88, 0.06])
            )
            seen = np.clip(grades + noise, 0, 3)
            read["center"] += [center] * (8 * images)
            read["image_id"] += [i for i in ids for _ in range(8)]
            read["reader"] += [reader] * (8 * images)
            read["level"] += [lv for lv in LEVELS for _ in WALLS] * images
            read["wall"] += list(WALLS) * (4 * images)
            read["grade"] += seen.ravel().astype(int).tolist()
        for model in MODELS:
            total = np.clip(grades.sum(axis=1) + rng.normal(0.1, SPREAD[model], images), 0, 24)
            scored["center"] += [center] * images
            scored["patient_id"] += patients
            scored["image_id"] += ids
            scored["model"] += [model] * images
            numbers["total"] += np.where(rng.random(images) < 0.01, np.nan, total).tolist()
            numbers["total_low"] += np.maximum(total - 3, 0).tolist()
            numbers["total_high"] += np.minimum(total + 3, 24).tolist()
    status = ["not_assessable" if np.isnan(t) else "scored" for t in numbers["total"]]
    columns = {k: pa.array(v, from_pandas=True) for k, v in numbers.items()}
    predictions = pa.table({**scored, **columns, "status": status})
    nothing = pa.nulls(len(read["grade"]), pa.float64())
    return predictions, pa.table({**read, "total": nothing})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=2660, help="images a cohort")
    parser.add_argument("--resamples", type=int, default=9999)
    args = parser.parse_args()
    roles = {"A": "internal", "B": "internal", "E": "internal", "C": "external", "D": "external"}
    predictions, annotations = simulate(tuple(roles), args.images, seed=7)
    plan = StatisticsPlan(roles=roles, bootstrap=args.resamples, margin=1.0, models=MODELS)
    start, busy = time.perf_counter(), time.process_time()
    table = agreement_table(predictions, annotations, statistics=plan)
    confusion = confusion_table(predictions, annotations, statistics=plan)
    seconds, busy = time.perf_counter() - start, time.process_time() - busy
    print(
        f"{len(roles)} cohorts x {args.images} images x {len(MODELS)} models, "
        f"{args.resamples} resamples: {seconds:.1f} s ({busy:.1f} s of processor), "
        f"{table.num_rows} rows, "
        f"{confusion.num_rows} confusion cells"
    )


if __name__ == "__main__":
    main()
