"""The whole pass over films, from raw DICOM to Parquet, in turn with bare loops.

Run by ``python -m benchmarks.throughput``. A bare loop has neither Dask nor tables; it reads,
decodes and asks the networks, and in a second form cleans the film before, as the pass does.
"""

import hashlib
import multiprocessing
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from multiprocessing.synchronize import Barrier
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
from distributed import Client

from aac_models.radiograph import Radiograph
from data_contracts.study_file import Cluster, load
from tasks import catalogue, check, cluster, phantom_cohort, publish, score
from tasks.archives import read_bytes
from tasks.deid.deidentify import deidentify
from tasks.dicom.pixels import decode, to_radiograph
from tasks.dicom.reading import read_film
from tasks.film import FilmContext, context_of
from tasks.study_folder import StudyFolder

NATURAL_MM = 0.16
_HEAD = """
          the whole pass           |     bare loops        |   and clean as well   |
  start s  wall s  CPU s  films/s | wall s  CPU s  share | wall s  CPU s  share |   MB"""


class Turns(NamedTuple):
    """Medians over the turns of one number of workers."""

    films_per_s: float
    bare_per_s: float
    share: float
    share_cleaning: float
    worker_mb: float


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


def pipeline(context: FilmContext, found: catalogue.Catalogue, workers: int, repeat: int) -> Turns:
    """Raw DICOM to published Parquet in turn with bare loops over the same films."""
    places = kept(found)
    films = found.table.filter(pc.is_in(found.table.column("source_digest"), pa.array([*places])))
    films = films.filter(pc.is_null(films.column("outcome")))
    n, settings = films.num_rows, Cluster(workers=workers, device="cpu")
    print(f"\n{n} films, raw DICOM to published Parquet, {workers} workers{_HEAD}")
    opened = time.monotonic()
    rows = []
    with cluster.open_cluster(settings) as client:
        client.wait_for_workers(workers)
        client.run(context.warm_up)
        start = time.monotonic() - opened
        for _ in range(repeat):
            wall, cpu = _pass(client, context, found.places, films, settings)
            bare = ideal(context, [*places.values()], workers, clean=False)
            clean = ideal(context, [*places.values()], workers, clean=True)
            largest = max(client.run(_peak_mb).values())
            print(
                f"  {start:7.1f} {wall:7.1f} {cpu:6.1f} {n / wall:8.2f} | "
                f"{bare[0]:6.1f} {bare[1]:6.1f} {bare[0] / wall:6.2f} | "
                f"{clean[0]:6.1f} {clean[1]:6.1f} {clean[0] / wall:6.2f} | {largest:4.0f}",
                flush=True,
            )
            rows.append(Turns(n / wall, n / bare[0], bare[0] / wall, clean[0] / wall, largest))
    return Turns(*(statistics.median(column) for column in zip(*rows, strict=True)))


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


def ideal(
    context: FilmContext, places: list[catalogue.Place], workers: int, *, clean: bool
) -> tuple[float, float]:
    """Wall and CPU seconds of bare loops in processes of their own, warmed up before."""
    spawn = multiprocessing.get_context("spawn")
    barrier, spent = spawn.Barrier(workers + 1), spawn.Queue()
    loops = [
        spawn.Process(target=bare, args=(context, places[i::workers], barrier, spent, clean))
        for i in range(workers)
    ]
    for loop in loops:
        loop.start()
    barrier.wait()
    started = time.monotonic()
    barrier.wait()
    seconds = time.monotonic() - started
    used = sum(spent.get() for _ in loops)
    for loop in loops:
        loop.join()
    return seconds, used


def bare(
    context: FilmContext,
    places: list[catalogue.Place],
    go: Barrier,
    spent: "multiprocessing.Queue[float]",
    clean: bool,  # noqa: FBT001 - an argument of a process
) -> None:
    """Take films through a plain loop; nothing is written, staged or counted."""
    context.warm_up()
    predictor = context.predictor()
    go.wait()
    began = time.process_time()
    for place in places:
        raw = read_bytes(place)
        predictor.predict([_cleaned(raw, context) if clean else _decoded(raw)], context.arms)
    spent.put(time.process_time() - began)
    go.wait()


def _decoded(raw: bytes) -> Radiograph:
    ds = read_film(raw)
    return to_radiograph(ds, decode(ds))


def _cleaned(raw: bytes, context: FilmContext) -> Radiograph:
    ds = read_film(raw)
    clean = deidentify(
        ds,
        decode(ds),
        center="A",
        source_digest=hashlib.sha256(raw).hexdigest(),
        profile=context.profile,
        pseudonyms=context.pseudonyms(),
    )
    return to_radiograph(clean.dataset, clean.stored)


def first_film(study: Path, folder: Path) -> float:
    """Seconds from starting the command on a new study to its first film."""
    root = folder / "first"
    root.mkdir()
    for name in ("study.yaml", "annotations.csv"):
        shutil.copy(study / name, root / name)
    (root / "incoming").symlink_to(study / "incoming")
    started = time.monotonic()
    command = subprocess.Popen(
        [sys.executable, "-m", "flows.cli", "run", str(root)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
    )
    while command.poll() is None and not any((root / "deidentified").rglob("*.dcm")):
        time.sleep(0.05)
    seconds = time.monotonic() - started
    command.wait()
    return seconds


def _peak_mb() -> float:
    return getrusage(RUSAGE_SELF).ru_maxrss / 1e3
