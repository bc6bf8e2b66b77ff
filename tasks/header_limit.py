"""An end to reading that takes far longer than any header should."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class TooSlow(Exception):  # noqa: N818 - a verdict
    """Raised in a worker when a file takes far longer than any header should.

    Whoever catches everything that a file may provoke has to let this pass: the time is up once.
    """


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Interrupt what takes longer, by ``TooSlow``; only a main thread can be interrupted."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGALRM, _interrupt)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _interrupt(number: int, frame: FrameType | None) -> None:
    del number, frame
    raise TooSlow
