"""The study's secrets: the key, and who is behind which pseudonym, encrypted.

Both live in the study's ``private`` folder (mode 0700, files 0600) and nowhere else.
"""

import fcntl
import json
import os
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, Self

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from data_contracts.errors import StudyError
from tasks.deid.pseudonyms import Pseudonymizer

KEY_FILE: Final = "study.key"
CROSSWALK_FILE: Final = "crosswalk.enc"
KEY_BYTES: Final = 32


class StudyKeyError(StudyError):
    """Raised when the study key or the crosswalk cannot be used as they are."""


@dataclass(frozen=True, slots=True, order=True)
class Identifier:
    """One value of the original that points at a person, place, device or day.

    Attributes
    ----------
    kind
        ``name``, ``id``, ``uid``, ``date``, ``birth_date``, ``place``, ``device`` or ``contact``.
    value
        As it stood in the file, padding removed.
    """

    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class Entry:
    """What links one de-identified film to its original."""

    center: str
    patient_id: str
    image_id: str
    source_digest: str
    identifiers: tuple[Identifier, ...]


@dataclass(frozen=True, slots=True, repr=False)
class StudyKey:
    """The root key of a study; the keys in use are derived from it."""

    root: bytes

    @classmethod
    def load_or_create(cls, private: Path) -> Self:
        """Load the study's key, creating folder and key on the first night.

        Parameters
        ----------
        private
            The study's private folder; its permissions are tightened to the owner's.

        Raises
        ------
        StudyKeyError
            The key file is not one of ours. It is never replaced: a new key would cut every
            pseudonym loose from the nights before.
        """
        private.mkdir(mode=0o700, parents=True, exist_ok=True)
        private.chmod(0o700)
        path = private / KEY_FILE
        if not path.exists():
            _create_once(path, secrets.token_bytes(KEY_BYTES).hex().encode())
        try:
            root = bytes.fromhex(path.read_text("ascii").strip())
        except (ValueError, UnicodeDecodeError):
            root = b""
        if len(root) != KEY_BYTES:
            raise StudyKeyError(
                f"private/{KEY_FILE}: not a study key (64 hexadecimal digits); restore it from "
                "the backup, a new key would change every pseudonym"
            )
        path.chmod(0o600)
        return cls(root)

    @property
    def pseudonym_key(self) -> bytes:
        """Key of the pseudonyms."""
        return self._derive(b"aac pseudonyms")

    def pseudonymizer(self) -> Pseudonymizer:
        """Return the study's pseudonymizer."""
        return Pseudonymizer(self.pseudonym_key)

    def crosswalk_cipher(self) -> Fernet:
        """Return the cipher of the crosswalk."""
        from base64 import urlsafe_b64encode  # noqa: PLC0415 - the one place that needs it

        return Fernet(urlsafe_b64encode(self._derive(b"aac crosswalk")))

    def _derive(self, purpose: bytes) -> bytes:
        """Derive 32 bytes for one purpose (RFC 5869)."""
        return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(self.root)


class Crosswalk:
    """Append-only, encrypted record of originals and pseudonyms.

    Each append is one encrypted line written under a lock, so that several runs may append; a
    line cut by a killed run is skipped on reading. Readers see entries sorted and once each,
    whatever order they were written in.
    """

    def __init__(self, private: Path, key: StudyKey) -> None:
        self._path = private / CROSSWALK_FILE
        self._cipher = key.crosswalk_cipher()

    def append(self, entries: Iterable[Entry]) -> None:
        """Add the entries of one shard; nothing is written for none."""
        rows = [asdict(entry) for entry in entries]
        if not rows:
            return
        content = json.dumps(rows, sort_keys=True, ensure_ascii=False)
        token = self._cipher.encrypt(content.encode("utf-8", "surrogatepass"))
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            # Seal off a line that a killed run left unfinished.
            file.write((b"\n" if _ends_open(file) else b"") + token + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def entries(self) -> list[Entry]:
        """Return every entry once, in a stable order.

        Raises
        ------
        StudyKeyError
            Not a single line opens with this key.
        """
        lines = self._path.read_bytes().splitlines() if self._path.exists() else []
        batches = [batch for line in lines if (batch := self._open(line)) is not None]
        if lines and not batches:
            raise StudyKeyError(
                f"private/{CROSSWALK_FILE}: does not open with this study's key; restore the "
                f"matching private/{KEY_FILE}"
            )
        found = {entry for batch in batches for entry in map(_entry, batch)}
        return sorted(found, key=lambda entry: (entry.center, entry.image_id, entry.source_digest))

    def identifiers(self) -> Iterator[str]:
        """Yield every original value once, sorted; days excepted, which may recur by chance."""
        kinds = ("date",)
        values = {
            item.value
            for entry in self.entries()
            for item in entry.identifiers
            if item.kind not in kinds
        }
        yield from sorted(values)

    def by_image(self) -> dict[str, tuple[str, ...]]:
        """Return the originals of each image, days included: they must not stand in that image."""
        return {
            entry.image_id: tuple(item.value for item in entry.identifiers)
            for entry in self.entries()
        }

    def _open(self, line: bytes) -> list[dict[str, object]] | None:
        """Decrypt one line; None for one that was cut."""
        try:
            content = self._cipher.decrypt(line)
        except InvalidToken:
            return None
        rows: list[dict[str, object]] = json.loads(content.decode("utf-8", "surrogatepass"))
        return rows


def _entry(row: dict[str, object]) -> Entry:
    """Make an entry from its JSON."""
    fields = dict(row)
    items = fields.pop("identifiers")
    pairs = items if isinstance(items, list) else []
    identifiers = tuple(Identifier(pair["kind"], pair["value"]) for pair in pairs)
    return Entry(
        **{name: str(content) for name, content in fields.items()}, identifiers=identifiers
    )


def _create_once(path: Path, content: bytes) -> None:
    """Create a file for its owner alone, whole or not at all; leave one that is there."""
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(aside, path)
    except FileExistsError:
        pass  # another process was first, and its key is the study's
    finally:
        aside.unlink()


def _ends_open(file: object) -> bool:
    """Return whether the last line has no end."""
    seek, read = file.seek, file.read  # type: ignore[attr-defined]
    if seek(0, os.SEEK_END) == 0:
        return False
    seek(-1, os.SEEK_END)
    return bool(read(1) != b"\n")
