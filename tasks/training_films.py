"""A study's own films as training samples: the clean films, with the experts' grades.

Reads what a run has published, so that training sees the same de-identified, contract-checked
films as scoring, and nothing with an identifier in it.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from aac_models.kauppila import LEVELS, WALLS
from aac_models.training.data import Sample
from data_contracts.errors import StudyError
from data_contracts.study_file import StudyFile
from tasks import publish
from tasks.dicom.pixels import decode, to_radiograph
from tasks.dicom.reading import read_film
from tasks.study_folder import StudyFolder

VALIDATION_SHARE: Final = 0.2
_FEWEST_PATIENTS: Final = 2  # one to learn from, one to check on
_UNKNOWN: Final = -1


@dataclass(frozen=True, slots=True, eq=False)
class TrainingFilm:
    """A film to learn from, before its pixels are read.

    ``split`` "train" or "val"; ``grades`` int8 (levels, walls), -1 not assessable, or None;
    ``total`` or None; ``corners`` of T12 to L5 in pixels, or None.
    """

    center: str
    patient_id: str
    image_id: str
    split: str
    grades: npt.NDArray[np.int8] | None
    total: float | None
    corners: npt.NDArray[np.float32] | None


def choose(
    study: StudyFile,
    folder: StudyFolder,
    seed: int,
    corners: Mapping[str, npt.NDArray[np.float32]] | None = None,
) -> list[TrainingFilm]:
    """List every annotated film of the internal centers.

    Parameters
    ----------
    study, folder
        A study that was run; external centers are never trained on.
    seed
        Draws the patients of the validation split.
    corners
        By image_id, from ``landmarks.read``; the localizer finds those of the other films.

    Returns
    -------
    Films in the order of the catalogue; all films of a patient are in one split. Grades are those
    of the study's reference reader; where only totals were given, the total alone.

    Raises
    ------
    StudyError
        No film of an internal center is annotated by the reference reader, all are of one patient,
        or the landmarks are of other films.
    """
    internal = {name for name, center in study.centers.items() if center.role == "internal"}
    known = _known(folder, study.reference, internal)
    rows = [row for row in _films(folder, internal) if row["image_id"] in known]
    if not rows:
        raise StudyError(
            f"no film of an internal center was read by {study.reference}; run the study first "
            "(aac run), and check reference and roles in the study file"
        )
    marked = corners or {}
    if marked and not any(row["image_id"] in marked for row in rows):
        raise StudyError(
            "landmarks: no line names a film that is trained on; image_id is the pseudonym that "
            "names the clean films and stands in the tables"
        )
    splits = _splits({row["patient_id"] for row in rows}, seed)
    return [
        TrainingFilm(
            row["center"],
            row["patient_id"],
            row["image_id"],
            splits[row["patient_id"]],
            known[row["image_id"]]["grades"],
            known[row["image_id"]]["total"],
            marked.get(row["image_id"]),
        )
        for row in rows
    ]


def fingerprint(films: Sequence[TrainingFilm]) -> str:
    """Digest of everything that is learned from, so that prepared films are not mixed up."""
    digest = hashlib.sha256()
    for film in films:
        digest.update(f"{film.image_id} {film.split} {film.total}\n".encode())
        for known in (film.grades, film.corners):
            digest.update(b"-" if known is None else known.tobytes())
    return digest.hexdigest()


def samples(films: Sequence[TrainingFilm], folder: StudyFolder) -> Iterator[tuple[str, Sample]]:
    """Read the films, one after the other, each with its split."""
    for film in films:
        path = folder.film(film.center, film.patient_id, film.image_id)
        read = read_film(path.read_bytes())
        yield (
            film.split,
            Sample(
                radiograph=to_radiograph(read, decode(read)),
                grades=film.grades,
                total=film.total,
                corners_px=film.corners,
            ),
        )


def split_of(patient_id: str, seed: int) -> str:
    """Name the split of a patient, ``"train"`` or ``"val"``: stable, whoever else is there."""
    drawn = hashlib.sha256(f"{seed}:{patient_id}".encode()).digest()
    return "val" if int.from_bytes(drawn[:4]) < VALIDATION_SHARE * 2**32 else "train"


def _splits(patients: set[str], seed: int) -> dict[str, str]:
    """Split of each patient; where chance left a split empty, one patient moves there."""
    if len(patients) < _FEWEST_PATIENTS:
        raise StudyError(
            "training needs films of two patients or more, to learn from and to check on"
        )
    splits = {patient: split_of(patient, seed) for patient in sorted(patients)}
    for part in ("train", "val"):
        if part not in splits.values():
            splits[min(splits)] = part
    return splits


def _films(folder: StudyFolder, internal: set[str]) -> list[dict[str, Any]]:
    table = publish.read(folder.results, "catalogue")
    columns = ["center", "image_id", "patient_id", "outcome"]
    rows = table.select(columns).to_pylist()
    wanted = ("scored", "not_assessable")
    return [row for row in rows if row["center"] in internal and row["outcome"] in wanted]


def _known(folder: StudyFolder, reader: str, internal: set[str]) -> dict[str, dict[str, Any]]:
    """Grades and total by film, as the reference reader gave them."""
    known: dict[str, dict[str, Any]] = {}
    for row in publish.read(folder.results, "annotations").to_pylist():
        if row["reader"] != reader or row["center"] not in internal:
            continue
        film = known.setdefault(row["image_id"], {"total": row["total"], "grades": None})
        if row["level"] is not None:
            if film["grades"] is None:
                film["grades"] = np.full((len(LEVELS), len(WALLS)), _UNKNOWN, dtype=np.int8)
            place = LEVELS.index(row["level"]), WALLS.index(row["wall"])
            film["grades"][place] = _UNKNOWN if row["grade"] is None else row["grade"]
    return known
