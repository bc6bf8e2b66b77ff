"""Who is who in a delivery: numbers that mean two people, and people with two numbers.

A pseudonym stands for a number of a center and its issuer. Where the headers say that this may not
be a person, nothing is merged or torn apart on a guess: a row of the table ``contracts`` says so.
"""

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import pyarrow as pa

from data_contracts.schemas import conform
from tasks.deid.crosswalk import Crosswalk, Entry
from tasks.deid.pseudonyms import normalize_id

CONTRACT: Final = "people"
# Expectation, column, and what it is called where it does not hold.
_RULES: Final = (
    (
        "A patient ID has one birth date",
        "PatientBirthDate",
        "patient IDs came with several birth dates; their films count as one person's",
    ),
    (
        "A study has one patient ID",
        "StudyInstanceUID",
        "studies came under several patient IDs; they count as several people",
    ),
    (
        "A name and birth date have one patient ID",
        "PatientID",
        "people came under several patient IDs; they count as several people",
    ),
)


@dataclass(frozen=True, slots=True)
class _Said:
    """What one delivered file says of its patient."""

    patient_id: str
    study_id: str
    number: str
    name: str
    birth_date: str


def check_people(
    crosswalk: Crosswalk, delivered: Mapping[str, Collection[str]]
) -> dict[str, tuple[pa.Table, list[str]]]:
    """Hold the patients of each center against each other, and their numbers between centers.

    Parameters
    ----------
    crosswalk
        The study's, with a line for every delivered file that could be read.
    delivered
        Source digests of the files that are there now, by center.

    Returns
    -------
    By center: rows of the table ``contracts``, and a finding for each that does not hold.
    """
    newest = {
        (entry.center, entry.source_digest): _said(entry)
        for _, entry in crosswalk.lines()
        if entry.source_digest in delivered.get(entry.center, ())
    }
    said: dict[str, list[_Said]] = {center: [] for center in delivered}
    for center, digest in sorted(newest):
        said[center].append(newest[center, digest])
    return {center: _of_center(center, said) for center in said}


def _said(entry: Entry) -> _Said:
    number = next((value for keyword, value in entry.facts if keyword == "person"), "")
    bare = "" if number.startswith("\0") else "\n".join(map(normalize_id, number.split("\n")))
    return _Said(entry.patient_id, entry.study_id, bare, entry.name, entry.birth_date)


def _of_center(center: str, said: Mapping[str, list[_Said]]) -> tuple[pa.Table, list[str]]:
    """Check one center."""
    mine = said[center]
    counts = (
        _several((one.patient_id, one.birth_date) for one in mine),
        _several((one.study_id, one.patient_id) for one in mine),
        _several(((one.name, one.birth_date) if one.name and one.birth_date else "", one.patient_id)
                 for one in mine),
    )  # fmt: skip
    rows, findings = [], []
    for (expectation, column, wrong), (n_checked, n_failed) in zip(_RULES, counts, strict=True):
        observed = f"{n_failed} {wrong}" if n_failed else ""
        rows.append(_row(center, expectation, column, n_checked, n_failed, observed))
        if n_failed:
            findings.append(f"center {center}: {observed}; check them at their source")
    others = {one.number for name, theirs in said.items() if name != center for one in theirs}
    numbers = {one.number for one in mine} - {""}
    shared = len(numbers & others)
    observed = f"{shared} patient IDs are another center's too" if shared else ""
    kept_apart = "A patient ID that several centers use is a person in each"
    rows.append(_row(center, kept_apart, "PatientID", len(numbers), 0, observed))
    return conform("contracts", rows), findings


def _several(pairs: Iterable[tuple[Hashable, str]]) -> tuple[int, int]:
    """Return how many keys there are, and how many of them have several values."""
    found: dict[Hashable, set[str]] = defaultdict(set)
    for key, value in pairs:
        if key and value:
            found[key].add(value)
    return len(found), sum(len(values) > 1 for values in found.values())


def _row(
    center: str, expectation: str, column: str, n_checked: int, n_failed: int, observed: str
) -> dict[str, object]:
    return {
        "center": center,
        "contract": CONTRACT,
        "expectation": expectation,
        "column": column,
        "severity": "warning",
        "success": not n_failed,
        "n_checked": n_checked,
        "n_failed": n_failed,
        "observed": observed,
    }
