"""Tables of made-up studies for the tests of the agreement table."""

import numpy as np

from data_contracts.schemas import conform

LEVELS = ("L1", "L2", "L3", "L4")
WALLS = ("anterior", "posterior")
MODELS = ("lvlcrnet", "lvlnet", "baseline")


def a_prediction(image="I-1", model="lvlcrnet", total=3.0, **changes):
    status = "not_assessable" if total is None else "scored"
    row = {"center": "A", "patient_id": f"P-{image}", "image_id": image, "model": model}
    return row | {"total": total, "status": status} | changes


def a_total(image="I-1", total=3, reader="consensus", **changes):
    return {"center": "A", "image_id": image, "reader": reader, "total": total} | changes


def grades_of(image, grades, reader="consensus", **changes):
    segments = [(level, wall) for level in LEVELS for wall in WALLS]
    return [
        a_total(image, None, reader, level=level, wall=wall, grade=None if g is None else int(g))
        | changes
        for (level, wall), g in zip(segments, grades, strict=True)
    ]


def a_study(sizes, seed=3):
    """Predictions, eight-row annotations of a consensus and two readers, predicted grades."""
    rng = np.random.default_rng(seed)
    predictions, annotations, predicted = [], [], []
    for center, n in sizes.items():
        for i in range(n):
            image, here = f"I-{center}{i:04d}", {"center": center}
            truth = np.clip(rng.poisson(rng.gamma(0.7, 1.2), 8), 0, 3)
            for reader in ("consensus", "reader_1", "reader_2"):
                slip = 0 if reader == "consensus" else rng.choice([-1, 0, 1], 8, p=[0.1, 0.8, 0.1])
                annotations += grades_of(image, np.clip(truth + slip, 0, 3), reader, **here)
            for noise, model in enumerate(MODELS, 1):
                expected = np.clip(truth + rng.normal(0, 0.2 * noise, 8), 0, 3)
                total = None if i == 7 else float(expected.sum())
                patient = f"P-{i * 9 // 10:04d}"
                predictions.append(a_prediction(image, model, total, patient_id=patient, **here))
                predicted += [
                    {"image_id": image, "model": model, "level": level, "wall": wall,
                     "grade": round(e), "expected_grade": float(e)}
                    for (level, wall), e in zip(
                        ((lv, w) for lv in LEVELS for w in WALLS), expected, strict=True
                    )
                ]  # fmt: skip
    return (*tables(predictions, annotations), conform("prediction_grades", predicted))


def tables(predictions, annotations):
    return conform("predictions", predictions), conform("annotations", annotations)


def lookup(table):
    return {(row["center"], row["model"], row["statistic"]): row for row in table.to_pylist()}
