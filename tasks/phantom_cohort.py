"""A synthetic study on disk: four centers' DICOM folders, the experts' grades, a study file.

Nothing in it is real. Headers, some pixels and some file names carry fake identifiers, and each
center delivers a few files that a study must set aside.
"""

import csv
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np

from aac_models import side_by_side
from aac_models.kauppila import LEVELS, WALLS
from aac_models.phantom import cohort
from aac_models.phantom.film import Phantom, draw
from tasks import phantom_dicom
from tasks.phantom_dicom import Film
from tasks.phantom_people import person_of, uid_of
from tasks.phantom_strays import add_strays

# One film in this many carries its patient's name in the pixels, and one has no expert's grades.
_BANNER_EVERY: Final = 7
_UNREAD_EVERY: Final = 17
_COLUMNS: Final = [f"{level}_{wall}".lower() for level in LEVELS for wall in WALLS]
_TRUTH: Final = "truth.jsonl"
_ROLES: Final = {"A": "internal", "B": "internal", "C": "external", "D": "external"}

Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class _Drawn:
    """What is known of a film that was written: the readings, and the truth as a line of JSON."""

    readings: list[Row]
    truth: str


@dataclass(frozen=True, slots=True)
class _Job:
    """One film to draw and where it goes, relative to the study."""

    plan: cohort.FilmPlan
    number: int
    mm_per_px: float | None


def write(
    folder: Path,
    sizes: dict[str, int],
    seed: int,
    *,
    mm_per_px: float | None = None,
    workers: int = 2,
    progress: Callable[[int, int], None] | None = None,
) -> Path:
    """Write a synthetic study.

    Parameters
    ----------
    folder
        Made if absent; receives ``incoming/<center>``, ``annotations.csv``, ``study.yaml`` and
        ``truth.jsonl``: a line a film with its landmarks, calcified shares and true grades.
    sizes
        Lateral lumbar films by center, ``"A"`` to ``"D"``; the files to be set aside come on top.
    seed
        The same sizes, seed and spacing give the same bytes.
    mm_per_px
        Spacing of the films; None draws them at about 0.4 mm, and 0.15 or so at natural size.
    workers
        Processes that draw.
    progress
        Told how many films of how many are written.

    Returns
    -------
    The study file.

    Raises
    ------
    ValueError
        A center is none of the four, or a size is negative.
    """
    jobs = [_Job(plan, i, mm_per_px) for i, plan in enumerate(_plans(sizes, seed))]
    rows: list[Row] = []
    truth: list[str] = []
    for done, (job, found) in enumerate(zip(jobs, _drawn(jobs, folder, workers), strict=True), 1):
        truth.append(found.truth + "\n")
        if job.number % _UNREAD_EVERY != _UNREAD_EVERY - 1:
            rows += found.readings
        if progress is not None:
            progress(done, len(jobs))
    for center in sizes:
        add_strays(folder / "incoming" / center, center)
    _write_annotations([*rows, *_of_unknown_film()], folder / "annotations.csv")
    (folder / _TRUTH).write_text("".join(truth), encoding="utf-8")
    return _write_study(folder, list(sizes))


def sizes_in(folder: Path) -> dict[str, int]:
    """Count the films of each center of a study that ``write`` made; none for any other study."""
    path = folder / _TRUTH
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    return dict(Counter(json.loads(line)["center"] for line in lines))


def _plans(sizes: Mapping[str, int], seed: int) -> list[cohort.FilmPlan]:
    """Plan each center's films; A and B share the internal test split."""
    unknown = sorted(set(sizes) - set(_ROLES))
    if unknown or min(sizes.values(), default=0) < 0:
        raise ValueError(f"sizes must count films of {', '.join(_ROLES)}, got {dict(sizes)}")
    internal = {center: sizes.get(center, 0) for center in "AB"}
    drawn = 4 * max(internal.values()) + 20
    pool = cohort.plan({"test": drawn if any(internal.values()) else 0}, seed)
    found: list[cohort.FilmPlan] = []
    for center, size in sizes.items():
        of_center = (
            [plan for plan in pool if plan.center == center]
            if center in internal
            else cohort.plan({center: size}, seed)
        )
        found += of_center[:size]
    return found


def _drawn(jobs: list[_Job], folder: Path, workers: int) -> Iterator[_Drawn]:
    make = partial(_make, folder=folder)
    if workers <= 1 or len(jobs) < 2 * workers:
        yield from map(make, jobs)
        return
    with side_by_side.pool(workers) as pool:
        yield from pool.map(make, jobs, chunksize=4)


def _make(job: _Job, folder: Path) -> _Drawn:
    """Draw one film, write its file, and return what is known of it."""
    phantom = draw(job.plan, mm_per_px=job.mm_per_px)
    film = _film(job, phantom)
    place = _place(folder / "incoming" / job.plan.center, film)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(phantom_dicom.encode(film))
    readings = [
        _row(film.uid, reader, grades) for reader, grades in sorted(phantom.readers.items())
    ]
    return _Drawn(readings, _truth(film.uid, phantom))


def _truth(uid: str, phantom: Phantom) -> str:
    """Landmarks in pixels (row, column), shares and grades as (levels, walls)."""
    said = {
        "sop_instance_uid": uid,
        "center": phantom.plan.center,
        "anterior": phantom.anterior.value,
        "corners_px": np.round(phantom.anatomy.corners_px.astype(float), 2).tolist(),
        "shares": phantom.shares.tolist(),
        "grades": phantom.grades.tolist(),
        "assessable": phantom.assessable.tolist(),
    }
    return json.dumps(said, separators=(",", ":"))


def _film(job: _Job, phantom: Phantom) -> Film:
    plan = job.plan
    return Film(
        center=plan.center,
        number=job.number,
        person=person_of(plan.center, plan.patient, age_years=phantom.age_years, sex=phantom.sex),
        pixels=phantom.radiograph.pixels,
        age_years=phantom.age_years,
        header=phantom.header,
        has_banner=job.number % _BANNER_EVERY == 3,  # noqa: PLR2004 - any of the seven
    )


def _place(incoming: Path, film: Film) -> Path:
    """Return where an archive would have put the film; some archives name folders by patient."""
    if film.center in "AC":
        person = f"{film.person.family}_{film.person.given}_{film.person.record_number}"
        return incoming / person / f"IM{film.number:05d}"
    return incoming / f"export-{film.number // 50:02d}" / f"{film.uid}.dcm"


def _row(uid: str, reader: str, grades: np.ndarray) -> Row:
    marks = ["" if grade < 0 else str(int(grade)) for grade in grades.reshape(-1)]
    return {"sop_instance_uid": uid, "reader": reader} | dict(zip(_COLUMNS, marks, strict=True))


def _of_unknown_film() -> list[Row]:
    """Grades of a film that nobody delivered."""
    nobody = np.zeros((len(LEVELS), len(WALLS)), dtype=np.int8)
    uid = uid_of("film", "nobody", 0)
    return [_row(uid, reader, nobody) for reader in ("consensus", "reader_1", "reader_2")]


def _write_annotations(rows: list[Row], path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(
            file, ["sop_instance_uid", "reader", *_COLUMNS], lineterminator="\n"
        )
        writer.writeheader()
        writer.writerows(rows)


def _write_study(folder: Path, centers: list[str]) -> Path:
    listed = "".join(
        f"  {center}: {{role: {_ROLES[center]}, dicom: incoming/{center}}}\n" for center in centers
    )
    path = folder / "study.yaml"
    path.write_text(_STUDY.format(centers=listed), encoding="utf-8")
    return path


_STUDY: Final = """\
# A synthetic study: every film is drawn by a program and every identifier is invented.
name: synthetic-aac
centers:
{centers}annotations: annotations.csv
models: [lvlcrnet, lvlnet, baseline]
reference: consensus
severity: dxa
about:
  title: Synthetic demonstration of a multicentre AAC-24 study
  population: Synthetic lateral lumbar radiographs of four invented centers
  synthetic: true
"""
