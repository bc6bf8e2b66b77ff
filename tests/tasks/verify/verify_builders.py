"""A small clean study that tests leak something into, and what they look it over with."""

import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from pydicom import Dataset, dcmread

from tasks.deid.crosswalk import Crosswalk, StudyKey
from tasks.deid.deidentify import deidentify
from tasks.deid.profile import Profile
from tasks.dicom.pixels import decode
from tasks.dicom.reading import read_film
from tasks.dicom.writing import save_bytes
from tasks.originals import identifiers_of, originals_of
from tasks.verify import Allowed, Finding, verify

sys.path.insert(0, str(Path(__file__).parents[3] / "benchmarks/deidentification"))
from plant_header import planted_film


def write_study(study: Path) -> None:
    first = read_film(planted_film(0)[0])
    for seed in range(3):
        ds = read_film(planted_film(seed)[0])
        if seed == 1:  # the same visit, looking back at the first film
            for keyword in ("PatientID", "IssuerOfPatientID", "StudyInstanceUID"):
                ds[keyword] = first[keyword]
            ds.SourceImageSequence[0].ReferencedSOPInstanceUID = first.SOPInstanceUID
        write_film(study, ds, seed)
    table = study / "results/predictions/center=A"
    table.mkdir(parents=True)
    pq.write_table(pa.table({"image_id": ["I-1"], "total": [3.5]}), table / "part-0.parquet")
    (study / "reports").mkdir()
    (study / "reports/index.html").write_text("<h1>Agreement</h1>")


def write_film(study: Path, ds: Dataset, number: int) -> Path:
    """Clean a film into a study and its crosswalk, and return the file."""
    key = StudyKey.load_or_create(study / "private")
    clean = deidentify(
        ds,
        decode(ds),
        center="A",
        source_digest=f"{number:064d}",
        profile=Profile(pixels="keep"),
        pseudonyms=key.pseudonymizer(),
    )
    folder = study / "deidentified/center=A" / clean.key.patient_id
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{clean.key.image_id}.dcm"
    path.write_bytes(save_bytes(clean.dataset))
    originals(study).append([clean.entry])
    return path


def originals(study: Path) -> Crosswalk:
    return Crosswalk(study / "private", StudyKey.load_or_create(study / "private"))


def look(study: Path, allowed: Allowed | None = None) -> list[Finding]:
    entries = originals(study).entries()
    facts = originals_of(entries, allowed or Allowed(), frozenset({"agreement"}))
    return verify(study, identifiers=identifiers_of(entries), originals=facts)


def looking_back(study: Path) -> Path:
    """Return the film that refers to another."""
    referring = next(
        entry for entry in originals(study).entries() if entry.source_digest.endswith("1")
    )
    return next((study / "deidentified").rglob(f"{referring.image_id}.dcm"))


def a_secret(study: Path, kind: str = "name") -> str:
    entry = next(e for e in originals(study).entries() if e.image_id == a_film(study).stem)
    # Plain letters: not every encoding that is tried here can spell the others.
    alike = (item.value for item in entry.identifiers if item.kind == kind)
    return next(value for value in alike if value.isascii())


def a_film(study: Path) -> Path:
    return min((study / "deidentified").rglob("*.dcm"))


def edit(study: Path, change: Callable, path: Path | None = None) -> None:
    path = path or a_film(study)
    ds = dcmread(path)
    change(ds)
    ds.save_as(path)
