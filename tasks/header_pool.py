"""Headers of many files, read in other processes.

A file that ends its process, or keeps it busy for too long, costs that file alone: its row says so
and the others are read again.
"""

import multiprocessing
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from pathlib import Path
from typing import Final, TypeVar

from aac_models.side_by_side import leave_with_parent
from data_contracts.reasons import Reason
from tasks.header_limit import TooSlow, limited
from tasks.headers import Facts, facts_of_file, unread

# Path, name relative to the center's folder, size.
Job = tuple[str | Path, str, int]

# Fresh processes: a fork of one that runs threads may inherit a held lock.
START: Final = "spawn"
_BATCH: Final = 64
# Batches a worker that are read or wait; enough that no worker is idle.
_AHEAD: Final = 4
# A process costs half a second to start; below this many files it does not pay.
WORTH_A_POOL: Final = 400
# A header takes a millisecond. Archives and the largest files are given time by size.
SECONDS: Final = 60.0
SECONDS_A_BYTE: Final = 1 / 2e6


J = TypeVar("J")
R = TypeVar("R")


def read_all(jobs: Sequence[Job], workers: int) -> Iterator[list[Facts]]:
    """Read the headers of files.

    Parameters
    ----------
    jobs
        What to read.
    workers
        Processes; 1, or few files, stay in this one.

    Yields
    ------
    For each job, in order, its facts: one, or one a member for an archive.
    """
    yield from guarded(_read_batch, jobs, workers, _died)


def guarded(
    work: Callable[[Sequence[J]], list[R]],
    jobs: Sequence[J],
    workers: int,
    died: Callable[[J], R],
) -> Iterator[R]:
    """Do work on files in other processes, so that a file costs no more than itself.

    Parameters
    ----------
    work
        Done on a batch; limits the time of each job by ``limited``. Travels to the processes.
    jobs, workers
        As for ``read_all``.
    died
        What a job comes to that ended its process.

    Yields
    ------
    For each job, in order, its result. A few batches are read ahead, so that memory does not grow
    with the number of files.
    """
    daemon = multiprocessing.current_process().daemon
    if workers <= 1 or len(jobs) < WORTH_A_POOL or daemon:
        for job in jobs:
            yield from work([job])
        return
    waiting = (jobs[i : i + _BATCH] for i in range(0, len(jobs), _BATCH))
    ahead: deque[tuple[Sequence[J], Future[list[R]] | None]] = deque()
    pool = _pool(workers)
    try:
        while True:
            for batch in islice(waiting, _AHEAD * workers - len(ahead)):
                ahead.append((batch, _submit(pool, work, batch)))
            if not ahead:
                return
            batch, promise = ahead.popleft()
            found = _result(promise)
            if found is not None:
                yield from found
                continue
            # A process ended, and the pool with it: what was in flight is read one by one.
            pool.shutdown(cancel_futures=True)
            pool = _pool(workers)
            yield from _one_by_one(work, batch, died)
            for later, other in ahead:
                found = _result(other)
                yield from _one_by_one(work, later, died) if found is None else found
            ahead.clear()
    finally:
        pool.shutdown(cancel_futures=True)


def _pool(workers: int) -> ProcessPoolExecutor:
    context = multiprocessing.get_context(START)
    return ProcessPoolExecutor(workers, context, initializer=leave_with_parent)


def _submit(
    pool: ProcessPoolExecutor, work: Callable[[Sequence[J]], list[R]], batch: Sequence[J]
) -> Future[list[R]] | None:
    """Hand a batch to the pool; None when a process of it has ended meanwhile."""
    try:
        return pool.submit(work, batch)
    except BrokenProcessPool:
        return None


def _result(promise: Future[list[R]] | None) -> list[R] | None:
    """Return a batch's results, or None when its process ended."""
    try:
        return None if promise is None else promise.result()
    except (BrokenProcessPool, CancelledError):
        return None


def _one_by_one(
    work: Callable[[Sequence[J]], list[R]], batch: Sequence[J], died: Callable[[J], R]
) -> list[R]:
    """Work on files in a process each time, so that the one that ends it is known."""
    found: list[R] = []
    pool = _pool(1)
    try:
        for job in batch:
            result = _result(_submit(pool, work, [job]))
            if result is None:
                pool.shutdown()
                pool = _pool(1)
                result = [died(job)]
            found.extend(result)
    finally:
        pool.shutdown()
    return found


def _died(job: Job) -> list[Facts]:
    what = "reading the header ended its process"
    return [unread(job[1], job[2], Reason.DECODER_DIED, what)]


def _read_batch(batch: Sequence[Job]) -> list[list[Facts]]:
    return [_read(job) for job in batch]


def _read(job: Job) -> list[Facts]:
    path, name, size = job
    try:
        with limited(SECONDS + size * SECONDS_A_BYTE):
            return facts_of_file(Path(path), name, size)
    except TooSlow:
        return [unread(name, size, Reason.DECODER_DIED, "reading the header took too long")]
    except Exception as fault:  # noqa: BLE001 - whatever a file provokes, it is one row
        return [unread(name, size, Reason.CORRUPT, type(fault).__name__)]
