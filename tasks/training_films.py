"""A study's own films as training samples: the clean films, with the experts' grades.

Reads what a run has published, so that training sees the same de-identified, contract-checked
films as scoring, and nothing with an identifier in it.
"""

import hashlib
from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from aac_models.kauppila import LEVELS, WALLS
from aac_models.training.data import Sample
from data_contracts.errors import StudyError
from data_contracts.study_file import StudyFile
from tasks import publish
from tasks.dicom.pixels import decode, to_radiograph
from tasks.dicom.reading import read_film
from tasks.study_folder import StudyFolder

VALIDATION_SHARE: Final = 0.2
_UNKNOWN: Final = -1


def split_of(patient_id: str, seed: int) -> str:
    """Name the split of a patient, ``"train"`` or ``"val"``: stable, whoever else is there."""
    drawn = hashlib.sha256(f"{seed}:{patient_id}".encode()).digest()
    return "val" if int.from_bytes(drawn[:4]) < VALIDATION_SHARE * 2**32 else "train"


def samples(study: StudyFile, folder: StudyFolder, seed: int) -> Iterator[tuple[str, Sample]]:
    """Read every annotated film of the internal centers.

    Parameters
    ----------
    study, folder
        A study that was run; external centers are never trained on.
    seed
        Draws the patients of the validation split.

    Yields
    ------
    Split and sample; all films of a patient are in one split. Grades are those of the study's
    reference reader; where only totals were given, the total alone.

    Raises
    ------
    StudyError
        No film of an internal center is annotated by the reference reader.
    """
    internal = {name for name, center in study.centers.items() if center.role == "internal"}
    known = _known(folder, study.reference, internal)
    films = [row for row in _films(folder, internal) if row["image_id"] in known]
    if not films:
        raise StudyError(
            f"no film of an internal center was read by {study.reference}; run the study first "
            "(aac run), and check reference and roles in the study file"
        )
    for row in films:
        yield split_of(row["patient_id"], seed), _sample(folder, row, known[row["image_id"]])


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


def _sample(folder: StudyFolder, row: dict[str, Any], known: dict[str, Any]) -> Sample:
    path = folder.film(row["center"], row["patient_id"], row["image_id"])
    film = read_film(path.read_bytes())
    return Sample(
        radiograph=to_radiograph(film, decode(film)),
        grades=known["grades"],
        total=known["total"],
    )
