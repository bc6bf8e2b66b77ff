"""Every file under a delivered folder, whatever its name and whoever may read it."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Found:
    """One directory entry; ``problem`` says why it cannot be read, in words without its name."""

    relative: str
    full: str
    size: int = 0
    mtime_ns: int = 0
    problem: str = ""

    @property
    def path(self) -> Path:
        """Where it is; made when asked for, as a path takes thrice the memory of its text."""
        return Path(self.full)


def walk(folder: Path) -> list[Found]:
    """List every file under a folder, in the order of its name's bytes.

    Parameters
    ----------
    folder
        Root of a center's delivery.

    Returns
    -------
    Files, links that leave the folder, and folders that cannot be listed. A link to something
    inside the folder is left out: what it points to is listed itself.
    """
    root = str(folder.resolve())
    found: list[Found] = []
    todo = [root]
    while todo:
        here = todo.pop()
        try:
            entries = list(os.scandir(here))
        except OSError:
            what = "folder cannot be listed"
            found.append(Found(_relative(here, root), here, problem=what))
            continue
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                todo.append(entry.path)
            elif (one := _look(entry, root)) is not None:
                found.append(one)
    return sorted(found, key=lambda one: os.fsencode(one.relative))


def _relative(path: str, root: str) -> str:
    """Path below the root; pathlib would take most of the time of listing a large folder."""
    return path[len(root) :].replace(os.sep, "/").lstrip("/")


def _look(entry: os.DirEntry[str], root: str) -> Found | None:
    path = entry.path
    relative = _relative(path, root)
    if entry.is_symlink():
        if not Path(os.path.realpath(path)).is_relative_to(root):
            return Found(relative, path, problem="link that leaves the folder")
        nowhere = Found(relative, path, problem="link that leads nowhere")
        return None if os.path.exists(path) else nowhere  # noqa: PTH110 - an odd name, as text
    try:
        status = entry.stat(follow_symlinks=False)
    except OSError:
        return Found(relative, path, problem="file cannot be looked at")
    problem = "" if stat.S_ISREG(status.st_mode) else "not a regular file"
    return Found(relative, path, status.st_size, status.st_mtime_ns, problem)
