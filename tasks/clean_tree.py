"""The tree of clean films, held against what a run made of the films that are there."""

import shutil
from collections.abc import Collection, Iterable
from pathlib import Path

from tasks.film_rows import folder_of


def retire(deidentified: Path, center: str, wanted: Iterable[Path], aside: Path) -> int:
    """Move what no film of a run stands for out of a center's clean films.

    A film that was refused this time, whose patient was corrected or that is no longer delivered
    lies there from an earlier night, cleaned by the rules of then. It is not deleted, for the raw
    film may be gone: the private folder takes it.

    Parameters
    ----------
    deidentified
        Folder of the clean films.
    center
        Center's name.
    wanted
        The clean films that stay.
    aside
        Folder in ``private/`` that takes the others, at their paths.

    Returns
    -------
    Number of films moved; what a killed run left half written goes without a count.
    """
    stays, moved = set(wanted), 0
    folder = folder_of(deidentified, center)
    for path in sorted(path for path in folder.rglob("*") if not path.is_dir()):
        if path in stays:
            continue
        if path.suffix == ".dcm":
            place = aside / path.relative_to(deidentified)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(path, place)
            moved += 1
        else:
            path.unlink()
    for patient in [path for path in folder.glob("*") if path.is_dir()]:
        if not any(patient.iterdir()):
            patient.rmdir()
    return moved


def retire_centers(deidentified: Path, centers: Collection[str], aside: Path) -> int:
    """Move the clean films of centers that the study no longer names; see ``retire``.

    Parameters
    ----------
    deidentified
        Folder of the clean films.
    centers
        Names that stay.
    aside
        Folder in ``private/`` that takes the others, at their paths.

    Returns
    -------
    Number of films moved.
    """
    moved = 0
    for folder in sorted(deidentified.glob("center=*")):
        center = folder.name.removeprefix("center=")
        if center not in centers:
            moved += retire(deidentified, center, (), aside)
            if not any(folder.iterdir()):
                folder.rmdir()
    return moved
