"""Walk what a study shows to others, and look into every file of it."""

import gzip
import hashlib
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from tasks.verify.films import Seen, look_at_film
from tasks.verify.findings import Finding
from tasks.verify.graph import Facts, check_graph
from tasks.verify.masks import without_pictures
from tasks.verify.needles import Needles, Own, runs_of
from tasks.verify.one_film import Allowed

# Where identifiers may be, and where the deliveries are.
PRIVATE: Final = frozenset({"private", "incoming"})
_PDF_STREAM: Final = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)
_PDF_OFFSETS: Final = re.compile(rb"\d{10} \d{5} [nf]\s+")
# Likewise steps of a drawing: nobody's number is grouped by them.
_PDF_STEPS: Final = re.compile(rb"(?<=\d) (?=[-\d])")
_ENCODINGS: Final = ("utf-8", "utf-16")
_MAX_BYTES: Final = 1 << 28


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
    """

    by_image: Mapping[str, Own] = field(default_factory=dict)
    facts: Facts = field(default_factory=dict)
    allowed: Allowed = field(default_factory=Allowed)
    everyday: frozenset[str] = frozenset()


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
    needles, seen = _needles(identifiers, known), Seen()
    found: list[Finding] = []
    n_files = n_films = 0
    for root in folders:
        for path in _files(root):
            place = _place(path, root, needles)
            n_files += 1
            found += _names(path, root, place, needles)
            content = _read(path)
            if content is None:
                found.append(
                    Finding(place, "unreadable", "the file cannot be read, or is too large")
                )
            elif content[128:132] == b"DICM":
                n_films += 1
                own = known.by_image.get(path.stem, ())
                found += look_at_film(content, place, needles, own, seen, known.allowed)
            else:
                found += _look_at_file(path, content, place, needles)
    found += check_graph(seen.films, known.facts)
    return VerifyResult(tuple(sorted(set(found))), n_files, n_films)


def _needles(identifiers: Iterable[str], known: Originals) -> Needles:
    """Return what is sought everywhere, people's names and devices told apart."""
    said = {item for own in known.by_image.values() for item in own}
    names, devices = ([v for kind, v in said if kind == of] for of in ("name", "device"))
    return Needles(identifiers, known.everyday, names=names, devices=devices)


def _files(root: Path) -> Iterator[Path]:
    """Yield the files below a folder in a stable order; links are not followed."""
    for path in sorted(root.rglob("*")):
        inside = path.relative_to(root).parts
        if path.is_file() and not path.is_symlink() and not PRIVATE & set(inside[:1]):
            yield path


def _place(path: Path, root: Path, needles: Needles) -> str:
    """Return the path within the study, parts that hold an identifier as their digest."""
    parts = path.relative_to(root).parts
    return "/".join(
        "sha256:" + hashlib.sha256(part.encode("utf-8", "surrogateescape")).hexdigest()[:12]
        if needles.found_in(part)
        else part
        for part in parts
    )


def _names(path: Path, root: Path, place: str, needles: Needles) -> Iterator[Finding]:
    """Check the names of a file and the folders above it."""
    if any(needles.found_in(part) for part in path.relative_to(root).parts):
        yield Finding(place, "name", "an identifier in the name of a file or folder")


def _read(path: Path) -> bytes | None:
    """Return a file's content; None when that is not possible."""
    try:
        return path.read_bytes() if path.stat().st_size <= _MAX_BYTES else None
    except OSError:
        return None


def _look_at_file(path: Path, content: bytes, place: str, needles: Needles) -> Iterator[Finding]:
    """Look into a table, a report, a log or anything else."""
    if content[:4] == b"PAR1":
        yield from _table(path, place, needles)
    elif any(needles.found_in(run) for layer in _layers(content) for run in runs_of(layer)):
        yield Finding(place, "identifier", "an identifier of an original")
    elif any(needles.named_in(text) for text in _texts(content)):
        yield Finding(place, "identifier", "a part of somebody's name")


def _texts(content: bytes) -> Iterator[str]:
    """Yield what was written to be read; pictures and fonts spell names by chance."""
    if content[:16] == b"SQLite format 3\0":
        yield content.decode("latin-1")
        yield content.decode("utf-8", "ignore")
    elif content[:5] != b"%PDF-":
        for layer in _layers(content):
            for encoding in _ENCODINGS:
                with suppress(UnicodeDecodeError):
                    yield without_pictures(layer.decode(encoding))
                    break


def _layers(content: bytes) -> Iterator[bytes]:
    """Yield the content, and what is compressed inside it."""
    # The offsets of a PDF's cross-reference table are digits enough to hold any number by chance.
    yield _PDF_OFFSETS.sub(b"", content) if content[:5] == b"%PDF-" else content
    if content[:2] == b"\x1f\x8b":
        yield _inflated(partial(gzip.decompress, content))
    if content[:5] == b"%PDF-":
        for stream in _PDF_STREAM.findall(content):
            drawn = _inflated(partial(zlib.decompressobj().decompress, stream, _MAX_BYTES))
            yield _PDF_STEPS.sub(b"\n", drawn)


def _inflated(unpack: Callable[[], bytes]) -> bytes:
    """Unpack, or nothing."""
    try:
        return unpack()
    except (OSError, EOFError, zlib.error):
        return b""


def _table(path: Path, place: str, needles: Needles) -> Iterator[Finding]:
    """Look at every text of a Parquet file, column by column, and its metadata."""
    try:
        table = pq.ParquetFile(path).read()
    except (OSError, pa.ArrowException) as error:
        yield Finding(place, "unreadable", type(error).__name__)
        return
    for name in table.column_names:
        column = table.column(name)
        values = set(map(str, _unique(column)))
        if any(needles.found_in(value) or needles.named_in(value) for value in values):
            yield Finding(f"{place} column {name}", "identifier", "an identifier of an original")
    metadata = repr(table.schema.metadata) + repr(table.schema)
    if needles.found_in(metadata):
        yield Finding(f"{place} schema", "identifier", "an identifier of an original")


def _unique(column: pa.ChunkedArray) -> Iterable[object]:
    """Return the distinct values of a column that may hold text or identifying numbers."""
    kind = column.type
    if pa.types.is_floating(kind) or pa.types.is_boolean(kind):
        return ()
    if pa.types.is_nested(kind) or pa.types.is_binary(kind):
        values: list[Any] = column.to_pylist()
        return {_as_text(value) for value in values}
    distinct: list[object] = column.unique().to_pylist()
    return distinct


def _as_text(value: object) -> str:
    """Return nested or binary values as text."""
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)
