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
from typing import Any, Final, Self

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
    """What links one delivered file, de-identified or not, to who is named in it.

    Attributes
    ----------
    patient_id, image_id, study_id
        Pseudonyms; "" where the file has none.
    facts
        (keyword, original value) of what the second look compares: UIDs, references, days, and
        ``person``.
    name, birth_date
        The patient's, spelled as ``tasks.deid.people`` compares them.
    policy
        Digest of the profile under which it was read: what a profile keeps is no identifier.
    """

    center: str
    patient_id: str
    image_id: str
    source_digest: str
    identifiers: tuple[Identifier, ...]
    study_id: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    name: str = ""
    birth_date: str = ""
    policy: str = ""


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
            The key file is not one of ours, or is missing beside a crosswalk. It is never
            replaced: a new key would cut every pseudonym loose from the nights before.
        """
        private.mkdir(mode=0o700, parents=True, exist_ok=True)
        private.chmod(0o700)
        path = private / KEY_FILE
        if not path.exists():
            if (private / CROSSWALK_FILE).exists():
                raise StudyKeyError(
                    f"private/{KEY_FILE}: is missing, and private/{CROSSWALK_FILE} was made with "
                    "it; restore it from the backup, a new key would change every pseudonym"
                )
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


@dataclass(frozen=True, slots=True)
class Crosswalk:
    """Append-only, encrypted record of originals and pseudonyms, one line a delivered file.

    Lines are written under a lock, so that several runs may append; a line cut by a killed run is
    skipped on reading. Of two lines on one file the later holds. Readers see entries in one order,
    whatever order they were written in.
    """

    private: Path
    key: StudyKey

    def append(self, entries: Iterable[Entry]) -> None:
        """Add entries; nothing is written for none."""
        cipher = self.key.crosswalk_cipher()
        tokens = [cipher.encrypt(_line(entry)) for entry in entries]
        if not tokens:
            return
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            # Seal off a line that a killed run left unfinished.
            file.write(b"".join([b"\n" if _ends_open(file) else b"", *(t + b"\n" for t in tokens)]))
            file.flush()
            os.fsync(file.fileno())

    def lines(self) -> Iterator[tuple[int, Entry]]:
        """Yield where each readable line begins and what it says, in the order of writing.

        Raises
        ------
        StudyKeyError
            Not a single line opens with this key.
        """
        if not self._path.exists():
            return
        at, n_opened, cipher = 0, 0, self.key.crosswalk_cipher()
        with self._path.open("rb") as file:
            for line in file:
                entry = _opened(cipher, line)
                if entry is not None:
                    n_opened += 1
                    yield at, entry
                at += len(line)
        if at and not n_opened:
            raise StudyKeyError(
                f"private/{CROSSWALK_FILE}: does not open with this study's key; restore the "
                f"matching private/{KEY_FILE}"
            )

    def at(self, offsets: Iterable[int]) -> list[Entry]:
        """Return the entries of some lines, by where ``lines`` said that they begin."""
        cipher = self.key.crosswalk_cipher()
        with self._path.open("rb") as file:
            lines = [(file.seek(offset), file.readline())[1] for offset in sorted(offsets)]
        return [entry for line in lines if (entry := _opened(cipher, line)) is not None]

    def entries(self) -> list[Entry]:
        """Return the newest entry of every file, in a stable order."""
        newest = {
            (entry.center, entry.image_id, entry.source_digest): entry for _, entry in self.lines()
        }
        return [newest[key] for key in sorted(newest)]

    @property
    def _path(self) -> Path:
        return self.private / CROSSWALK_FILE


def _opened(cipher: Fernet, line: bytes) -> Entry | None:
    """Decrypt one line; None for one that was cut."""
    try:
        content = cipher.decrypt(line.rstrip(b"\n"))
    except InvalidToken:
        return None
    return _entry(json.loads(content.decode("utf-8", "surrogatepass")))


def _line(entry: Entry) -> bytes:
    """Return an entry as JSON."""
    content = json.dumps(asdict(entry), sort_keys=True, ensure_ascii=False)
    return content.encode("utf-8", "surrogatepass")


def _entry(row: dict[str, Any]) -> Entry:
    """Make an entry from its JSON."""
    items = tuple(Identifier(pair["kind"], pair["value"]) for pair in row["identifiers"])
    facts = tuple((keyword, value) for keyword, value in row["facts"])
    return Entry(**row | {"identifiers": items, "facts": facts})


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
