"""How fast films are scored, and where their milliseconds go.

``python -m benchmarks.throughput`` draws a few films of natural size, takes them through the
whole pass and, in turn with it, through bare loops of the same functions, and measures the dispatch
alone with films that do nothing, films that sleep, and made-up rows. ``--only`` runs one part. On a
machine with other work wall figures are upper bounds; CPU time is printed beside.
"""

import argparse
import hashlib
import multiprocessing
import os
import platform
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from resource import RUSAGE_SELF, getrusage

import matplotlib.pyplot as plt
import pyarrow as pa
import pyarrow.compute as pc
from distributed import Client

from aac_models import normalise, strip
from aac_models.localization import localize
from aac_models.predictor import FilmPrediction, Predictor
from aac_models.radiograph import Radiograph
from benchmarks import gpu_rate, simulated_cluster
from data_contracts.study_file import Cluster, load
from tasks import catalogue, check, cluster, measures, phantom_cohort, publish, score
from tasks.archives import read_bytes
from tasks.deid.deidentify import deidentify
from tasks.dicom.pixels import decode, to_radiograph
from tasks.dicom.reading import read_film
from tasks.dicom.writing import save_bytes
from tasks.film import FilmContext, context_of
from tasks.film_rows import rows_of
from tasks.study_folder import StudyFolder

NATURAL_MM = 0.16


PARTS = ("breakdown", "pipeline", "gpu", "dispatch", "cluster", "memory")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--films", type=int, default=12, help="films of natural size")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--repeat", type=int, default=2, help="turns of pass and bare loops")
    parser.add_argument("--simulated", type=int, default=100_000, help="most films made up")
    parser.add_argument("--weights", type=Path, default=None)
    parser.add_argument("--study", type=Path, default=None, help="kept between calls")
    parser.add_argument("--figure", type=Path, default=None, help="SVG of where the time goes")
    parser.add_argument("--only", choices=PARTS)
    said = parser.parse_args()
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, load", end=" ")
    print(f"{os.getloadavg()[0]:.1f}")
    parts = {said.only} if said.only else set(PARTS)
    with tempfile.TemporaryDirectory() as folder:
        if {"breakdown", "pipeline", "gpu"} & parts:
            _films(said, said.study or Path(folder) / "study", parts)
        if "dispatch" in parts:
            simulated_cluster.dispatch(Path(folder), said.workers, said.simulated)
        if "cluster" in parts:
            simulated_cluster.simulated(Path(folder), min(32_000, said.simulated))
        if "memory" in parts:
            simulated_cluster.memory(Path(folder), said.simulated)


def _films(said: argparse.Namespace, study: Path, parts: set[str]) -> None:
    """Run the parts that need films."""
    context, films = delivered(study, said.films, said.weights)
    if "breakdown" in parts:
        spent = breakdown(context, films)
        if said.figure:
            draw(spent, said.figure)
    if "pipeline" in parts:
        for count in sorted({1, said.workers}):
            pipeline(context, films, count, said.repeat)
    if "gpu" in parts:
        decoded = [read_film(read_bytes(place)) for place in kept(films).values()]
        gpu_rate.compare([to_radiograph(ds, decode(ds)) for ds in decoded], said.weights)


def delivered(root: Path, n: int, trained: Path | None) -> tuple[FilmContext, catalogue.Catalogue]:
    """Draw films once and catalogue them as one center."""
    if not (root / "study.yaml").is_file():
        phantom_cohort.write(root, {"A": n}, 5, mm_per_px=NATURAL_MM)
    folder = StudyFolder(root)
    folder.prepare()
    study = load(root / "study.yaml").model_copy(update={"weights": trained})
    context = context_of(study, folder)
    incoming = study.centers["A"].dicom
    return context, catalogue.catalogue(
        incoming, "A", pseudonyms=context.pseudonyms(), cache=None, workers=1
    )


def kept(found: catalogue.Catalogue) -> dict[str, catalogue.Place]:
    """Films of the cohort, without the odd files that every synthetic delivery holds."""
    digests = check.check_headers(found.table, "A", ()).kept.column("source_digest").to_pylist()
    places = {digest: found.places[digest] for digest in digests}
    return {d: place for d, place in places.items() if place.path.name != "cut_short.dcm"}


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
        with stage("write"):
            (context.deidentified / "benchmark.dcm").write_bytes(save_bytes(clean.dataset))
        with stage("window"):
            radiograph = to_radiograph(clean.dataset, clean.stored)
        with stage("measure"):
            measures.measure(radiograph, clean)
        said = _asked(stage, predictor, radiograph, context.arms)
        if not said.refusal:
            with stage("rows"):
                rows_of(clean.key, said, predictor.weights_digest)
    (context.deidentified / "benchmark.dcm").unlink()
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
    print(f"\nCPU ms a film, median of {n} films of about 2300 x 1500, one core")
    for name, mean in means.items():
        print(f"  {name:20} {mean:8.1f}  {100 * mean / total:5.1f} %")
    print(f"  {'all':20} {total:8.1f}")
    return means


def draw(spent: dict[str, float], file: Path) -> None:
    """Draw where a film's milliseconds go, as bars."""
    figure, axes = plt.subplots(figsize=(7, 0.4 * len(spent) + 1))
    bars = axes.barh([*spent], [*spent.values()], color="0.4")
    axes.bar_label(bars, fmt="%.0f", padding=3)
    axes.invert_yaxis()
    axes.set_xlabel("CPU ms a film, one core")
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(file, bbox_inches="tight", metadata={"Date": None})


def bare(context: FilmContext, places: list[catalogue.Place], go: object, spent: object) -> None:
    """Decode, clean and score films in a plain loop; nothing is written, staged or counted."""
    context.warm_up()
    predictor, pseudonyms = context.predictor(), context.pseudonyms()
    go.wait()  # type: ignore[attr-defined]
    began = time.process_time()
    for place in places:
        raw = read_bytes(place)
        ds = read_film(raw)
        clean = deidentify(
            ds,
            decode(ds),
            center="A",
            source_digest=hashlib.sha256(raw).hexdigest(),
            profile=context.profile,
            pseudonyms=pseudonyms,
        )
        predictor.predict([to_radiograph(clean.dataset, clean.stored)], context.arms)
    spent.put(time.process_time() - began)  # type: ignore[attr-defined]
    go.wait()  # type: ignore[attr-defined]


def ideal(context: FilmContext, places: list[catalogue.Place], workers: int) -> tuple[float, float]:
    """Wall and CPU seconds of bare loops in processes of their own, warmed up before."""
    spawn = multiprocessing.get_context("spawn")
    barrier, spent = spawn.Barrier(workers + 1), spawn.Queue()
    loops = [
        spawn.Process(target=bare, args=(context, places[i::workers], barrier, spent))
        for i in range(workers)
    ]
    for loop in loops:
        loop.start()
    barrier.wait()
    started = time.monotonic()
    barrier.wait()
    seconds = time.monotonic() - started
    for loop in loops:
        loop.join()
    return seconds, sum(spent.get() for _ in loops)


def pipeline(context: FilmContext, found: catalogue.Catalogue, workers: int, repeat: int) -> None:
    """Raw DICOM to published Parquet in turn with bare loops over the same films."""
    places = kept(found)
    films = found.table.filter(pc.is_in(found.table.column("source_digest"), pa.array([*places])))
    films = films.filter(pc.is_null(films.column("outcome")))
    n = films.num_rows
    settings = Cluster(workers=workers, shard_size=max(1, n // (4 * workers)), device="cpu")
    print(f"\n{n} films, raw DICOM to published Parquet, {workers} workers")
    print("  start s  wall s  CPU s  films/s  bare wall s  bare CPU s  share wall  share CPU  MB")
    opened = time.monotonic()
    with cluster.open_cluster(settings) as client:
        client.wait_for_workers(workers)
        client.run(context.warm_up)
        start = time.monotonic() - opened
        for _ in range(repeat):
            wall, cpu = _pass(client, context, found.places, films, settings)
            best, bare_cpu = ideal(context, [*places.values()], workers)
            largest = max(client.run(_peak_mb).values())
            print(
                f"  {start:7.1f} {wall:7.1f} {cpu:6.1f} {n / wall:8.2f} {best:12.1f}"
                f" {bare_cpu:11.1f} {best / wall:11.2f} {bare_cpu / cpu:10.2f} {largest:4.0f}"
            )


def _pass(
    client: Client,
    context: FilmContext,
    places: Mapping[str, catalogue.Place],
    films: pa.Table,
    settings: Cluster,
) -> tuple[float, float]:
    """Wall and CPU seconds of one whole pass; the workers are there and warm."""
    with tempfile.TemporaryDirectory(dir=context.private.parent) as work:
        before = sum(client.run(time.process_time).values()) + time.process_time()
        started = time.monotonic()
        result = score.score_films(
            places, films, center="A", context=context, cluster=settings, work=Path(work) / "w"
        )
        for name, table in result.tables.items():
            publish.publish(name, table, results=Path(work) / "results", center="A", run_id="r")
        seconds = time.monotonic() - started
        after = sum(client.run(time.process_time).values()) + time.process_time()
    return seconds, after - before


def _peak_mb() -> float:
    return getrusage(RUSAGE_SELF).ru_maxrss / 1e3


if __name__ == "__main__":
    main()
