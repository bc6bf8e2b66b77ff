"""One command at a time in a study's folder: two would share staging, tables and reports."""

import fcntl  # nowhere else does the crosswalk work either, so that there is no way around it
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Final

from data_contracts.errors import StudyError
from tasks.study_folder import StudyFolder

FILE: Final = ".lock"

_held: ContextVar[frozenset[Path]] = ContextVar("held", default=frozenset())


@contextmanager
def in_study(root: Path) -> Iterator[None]:
    """Keep a study's folder for this command; what it calls finds it kept.

    Parameters
    ----------
    root
        Folder of the study file.

    Raises
    ------
    StudyError
        Another command is at work there, or nothing can be locked there.

    Notes
    -----
    The system lets go of the lock when this process ends, however it ends. No child keeps it:
    Python's descriptors are closed in a program that is started, and no process is forked off
    this one without that (workers are forked off a server that was started so). The file stays,
    empty: to remove it would give two commands a lock each.
    """
    root = root.resolve()
    if root in _held.get():
        yield
        return
    descriptor = _locked(StudyFolder(root))
    token = _held.set(_held.get() | {root})
    try:
        yield
    finally:
        _held.reset(token)
        os.close(descriptor)


def _locked(folder: StudyFolder) -> int:
    path = folder.runs / FILE
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as fault:
        raise StudyError(_unlocked(fault)) from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise StudyError(
            f"another aac command is at work on the study in {folder.root}; wait until it has "
            "ended, or end it, then give this one again"
        ) from None
    except OSError as fault:
        os.close(descriptor)
        raise StudyError(_unlocked(fault)) from None
    return descriptor


def _unlocked(fault: OSError) -> str:
    why = os.strerror(fault.errno or 0)
    return (
        f"runs/{FILE}: cannot be locked ({why}); give the study a folder with write access, room "
        "and locks"
    )
