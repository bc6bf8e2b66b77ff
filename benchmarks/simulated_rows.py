"""What is around the films: rows that are made up, from workers to published tables.

Run by ``python -m benchmarks.throughput``; no film is read here.
"""

import multiprocessing
import time
from collections.abc import Iterator, Sequence
from functools import partial
from hashlib import sha256
from itertools import product
from pathlib import Path
from threading import Event, Thread
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from aac_models.arms import TABLE as ARMS
from benchmarks.simulated_cluster import nothing, shards
from data_contracts.records import ImageKey
from data_contracts.schemas import SCHEMAS, conform
from data_contracts.study_file import Cluster
from tasks import cluster, publish, settle, staging
from tasks.dispatch import Beat, map_shards
from tasks.film import FilmResult
from tasks.on_disk import mapped

PICTURE_BYTES = 10_000
SHARD = 16
# Rows of a film in each table of the film pass, as in the synthetic cohort.
EACH = {
    "image_quality": 1,
    "deidentification_audit": 16,
    "predictions": 3,
    "prediction_grades": 24,
    "film_views": 1,
}


def digest_of(i: int) -> str:
    return sha256(str(i).encode()).hexdigest()


def image_of(i: int) -> str:
    return f"I-{digest_of(i)[:32]}"


def catalogued(n: int, folder: Path) -> pa.Table:
    """Catalogue ``n`` films that nothing stands against, mapped as ``tasks.catalogue`` does."""
    digests = [digest_of(i) for i in range(n)]
    images = [image_of(i) for i in range(n)]
    found = pa.table({"source_digest": digests, "image_id": images})
    return mapped(conform("catalogue", found), folder)


def published(folder: Path, found: pa.Table) -> None:
    """Do what the driver does with the rows of a center when all its shards are there."""
    staging.compact(folder)
    digests = found.column("source_digest").to_pylist()
    aside = list(staging.rejections(folder, digests, "A"))
    tables = settle.settle(found, staging.tables(folder, digests), aside, model="lvlcrnet")
    for name, table in tables.items():
        publish.publish(name, table, results=folder.parent / "results", center="A", run_id="r")


def a_film(i: int) -> FilmResult:
    """Make up what a scored film came to."""
    image = image_of(i)
    name: dict[str, Any] = {"center": "A", "image_id": image}
    sites = product(ARMS, ("L1", "L2", "L3", "L4"), ("anterior", "posterior"))
    rows: dict[str, list[dict[str, Any]]] = {
        "image_quality": [name],
        "deidentification_audit": [name | {"action": "remove", "count": j} for j in range(16)],
        "predictions": [name | {"model": arm, "status": "scored", "total": 1.0} for arm in ARMS],
        "prediction_grades": [
            name | {"model": arm, "level": level, "wall": wall, "grade": 1}
            for arm, level, wall in sites
        ],
        "film_views": [name | {"picture": np.random.default_rng(i).bytes(PICTURE_BYTES)}],
    }
    digest = digest_of(i)
    return FilmResult(digest, ImageKey("A", f"P-{i}", image, digest), rows)


def staged_on_a_worker(items: tuple[int, ...], beat: Beat, *, folder: Path) -> int:
    beat()
    staging.stage([a_film(i) for i in items], folder / f"{items[0]:08}.parquet")
    return len(items)


def orchestration(folder: Path, workers: int, n: int = 5000) -> float:
    """Milliseconds a film of everything but the film: dispatch, staging, sorting, publishing."""
    work = folder / "orchestration" / "work"
    work.mkdir(parents=True)
    found = catalogued(n, folder)
    with cluster.open_cluster(Cluster(workers=workers)) as client:
        client.wait_for_workers(workers)
        client.run(digest_of, 0)  # imports
        started = time.monotonic()
        function = partial(staged_on_a_worker, folder=work)
        back = map_shards(client, function, shards(n, SHARD), work=work, film_timeout_s=600)
        done = sum(outcome.result or 0 for outcome in back)
        sent = time.monotonic() - started
    published(work, found)
    whole = time.monotonic() - started
    print(f"\n{done} made-up films, {workers} workers, shards of {SHARD}: ms a film")
    print(f"  made up, dispatched and staged {1000 * sent / done:6.2f}")
    print(f"  sorted, settled and published  {1000 * (whole - sent) / done:6.2f}")
    return 1000 * whole / done


def stage_all(folder: Path, n: int) -> None:
    """Stage rows of ``n`` films, a shard a file, without the detour over Python."""
    folder.mkdir(parents=True)
    rng = np.random.default_rng(0)
    for start in range(0, n, SHARD):
        films = range(start, min(start + SHARD, n))
        pq.write_table(_shard(films, rng), folder / f"{start:08}.parquet", compression="zstd")


def _shard(films: Sequence[int], rng: np.random.Generator) -> pa.Table:
    images = [image_of(i) for i in films]
    columns: dict[str, object] = {
        "source_digest": [digest_of(i) for i in films],
        "patient_id": images,
        "image_id": images,
    } | {name: _rows(name, images, rng) for name in staging.TABLES}
    arrays = [
        pa.array(columns[field.name], field.type)
        if field.name in columns
        else pa.nulls(len(images), field.type)
        for field in staging.SCHEMA
    ]
    return pa.Table.from_arrays(arrays, schema=staging.SCHEMA)


def _rows(name: str, images: Sequence[str], rng: np.random.Generator) -> pa.Array:
    each = EACH[name]
    n = len(images) * each
    made_up = {
        "center": ["A"] * n,
        "image_id": np.repeat(images, each).tolist(),
        "model": [[*ARMS][i % len(ARMS)] for i in range(n)],
        "status": ["scored"] * n,
        "level": ["L1"] * n,
        "wall": ["anterior"] * n,
        "expected_grade": rng.random(n).tolist(),
        "picture": [rng.bytes(PICTURE_BYTES) for _ in images],
    }
    fields = [*SCHEMAS[name].remove_metadata()]
    arrays = [
        pa.array(made_up[field.name], field.type)
        if field.name in made_up
        else pa.nulls(n, field.type)
        for field in fields
    ]
    rows = pa.StructArray.from_arrays(arrays, fields=fields)
    ends = pa.array(range(0, n + 1, each), pa.int32())
    return pa.ListArray.from_arrays(ends, rows, type=staging.SCHEMA.field(name).type)


class Peak(Thread):
    """Largest memory of this process: its own, and with the pages of files mapped since.

    Such pages are the file system's cache: the kernel takes them back whenever it needs them.
    """

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.own, self.whole = 0.0, 0.0
        self.libraries = self._look()[1]
        self.over = Event()
        self.start()

    def run(self) -> None:
        """Look again and again, until it is over."""
        while not self.over.wait(0.005):
            anonymous, of_files = self._look()
            self.own = max(self.own, anonymous + self.libraries)
            self.whole = max(self.whole, anonymous + of_files)

    @staticmethod
    def _look() -> tuple[float, float]:
        """Megabytes that are this process's alone, and megabytes of files."""
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
        said = {key: value for key, _, value in (line.partition(":") for line in lines)}
        return tuple(int(said[key].split()[0]) / 1e3 for key in ("RssAnon", "RssFile"))  # type: ignore[return-value]


def driver(folder: Path, n: int, answer: "multiprocessing.Queue[tuple[float, float]]") -> None:
    """Be the driver of ``n`` films: dispatch, then sorting, settling and publishing."""
    peak = Peak()
    found = catalogued(n, folder)
    with cluster.open_cluster(Cluster(workers=2)) as client:
        for _ in map_shards(client, nothing, shards(n, SHARD), work=folder, film_timeout_s=600):
            pass
    published(folder, found)
    peak.over.set()
    answer.put((peak.own, peak.whole))


def memory(folder: Path, most: int) -> float:
    """Peak memory of the driver at most films over that at 1,000."""
    print("\nthe driver's peak memory, MB, a process of its own for each number of films")
    print("   films     own  with mapped files")
    spawn = multiprocessing.get_context("spawn")
    own: list[float] = []
    for n, work in _sizes(folder, most):
        stage_all(work, n)
        answer = spawn.Queue()
        one = spawn.Process(target=driver, args=(work, n, answer))
        one.start()
        mine, whole = answer.get()
        one.join()
        own.append(mine)
        print(f"  {n:6} {mine:7.0f} {whole:10.0f}", flush=True)
    return own[-1] / own[0]


def _sizes(folder: Path, most: int) -> Iterator[tuple[int, Path]]:
    for n in (1_000, 10_000, 100_000):
        if n <= most:
            yield n, folder / f"staged-{n}" / "work"
