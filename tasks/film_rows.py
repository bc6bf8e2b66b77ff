"""What a film ends as: rows of the published tables, and a clean film in its place."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from aac_models.kauppila import LEVELS, WALLS, AacScore
from data_contracts.records import ImageKey, Rejection
from tasks.deid.crosswalk import Entry

if TYPE_CHECKING:
    from aac_models.predictor import FilmPrediction

Rows = dict[str, list[dict[str, Any]]]
# Steps of a film that leave no clean film where they fail.
BEFORE_CLEAN: Final = ("read", "decode", "deidentify", "write")
TABLES: Final = (
    "image_quality",
    "deidentification_audit",
    "predictions",
    "prediction_grades",
    "film_views",
)


@dataclass(frozen=True, slots=True)
class FilmResult:
    """What one film ended as: rows per table, or why it was set aside.

    Attributes
    ----------
    source_digest
        SHA-256 of the raw file, hexadecimal.
    key
        None when the film was set aside before it had one.
    rows
        Rows by table name, see ``TABLES``; a film that was set aside may have some.
    entry
        What the crosswalk has to remember; holds identifiers.
    """

    source_digest: str
    key: ImageKey | None = None
    rows: Rows = field(default_factory=dict)
    rejection: Rejection | None = None
    entry: Entry | None = field(default=None, repr=False)


def folder_of(folder: Path, center: str) -> Path:
    """Return where a center's clean films lie."""
    return folder / f"center={center}"


def clean_path(folder: Path, key: ImageKey) -> Path:
    """Return where the clean film lies."""
    return folder_of(folder, key.center) / key.patient_id / f"{key.image_id}.dcm"


def rows_of(key: ImageKey, said: "FilmPrediction", digests: Mapping[str, str]) -> Rows:
    """Rows of a scored film: one a model, and one a model, level and wall.

    Parameters
    ----------
    key
        Names the film.
    said
        A prediction that is no refusal.
    digests
        Digest of the weights by model.
    """
    return {
        "predictions": [
            _prediction(key, arm, score, said.intervals[arm], digests[arm])
            for arm, score in said.scores.items()
        ],
        "prediction_grades": [
            row for arm, score in said.scores.items() for row in _grades(key, arm, score)
        ],
    }


def _prediction(
    key: ImageKey, arm: str, score: AacScore, interval: tuple[float, float], digest: str
) -> dict[str, Any]:
    missing = score.not_assessable
    low, high = (None, None) if missing else interval
    return {
        "center": key.center,
        "patient_id": key.patient_id,
        "image_id": key.image_id,
        "model": arm,
        "total": score.total,
        "total_rounded": score.total_rounded,
        "status": "not_assessable" if missing else "scored",
        "not_assessable_reason": "; ".join(f"{k}: {v}" for k, v in missing.items()) or None,
        "total_low": low,
        "total_high": high,
        "weights_digest": digest,
    }


def _grades(key: ImageKey, arm: str, score: AacScore) -> Iterator[dict[str, Any]]:
    for i, level in enumerate(LEVELS):
        seen = level not in score.not_assessable
        for j, wall in enumerate(WALLS):
            shares = score.probabilities[i, j].astype(np.float64)
            yield {
                "center": key.center,
                "image_id": key.image_id,
                "model": arm,
                "level": level,
                "wall": wall,
                "grade": int(score.grades[i, j]) if seen else None,
                "expected_grade": float(score.expected[i, j]) if seen else None,
                **{f"probability_{g}": float(p) if seen else None for g, p in enumerate(shares)},
            }
