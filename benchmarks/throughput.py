"""How fast films are scored, and where their milliseconds go.

``python -m benchmarks.throughput`` draws a few films of natural size, takes them through the
whole pass and through bare loops of the same functions, and measures the dispatch alone with
films that do nothing. ``--only breakdown`` (or ``pipeline``, ``dispatch``, ``cluster``) runs one
part. On a machine with other work the figures are upper bounds; CPU time is printed beside.
"""

import argparse
import hashlib
import multiprocessing
import os
import platform
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from resource import RUSAGE_SELF, getrusage

import psutil
import pyarrow as pa
import pyarrow.compute as pc
from distributed import Client, LocalCluster

from aac_models import weights
from data_contracts.study_file import Cluster, load
from tasks import catalogue, check, cluster, measures, phantom_cohort, publish, score
from tasks.archives import read_bytes
from tasks.deid.deidentify import deidentify
from tasks.dicom.pixels import decode, to_radiograph
from tasks.dicom.reading import read_film
from tasks.dicom.writing import save_bytes
from tasks.dispatch import Beat, Shard, map_shards
from tasks.film import FilmContext, context_of, process_all
from tasks.film_rows import rows_of
from tasks.study_folder import StudyFolder

NATURAL_MM = 0.16


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--films", type=int, default=12, help="films of natural size")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--weights", type=Path, default=None)
    parser.add_argument("--study", type=Path, default=None, help="kept between calls")
    parser.add_argument("--only", choices=["breakdown", "pipeline", "dispatch", "cluster"])
    said = parser.parse_args()
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, load", end=" ")
    print(f"{os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as folder:
        parts = [said.only] if said.only else ["breakdown", "pipeline", "dispatch", "cluster"]
        if {"breakdown", "pipeline"} & set(parts):
            if said.weights is None and not any(weights.SHIPPED.glob("*.safetensors")):
                parser.error("no weights are shipped; name a folder with --weights")
            context, films = delivered(said.study or Path(folder), said.films, said.weights)
            if "breakdown" in parts:
                breakdown(context, films)
            if "pipeline" in parts:
                pipeline(context, films, said.workers)
        if "dispatch" in parts:
            dispatch(Path(folder), said.workers)
        if "cluster" in parts:
            simulated(Path(folder))


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


def breakdown(context: FilmContext, found: catalogue.Catalogue) -> None:
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
        with stage("localize and score"):
            (said,) = predictor.predict([radiograph], context.arms)
        if not said.refusal:
            with stage("rows"):
                rows_of(clean.key, said, predictor.weights_digest)
    (context.deidentified / "benchmark.dcm").unlink()
    _print_stages(spent, len(places))


def _print_stages(spent: dict[str, list[float]], n: int) -> None:
    means = {name: sum(of[1:]) / max(len(of) - 1, 1) for name, of in spent.items()}
    total = sum(means.values())
    print(f"\nCPU ms a film, mean of {n} films of about 2300 x 1500")
    for name, mean in means.items():
        print(f"  {name:20} {mean:8.1f}  {100 * mean / total:5.1f} %")
    print(f"  {'all':20} {total:8.1f}")


def bare(context: FilmContext, places: dict[str, catalogue.Place], go: object) -> None:
    """Take films through the same functions with nothing around them."""
    os.environ["OMP_NUM_THREADS"] = "1"
    context.warm_up()
    go.wait()  # type: ignore[attr-defined]
    reading = [(digest, lambda place=place: read_bytes(place)) for digest, place in places.items()]
    for _ in process_all(reading, center="A", context=context):  # type: ignore[arg-type]
        pass
    go.wait()  # type: ignore[attr-defined]


def ideal(context: FilmContext, places: dict[str, catalogue.Place], workers: int) -> float:
    """Seconds of bare loops in processes of their own, from start signal to the last film."""
    os.environ["OMP_NUM_THREADS"] = "1"
    spawn = multiprocessing.get_context("spawn")
    barrier = spawn.Barrier(workers + 1)
    listed = list(places.items())
    loops = [
        spawn.Process(target=bare, args=(context, dict(listed[i::workers]), barrier))
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
    return seconds


def pipeline(context: FilmContext, found: catalogue.Catalogue, workers: int) -> None:
    """Raw DICOM to published Parquet against bare loops, for one worker and for all."""
    films = found.table.filter(
        pc.is_in(found.table.column("source_digest"), pa.array([*kept(found)]))
    )
    films = films.filter(pc.is_null(films.column("outcome")))
    n = films.num_rows
    print(f"\n{n} films, raw DICOM to published Parquet")
    print("  workers  start s  films s  films/s  ideal s  share of ideal")
    for count in sorted({1, workers}):
        settings = Cluster(workers=count, shard_size=max(1, n // (4 * count)))
        with tempfile.TemporaryDirectory(dir=context.private.parent) as work:
            opened = time.monotonic()
            with cluster.open_cluster(settings) as client:
                client.wait_for_workers(count)
                client.run(context.warm_up)
                started = time.monotonic()
                result = score.score_films(
                    found.places,
                    films,
                    center="A",
                    context=context,
                    cluster=settings,
                    work=Path(work),
                )
                for name, table in result.tables.items():
                    publish.publish(
                        name, table, results=Path(work) / "results", center="A", run_id="r"
                    )
                seconds = time.monotonic() - started
        best = ideal(context, kept(found), count)
        print(
            f"  {count:7} {started - opened:8.1f} {seconds:8.1f} {n / seconds:8.2f} {best:8.1f}"
            f" {best / seconds:10.2f}"
        )


def nothing(items: tuple[int, ...], beat: Beat) -> int:
    for _ in items:
        beat()
    return len(items)


def shards(n: int, size: int) -> Iterator[Shard[int]]:
    for start in range(0, n, size):
        yield Shard(f"b{start}", tuple(range(start, min(start + size, n))))


def dispatch(folder: Path, workers: int) -> None:
    """Cost of the dispatch itself: films that take no time, and the driver's memory."""
    print("\nfilms that do nothing, shards of 16")
    print("  films     s      ms a film  driver CPU ms a film  driver MB")
    with cluster.open_cluster(Cluster(workers=workers)) as client:
        for n in (1_000, 5_000, 20_000, 100_000):
            started, cpu = time.monotonic(), getrusage(RUSAGE_SELF).ru_utime
            found = map_shards(client, nothing, shards(n, 16), work=folder, film_timeout_s=60)
            done = sum(outcome.result or 0 for outcome in found)
            seconds = time.monotonic() - started
            used = 1000 * (getrusage(RUSAGE_SELF).ru_utime - cpu) / n
            size = psutil.Process().memory_info().rss / 1e6
            print(f"  {done:7} {seconds:6.1f} {1000 * seconds / n:10.2f} {used:12.2f} {size:14.0f}")


def sleeping(items: tuple[int, ...], beat: Beat) -> int:
    beat()
    time.sleep(0.01 * len(items))
    return len(items)


def simulated(folder: Path) -> None:
    """64 workers of one thread each that sleep 10 ms a film, in this one process."""
    n, workers = 32_000, 64
    with (
        LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=False,
            dashboard_address=None,
            silence_logs=50,
        ) as local,
        Client(local, set_as_default=False) as client,
    ):
        started = time.monotonic()
        found = map_shards(client, sleeping, shards(n, 64), work=folder, film_timeout_s=600)
        done = sum(outcome.result or 0 for outcome in found)
        seconds = time.monotonic() - started
    print(f"\n64 simulated workers: {done / seconds:.0f} films/s of {workers / 0.01:.0f} possible")


if __name__ == "__main__":
    main()
