"""Folders and archives to the catalogue: every delivered file, each with one row.

Headers are read in other processes, pseudonyms are given here, and what leaves is free of
identifiers and of incoming paths (``places`` alone holds paths, and stays in memory).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from data_contracts.reasons import Reason
from data_contracts.records import Rejection
from data_contracts.schemas import SCHEMAS, conform
from tasks import catalogue_cache as cached
from tasks.annotation_keys import AnnotationKeys, Pseudonyms
from tasks.archives import Found, Place, read_bytes, walk
from tasks.catalogue_cache import Entry
from tasks.duplicates import Film, Resolved, choose_primary, rank_for_primary, resolve
from tasks.header_pool import read_all
from tasks.headers import Facts, unread
from tasks.intake import Intake
from tasks.same_pixels import PixelComparison

__all__ = ["AnnotationKeys", "Catalogue", "Place", "catalogue", "read_bytes"]

STEP: Final = "catalogue"
_DAMAGE: Final = (Reason.TRUNCATED.value, Reason.CORRUPT.value)


@dataclass(frozen=True, slots=True, eq=False)
class Catalogue:
    """What a center delivered.

    Attributes
    ----------
    table
        Table ``catalogue``, one row a delivered file, in the order of paths; ``outcome`` is
        quarantined, duplicate, or null where later steps decide.
    rejections
        One for each quarantined row.
    places
        Where the bytes of a file are, by source_digest.
    annotation_keys
        What an annotation may name a film by.
    ranks
        For ``choose_primary``, once all outcomes are known.
    n_read
        Files that were opened; the others were known from an earlier night.
    findings
        What a reader of the report must know, one line each, without identifiers.
    """

    table: pa.Table
    rejections: list[Rejection]
    places: dict[str, Place]
    annotation_keys: AnnotationKeys
    ranks: dict[str, int]
    n_read: int = 0
    findings: tuple[str, ...] = ()


def catalogue(
    folder: Path, center: str, *, pseudonyms: Pseudonyms, cache: Path | None, workers: int = 2
) -> Catalogue:
    """Catalogue a center's folder.

    Parameters
    ----------
    folder
        What the center delivered: any tree of files and archives.
    center
        Center's name in the study file.
    pseudonyms
        Gives image and patient pseudonyms.
    cache
        File in the study's private folder where what was read is kept for the next night, or
        None.
    workers
        Processes that read headers.

    Returns
    -------
    One row for every delivered file, whatever it is.
    """
    intake = Intake(center, pseudonyms)
    listed = {intake.path_key(found.relative): found for found in walk(folder)}
    known = cached.load(cache, center)
    fresh = _read_changed(listed, known, intake, workers)
    entries: list[Entry] = []
    places: list[Place] = []
    for key, found in listed.items():
        for entry in fresh.get(key) or known.get(key, []):
            entries.append(entry)
            places.append(Place(found.path, entry.members))
    digests = {i: entry.pixels for i, entry in enumerate(entries) if entry.pixels[0]}
    with PixelComparison(places, digests) as compare:
        found_out = _assemble(center, pseudonyms, entries, compare, len(fresh))
    entries = [replace(e, pixels=compare.digests.get(i, e.pixels)) for i, e in enumerate(entries)]
    if cache is not None and entries != [entry for of in known.values() for entry in of]:
        cached.save(cache, center, entries)
    return found_out


def _read_changed(
    listed: Mapping[str, Found],
    known: Mapping[str, list[Entry]],
    intake: Intake,
    workers: int,
) -> dict[str, list[Entry]]:
    """Entries of every file that is new or has changed, by path_key."""
    changed = {key: one for key, one in listed.items() if not _is_known(one, known.get(key, []))}
    sound = [found for found in changed.values() if not found.problem]
    facts = iter(read_all([(one.path, one.relative, one.size) for one in sound], workers))
    return {
        key: intake.entries(key, found, [_problem(found)] if found.problem else next(facts))
        for key, found in changed.items()
    }


def _is_known(found: Found, entries: Sequence[Entry]) -> bool:
    """Whether an earlier night read the file as it is now.

    What could not be read is tried again, as rights may have been given since.
    """
    unreadable = (Reason.UNREADABLE_FILE, Reason.DECODER_DIED)
    return bool(entries) and all(
        (entry.file_size, entry.mtime_ns) == (found.size, found.mtime_ns)
        and entry.reason not in unreadable
        for entry in entries
    )


def _problem(found: Found) -> Facts:
    return unread(found.relative, found.size, Reason.UNREADABLE_FILE, found.problem)


def _assemble(
    center: str,
    pseudonyms: Pseudonyms,
    entries: Sequence[Entry],
    compare: PixelComparison,
    n_read: int,
) -> Catalogue:
    films = [_film(i, entry) for i, entry in enumerate(entries) if not entry.reason]
    resolved = resolve(films, compare)
    entries = _behind_sound_copies(entries, films, resolved)
    ranks = rank_for_primary(film for film in films if film.index not in resolved.duplicate_of)
    rows = [_outcome_row(i, entry, resolved) for i, entry in enumerate(entries)]
    by_digest: dict[str, Place] = {}
    for row, place in zip(rows, compare.places, strict=True):
        by_digest.setdefault(row["source_digest"], place)
    return Catalogue(
        table=choose_primary(_table(rows), ranks),
        rejections=list(_rejections(center, entries, resolved)),
        places=by_digest,
        annotation_keys=AnnotationKeys(_keys(entries, rows), pseudonyms),
        ranks=ranks,
        n_read=n_read,
        findings=tuple(_findings(center, rows)),
    )


def _findings(center: str, rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Name what no film is set aside for, but somebody should know."""
    patient_of = {row["image_id"]: row["patient_id"] for row in rows if not row["duplicate_of"]}
    moved = sum(
        row["patient_id"] != patient_of.get(row["duplicate_of"], row["patient_id"])
        for row in rows
        if row["duplicate_of"]
    )
    if moved:
        yield f"center {center}: {moved} films were delivered under two patients; one is counted"


def _behind_sound_copies(
    entries: Sequence[Entry], films: Sequence[Film], resolved: Resolved
) -> list[Entry]:
    """Let a damaged copy stand behind the sound film of its UID.

    Nothing that is set aside may carry the image_id of a film that goes on: by that id its
    results would be taken out with it.
    """
    sound = {f.image_id: f.index for f in films if f.index not in resolved.conflicting}
    changed = list(entries)
    for i, entry in enumerate(entries):
        if not entry.reason or entry.row["image_id"] not in sound:
            continue
        if entry.reason in _DAMAGE:
            image_id = entry.row["image_id"]
            resolved.duplicate_of[i] = resolved.duplicate_of.get(sound[image_id], image_id)
            changed[i] = replace(entry, reason="", observed="", lookups=())
        else:
            changed[i] = replace(entry, row={**entry.row, "image_id": None, "patient_id": None})
    return changed


def _film(index: int, entry: Entry) -> Film:
    row = entry.row
    return Film(
        index=index,
        image_id=row["image_id"],
        patient_id=row["patient_id"],
        source_digest=row["source_digest"],
        signature=entry.signature,
        exposure=entry.exposure,
        taken=entry.taken,
        intent=row["presentation_intent_type"],
        view=row["view_position"],
        has_spacing=row["pixel_spacing_row_mm"] is not None,
        pixels=(row["rows"] or 0) * (row["columns"] or 0),
    )


def _outcome_row(index: int, entry: Entry, resolved: Resolved) -> dict[str, Any]:
    row = dict(entry.row)
    row["duplicate_of"] = resolved.duplicate_of.get(index)
    if entry.reason or index in resolved.conflicting:
        row["outcome"] = "quarantined"
    elif row["duplicate_of"] is not None:
        row["outcome"] = "duplicate"
    return row


def _table(rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    return conform("catalogue", rows) if rows else SCHEMAS["catalogue"].empty_table()


def _rejections(center: str, entries: Sequence[Entry], resolved: Resolved) -> Iterator[Rejection]:
    for i, entry in enumerate(entries):
        digest, image_id = entry.row["source_digest"], entry.row["image_id"]
        if entry.reason:
            reason = Reason(entry.reason)
            yield Rejection(center, digest, STEP, reason, entry.observed, image_id)
        elif i in resolved.conflicting:
            reason, what = Reason.CONFLICTING_DUPLICATE, "same SOP Instance UID, other pixels"
            yield Rejection(center, digest, STEP, reason, what, image_id)


def _keys(entries: Sequence[Entry], rows: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Hashed lookup to image_id; "" where it names several films."""
    keys: dict[str, str] = {}
    for entry, row in zip(entries, rows, strict=True):
        if entry.reason:
            continue
        image_id = row["duplicate_of"] or row["image_id"]
        for lookup in entry.lookups:
            keys[lookup] = image_id if keys.get(lookup, image_id) == image_id else ""
    return keys
