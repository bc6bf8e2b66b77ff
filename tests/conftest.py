"""What holds for every test: one thread a process, since the tests share the cores themselves."""

import os

# Before torch or numpy are imported anywhere: waiting threads spin, and a busy machine crawls.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

import pytest  # noqa: E402 - after the threads are set
from hypothesis import settings  # noqa: E402 - likewise

# No timed test: a busy machine is no fault; and the same examples on every run.
settings.register_profile("study", deadline=None, derandomize=True)
settings.load_profile("study")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Let a process take half of what the other still has: a folder's fixtures are made once."""
    from xdist.scheduler import WorkStealingScheduling

    return WorkStealingScheduling(config, log) if config.getoption("dist") == "load" else None


def pytest_collection_modifyitems(items):
    """Put whole runs of studies first: the longest tests, and the server and study they share.

    Of two processes one begins with them and the other in the middle of all; who is done first
    takes of what the other has last, which is short then.
    """
    items.sort(key=lambda item: item.path.parent.name != "flows")
