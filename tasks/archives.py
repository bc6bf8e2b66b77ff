"""The bytes of what a hospital delivered, also inside zip and tar archives.

Nothing is unpacked to disk. A ``Place`` says where a file's bytes are in a way that survives a
pickle; it holds a path, so it never enters a table or a message.
"""

import io
import os
import tarfile
import zipfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import IO, Any, Final

from data_contracts.errors import FilmRejected
from data_contracts.reasons import Reason
from tasks.header_limit import TooSlow

# Far above the largest radiograph (a 4,300 x 4,300 film of 16 bits is 37 MB).
MAX_BYTES: Final = 512 * 1024 * 1024
_MAX_DEPTH: Final = 3
_MAX_MEMBERS: Final = 200_000
_HEAD: Final = 512
# Archives stay open between films, and a tar has one position for all threads.
_ONE_READER: Final = Lock()
# Raised on purpose. Anything else that comes out of an archive's reader is damage: a length that no
# memory holds raises MemoryError or OverflowError, and the standard library's list is no promise.
_ON_PURPOSE: Final = (FilmRejected, TooSlow)


@dataclass(frozen=True, slots=True)
class Place:
    """Where the bytes of a delivered file are.

    Attributes
    ----------
    path
        A file on disk.
    members
        Empty for the file itself; else the member's position in the archive, one number for each
        archive it is nested in.
    """

    path: Path
    members: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Member:
    """One file of an archive; ``raw`` is None where it could not be read."""

    name: str
    members: tuple[int, ...]
    size: int
    raw: bytes | None
    reason: Reason | None = None
    problem: str = ""


def read_bytes(place: Place) -> bytes:
    """Bytes of a delivered file, from disk or out of its archive.

    Raises
    ------
    FilmRejected
        The file can no longer be read, or is larger than ``MAX_BYTES``.
    """
    try:
        if not place.members:
            return _bounded(place.path)
        with _ONE_READER:
            return _read_member(place)
    except _ON_PURPOSE:
        raise
    except Exception as fault:  # noqa: BLE001 - see above
        raise FilmRejected(Reason.UNREADABLE_FILE, type(fault).__name__) from None


def name_of(place: Place, root: Path) -> str:
    """Path of a delivered file below its folder, archive and member included; for private eyes."""
    name = os.fsencode(os.path.relpath(place.path, root.resolve())).decode("utf-8", "replace")
    if not place.members:
        return name
    try:
        source = _Archive(place.path)
        for index in place.members[:-1]:
            name += f"/{source.name(index)}"
            source = _Archive(io.BytesIO(source.read(index)))
        return f"{name}/{source.name(place.members[-1])}"
    except Exception:  # noqa: BLE001 - the name is for a reader's convenience
        return name


def _read_member(place: Place) -> bytes:
    status = place.path.stat()
    source = _opened(place.path, status.st_size, status.st_mtime_ns)
    for index in place.members[:-1]:
        source = _Archive(io.BytesIO(source.read(index)))
    return source.read(place.members[-1])


def _bounded(path: Path) -> bytes:
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        # Asked for all that a file may hold, Python takes that much memory anew for each.
        raw = file.read(min(size, MAX_BYTES) + 1)
        if len(raw) > size:  # of what has no size, or grew
            raw += file.read(MAX_BYTES + 1 - len(raw))
    if len(raw) > MAX_BYTES:
        raise FilmRejected(Reason.TOO_LARGE, f"more than {MAX_BYTES} bytes")
    return raw


def is_archive(head: bytes) -> bool:
    """Whether a file's first 512 bytes are those of a zip, a tar or a compressed tar."""
    if head[128:132] == b"DICM":
        return False
    compressed = (b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00")
    return head.startswith(compressed) or head[257:262] == b"ustar"


def members_of(source: Path | bytes, depth: int = 1) -> Iterator[Member]:
    """Read an archive's files one after another, archives inside it included.

    Parameters
    ----------
    source
        The archive on disk, or its bytes.
    depth
        How deep this archive is nested; the third level is not opened any further.

    Yields
    ------
    One ``Member`` a file. A damaged archive yields what was readable and then one member with a
    reason; the caller never sees an exception.
    """
    try:
        with closing(_Archive(source if isinstance(source, Path) else io.BytesIO(source))) as pack:
            for index, (name, size) in pack.names():
                yield from _open_member(pack, index, name, size, depth)
    except _ON_PURPOSE:
        raise
    except Exception as fault:  # noqa: BLE001 - see above
        broken = f"archive {_why(fault)}"
        yield Member("", (_MAX_MEMBERS,), 0, None, Reason.UNREADABLE_FILE, broken)


def _why(fault: Exception) -> str:
    """Say what is wrong with an archive; the library's own message may quote a name."""
    if isinstance(fault, NotImplementedError):
        return "is packed in a way that is not supported"
    if isinstance(fault, RuntimeError):
        return "is locked by a password"
    return f"is damaged ({type(fault).__name__})"


def _open_member(
    pack: "_Archive", index: int, name: str, size: int, depth: int
) -> Iterator[Member]:
    if size > MAX_BYTES or index >= _MAX_MEMBERS:
        yield Member(name, (index,), size, None, Reason.TOO_LARGE, f"{size} bytes in an archive")
        return
    try:
        raw = pack.read(index)
    except _ON_PURPOSE:
        raise
    except Exception as fault:  # noqa: BLE001 - see above
        what = f"archive member {_why(fault)}"
        yield Member(name, (index,), size, None, Reason.UNREADABLE_FILE, what)
        return
    if is_archive(raw[:_HEAD]):
        if depth >= _MAX_DEPTH:
            deep = "archive nested too deep: unpack it"
            yield Member(name, (index,), size, None, Reason.NOT_DICOM, deep)
            return
        for inner in members_of(raw, depth + 1):
            nested = (index, *inner.members)
            yield Member(
                f"{name}/{inner.name}", nested, inner.size, inner.raw, inner.reason, inner.problem
            )
        return
    yield Member(name, (index,), len(raw), raw)


class _Archive:
    """A zip or tar, its files numbered in the order in which they lie there."""

    def __init__(self, source: Path | IO[bytes]) -> None:
        self._zip: zipfile.ZipFile | None = None
        self._tar: tarfile.TarFile | None = None
        self._infos: list[Any]
        if zipfile.is_zipfile(source):
            self._zip = zipfile.ZipFile(source)
            self._infos = [info for info in self._zip.infolist() if not info.is_dir()]
            return
        if not isinstance(source, Path):
            source.seek(0)
        named = {"name": source} if isinstance(source, Path) else {"fileobj": source}
        self._tar = tarfile.open(mode="r:*", **named)  # type: ignore[call-overload]  # noqa: SIM115 - closed by close()
        try:
            self._infos = [info for info in self._tar if info.isreg()]
        except BaseException:
            self._tar.close()
            raise

    def names(self) -> Iterator[tuple[int, tuple[str, int]]]:
        """Position, name and size of each file."""
        for index, info in enumerate(self._infos):
            yield index, (self.name(index), info.size if self._zip is None else info.file_size)

    def name(self, index: int) -> str:
        """Name of the file at a position."""
        info = self._infos[index]
        return str(info.name if self._zip is None else info.filename)

    def read(self, index: int) -> bytes:
        """Bytes of the file at a position."""
        info = self._infos[index]
        if self._zip is not None:
            return self._zip.read(info)
        file = self._tar.extractfile(info) if self._tar is not None else None
        return b"" if file is None else file.read()

    def close(self) -> None:
        """Let go of the file."""
        for pack in (self._zip, self._tar):
            if pack is not None:
                pack.close()


@lru_cache(maxsize=4)
def _opened(path: Path, size: int, mtime_ns: int) -> _Archive:
    """Keep the last archives open: films are asked for in order, so a compressed tar is streamed.

    Size and time are part of the key, so that a replaced archive is opened anew.
    """
    del size, mtime_ns
    return _Archive(path)
