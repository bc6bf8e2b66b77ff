"""Walk what a study shows to others, and look into every file of it."""

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import pyarrow as pa

from tasks.verify.databases import with_pages_ahead
from tasks.verify.decoding import pages_of
from tasks.verify.files import look_at_cells, look_at_file
from tasks.verify.films import Seen, look_at_film
from tasks.verify.findings import Finding
from tasks.verify.graph import Facts, check_graph
from tasks.verify.needles import Needles, Own
from tasks.verify.one_film import Allowed
from tasks.verify.searching import Search
from tasks.verify.spelling import squeeze
from tasks.verify.tables import PARQUET
from tasks.verify.unpacking import MAX_BYTES

# Where identifiers may be, and where the deliveries are: beside the clean films, nowhere else.
PRIVATE: Final = frozenset({"private", "incoming"})
CLEAN: Final = "deidentified"
_HALF: Final = "half written by a run that was ended: aac run --fresh takes it away"


@dataclass(frozen=True, slots=True)
class VerifyResult:
    """Outcome of a second look: every finding, and how much was looked at."""

    findings: tuple[Finding, ...]
    n_files: int
    n_films: int

    @property
    def is_clean(self) -> bool:
        """Return whether nothing was found."""
        return not self.findings


@dataclass(frozen=True, slots=True)
class Originals:
    """What is known of what was delivered.

    Attributes
    ----------
    by_image
        (kind, original) of each image by image_id (a film's file name), days and short names
        included: these are sought in that film alone, where a chance match means something.
    facts
        (keyword, original value) of what ties each image to others; see ``check_graph``.
    allowed
        What the study's options let stay.
    everyday
        Words that a study writes anyway, squeezed: as a part of a name they mean nobody.
    patients
        Pseudonyms of who was delivered as each image, by image_id.
    secrets
        What leads from pseudonyms back to people, as it is written: the study's key.
    """

    by_image: Mapping[str, Own] = field(default_factory=dict)
    facts: Facts = field(default_factory=dict)
    allowed: Allowed = field(default_factory=Allowed)
    everyday: frozenset[str] = frozenset()
    patients: Mapping[str, frozenset[str]] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()


def verify(
    *folders: Path,
    identifiers: Iterable[str],
    originals: Originals | None = None,
) -> list[Finding]:
    """Search folders for what must not be there.

    Parameters
    ----------
    *folders
        A study, or parts of it; ``private`` and ``incoming`` inside are left out.
    identifiers
        Originals of the whole study, from the crosswalk.
    originals
        What is known of single films, and what the study's options let stay.

    Returns
    -------
    list
        Findings in a stable order; empty when nothing was found.
    """
    return list(verify_all(folders, identifiers, originals).findings)


def verify_all(
    folders: Iterable[Path],
    identifiers: Iterable[str],
    originals: Originals | None = None,
) -> VerifyResult:
    """Search folders, and count what was searched. See ``verify``."""
    known = originals or Originals()
    search, seen = _search(identifiers, known), Seen()
    found: list[Finding] = []
    others: list[tuple[Path, str]] = []
    n_films = 0
    for root in folders:
        for path in _entries(root):
            place = _place(path, root, search)
            found += _names(path, place, search)
            if path.is_symlink() or not path.is_file():
                continue
            if _is_half_written(path, root):
                found.append(Finding(place, "container", _HALF))
            elif _is_film(path):
                n_films += 1
                found += _film(path, place, search, known, seen)
            else:
                found += _stray(path, root, place)
                others.append((path, place))
    # By now the films have said which models there are; tables repeat them.
    models = {squeeze(line) for said in seen.models for line in said.splitlines()}
    search = replace(search, models="\n".join(sorted(models)))
    for path, place in others:
        content = _mapped(path)
        found += _unread(place) if content is None else look_at_file(content, place, search)
        found += _ahead(path, place, search)
    found += check_graph(seen.films, known.facts, known.by_image, known.patients)
    return VerifyResult(tuple(sorted(set(found))), len(others) + n_films, n_films)


def _search(identifiers: Iterable[str], known: Originals) -> Search:
    """Return what is sought everywhere, people's names and devices told apart."""
    said = {item for own in known.by_image.values() for item in own}
    names, devices = ({v for kind, v in said if kind == of} for of in ("name", "device"))
    values = set(identifiers)
    needles = Needles(values, known.everyday, names=names & values, devices=devices)
    pages = pages_of(names | {value for value in values if "^" in value})
    return Search(needles, pages, people=_people(known), secrets=known.secrets)


def _people(known: Originals) -> dict[str, Own]:
    """Return the originals of each film, and of all films of each patient, by pseudonym."""
    own = {image_id: set(said) for image_id, said in known.by_image.items()}
    for image_id, patients in known.patients.items():
        for patient in patients:
            own.setdefault(patient, set()).update(known.by_image.get(image_id, ()))
    return {name: tuple(said) for name, said in own.items()}


def _entries(root: Path) -> Iterator[Path]:
    """Yield what is below a folder in a stable order; links are not followed.

    ``private`` and ``incoming`` are left out where they lie beside clean films: there they are the
    study's own.
    """
    if root.is_file():
        yield root
    is_study = (root / CLEAN).is_dir()
    for path in sorted(root.rglob("*")):
        if not is_study or path.relative_to(root).parts[0] not in PRIVATE:
            yield path


def _place(path: Path, root: Path, search: Search) -> str:
    """Return the path within the study, parts that hold an identifier as their digest."""
    parts = path.relative_to(root).parts or (path.name,)
    return "/".join(
        "sha256:" + hashlib.sha256(part.encode("utf-8", "surrogateescape")).hexdigest()[:12]
        if search.finds_in_name(part)
        else part
        for part in parts
    )


def _names(path: Path, place: str, search: Search) -> Iterator[Finding]:
    """Check the name of a file, folder or link, what is attached to it, where a link leads."""
    if search.finds_in_name(path.name):
        yield Finding(place, "name", "an identifier in the name of a file or folder")
    for said in _attributes(path):
        yield from look_at_file(said, f"{place} attributes", search)
    if path.is_symlink() and search.finds_in_name(str(path.readlink())):
        yield Finding(place, "name", "an identifier in what a link leads to")


def _attributes(path: Path) -> Iterator[bytes]:
    """Yield the extended attributes of a file or folder, name and value, where there are any."""
    with suppress(OSError, AttributeError):  # not every system and disk has them
        for name in os.listxattr(path, follow_symlinks=False):
            value = os.getxattr(path, name, follow_symlinks=False)
            yield os.fsencode(name) + b"\n" + value


def _is_film(path: Path) -> bool:
    """Return whether a file says that it is a DICOM one."""
    try:
        with path.open("rb") as file:
            return file.read(132)[128:] == b"DICM"
    except OSError:
        return False


def _film(
    path: Path, place: str, search: Search, known: Originals, seen: Seen
) -> Iterable[Finding]:
    """Look at a film."""
    content = _read(path)
    if content is None:
        return _unread(place)
    own = known.by_image.get(path.stem, ())
    return look_at_film(content, place, search.needles, own, seen, known.allowed)


def _ahead(path: Path, place: str, search: Search) -> Iterable[Finding]:
    """Look at the cells of a database whose newest pages lie in a file beside it."""
    ahead = path.with_name(f"{path.name}-wal")
    if not ahead.is_file() or ahead.is_symlink():
        return []
    content, newest = _read(path), _read(ahead)
    if content is None or newest is None:
        return []
    return look_at_cells(with_pages_ahead(content, newest), place, search)


def _stray(path: Path, root: Path, place: str) -> Iterator[Finding]:
    """Yield a file among the clean films that is none: no check of films looks at it."""
    if CLEAN in (root.name, path.relative_to(root).parts[0] if path != root else ""):
        yield Finding(place, "container", "not a DICOM file, among the clean films")


def _is_half_written(path: Path, root: Path) -> bool:
    """Return whether a run was ended while it wrote this clean film."""
    return path.suffix == ".tmp" and CLEAN in (root.name, *path.relative_to(root).parts[:1])


def _unread(place: str) -> list[Finding]:
    return [Finding(place, "unreadable", "the file cannot be read, or is too large")]


def _read(path: Path) -> bytes | None:
    """Return a film's content; None when that is not possible."""
    try:
        return path.read_bytes() if path.stat().st_size <= MAX_BYTES else None
    except OSError:
        return None


def _mapped(path: Path) -> bytes | pa.Buffer | None:
    """Return a file's content, of a table as large as it may be a map of the file."""
    try:
        with path.open("rb") as file:
            is_table = file.read(len(PARQUET)) == PARQUET
        return pa.memory_map(str(path)).read_buffer() if is_table else _read(path)
    except OSError:
        return None
