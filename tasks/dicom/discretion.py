"""Keep header values out of warnings and logs.

pydicom quotes the offending value when it warns (``Invalid value for VR UI: '…'``) and logs through
its own logger, which a workflow engine would store. Neither may leave this process. Decoders of
broken films write lines to the terminal besides, which no setting of theirs stops.
"""

import logging
import multiprocessing
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import gdcm
from pydicom import config

config.settings.reading_validation_mode = config.IGNORE
logging.getLogger("pydicom").propagate = False
logging.getLogger("pydicom").addHandler(logging.NullHandler())
gdcm.Trace.WarningOff()
gdcm.Trace.ErrorOff()
gdcm.Trace.DebugOff()


@contextmanager
def discreet() -> Iterator[None]:
    """Silence warnings, whose texts quote header values, around a pydicom call."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@cache
def mute_libraries() -> None:
    """Send nowhere what compiled libraries write to the terminal, in a process of ours alone.

    OpenJPEG, libjpeg and decoders in Rust write to file descriptor 2. It leads nowhere afterwards;
    Python's ``sys.stderr`` and the log handlers keep writing where they did. The process that a
    person started is left as it is, since others may have opened it.
    """
    if multiprocessing.parent_process() is None:
        return
    sys.stderr.flush()
    ours = os.fdopen(os.dup(2), "w", buffering=1, encoding="utf-8", errors="backslashreplace")
    loggers = [logging.getLogger(), *logging.Logger.manager.loggerDict.values()]
    for handler in (handler for logger in loggers for handler in getattr(logger, "handlers", ())):
        if isinstance(handler, logging.StreamHandler) and handler.stream is sys.stderr:
            handler.setStream(ours)
    sys.stderr = ours
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)
