"""Folders and archives to the catalogue: every delivered file, each with one row.

Headers are read in other processes, pseudonyms are given here, and what leaves is free of
identifiers and of incoming paths (``places`` alone holds paths, and stays in memory).
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from data_contracts.reasons import Reason
from data_contracts.records import Rejection, StepReport
from data_contracts.schemas import SCHEMAS, conform, replaced
from tasks import catalogue_cache as cached
from tasks.annotation_keys import AnnotationKeys, Pseudonyms
from tasks.archives import Place, read_bytes
from tasks.catalogue_entries import entries_of
from tasks.duplicates import Film, Resolved, choose_primary, rank_for_primary, resolve
from tasks.intake import Intake
from tasks.listing import walk
from tasks.on_disk import mapped
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
    taken
        Date and time of a film's exposure by image_id, where known; stays in memory, too.
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
    taken: dict[str, str]
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
        None. The table that is returned lies beside it, unseen, and not in memory.
    workers
        Processes that read headers.

    Returns
    -------
    One row for every delivered file, whatever it is.
    """
    intake = Intake(center, pseudonyms)
    listed = walk(folder)
    known = cached.load(cache, center)
    whole, n_read, of_file = entries_of(listed, known, intake, workers)
    places = [
        Place(listed[i].path, tuple(members))
        for i, members in zip(of_file, whole.column("members").to_pylist(), strict=True)
    ]
    del listed
    with PixelComparison(places, _digests(whole)) as compare:
        resolved = resolve(_films(whole), compare)
    whole = _with_digests(whole, compare.digests)
    if cache is not None and not whole.equals(known):
        cached.save(cache, center, whole)
    found = _assemble(center, pseudonyms, whole, resolved, places, n_read)
    return found if cache is None else replace(found, table=mapped(found.table, cache.parent))


def _digests(whole: pa.Table) -> dict[int, tuple[str, str]]:
    pairs = zip(
        whole.column("encoded").to_pylist(), whole.column("decoded").to_pylist(), strict=True
    )
    return {i: pair for i, pair in enumerate(pairs) if pair[0]}


def _with_digests(whole: pa.Table, digests: Mapping[int, tuple[str, str]]) -> pa.Table:
    pairs = [digests.get(i, ("", "")) for i in range(len(whole))]
    return replaced(whole, encoded=[one for one, _ in pairs], decoded=[two for _, two in pairs])


def _films(whole: pa.Table) -> list[Film]:
    """Every entry that nothing stands against."""
    names = ("image_id", "patient_id", "source_digest", "signature", "exposure", "taken",
             "presentation_intent_type", "view_position")  # fmt: skip
    spaced = pc.is_valid(whole.column("pixel_spacing_row_mm"))
    sides = (pc.fill_null(pc.cast(whole.column(n), pa.int64()), 0) for n in ("rows", "columns"))
    columns = [*(whole.column(name) for name in names), spaced, pc.multiply(*sides)]
    sound = pc.equal(whole.column("reason"), "").to_pylist()
    rows = zip(*(column.to_pylist() for column in columns), strict=True)
    return [Film(i, *row) for i, row in enumerate(rows) if sound[i]]


def _assemble(
    center: str,
    pseudonyms: Pseudonyms,
    whole: pa.Table,
    resolved: Resolved,
    places: Sequence[Place],
    n_read: int,
) -> Catalogue:
    films = _films(whole)
    whole = _behind_sound_copies(whole, films, resolved)
    ranks = rank_for_primary(film for film in films if film.index not in resolved.duplicate_of)
    taken = {film.image_id: film.taken for film in films if film.taken}
    del films
    table = choose_primary(_with_outcomes(whole, resolved), ranks)
    by_digest: dict[str, Place] = {}
    for digest, place in zip(table.column("source_digest").to_pylist(), places, strict=True):
        by_digest.setdefault(digest, place)
    return Catalogue(
        table=table,
        rejections=list(_rejections(center, whole, resolved)),
        places=by_digest,
        annotation_keys=AnnotationKeys(_keys(whole, resolved), pseudonyms),
        taken=taken,
        ranks=ranks,
        n_read=n_read,
        findings=tuple(_findings(center, table)),
    )


def _findings(center: str, table: pa.Table) -> Iterator[str]:
    """Name what no film is set aside for, but somebody should know."""
    names = ("image_id", "patient_id", "duplicate_of")
    rows = list(zip(*(table.column(name).to_pylist() for name in names), strict=True))
    patient_of = {image_id: patient for image_id, patient, twin in rows if not twin}
    moved = sum(
        twin is not None and patient != patient_of.get(twin, patient) for _, patient, twin in rows
    )
    if moved:
        yield f"center {center}: {moved} films were delivered under two patients; one is counted"


def _behind_sound_copies(whole: pa.Table, films: Sequence[Film], resolved: Resolved) -> pa.Table:
    """Let a damaged copy stand behind the sound film of its UID.

    Nothing that is set aside may carry the image_id of a film that goes on: by that id its
    results would be taken out with it.
    """
    sound = {f.image_id: f.index for f in films if f.index not in resolved.conflicting}
    told = zip(
        whole.column("reason").to_pylist(), whole.column("image_id").to_pylist(), strict=True
    )
    if not any(reason and image_id in sound for reason, image_id in told):
        return whole
    names = ("reason", "observed", "lookups", "image_id", "patient_id")
    rows = [list(row) for row in zip(*(whole.column(n).to_pylist() for n in names), strict=True)]
    for i, (reason, _, _, image_id, _) in enumerate(rows):
        if not reason or image_id not in sound:
            continue
        if reason in _DAMAGE:
            resolved.duplicate_of[i] = resolved.duplicate_of.get(sound[image_id], image_id)
            rows[i][:3] = ["", "", []]
        else:
            rows[i][3:] = [None, None]
    return replaced(whole, **dict(zip(names, zip(*rows, strict=True), strict=True)))


def _with_outcomes(whole: pa.Table, resolved: Resolved) -> pa.Table:
    """Columns of the catalogue; the outcome is null where later steps decide."""
    reasons = whole.column("reason").to_pylist()
    twins = resolved.duplicate_of
    outcomes = [
        "quarantined"
        if reason or i in resolved.conflicting
        else ("duplicate" if i in twins else None)
        for i, reason in enumerate(reasons)
    ]
    twins_of = [twins.get(i) for i in range(len(whole))]
    table = whole.select(SCHEMAS["catalogue"].names)
    return conform("catalogue", replaced(table, outcome=outcomes, duplicate_of=twins_of))


def _rejections(center: str, whole: pa.Table, resolved: Resolved) -> Iterator[Rejection]:
    names = ("source_digest", "image_id", "reason", "observed")
    rows = zip(*(whole.column(name).to_pylist() for name in names), strict=True)
    for i, (digest, image_id, reason, observed) in enumerate(rows):
        if reason:
            yield Rejection(center, digest, STEP, Reason(reason), observed, image_id)
        elif i in resolved.conflicting:
            contradiction, what = (
                Reason.CONFLICTING_DUPLICATE,
                "same SOP Instance UID, other pixels",
            )
            yield Rejection(center, digest, STEP, contradiction, what, image_id)


def _keys(whole: pa.Table, resolved: Resolved) -> dict[str, str]:
    """Hashed lookup to image_id; "" where it names several films."""
    keys: dict[str, str] = {}
    names = ("image_id", "reason", "lookups")
    rows = zip(*(whole.column(name).to_pylist() for name in names), strict=True)
    for i, (image_id, reason, lookups) in enumerate(rows):
        if reason:
            continue
        film = resolved.duplicate_of.get(i) or image_id
        for lookup in lookups:
            keys[lookup] = film if keys.get(lookup, film) == film else ""
    return keys


def report_of(found: Catalogue, center: str) -> StepReport:
    """Count what went in and what was set aside."""
    rejected = Counter(rejection.reason.value for rejection in found.rejections)
    n = found.table.num_rows
    return StepReport(STEP, center, n, n - rejected.total(), n_rejected=rejected)
