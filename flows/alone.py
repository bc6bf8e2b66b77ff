"""One command at a time in a study's folder: two would share staging, tables and reports."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from data_contracts.errors import StudyError
from tasks.study_folder import StudyFolder

FILE: Final = ".lock"


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
    The system lets go of the lock when this process ends, however it ends, and no child keeps it.
    The file stays, empty: to remove it would give two commands a lock each.
    """
    folder = StudyFolder(root.resolve())
    path = folder.runs / FILE
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # one lock of this process for a path, which counts how often it was taken
        lock = FileLock(path, blocking=False, thread_local=False, is_singleton=True)
        lock.acquire()
    except Timeout:
        raise StudyError(
            f"another aac command is at work on the study in {folder.root}; wait until it has "
            "ended, or end it, then give this one again"
        ) from None
    except OSError as fault:
        why = os.strerror(fault.errno or 0)
        raise StudyError(
            f"runs/{FILE}: cannot be locked ({why}); give the study a folder with write access, "
            "room and locks"
        ) from None
    try:
        yield
    finally:
        lock.release()
