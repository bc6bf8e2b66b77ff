"""What ties films together: held against the originals, film by film and over the whole study."""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset

from tasks.verify.days import NO_DAY, days_of, days_said, whole_day
from tasks.verify.findings import Finding
from tasks.verify.needles import Own

Facts = Mapping[str, tuple[tuple[str, str], ...]]
_TIES: Final = ("StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID")
_DAYS: Final = ("StudyDate", "SeriesDate", "AcquisitionDate", "ContentDate")


@dataclass(frozen=True, slots=True)
class Tied:
    """What one delivered film is tied by.

    Attributes
    ----------
    image_id
        Its file's name.
    values
        Keyword to value, of ties and days.
    references
        Instances that it refers to.
    days
        Numbers of all its days.
    """

    place: str
    image_id: str
    patient: str
    values: Mapping[str, str]
    references: frozenset[str]
    days: frozenset[int]


def tied(ds: Dataset, elements: Iterable[DataElement], place: str, image_id: str) -> Tied:
    """Read off a delivered film what ties it to others."""
    values = {name: str(ds.get(name) or "") for name in (*_TIES, *_DAYS, "SOPInstanceUID")}
    references = frozenset(
        str(element.value) for element in elements if element.keyword == "ReferencedSOPInstanceUID"
    )
    return Tied(
        place, image_id, str(ds.get("PatientID", "")), values, references, days_said(elements)
    )


def check_graph(
    films: Iterable[Tied],
    facts: Facts,
    own: Mapping[str, Own],
    patients: Mapping[str, frozenset[str]],
) -> Iterator[Finding]:
    """Check that what was one is one, what was two is two, and references and intervals hold.

    Parameters
    ----------
    films
        Every delivered film.
    facts
        (keyword, original value) by image_id, from the crosswalk; nothing is checked without.
        ``torn`` marks an image of which several files say different things.
    own
        (kind, original) by image_id, days among them.
    patients
        Pseudonyms under which an image may be filed, by image_id.
    """
    known = [film for film in films if film.image_id in facts] if facts else []
    if facts:
        for film in films:
            if film.image_id not in facts:
                yield Finding(film.place, "reference", "a film that no delivered file became")
    originals = {film.image_id: _Original(facts[film.image_id]) for film in known}
    for keyword in _TIES:
        pairs = [(film, originals[film.image_id].first(keyword)) for film in known]
        yield from _one_to_one(
            [(film.place, said, film.values[keyword]) for film, said in pairs], keyword
        )
    people = [(film.place, originals[film.image_id].person(), film.patient) for film in known]
    yield from _one_to_one(people, "PatientID")
    yield from _references(known, originals)
    for film in known:
        if film.patient not in patients.get(film.image_id, {film.patient}):
            yield Finding(film.place, "reference", "filed under another patient's pseudonym")
    yield from _intervals(known, originals, own)


class _Original:
    """What the crosswalk remembers of one film."""

    def __init__(self, said: tuple[tuple[str, str], ...]) -> None:
        self._said = said

    def all(self, keyword: str) -> list[str]:
        """Return every value of a keyword."""
        return [value for name, value in self._said if name == keyword]

    def first(self, keyword: str) -> str:
        """Return the first value of a keyword, "" where it had none."""
        return next(iter(self.all(keyword)), "")

    def person(self) -> str:
        """Return center, issuer and number, spelled as archives compare them."""
        text = unicodedata.normalize("NFKC", self.first("person")).casefold()
        return "\n".join("".join(line.replace("\0", " ").split()) for line in text.split("\n"))


def _one_to_one(triples: Iterable[tuple[str, str, str]], keyword: str) -> Iterator[Finding]:
    """Yield where one original became two, or two became one."""
    became: dict[str, str] = {}
    came_from: dict[str, str] = {}
    for place, original, delivered in triples:
        if not original or not delivered:
            continue
        if became.setdefault(original, delivered) != delivered:
            yield Finding(place, "reference", f"one {keyword} became two")
        if came_from.setdefault(delivered, original) != original:
            yield Finding(place, "reference", f"two {keyword} became one")


def _references(films: list[Tied], originals: Mapping[str, _Original]) -> Iterator[Finding]:
    """Yield references to a delivered film that were lost, or point elsewhere now."""
    now = {originals[f.image_id].first("SOPInstanceUID"): f.values["SOPInstanceUID"] for f in films}
    delivered = set(now.values())
    for film in films:
        if originals[film.image_id].all("torn"):
            continue  # delivered twice, with other references: either may be right
        asked = originals[film.image_id].all("ReferencedSOPInstanceUID")
        due = {now[uid] for uid in asked if uid in now}
        if due - film.references:
            yield Finding(film.place, "reference", "a reference to another film was lost")
        if (film.references & delivered) - due:
            yield Finding(film.place, "reference", "a reference leads to another film than before")


def _intervals(
    films: list[Tied], originals: Mapping[str, _Original], own: Mapping[str, Own]
) -> Iterator[Finding]:
    """Yield days that did not move as most days of the same patient did."""
    moves: dict[str, list[tuple[str, int]]] = {}
    for film in films:
        moves.setdefault(film.patient, []).extend(_moves(film, originals[film.image_id]))
    usual = {
        patient: Counter(days for _, days in moved).most_common(1)[0][0]
        for patient, moved in moves.items()
        if moved
    }
    for patient, moved in moves.items():
        for place, days in moved:
            if days != usual[patient]:
                yield Finding(place, "interval", "an interval was changed")
    for film in films:
        # Of other days the crosswalk has no keyword; each was one of the film's before it moved.
        original = days_of(own.get(film.image_id, ()))
        move = usual.get(film.patient)
        if move is None or not original:
            continue
        if not {day - move for day in film.days} <= original:
            yield Finding(film.place, "interval", "an interval was changed")


def _moves(film: Tied, original: _Original) -> Iterator[tuple[str, int]]:
    """Yield how far each day of a film moved, and its place."""
    for keyword in _DAYS:
        before, after = whole_day(original.first(keyword)), whole_day(film.values[keyword])
        if before is not None and after not in (None, NO_DAY):
            yield f"{film.place} {keyword}", after - before
