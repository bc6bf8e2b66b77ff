"""What the dispatch itself costs: films that do nothing, and films that sleep.

Run by ``python -m benchmarks.throughput``; no film is read here.
"""

import asyncio
import logging
import multiprocessing
import time
from collections.abc import Iterator
from pathlib import Path

from distributed import LocalCluster, Worker
from distributed.client import Client

from data_contracts.study_file import Cluster
from tasks import cluster
from tasks.dispatch import Beat, Shard, map_shards

SLEEP_S = 0.01
HOSTS = 4


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


def dispatch(folder: Path, workers: int, most: int, size: int = 16) -> None:
    """Print what the dispatch itself costs a film, by number of films."""
    print(f"\nfilms that do nothing, {workers} workers, shards of {size}")
    print("   films      s  ms a film  of it CPU of driver and scheduler")
    with cluster.open_cluster(Cluster(workers=workers)) as client:
        client.wait_for_workers(workers)
        for n in (n for n in (1_000, 5_000, 20_000) if n <= most):
            started, cpu = time.monotonic(), time.process_time()
            found = map_shards(client, nothing, shards(n, size), work=folder, film_timeout_s=600)
            done = sum(outcome.result or 0 for outcome in found)
            seconds = time.monotonic() - started
            used = time.process_time() - cpu
            print(f"  {done:6} {seconds:6.1f} {1000 * seconds / n:10.2f} {1000 * used / n:8.2f}")


def host(address: str, workers: int) -> None:
    """Run several workers of one thread in this process: they sleep, so they share it well."""
    logging.getLogger("distributed").setLevel(logging.CRITICAL)

    async def serve() -> None:
        joined = [await Worker(address, nthreads=1, dashboard=False) for _ in range(workers)]
        await asyncio.gather(*(worker.finished() for worker in joined))

    asyncio.run(serve())


def simulated(folder: Path, rounds: int, workers: int = 64, size: int = 64) -> float:
    """Films a second of workers that sleep 10 ms a film; ``rounds`` shards a worker."""
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
        todo = shards(rounds * workers * size, size)
        started, cpu = time.monotonic(), time.process_time()
        found = map_shards(client, sleeping, todo, work=folder, film_timeout_s=600)
        done = sum(outcome.result or 0 for outcome in found)
        seconds, used = time.monotonic() - started, time.process_time() - cpu
        for one in hosts:
            one.kill()
    print(f"\n{workers} simulated workers, shards of {size}, 10 ms a film, {done} films")
    print(f"  {done / seconds:.0f} films/s of {workers / SLEEP_S:.0f} possible")
    print(f"  scheduler and driver: {1000 * used / done:.3f} CPU ms a film, a core's worth of")
    print(f"  {done / used:.0f} films/s; they were busy {used / seconds:.0%} of the time")
    return done / seconds
