"""How fast films are scored, and where their milliseconds go.

``python -m benchmarks.throughput`` draws a few films of natural size, takes them through the
whole pass and, in turn with it, through bare loops of the same functions, and measures the dispatch
alone with films that do nothing, films that sleep, and made-up rows; the last table holds what was
measured to the targets. ``--only`` runs one part. On a machine with other work wall figures are
upper bounds; CPU time is printed beside.
"""

import argparse
import hashlib
import os
import platform
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import matplotlib.pyplot as plt

from aac_models import normalise, strip
from aac_models.localization import localize
from aac_models.predictor import FilmPrediction, Predictor
from aac_models.radiograph import Radiograph
from benchmarks import gpu_rate, simulated_cluster, simulated_rows
from benchmarks.targets import Target
from benchmarks.whole_pass import Turns, delivered, first_film, kept, pipeline
from tasks import catalogue, measures
from tasks.archives import read_bytes
from tasks.deid.deidentify import deidentify
from tasks.dicom.pixels import decode, to_radiograph
from tasks.dicom.reading import read_film
from tasks.film import FilmContext, keep
from tasks.film_picture import picture_of
from tasks.film_rows import rows_of

PARTS = ("breakdown", "pipeline", "start", "gpu", "dispatch", "cluster", "memory")
TARGETS = {
    "of the bare loops that decode and score": Target(low=0.8),
    "two workers against one": Target(low=1.8),
    "a worker's peak, MB": Target(high=1500),
    "start to first film, s": Target(high=15),
    "orchestration, ms a film at 5,000": Target(high=5),
    "64 simulated workers, films/s": Target(low=5000),
    "driver's memory, most films over 1,000": Target(high=1.1),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--films", type=int, default=12, help="films of natural size")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--repeat", type=int, default=2, help="turns of pass and bare loops")
    parser.add_argument("--simulated", type=int, default=100_000, help="most films made up")
    parser.add_argument("--weights", type=Path, default=None)
    parser.add_argument("--study", type=Path, default=None, help="kept between calls")
    parser.add_argument("--figure", type=Path, default=Path("build/throughput.svg"))
    parser.add_argument("--only", choices=PARTS)
    said = parser.parse_args()
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, load", end=" ")
    print(f"{os.getloadavg()[0]:.1f}")
    parts = {said.only} if said.only else set(PARTS)
    with tempfile.TemporaryDirectory() as folder:
        found = _films(said, Path(folder), parts) if parts & {*PARTS[:4]} else {}
        found |= _simulated(said, Path(folder), parts)
    _judge(found)


def _films(said: argparse.Namespace, folder: Path, parts: set[str]) -> dict[str, float]:
    """Run the parts that need films."""
    study, figures = said.study or folder / "study", {}
    context, films = delivered(study, said.films, said.weights)
    spent = breakdown(context, films) if "breakdown" in parts else {}
    turns = {}
    if "pipeline" in parts:
        counts = sorted({1, said.workers})
        turns = {count: pipeline(context, films, count, said.repeat) for count in counts}
        most = turns[said.workers]
        figures["of the bare loops that decode and score"] = most.share
        figures["of the bare loops that clean as well"] = most.share_cleaning
        figures["a worker's peak, MB"] = most.worker_mb
        if said.workers == 2:
            figures["two workers against one"] = most.films_per_s / turns[1].films_per_s
    if "start" in parts:
        figures["start to first film, s"] = first_film(study, folder)
    if "gpu" in parts:
        decoded = [read_film(read_bytes(place)) for place in kept(films).values()]
        gpu_rate.compare([to_radiograph(ds, decode(ds)) for ds in decoded], said.weights)
    if spent or turns:
        draw(spent, turns, said.figure)
    return figures


def _simulated(said: argparse.Namespace, folder: Path, parts: set[str]) -> dict[str, float]:
    """Run the parts that need no film."""
    figures = {}
    if "dispatch" in parts:
        simulated_cluster.dispatch(folder, said.workers, said.simulated)
        cost = simulated_rows.orchestration(folder, said.workers)
        figures["orchestration, ms a film at 5,000"] = cost
    if "cluster" in parts:
        figures["64 simulated workers, films/s"] = simulated_cluster.simulated(folder, 10)
    if "memory" in parts:
        ratio = simulated_rows.memory(folder, said.simulated)
        figures["driver's memory, most films over 1,000"] = ratio
    return figures


def _judge(figures: Mapping[str, float]) -> None:
    print("\nwhat was measured                          figure  target")
    for name, value in figures.items():
        target = TARGETS.get(name)
        verdict = f"{target}: {'met' if target.is_met(value) else 'missed'}" if target else ""
        print(f"  {name:39} {value:8.4g}  {verdict}")


def breakdown(context: FilmContext, found: catalogue.Catalogue) -> dict[str, float]:
    """CPU milliseconds a film and stage, one thread; the first film warms up."""
    spent: dict[str, list[float]] = defaultdict(list)

    @contextmanager
    def stage(name: str) -> Iterator[None]:
        started = time.process_time()
        yield
        spent[name].append(1000 * (time.process_time() - started))

    predictor, pseudonyms = context.predictor(), context.pseudonyms()
    places = [*kept(found).values()]
    for place in [places[0], *places]:
        with stage("read"):
            raw = read_bytes(place)
            digest = hashlib.sha256(raw).hexdigest()
        with stage("decode"):
            ds = read_film(raw)
            stored = decode(ds)
        with stage("de-identify"):
            clean = deidentify(
                ds,
                stored,
                center="A",
                source_digest=digest,
                profile=context.profile,
                pseudonyms=pseudonyms,
            )
        with stage("write, look again"):
            keep(clean, context)
        with stage("window"):
            radiograph = to_radiograph(clean.dataset, clean.stored)
        with stage("measure"):
            measures.measure(radiograph, clean)
        said = _asked(stage, predictor, radiograph, context.arms)
        if not said.refusal:
            with stage("picture"):
                picture_of(clean.key, said, radiograph)
            with stage("rows"):
                rows_of(clean.key, said, predictor.weights_digest)
    return _print_stages(spent, len(places))


def _asked(
    stage: Callable[[str], AbstractContextManager[None]],
    predictor: Predictor,
    film: Radiograph,
    arms: Sequence[str],
) -> FilmPrediction:
    """Time the networks: in parts that are thrown away, then as a whole."""
    with stage("shrink"):
        working, _ = normalise.working_film(film.pixels)
    with stage("localize"):
        anatomy = localize(predictor.localizer, working).anatomy
    with stage("rectify"):
        strip.sample(working, strip.strip_points(anatomy.corners_px))
    with stage("score"):
        (said,) = predictor.predict([film], arms)
    return said


def _print_stages(spent: dict[str, list[float]], n: int) -> dict[str, float]:
    means = {name: statistics.median(of[1:] or of) for name, of in spent.items()}
    means["score"] -= sum(means[part] for part in ("shrink", "localize", "rectify"))
    total = sum(means.values())
    averages = {name: statistics.fmean(of[1:] or of) for name, of in spent.items()}
    averages["score"] -= sum(averages[part] for part in ("shrink", "localize", "rectify"))
    print(f"\nCPU ms a film, median and mean of {n} films of about 2300 x 1500, one core")
    for name, mean in means.items():
        share = mean / total
        bar = "#" * round(60 * share)
        print(f"  {name:20} {mean:8.1f} {averages[name]:8.1f}  {100 * share:5.1f} %  {bar}")
    print(f"  {'all':20} {total:8.1f} {sum(averages.values()):8.1f}")
    return means


def draw(spent: Mapping[str, float], turns: Mapping[int, Turns], file: Path) -> None:
    """Draw where a film's milliseconds go, and the pass beside the bare loops."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
    bars = left.barh([*spent], [*spent.values()], color="0.4")
    left.bar_label(bars, fmt="%.0f", padding=3)
    left.invert_yaxis()
    left.set_xlabel("CPU ms a film, one core")
    for shift, color, name in ((-0.2, "0.7", "bare_per_s"), (0.2, "0.3", "films_per_s")):
        rates = [getattr(turn, name) for turn in turns.values()]
        label = "bare loops" if name == "bare_per_s" else "whole pass"
        places = [i + shift for i in range(len(turns))]
        right.bar_label(right.bar(places, rates, 0.4, color=color, label=label), fmt="%.1f")
    right.set_xticks(range(len(turns)), [f"{count} workers" for count in turns])
    right.set_ylabel("films/s")
    right.legend(frameon=False)
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, metadata={"Date": None})
    print(f"\nfigure: {file.name}")


if __name__ == "__main__":
    main()
