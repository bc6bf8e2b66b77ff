"""Plant, de-identify and score headers and containers, two-sidedly.

python benchmarks/deidentification/headers.py --films 200 --seeds 1 2 3

Nine of the ten actions of the MIDI-B challenge, and what it does not ask for: exact intervals,
people kept apart, and refused what is no film, or whose pixels spell a number. The tenth, hidden
pixels, is ``burned_in.py``.
"""

import argparse
from collections.abc import Iterator
from datetime import datetime

import numpy as np
from plant_containers import (
    DOCUMENTS,
    SYNTAXES,
    contained_film,
    planted_document,
    spelled_film,
)
from planting import Key
from score import Score, score_film

from data_contracts.errors import FilmRejected
from tasks.deid.deidentify import Deidentified, deidentify
from tasks.deid.profile import Profile
from tasks.deid.pseudonyms import Pseudonymizer
from tasks.dicom.pixels import decode
from tasks.dicom.reading import read_film
from tasks.dicom.writing import save_bytes

# Four films are of one number: two of one person, one at another center, one of another issuer.
PEOPLE = (("A", "KIEL"), ("A", "KIEL"), ("B", "KIEL"), ("A", "LUND"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--films", type=int, default=200)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    args = parser.parse_args()
    for seed in args.seeds:
        score = Score()
        for quartet in range(args.films // len(PEOPLE)):
            check_people(seed * 100_003 + 8 * quartet, score)
        for at, kind in enumerate(DOCUMENTS):
            refused = cleaned(planted_document(seed * 1009 + at, kind)[0], "A") is None
            score.check("document_refused", kind, is_right=refused)
        for code in ("utf-8", "utf-16-le", "utf-16-be"):
            refused = cleaned(spelled_film(seed, code)[0], "A") is None
            score.check("film_refused", f"number in pixels, {code}", is_right=refused)
        show(score, seed, args.films)


def check_people(seed: int, score: Score) -> None:
    """Check four films of one patient number, one by one and against each other."""
    found: list[tuple[Deidentified, Key]] = []
    for at, (center, issuer) in enumerate(PEOPLE):
        number = f"Q{seed % 10**8:08d}"
        syntax = SYNTAXES[(seed // 8 * len(PEOPLE) + at) % len(SYNTAXES)]
        content, key = contained_film(seed + at, syntax, patient=(number, issuer))
        key.secrets = [(p, v) for p, v in key.secrets if p != "IssuerOfPatientID"]  # a plain word
        clean = cleaned(content, center)
        score.check("film_written", syntax, is_right=clean is not None)
        if clean is None:
            continue
        check_film(content, clean, key, score)
        found.append((clean, key))
    if len(found) < len(PEOPLE):
        return
    same, other = found[0][0].key.patient_id, {clean.key.patient_id for clean, _ in found}
    score.check("patid_consistent", "one person", is_right=found[1][0].key.patient_id == same)
    score.check("patid_consistent", "three people", is_right=len(other) == 3)
    moved = [set(_moves(clean, key)) for clean, key in found[:2]]
    score.check("interval", "between films", is_right=moved[0] == moved[1])


def check_film(content: bytes, clean: Deidentified, key: Key, score: Score) -> None:
    """Check one film in itself."""
    written = save_bytes(clean.dataset)
    score_film(written, key, score)
    score.check("interval", "within a film", is_right=len(set(_moves(clean, key))) == 1)
    ds = clean.dataset
    twins = [
        ds[name][0].ReferencedSOPInstanceUID
        for name in ("SourceImageSequence", "ReferencedImageSequence")
    ]
    score.check("uid_consistent", "references", is_right=twins[0] == twins[1])
    for keyword in ("DateOfManufacture", "DateOfInstallation"):
        score.check("date_shifted", "of no day", is_right=not ds.get(keyword))
    for keyword in ("PatientID", "PatientName", "StudyInstanceUID", "Modality"):
        score.check("text_notnull", keyword, is_right=bool(ds.get(keyword)))
    before = decode(read_film(content))
    after = decode(read_film(written))
    score.check("pixels_retained", "frame", is_right=np.array_equal(before, after))


def cleaned(content: bytes, center: str) -> Deidentified | None:
    """De-identify a film; None where it is refused."""
    try:
        ds = read_film(content)
        return deidentify(
            ds,
            decode(ds),
            center=center,
            source_digest="0" * 64,
            profile=Profile(pixels="keep"),
            pseudonyms=Pseudonymizer(bytes(32)),
        )
    except FilmRejected:
        return None


def show(score: Score, seed: int, films: int) -> None:
    """Print right and wrong by action, and where it went wrong."""
    print(f"seed {seed}, {films} films in {len(SYNTAXES)} transfer syntaxes")
    for action in sorted(score.passed | score.failed):
        right, wrong = score.passed[action], score.failed[action]
        print(f"  {action:16} {right:7d} right {wrong:5d} wrong")
    print(f"  share of checks passed: {score.share:.4%}")
    for place, count in score.places.most_common(20):
        print(f"    {count:5d} {place}")


def _moves(clean: Deidentified, key: Key) -> Iterator[int]:
    """Yield by how many days each day was moved."""
    for keyword, day in key.dates.items():
        yield (_day(str(clean.dataset[keyword].value)[:8]) - _day(day)).days


def _day(text: str) -> datetime:
    return datetime.strptime(text, "%Y%m%d")  # noqa: DTZ007 - a day has no zone


if __name__ == "__main__":
    main()
