"""Processes side by side, each with its share of the cores."""

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from multiprocessing.managers import SyncManager
from multiprocessing.process import BaseProcess
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from queue import Queue

# Read by the libraries when they are loaded, so that it is too late in the process itself.
_LIMITS: Final = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@contextmanager
def pool(
    workers: int, threads: int = 1, start: Callable[[], None] | None = None
) -> Iterator[ProcessPoolExecutor]:
    """Give processes of ``threads`` each; without the limit every one would use all cores.

    Parameters
    ----------
    workers
        Processes, each begun afresh and not forked.
    threads
        Of NumPy and of torch, a process.
    start
        Called by each process before its first work.
    """
    before = {name: os.environ.get(name) for name in _LIMITS}
    os.environ.update(dict.fromkeys(_LIMITS, str(threads)))
    try:
        spawn = multiprocessing.get_context("spawn")
        begin = partial(_begin, start)
        with ProcessPoolExecutor(workers, spawn, initializer=begin) as processes:
            yield processes
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


@contextmanager
def queue() -> Iterator["Queue[Any]"]:
    """Give a queue that a pool's processes can be handed."""
    manager = SyncManager(ctx=multiprocessing.get_context("spawn"))
    manager.start(leave_with_parent)
    with manager:
        yield manager.Queue()


def leave_with_parent() -> None:
    """End this process, whatever it does, when the one that began it has ended.

    Processes of a pool wait for work without end, and keep their memory, when that one is killed.
    """
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_leave_after, args=(parent,), daemon=True).start()


def _leave_after(parent: BaseProcess) -> None:
    parent.join()
    os._exit(1)


def _begin(start: Callable[[], None] | None) -> None:
    leave_with_parent()
    if start is not None:
        start()
