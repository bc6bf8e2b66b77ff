"""Who is named in a delivery, gathered before any of it is cleaned.

A name may stand in one file of a patient and be repeated in the free text of another; a file that
is set aside may name somebody as well. So every delivered file that can be read has its line in
the crosswalk first, and each film is cleaned knowing the lines of its patient and its study.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Final, Protocol

from pydicom.dataset import Dataset

from tasks.deid.crosswalk import Crosswalk, Entry, Identifier
from tasks.deid.dates import parse_date
from tasks.deid.harvest import facts_of, harvest, person_of, pooled
from tasks.deid.profile import Profile
from tasks.deid.pseudonyms import Pseudonymizer
from tasks.deid.text import forbidden_words
from tasks.dicom.elements import text, value
from tasks.dicom.reading import read_header
from tasks.header_limit import limited
from tasks.header_pool import guarded

BATCH: Final = 64
_WORKERS: Final = 2
_SECONDS: Final = 120.0
# Offsets of the lines on a file's patient, and of those on its study.
Relatives = tuple[tuple[int, ...], ...]


class Circumstances(Protocol):
    """What all films of a study share, as far as it matters here."""

    @property
    def profile(self) -> Profile:
        """How films are de-identified."""

    def pseudonyms(self) -> Pseudonymizer:
        """Return what turns identifiers into pseudonyms."""

    def crosswalk(self) -> Crosswalk:
        """Return the encrypted record of who is behind which pseudonym."""


@dataclass(frozen=True, slots=True)
class _Line:
    """One line without its identifiers, so that a large delivery fits into memory."""

    offset: int
    relatives: tuple[str, str]
    policy: str
    named: frozenset[int]


def entry_of(
    ds: Dataset, *, center: str, source_digest: str, profile: Profile, pseudonyms: Pseudonymizer
) -> Entry:
    """Return what the crosswalk has to remember of one delivered file."""
    instance, study = text(ds, "SOPInstanceUID"), text(ds, "StudyInstanceUID")
    return Entry(
        center=center,
        patient_id=pseudonyms.patient_id(center, *person_of(ds)),
        image_id=pseudonyms.image_id(instance) if instance else "",
        source_digest=source_digest,
        identifiers=tuple(sorted(harvest(ds, profile))),
        study_id=pseudonyms.uid(study),
        facts=tuple(facts_of(ds, profile)),
        name=" ".join(
            sorted(forbidden_words([str(value(ds, "PatientName") or "").partition("=")[0]]))
        ),
        birth_date=str(parse_date(text(ds, "PatientBirthDate")) or ""),
        policy=profile.digest,
    )


def gather(
    files: Mapping[str, Callable[[], bytes]],
    *,
    center: str,
    context: Circumstances,
    forget: Callable[[set[str]], None],
) -> dict[str, Relatives]:
    """Bring the crosswalk up to date with a center's delivery.

    Parameters
    ----------
    files
        A function that reads each delivered file, by source digest, those that are set aside
        included. What the crosswalk knows under the present profile is not read again.
    center
        Center's name in the study file.
    context
        Profile, pseudonyms and crosswalk of the study.
    forget
        Told the digests of files whose relatives name somebody new, before the crosswalk is:
        cleaned without that, they have to be cleaned again, whenever a run ends.

    Returns
    -------
    Where the crosswalk tells of each file's patient and study, by source digest.
    """
    crosswalk, policy = context.crosswalk(), context.profile.digest
    lines = _index(crosswalk, center)
    new = {d: read for d, read in files.items() if d not in lines or lines[d].policy != policy}
    pools = _pools(lines.values())
    for entries in _batches(_read(new, center, context)):
        fresh = _pools(_line(0, entry) for entry in entries)
        news = {one for one, named in fresh.items() if not named <= pools.get(one, named)}
        forget({digest for digest, line in lines.items() if news & {*line.relatives}})
        crosswalk.append(entries)
        for one, named in fresh.items():
            pools.setdefault(one, set()).update(named)
    return _offsets(_index(crosswalk, center) if new else lines)


def named_in(crosswalk: Crosswalk, relatives: Relatives) -> frozenset[Identifier]:
    """Return who is named in the files of a film's relatives, as far as others may repeat it."""
    return frozenset().union(*(_named_in(crosswalk, offsets) for offsets in relatives))


@lru_cache(maxsize=8)
def _named_in(crosswalk: Crosswalk, offsets: tuple[int, ...]) -> frozenset[Identifier]:
    """Read some lines; films come patient by patient, so the last ones are asked for again."""
    return pooled(item for entry in crosswalk.at(offsets) for item in entry.identifiers)


def _read(
    files: Mapping[str, Callable[[], bytes]], center: str, context: Circumstances
) -> Iterator[Entry]:
    """Read headers in other processes: whatever a file does there, it costs that file alone."""
    work = partial(_entries, center=center, context=context)
    found = guarded(work, list(files.items()), _WORKERS, lambda _: None)
    return (entry for entry in found if entry is not None)


def _entries(
    files: Sequence[tuple[str, Callable[[], bytes]]], *, center: str, context: Circumstances
) -> list[Entry | None]:
    """Read a batch; a file that is no DICOM, or broken, names nobody that could get out."""
    found: list[Entry | None] = []
    for digest, read in files:
        try:
            with limited(_SECONDS):
                entry = entry_of(
                    read_header(read()),
                    center=center,
                    source_digest=digest,
                    profile=context.profile,
                    pseudonyms=context.pseudonyms(),
                )
        except Exception:  # noqa: BLE001 - where the file is a film, its own row will say why
            found.append(None)
        else:
            found.append(entry)
    return found


def _batches(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    """Put entries together, so that the crosswalk is not opened for each."""
    batch: list[Entry] = []
    for entry in entries:
        batch.append(entry)
        if len(batch) == BATCH:
            yield batch
            batch = []
    yield batch


def _index(crosswalk: Crosswalk, center: str) -> dict[str, _Line]:
    """Return the newest line of each file of a center."""
    return {
        entry.source_digest: _line(offset, entry)
        for offset, entry in crosswalk.lines()
        if entry.center == center
    }


def _line(offset: int, entry: Entry) -> _Line:
    """Reduce an entry to what its relatives share."""
    relatives = (f"patient {entry.patient_id}", f"study {entry.study_id}")
    return _Line(offset, relatives, entry.policy, frozenset(map(hash, pooled(entry.identifiers))))


def _pools(lines: Iterable[_Line]) -> dict[str, set[int]]:
    """Return who is named in the files of each patient and each study."""
    pools: dict[str, set[int]] = {}
    for line in lines:
        for relative in line.relatives:
            pools.setdefault(relative, set()).update(line.named)
    return pools


def _offsets(lines: Mapping[str, _Line]) -> dict[str, Relatives]:
    """Return the lines of each file's patient and study; films of one patient share them."""
    found: dict[str, list[int]] = {}
    for line in lines.values():
        for relative in line.relatives:
            found.setdefault(relative, []).append(line.offset)
    whole = {relative: tuple(sorted(offsets)) for relative, offsets in found.items()}
    return {d: tuple(whole[one] for one in line.relatives) for d, line in lines.items()}
