"""Keep header values out of warnings and logs.

pydicom quotes the offending value when it warns (``Invalid value for VR UI: '…'``) and logs through
its own logger, which a workflow engine would store. Neither may leave this process.
"""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

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
