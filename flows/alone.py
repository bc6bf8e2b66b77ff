"""One command at a time in a folder: two would share staging, tables, reports or checkpoints."""

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
    with _kept(folder.runs, f"command is at work on the study in {folder.root}"):
        yield


@contextmanager
def in_training(work: Path) -> Iterator[None]:
    """Keep a training's folder of prepared films and checkpoints for this command.

    Parameters
    ----------
    work
        That folder.

    Raises
    ------
    StudyError
        Another training is at work there, or nothing can be locked there.
    """
    with _kept(work, f"train is at work in {work}"):
        yield


@contextmanager
def _kept(folder: Path, busy: str) -> Iterator[None]:
    path = folder / FILE
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # one lock of this process for a path, which counts how often it was taken
        lock = FileLock(path, blocking=False, thread_local=False, is_singleton=True)
        lock.acquire()
    except Timeout:
        raise StudyError(
            f"another aac {busy}; wait until it has ended, or end it, then give this one again"
        ) from None
    except OSError as fault:
        why = os.strerror(fault.errno or 0)
        raise StudyError(
            f"{folder.name}/{FILE}: cannot be locked ({why}); give it a folder with write access, "
            "room and locks"
        ) from None
    try:
        yield
    finally:
        lock.release()
