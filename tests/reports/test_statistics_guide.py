"""The guide names every statistic that the table can hold."""

import re
from pathlib import Path

import numpy as np
import pyarrow as pa

from reports.agreement import agreement_table
from reports.statistics.plan import StatisticsPlan

GUIDE = Path(__file__).parents[2] / "docs" / "statistics.md"


def a_study():
    rng = np.random.default_rng(1)
    cells = [(c, i) for c in "AB" for i in range(12)]
    base = [{"center": c, "image_id": f"I-{c}{i}"} for c, i in cells]
    truth = rng.integers(0, 4, (len(cells), 8))
    segments = [(f"L{level}", wall) for level in range(1, 5) for wall in ("anterior", "posterior")]
    annotations = [
        row | {"reader": reader, "level": level, "wall": wall, "grade": int(g), "total": None}
        for reader in ("reader_1", "reader_2")
        for row, grades in zip(base, truth, strict=True)
        for (level, wall), g in zip(segments, grades, strict=True)
    ]
    predictions, predicted = [], []
    for model in ("m1", "m2"):
        for row, grades in zip(base, truth, strict=True):
            total = float(np.clip(grades.sum() + rng.normal(), 0, 24))
            scored = {"model": model, "total": total, "status": "scored"}
            limits = {
                "total_low": total - 1,
                "total_high": total + 1,
                "patient_id": row["image_id"],
            }
            predictions.append(row | scored | limits)
            predicted += [
                {"image_id": row["image_id"], "model": model, "level": level, "wall": wall}
                | {"grade": int(g), "expected_grade": float(g)}
                for (level, wall), g in zip(segments, grades, strict=True)
            ]
    return [pa.Table.from_pylist(rows) for rows in (predictions, annotations, predicted)]


def general(name):
    """Stand for the whole family: one preset, one class, one segment, one grade, one target."""
    name = re.sub(r"_(cord|presence)(?=_|$)", "_dxa", name)
    name = re.sub(r"L[1-4]_(anterior|posterior)|segments$", "L1_anterior", name)
    name = re.sub(r"^(recall|precision|icc_a1|bias|mae)_dxa_\d$", r"\1_dxa_0", name)
    name = re.sub(r"^reliability_grade_\d$", "reliability_grade_0", name)
    name = re.sub(r"^precision_(bias|loa|accuracy)_", "precision_icc_a1_", name)
    name = re.sub(r"_n_for_[\d.]+$", "_n_for_0.05", name)
    name = re.sub(r"^heterogeneity_(mae|icc_a1|accuracy_dxa)_", "heterogeneity_bias_", name)
    families = ("difference", "mcnemar", "stuart", "bowker", "random", "icc", "ba_")
    if name in TESTS or not name.startswith(families):
        return name
    return re.sub("(_adjusted|_prediction|_p_adjusted|_p|_f)$", "", name)


TESTS = {"mcnemar_p_dxa", "stuart_maxwell_p_dxa", "bowker_p_dxa"}


def test_every_statistic_is_in_the_guide():
    predictions, annotations, predicted = a_study()
    plan = StatisticsPlan(bootstrap=50, margin=1.0, roles={"A": "internal", "B": "external"})
    table = agreement_table(predictions, annotations, statistics=plan, prediction_grades=predicted)
    text = re.sub(r"```.*?```", "", GUIDE.read_text(encoding="utf-8"), flags=re.DOTALL)
    named = set(re.findall(r"`([^`]+)`", text))
    found = {general(name) for name in table.column("statistic").to_pylist()}
    assert found - named == set()
