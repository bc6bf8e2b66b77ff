"""What the dispatch itself costs: films that do nothing, films that sleep, rows that are made up.

Run by ``python -m benchmarks.throughput``; no film is read here.
"""

import asyncio
import itertools
import multiprocessing
import time
from collections.abc import Iterator
from pathlib import Path
from resource import RUSAGE_SELF, getrusage

import numpy as np
import psutil
import pyarrow as pa
import pyarrow.parquet as pq
from distributed import LocalCluster, Worker
from distributed.client import Client

from data_contracts.study_file import Cluster
from tasks import cluster, publish, staging
from tasks.dispatch import Beat, Shard, map_shards

SLEEP_S = 0.01
HOSTS = 4
PICTURE_BYTES = 15_000


def shards(n: int, size: int) -> Iterator[Shard[int]]:
    for start in range(0, n, size):
        yield Shard(f"b{start}", tuple(range(start, min(start + size, n))))


def nothing(items: tuple[int, ...], beat: Beat) -> int:
    for _ in items:
        beat()
    return len(items)


def sleeping(items: tuple[int, ...], beat: Beat) -> int:
    beat()
    time.sleep(SLEEP_S * len(items))
    return len(items)


def dispatch(folder: Path, workers: int, most: int) -> None:
    """Cost of the dispatch itself, and the driver's memory."""
    print("\nfilms that do nothing, shards of 16")
    print("  films     s      ms a film  driver CPU ms a film  driver MB")
    with cluster.open_cluster(Cluster(workers=workers)) as client:
        for n in (n for n in (1_000, 5_000, 20_000, 100_000) if n <= most):
            started, cpu = time.monotonic(), time.process_time()
            found = map_shards(client, nothing, shards(n, 16), work=folder, film_timeout_s=600)
            done = sum(outcome.result or 0 for outcome in found)
            seconds = time.monotonic() - started
            used = 1000 * (time.process_time() - cpu) / n
            size = psutil.Process().memory_info().rss / 1e6
            print(f"  {done:7} {seconds:6.1f} {1000 * seconds / n:10.2f} {used:12.2f} {size:14.0f}")


def host(address: str, workers: int) -> None:
    """Run several workers of one thread in this process: they sleep, so they share it well."""

    async def serve() -> None:
        joined = [await Worker(address, nthreads=1, dashboard=False) for _ in range(workers)]
        await asyncio.gather(*(worker.finished() for worker in joined))

    asyncio.run(serve())


def simulated(folder: Path, n: int, workers: int = 64, size: int = 64) -> None:
    """Workers that sleep 10 ms a film, against what they could do with no scheduler at all."""
    quiet = {"dashboard_address": "127.0.0.1:0"}
    with (
        LocalCluster(
            n_workers=0, host="127.0.0.1", dashboard_address=None, scheduler_kwargs=quiet,
            silence_logs=50,
        ) as local,
        Client(local, set_as_default=False) as client,
    ):  # fmt: skip
        spawn = multiprocessing.get_context("spawn")
        address = local.scheduler_address
        hosts = [
            spawn.Process(target=host, args=(address, workers // HOSTS), daemon=True)
            for _ in range(HOSTS)
        ]
        for one in hosts:
            one.start()
        client.wait_for_workers(workers)
        started, cpu = time.monotonic(), time.process_time()
        found = map_shards(client, sleeping, shards(n, size), work=folder, film_timeout_s=600)
        done = sum(outcome.result or 0 for outcome in found)
        seconds, used = time.monotonic() - started, time.process_time() - cpu
        for one in hosts:
            one.kill()
    print(f"\n{workers} simulated workers, shards of {size}, 10 ms a film")
    print(f"  {done / seconds:.0f} films/s of {workers / SLEEP_S:.0f} possible")
    print(f"  scheduler and driver: {1000 * used / done:.3f} CPU ms a film, so one core is busy ")
    print(f"  at {done / used:.0f} films/s")


def staged(folder: Path, n: int, seed: int = 0) -> list[str]:
    """Stage made-up rows of ``n`` films, with pictures of natural size."""
    rng = np.random.default_rng(seed)
    digests = [f"{i:064x}" for i in range(n)]
    folder.mkdir(parents=True)
    for start in range(0, n, 512):
        some = digests[start : start + 512]
        rows = [_row(digest, rng) for digest in some]
        table = pa.Table.from_pylist(rows, schema=staging.SCHEMA)
        pq.write_table(table, folder / f"{start:08}.parquet", compression="zstd")
    return digests


def _row(digest: str, rng: np.random.Generator) -> dict[str, object]:
    image = f"I-{rng.integers(1 << 60):016x}"
    grades = [
        {"center": "A", "image_id": image, "model": model, "level": level, "wall": wall,
         "grade": 1, "expected_grade": float(rng.random())}
        for model, level, wall in itertools.product(
            ("lvlcrnet", "lvlnet", "baseline"), ("L1", "L2", "L3", "L4"), ("anterior", "posterior")
        )
    ]  # fmt: skip
    view = {"center": "A", "image_id": image, "picture": rng.bytes(PICTURE_BYTES)}
    return {
        "source_digest": digest,
        "patient_id": image,
        "image_id": image,
        "prediction_grades": grades,
        "film_views": [view],
    }


def settled(folder: Path, digests: list[str], answer: "multiprocessing.Queue[float]") -> None:
    """Sort staged rows, take the tables out, publish them; say how large this process was."""
    staging.compact(folder)
    for name, table in staging.tables(folder, digests).items():
        publish.publish(name, table, results=folder.parent / "results", center="A", run_id="r")
    answer.put(getrusage(RUSAGE_SELF).ru_maxrss / 1e3)


def memory(folder: Path, most: int) -> None:
    """Peak memory of what the driver does with the rows of a center."""
    print("\nrows of a center, from staged shards to published tables, a process of its own")
    print("  films   peak MB")
    spawn = multiprocessing.get_context("spawn")
    for n in (n for n in (1_000, 10_000, 100_000) if n <= most):
        digests = staged(folder / f"staged-{n}" / "work", n)
        answer = spawn.Queue()
        one = spawn.Process(target=settled, args=(folder / f"staged-{n}" / "work", digests, answer))
        one.start()
        print(f"  {n:6} {answer.get():8.0f}")
        one.join()
