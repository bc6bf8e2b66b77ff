"""Simulated tables of a whole study, for the reports' tests and for looking at them."""

import io
from functools import lru_cache

import numpy as np
import pyarrow as pa
from PIL import Image

from data_contracts.reasons import Reason
from data_contracts.schemas import conform, empty
from reports.agreement import agreement_table, confusion_table
from reports.inputs import ReportInputs
from reports.statistics.plan import StatisticsPlan

LEVELS = ("L1", "L2", "L3", "L4")
WALLS = ("anterior", "posterior")
MODELS = ("lvlcrnet", "lvlnet", "baseline")
_SPREAD = {"lvlcrnet": 0.35, "lvlnet": 0.45, "baseline": 0.7}


def a_film_view(grades: np.ndarray, *, whole: bool = False) -> dict:
    """A made-up picture: gray noise, vertebrae, bright walls where they are calcified."""
    rng, rows, columns = np.random.default_rng(5), 280, 160
    picture = 70 + 18 * rng.standard_normal((rows, columns)).cumsum(axis=0) / 8
    calcium, corners = np.zeros((2, rows), int), []
    for level in range(4):
        top = level * 70 + 10
        picture[top : top + 50, 12:64] += 60
        corners += [(top, 64), (top, 12), (top + 50, 64), (top + 50, 12)]
        for wall, column in enumerate((118, 82)):
            high = int(70 * grades[level, wall] / 3)
            picture[level * 70 : level * 70 + high, column : column + 4] += 120
            calcium[wall, level * 70 : level * 70 + high] = 92
    out = io.BytesIO()
    Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8)).save(out, format="JPEG")
    down = list(range(0, rows, 5))
    view = {
        "picture": out.getvalue(), "picture_rows": rows, "picture_columns": columns,
        "level_start_rows": [0, 70, 140, 210], "level_stop_rows": [70, 140, 210, 280],
        "corner_rows": [row for row, _ in corners], "corner_columns": [c for _, c in corners],
        "anterior_wall_rows": down, "anterior_wall_columns": [120.0] * len(down),
        "posterior_wall_rows": down, "posterior_wall_columns": [84.0] * len(down),
        "calcium": [
            {"model": "lvlcrnet", "wall": wall, "percent": calcium[i].tolist()}
            for i, wall in enumerate(WALLS)
        ],
    }  # fmt: skip
    if not whole:
        return view
    return view | {
        "film": out.getvalue(), "film_rows": rows, "film_columns": columns,
        "film_corner_rows": view["corner_rows"], "film_corner_columns": view["corner_columns"],
    }  # fmt: skip


def a_study(sizes: dict[str, int] | None = None, *, models=MODELS, **changes) -> ReportInputs:
    """Inputs of a study with that many films by center; ``changes`` replace study keys."""
    sizes = {"A": 40, "B": 30, "C": 30, "D": 30} if sizes is None else sizes
    whole = bool(changes.get("whole_films_in_report"))
    tables = dict(_tables(tuple(sizes.items()), tuple(models), whole))
    roles = {c: {"role": _role(c)} for c in sizes}
    study = {
        "name": "aac-validation", "centers": roles, "models": list(models),
        "reference": "consensus", "severity": "dxa",
        "deidentification": {"profile": "basic", "retain_patient_characteristics": True,
                             "clean_descriptors": True, "dates": "shift", "pixels": "clean"},
        "statistics": {"alpha": 0.05, "correction": "bonferroni", "zero_method": "pratt",
                       "bootstrap": 9999, "seed": 20250101, "equivalence_margin": None},
        "about": {"title": "", "objective": "To test the pipeline", "synthetic": True},
    } | changes  # fmt: skip
    manifest = {
        "run_id": "r-0123456789abcdef", "study": "ab" * 8, "code": "cd" * 32,
        "inputs": {c: f"{i:064x}" for i, c in enumerate(sizes)},
        "weights": {m: f"{i + 7:064x}" for i, m in enumerate(models)},
        "seeds": {"statistics": 20250101}, "python": "3.11.2",
        "versions": {"numpy": "2.4.0", "scipy": "1.17.0", "torch": "2.13.0", "aac-study": "0.1.0"},
    }  # fmt: skip
    card = (
        "# LVLCRNet\n\nTrained on **synthetic** films.\n\n- not for clinical use\n- "
        "two\n\n| a | b |\n| --- | --- |\n| 1 | 2 |\n"
    )
    findings = ["Center D: 2 annotations name films that were not delivered."]
    curves = {
        name: [{"epoch": e + 1, "loss": 2 / (e + 1), "val_mae": 1 + 3 / (e + 1)} for e in range(12)]
        for name in models
    }
    return ReportInputs(tables, study, manifest, findings, {"lvlcrnet": card}, curves)


@lru_cache(maxsize=16)
def _tables(sizes: tuple[tuple[str, int], ...], models, whole: bool) -> dict[str, pa.Table]:
    """Tables do not change, so that a study is simulated and analyzed once in a process."""
    rng = np.random.default_rng(7)
    rows: dict[str, list[dict]] = {}
    for place, (center, n) in enumerate(sizes):
        for index in range(n):
            _a_film(rng, rows, (center, place, index), models, whole=whole)
    tables = {name: conform(name, said) for name, said in rows.items()}
    return tables | _statistics(tables, {center: _role(center) for center, _ in sizes}, models)


def _role(center: str) -> str:
    return "internal" if center in "AB" else "external"


def without_rows(inputs: ReportInputs) -> ReportInputs:
    """The same study with every table empty."""
    tables = {name: empty(name) for name in inputs.tables}
    return ReportInputs(tables, inputs.study, inputs.manifest, [], {})


def _a_film(rng, rows, which, models, *, whole) -> None:
    center, place, index = which
    image_id, patient = f"I-{center[:4]}{place:02d}{index:014d}", f"P-{place:02d}{index:014d}"
    digest = f"{place:04x}{index:060x}"
    fate = rng.random()
    outcome = "quarantined" if fate < 0.06 else "duplicate" if fate < 0.08 else "scored"
    outcome = "not_assessable" if 0.08 <= fate < 0.11 else outcome
    rows.setdefault("catalogue", []).append({
        "center": center, "source_digest": digest, "image_id": image_id, "patient_id": patient,
        "size_bytes": 10**7, "outcome": outcome, "patient_sex": "F" if rng.random() < 0.55 else "M",
        "patient_age_years": None if rng.random() < 0.1 else int(rng.integers(45, 90)),
        "manufacturer": ("Philips", "Siemens", "GE & Söhne <X>")[int(rng.integers(3))],
        "pixel_spacing_row_mm": 0.15,
    })  # fmt: skip
    if outcome == "quarantined":
        reason = [Reason.WRONG_VIEW, Reason.TRUNCATED, Reason.NOT_LATERAL_LUMBAR][index % 3]
        rows.setdefault("quarantine", []).append({
            "center": center, "image_id": None if index % 2 else image_id, "source_digest": digest,
            "step": "catalogue", "reason": reason.value, "observed": "ViewPosition AP",
            "remedy": reason.remedy,
        })  # fmt: skip
    if outcome in ("quarantined", "duplicate"):
        return
    rows.setdefault("image_quality", []).append({
        "center": center, "image_id": image_id, "dynamic_range": rng.uniform(0.5, 0.9),
        "sharpness": rng.uniform(0, 1), "noise": rng.uniform(0, 0.05), "lateral_lumbar": 0.98,
        "saturated_share": 0.01, "blank_share": 0.1, "collimated_share": 0.2,
        "inverted_against_header": bool(rng.random() < 0.03),
    })  # fmt: skip
    rows.setdefault("deidentification_audit", []).append({
        "center": center, "image_id": image_id, "attribute_class": "person names",
        "action": "X", "count": 4,
    })  # fmt: skip
    burden = rng.gamma(0.9, 0.7)
    truth = np.clip(
        np.round(burden + 0.5 * rng.standard_normal((4, 2)) + 0.15 * np.arange(4)[:, None]), 0, 3
    ).astype(int)
    _readings(rng, rows, center, image_id, truth)
    for model in models:
        _scored(rng, rows, (center, patient, image_id, model), truth, outcome)
    if index < 40:
        rows.setdefault("film_views", []).append({
            "center": center, "image_id": image_id,
            **a_film_view(truth, whole=whole),
        })  # fmt: skip


def _readings(rng, rows, center, image_id, truth) -> None:
    for reader, noise in (("consensus", 0.0), ("reader_1", 0.25), ("reader_2", 0.3)):
        seen = np.clip(np.round(truth + noise * rng.standard_normal((4, 2))), 0, 3).astype(int)
        rows.setdefault("annotations", []).extend({
            "center": center, "image_id": image_id, "reader": reader, "level": level,
            "wall": wall, "grade": int(seen[i, j]), "total": float(seen.sum()),
        } for i, level in enumerate(LEVELS) for j, wall in enumerate(WALLS))  # fmt: skip


def _scored(rng, rows, key, truth, outcome) -> None:
    center, patient, image_id, model = key
    expected = np.clip(truth + _SPREAD.get(model, 0.5) * rng.standard_normal((4, 2)), 0, 3)
    total = None if outcome == "not_assessable" else float(expected.sum())
    rows.setdefault("predictions", []).append({
        "center": center, "patient_id": patient, "image_id": image_id, "model": model,
        "total": total, "total_rounded": None if total is None else int(total + 0.5),
        "status": outcome,
        "not_assessable_reason": "L4: outside the field" if total is None else None,
        "total_low": None if total is None else max(0.0, total - 3),
        "total_high": None if total is None else min(24.0, total + 3),
        "weights_digest": "ab" * 32, "run_id": "r-0123456789abcdef",
    })  # fmt: skip
    rows.setdefault("prediction_grades", []).extend({
        "center": center, "image_id": image_id, "model": model, "level": level, "wall": wall,
        "grade": round(expected[i, j]), "expected_grade": float(expected[i, j]),
    } for i, level in enumerate(LEVELS) for j, wall in enumerate(WALLS))  # fmt: skip


def _statistics(tables: dict[str, pa.Table], roles, models) -> dict[str, pa.Table]:
    scored, read = (tables.get(name, empty(name)) for name in ("predictions", "annotations"))
    plan = StatisticsPlan(roles=roles, models=tuple(models), bootstrap=49)
    grades = tables.get("prediction_grades")
    agreement = agreement_table(scored, read, statistics=plan, prediction_grades=grades)
    return {
        "agreement": agreement,
        "confusion": confusion_table(scored, read, statistics=plan),
    }
