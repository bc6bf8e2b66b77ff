"""Which delivered files are the same film, and which film stands for its patient.

The rule, in this order:

1. Files with one SOP Instance UID and the same pixels are one film; one file is kept.
2. Files with one SOP Instance UID and other pixels contradict each other; none is scored. A copy
   that is damaged contradicts nobody: it stands behind the sound one.
3. Films with the same pixels under another SOP Instance UID are one film; one is kept.
4. Of one exposure delivered for processing and for presentation, the presentation is kept.

Kept is the variant for presentation, then the one with a pixel spacing, then the earlier one, then
the one whose pseudonym sorts first: never a matter of file names, which change between deliveries.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Protocol

import pyarrow as pa

from data_contracts.schemas import replaced

_INTENT_RANK: Final = {"FOR PRESENTATION": 0, None: 1, "OTHER": 1, "FOR PROCESSING": 2}


@dataclass(frozen=True, slots=True)
class Film:
    """What the rule needs to know of a delivered file.

    Attributes
    ----------
    index
        Its place in the catalogue.
    signature
        Equal for equal pixel data; equality is confirmed before it is believed.
    exposure
        Equal for variants of one exposure; "" when unknown.
    taken
        Sortable date and time; "" when unknown.
    """

    index: int
    image_id: str
    patient_id: str | None
    source_digest: str
    signature: str
    exposure: str
    taken: str
    intent: str | None
    view: str | None
    has_spacing: bool
    pixels: int

    @property
    def preference(self) -> tuple[int, bool, bool, str, str, int]:
        """Sort key: the film to keep comes first."""
        intent = _INTENT_RANK.get(self.intent, 1)
        dated = (not self.taken, self.taken)
        return (intent, not self.has_spacing, *dated, self.image_id, self.index)


@dataclass(frozen=True, slots=True)
class Resolved:
    """Outcome of the rule.

    Attributes
    ----------
    duplicate_of
        Place in the catalogue to the image_id of the film that stands for it.
    conflicting
        Places of the files that contradict each other.
    """

    duplicate_of: dict[int, str]
    conflicting: set[int]


class Comparison(Protocol):
    """Looks at pixels, where header and samples do not decide."""

    def same(self, one: int, other: int) -> bool:
        """Whether two files, by place, hold the same image."""

    def damaged(self, index: int) -> bool:
        """Whether a file's image can no longer be decoded."""


def resolve(films: Sequence[Film], compare: Comparison) -> Resolved:
    """Find the files that are one film.

    Parameters
    ----------
    films
        Every file that holds an image and that nothing stands against.
    compare
        Asked only about files whose samples of pixels, or whose UIDs, agree.

    Returns
    -------
    Duplicates and contradictions; files in neither are films of their own.
    """
    conflicting: set[int] = set()
    twin_of: dict[int, Film] = {}
    kept: list[Film] = []
    for group in _groups(films, lambda film: film.image_id):
        best = _one_film(sorted(group, key=lambda film: film.preference), compare)
        if best is not None:
            twin_of |= {other.index: best for other in group if other is not best}
            kept.append(best)
        else:
            conflicting |= {film.index for film in group}
    kept = _merge_equal_pixels(kept, compare, twin_of)
    _merge_variants(kept, twin_of)
    return Resolved({i: _final(film, twin_of).image_id for i, film in twin_of.items()}, conflicting)


def _one_film(group: list[Film], compare: Comparison) -> Film | None:
    """Return the file to keep of those with one UID, None when they contradict each other."""
    if _agree(group, compare):
        return group[0]
    sound = [film for film in group if not compare.damaged(film.index)]
    return sound[0] if sound and _agree(sound, compare) else None


def _agree(group: Sequence[Film], compare: Comparison) -> bool:
    best, *rest = group
    return all(
        best.source_digest == other.source_digest or compare.same(best.index, other.index)
        for other in rest
    )


def _merge_equal_pixels(
    films: Iterable[Film], compare: Comparison, twin_of: dict[int, Film]
) -> list[Film]:
    """Films left after equal pixel data under several UIDs became one."""
    kept: list[Film] = []
    for group in _groups(films, lambda film: film.signature or film.index):
        distinct: list[Film] = []
        for film in sorted(group, key=lambda film: film.preference):
            twin = next((d for d in distinct if compare.same(d.index, film.index)), None)
            if twin is None:
                distinct.append(film)
            else:
                twin_of[film.index] = twin
        kept.extend(distinct)
    return kept


def _merge_variants(films: Iterable[Film], twin_of: dict[int, Film]) -> None:
    """Let the presentation stand for the processing variant of its exposure."""
    for group in _groups(films, lambda film: (film.patient_id, film.exposure or film.index)):
        shown = sorted(
            (f for f in group if f.intent == "FOR PRESENTATION"), key=lambda f: f.preference
        )
        raw = [film for film in group if film.intent == "FOR PROCESSING"]
        # A time may be shared by unlike films; an irradiation event may not.
        certain = group[0].exposure.startswith("event:") or len(shown) == len(raw) == 1
        for film in raw:
            if shown and certain and _may_be_one_view(film, shown[0]):
                twin_of[film.index] = shown[0]


def _may_be_one_view(one: Film, other: Film) -> bool:
    return one.view is None or other.view is None or one.view == other.view


def _final(film: Film, twin_of: Mapping[int, Film]) -> Film:
    while film.index in twin_of:
        film = twin_of[film.index]
    return film


def _groups(films: Iterable[Film], key: Callable[[Film], Hashable]) -> list[list[Film]]:
    groups: dict[Hashable, list[Film]] = defaultdict(list)
    for film in films:
        groups[key(film)].append(film)
    return list(groups.values())


def rank_for_primary(films: Iterable[Film]) -> dict[str, int]:
    """Rank films for standing for their patient; the lowest rank of a patient is the primary.

    The earliest film comes first, as later ones may follow a treatment; undated ones come last.
    Then the variant for presentation, more pixels, and the pseudonym.
    """
    ordered = sorted(
        films,
        key=lambda film: (
            not film.taken,
            film.taken,
            _INTENT_RANK.get(film.intent, 1),
            -film.pixels,
            film.image_id,
        ),
    )
    ranks: dict[str, int] = {}
    for film in ordered:
        ranks.setdefault(film.image_id, len(ranks))
    return ranks


def choose_primary(catalogue: pa.Table, ranks: Mapping[str, int]) -> pa.Table:
    """Mark one film a patient, among those that were not set aside.

    To be asked again when outcomes have changed: the film that was first may be in quarantine now.

    Parameters
    ----------
    catalogue
        Table ``catalogue``; a film that could not be assessed gives way to one that was scored.
    ranks
        Of ``rank_for_primary``.

    Returns
    -------
    The table with ``is_primary`` set on every row.
    """
    names = ("image_id", "patient_id", "outcome")
    rows = list(zip(*(catalogue.column(name).to_pylist() for name in names), strict=True))
    best: dict[str, tuple[bool, int, int]] = {}
    for i, (image_id, patient_id, outcome) in enumerate(rows):
        if patient_id and outcome not in ("quarantined", "duplicate"):
            mine = (outcome == "not_assessable", ranks.get(image_id, len(ranks)), i)
            best[patient_id] = min(mine, best.get(patient_id, mine))
    primary = {place for _, _, place in best.values()}
    return replaced(catalogue, is_primary=[i in primary for i in range(len(rows))])


def settle_between(
    tables: Mapping[str, pa.Table], standing: Mapping[str, pa.Table] = MappingProxyType({})
) -> tuple[dict[str, pa.Table], list[str]]:
    """Let a film that several centers delivered count once, for the first center that names it.

    Parameters
    ----------
    tables
        Table ``catalogue`` of each center, in the order of the study file.
    standing
        The same of centers that are not here this time, as published: what counts for them stands.

    Returns
    -------
    The tables, later copies with outcome duplicate; and a finding for each pair of centers, which
    tells how many copies are other files: the same image sent twice, or another under its UID.
    """
    owner = {
        film["image_id"]: (center, film["source_digest"])
        for center, table in standing.items()
        for film in table.select(["image_id", "outcome", "source_digest"]).to_pylist()
        if film["image_id"] and film["outcome"] != "duplicate"
    }
    settled, shared, unlike = {}, Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for center, table in tables.items():
        names = ("image_id", "outcome", "duplicate_of", "source_digest")
        image_ids, outcomes, twins, digests = (table.column(name).to_pylist() for name in names)
        for i, image_id in enumerate(image_ids):
            if not image_id or outcomes[i] is not None:
                continue
            first, digest = owner.setdefault(image_id, (center, digests[i]))
            if first != center:
                outcomes[i], twins[i] = "duplicate", image_id
                shared[first, center] += 1
                unlike[first, center] += digest != digests[i]
        settled[center] = replaced(table, outcome=outcomes, duplicate_of=twins)
    return settled, [_shared(*pair, n, unlike[pair]) for pair, n in sorted(shared.items())]


def _shared(first: str, later: str, count: int, unlike: int) -> str:
    """Say how many films two centers delivered, and how many of them as other files."""
    said = f"center {later}: {count} films were delivered by center {first} too; they count there"
    doubt = f"; {unlike} are other files, see that they are the same images" if unlike else ""
    return said + doubt
