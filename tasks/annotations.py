"""The experts' grades: ``annotations.csv`` to the long form, joined on pseudonyms.

What names a film there (UID, path or accession number) is replaced on reading and never stored.
A row that cannot be used becomes one line that names row and column, never a value.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from aac_models.kauppila import LEVELS, WALLS
from data_contracts.schemas import conform, empty
from reports.study_arrays import CONSENSUS
from tasks import annotation_values as cell
from tasks import spreadsheet
from tasks.annotation_values import Unusable
from tasks.row_faults import RowFaults

_KEYS: Final = {"sop_instance_uid": "uid", "file": "file", "accession_number": "accession"}
_SEGMENTS: Final = {f"{level.lower()}_{wall}": (level, wall) for level in LEVELS for wall in WALLS}
# A reader's total may be written with one decimal, as the mean of two readings is.
_ROUNDING: Final = 0.051


@dataclass(frozen=True, slots=True, eq=False)
class Annotations:
    """The experts' grades.

    Attributes
    ----------
    table
        Table ``annotations``: eight rows a film and reader, or one with level and wall null where
        a reader gave a total alone.
    problems
        One line a kind, with the column and the rows of the file, without identifiers.
    """

    table: pa.Table
    problems: list[str]


@dataclass(frozen=True, slots=True)
class _Reading:
    row: int
    center: str
    image_id: str
    reader: str
    grades: tuple[int | None, ...]
    total: float | None
    blinded: bool | None
    read_at: str | None


def read(
    path: Path,
    keys_by_center: Mapping[str, Mapping[str, str]],
    taken: Mapping[str, str] | None = None,
) -> Annotations:
    """Read a file of annotations.

    Parameters
    ----------
    path
        ``annotations.csv``; see ``tasks.spreadsheet`` for separators and encodings.
    keys_by_center
        ``Catalogue.annotation_keys`` of each center.
    taken
        ``Catalogue.taken`` of all centers, to hold dates of reading against.

    Returns
    -------
    Readings that can be used, and what is wrong with the others.
    """
    try:
        columns, rows = spreadsheet.read(path)
    except spreadsheet.NoTable as fault:
        return Annotations(empty("annotations"), [f"annotations: {fault}"])
    missing = _missing_columns(columns)
    if missing:
        return Annotations(empty("annotations"), missing)
    readings: list[_Reading] = []
    left_out, odd = RowFaults("is left out"), RowFaults("counts")
    seen: dict[tuple[str, str], int] = {}
    for row in rows:
        try:
            reading = _reading(row, keys_by_center, taken or {})
            _check_first(reading, seen)
        except Unusable as fault:
            left_out.add(row.number, str(fault), fault.detail)
        else:
            readings.append(reading)
            for remark in _remarks(reading, row.cells):
                odd.add(row.number, remark)
    return Annotations(_table(readings), [*left_out.lines(), *odd.lines()])


def _missing_columns(columns: Sequence[str]) -> list[str]:
    problems = []
    if not set(_KEYS) & set(columns):
        problems.append(f"annotations: no column names the film: give one of {', '.join(_KEYS)}")
    if "reader" not in columns:
        problems.append("annotations: no column reader")
    absent = [name for name in _SEGMENTS if name not in columns]
    if absent and not (len(absent) == len(_SEGMENTS) and "total" in columns):
        problems.append(f"annotations: no column {', '.join(absent)}")
    twice = sorted(name for name, n in Counter(columns).items() if n > 1 and name)
    if twice:
        problems.append(f"annotations: column {', '.join(twice)} is there twice")
    return problems


def _reading(
    of: spreadsheet.Row, keys_by_center: Mapping[str, Mapping[str, str]], taken: Mapping[str, str]
) -> _Reading:
    row = of.cells
    if of.is_longer:
        raise Unusable(spreadsheet.TOO_LONG)
    center, image_id = _film(row, keys_by_center)
    reader = " ".join(row["reader"].split())
    if not reader:
        raise Unusable("column reader is empty")
    grades = tuple(cell.grade(name, row[name]) for name in _SEGMENTS if name in row)
    said = cell.total(row.get("total", ""))
    blinded = cell.yes_or_no(row.get("blinded", ""))
    read_at = cell.read_at(row.get("read_at", ""), taken.get(image_id, ""))
    if all(grade is None for grade in grades):
        total, grades = _total_alone(row, grades, said), ()
    else:
        total = _total_of(grades, said)
    return _Reading(of.number, center, image_id, reader, grades, total, blinded, read_at)


def _total_of(grades: Sequence[int | None], said: float | None) -> float | None:
    """Sum of the grades, None when one is missing."""
    known = [grade for grade in grades if grade is not None]
    if len(known) < len(grades):
        return None
    if said is not None and abs(said - sum(known)) > _ROUNDING:
        raise Unusable(
            "column total is not the sum of the grades", f": {said:g}, they add up to {sum(known)}"
        )
    return float(sum(known))


def _total_alone(
    row: Mapping[str, str], grades: Sequence[int | None], said: float | None
) -> float | None:
    """Total of a reading without grades; None when nothing could be assessed."""
    if said is None and not grades and cell.yes_or_no(row.get("assessable", "")) is not False:
        raise Unusable("column total is empty")
    return said


def _remarks(reading: _Reading, row: Mapping[str, str]) -> Iterator[str]:
    """Name what is odd about a row beside its grades."""
    if reading.read_at in cell.REMARKS:
        yield cell.REMARKS[reading.read_at]
    if reading.blinded is None and not cell.is_empty(row.get("blinded", "")):
        yield "column blinded is neither yes nor no"


def _film(
    row: Mapping[str, str], keys_by_center: Mapping[str, Mapping[str, str]]
) -> tuple[str, str]:
    """Center and image_id of the film that a row speaks of."""
    named = [(name, row[name]) for name in _KEYS if row.get(name)]
    if not named:
        raise Unusable(f"nothing names the film: fill one of {', '.join(_KEYS)}")
    centers = [row["center"]] if row.get("center") in keys_by_center else list(keys_by_center)
    found: dict[str, str] = {}
    for name, value in named:
        lookup = f"{_KEYS[name]}:{_as_path(value) if name == 'file' else value}"
        hits = {c: image for c in centers if (image := keys_by_center[c].get(lookup)) is not None}
        if "" in hits.values():
            raise Unusable(f"column {name} names several films: give sop_instance_uid")
        if len(set(hits.values())) > 1:
            raise Unusable(
                f"column {name} names films of several centers: say which in a column center"
            )
        # A film that two centers delivered counts for the first, see tasks.duplicates.
        found |= {image: center for center, image in reversed(hits.items())}
    if not found:
        raise Unusable(f"column {named[0][0]} names no film of the catalogue")
    if len(found) > 1:
        raise Unusable(f"columns {', '.join(name for name, _ in named)} name different films")
    image_id, center = next(iter(found.items()))
    return center, image_id


def _as_path(text: str) -> str:
    return text.replace("\\", "/").removeprefix("./")


def _check_first(reading: _Reading, seen: dict[tuple[str, str], int]) -> None:
    key = (reading.image_id, reading.reader)
    if key in seen:
        raise Unusable("this reader has graded this film already", f", in row {seen[key]}")
    seen[key] = reading.row


def _table(readings: Iterable[_Reading]) -> pa.Table:
    rows = [row for reading in readings for row in _long(reading)]
    return conform("annotations", rows) if rows else empty("annotations")


def _long(reading: _Reading) -> Iterator[dict[str, Any]]:
    common = {
        "center": reading.center,
        "image_id": reading.image_id,
        "reader": reading.reader,
        "total": reading.total,
        "blinded": reading.blinded,
        "read_at": reading.read_at,
    }
    if not reading.grades:
        yield {**common, "level": None, "wall": None, "grade": None}
    for (level, wall), grade in zip(_SEGMENTS.values(), reading.grades, strict=False):
        yield {**common, "level": level, "wall": wall, "grade": grade}


def of_center(table: pa.Table, center: str) -> pa.Table:
    """Rows of one center."""
    return table.filter(pc.equal(table.column("center"), center))


def unannotated(films: pa.Table, table: pa.Table, state: str = "scored") -> list[str]:
    """Name how many films of each center have no reading.

    Parameters
    ----------
    films
        A table with ``center`` and ``image_id``; a film may have several rows.
    table
        Table ``annotations``.
    state
        What the films are.
    """
    graded = set(table.column("image_id").to_pylist())
    pairs = set(
        zip(films.column("center").to_pylist(), films.column("image_id").to_pylist(), strict=True)
    )
    counts = Counter(center for center, image_id in pairs if image_id not in graded)
    return [f"center {c}: films {state} and not annotated: {n}" for c, n in sorted(counts.items())]


def without_consensus(table: pa.Table, reference: str, center: str) -> list[str]:
    """Name a center whose reference is the readers' mean, for lack of a consensus.

    Parameters
    ----------
    table
        Table ``annotations`` of the center.
    reference
        Of the study; only a consensus can be missing without an error.
    center
        Its name.
    """
    readers = set(table.column("reader").to_pylist())
    if reference != CONSENSUS or not readers or CONSENSUS in readers:
        return []
    instead = "the one reader" if len(readers) == 1 else f"the mean of the {len(readers)} readers"
    return [f"center {center}: reference: no consensus in the annotations, so it is {instead}"]
