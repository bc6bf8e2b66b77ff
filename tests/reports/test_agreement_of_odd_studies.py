"""Whatever the tables hold: every film is counted, every gap explained, nothing raises."""

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from data_contracts.schemas import conform
from reports.agreement import agreement_table, confusion_table
from reports.statistics.plan import StatisticsPlan

PLAN = StatisticsPlan(bootstrap=20, margin=1.0, roles={"A": "internal", "B": "internal"})
SCORES = st.one_of(st.none(), st.integers(0, 24).map(float), st.floats(0, 24))


@st.composite
def studies(draw):
    """Up to six films a center, each scored and read or not, some patients with several films."""
    predictions, annotations = [], []
    for center in draw(st.sampled_from(["A", "AB", "ABC"])):
        for i in range(draw(st.integers(1, 6))):
            key = {"center": center, "image_id": f"I-{center}{i}"}
            patient = f"P-{draw(st.integers(0, 3))}"
            for model in draw(st.sampled_from([(), ("m1",), ("m1", "m2")])):
                total = draw(SCORES)
                status = "scored" if total is not None else "not_assessable"
                row = {"patient_id": patient, "model": model, "total": total, "status": status}
                predictions.append(key | row)
            for reader in draw(st.sampled_from([(), ("consensus",), ("reader_1", "reader_2")])):
                total = draw(st.one_of(st.none(), st.integers(0, 24).map(float)))
                annotations.append(key | {"reader": reader, "total": total})
    return conform("predictions", predictions), conform("annotations", annotations)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(studies())
def test_no_study_is_too_odd(tables):
    found = agreement_table(*tables, statistics=PLAN)
    rows = found.to_pylist()
    assert len({(r["center"], r["model"], r["statistic"]) for r in rows}) == len(rows)
    for row in rows:
        assert row["estimate"] is not None or row["note"], row
        assert row["ci_low"] is None or row["ci_low"] <= row["ci_high"], row
    said = {(r["center"], r["model"], r["statistic"]): r for r in rows}
    for (center, model, statistic), row in said.items():
        if statistic == "n_images":
            mae = said[center, model, "mae"]
            assert mae["n"] + mae["n_missing"] == row["estimate"]
            parts = ("n_scored", "n_not_assessable", "n_not_predicted")
            assert sum(said[center, model, p]["estimate"] for p in parts) == row["estimate"]
            assert said[center, model, "n_analysed"]["estimate"] == mae["n"]
    assert confusion_table(*tables, statistics=PLAN).schema.field("n").type == pa.int64()
