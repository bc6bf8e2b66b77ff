"""What the crosswalk knows of the delivered films, as the second look takes it.

Plain functions over entries, which whoever needs several of them decrypts once.
"""

from collections.abc import Iterable, Sequence

from tasks.deid.crosswalk import Entry
from tasks.verify import Allowed, Originals


def identifiers_of(entries: Iterable[Entry]) -> list[str]:
    """Return every original value once, sorted; days excepted, which may recur by chance."""
    said = {item for entry in entries for item in entry.identifiers if item.kind != "date"}
    return sorted({item.value for item in said})


def originals_of(
    entries: Sequence[Entry], allowed: Allowed, everyday: frozenset[str] = frozenset()
) -> Originals:
    """Return what is known of each image, and what is no leak in this study.

    Parameters
    ----------
    entries
        Of the crosswalk, the newest of every file.
    allowed
        What the study's options let stay.
    everyday
        Words that a study writes anyway.
    """
    return Originals(by_image(entries), facts_of(entries), allowed, everyday, _patients(entries))


def by_image(entries: Iterable[Entry]) -> dict[str, tuple[tuple[str, str], ...]]:
    """Return (kind, original) of each image, days included: none may stand in that image."""
    found: dict[str, tuple[tuple[str, str], ...]] = {}
    for entry in entries:
        said = ((item.kind, item.value) for item in entry.identifiers)
        found[entry.image_id] = (*found.get(entry.image_id, ()), *said)
    return found


def facts_of(entries: Iterable[Entry]) -> dict[str, tuple[tuple[str, str], ...]]:
    """Return what ties each image to others, as far as all files of that image agree."""
    found: dict[str, set[tuple[str, str]]] = {}
    torn: set[str] = set()
    for entry in entries:
        said = {(k, f"{entry.center}\n{v}" if k == "person" else v) for k, v in entry.facts}
        if found.setdefault(entry.image_id, said) != said:
            found[entry.image_id] &= said
            torn.add(entry.image_id)
    torn_fact = {("torn", "")}
    return {
        image_id: tuple(sorted(said | torn_fact if image_id in torn else said))
        for image_id, said in found.items()
    }


def _patients(entries: Iterable[Entry]) -> dict[str, frozenset[str]]:
    """Return the pseudonyms under which each image was delivered."""
    found: dict[str, frozenset[str]] = {}
    for entry in entries:
        found[entry.image_id] = found.get(entry.image_id, frozenset()) | {entry.patient_id}
    return found
