"""The STARD flow adds up from the tables themselves, or raises."""

import pytest

from data_contracts.errors import ContractError
from data_contracts.schemas import conform
from reports.agreement import agreement_table
from reports.cohort_flow import NO_PREDICTION, NO_READING, CohortFlow, cohort_flow
from reports.statistics.plan import StatisticsPlan

PLAN = StatisticsPlan(bootstrap=0, models=("lvlcrnet", "baseline"))


def a_file(image, outcome="scored", center="A", digest=None):
    digest = digest or f"d-{center}-{image}"
    return {"center": center, "image_id": image, "source_digest": digest, "outcome": outcome}


def a_study(**changes):
    """Seven files of A, one of B: one duplicate, two set aside, the others given to the test."""
    catalogue = [
        a_file("I-1"), a_file("I-1", "duplicate", digest="copy"), a_file("I-2"),
        a_file("I-3", "not_assessable"), a_file("I-4"), a_file("I-5", "quarantined"),
        a_file(None, "quarantined", digest="broken"), a_file("I-8", center="B"),
    ]  # fmt: skip
    quarantine = [
        {"center": "A", "image_id": "I-5", "source_digest": "d-A-I-5", "reason": "wrong_view"},
        {"center": "A", "image_id": None, "source_digest": "broken", "reason": "truncated"},
    ]
    predictions = [
        prediction(image, model)
        for model in ("lvlcrnet", "baseline")
        for image in ("I-1", "I-2", "I-3", "I-4")
    ]
    predictions[2] |= {"total": None, "status": "not_assessable"}
    predictions[2] |= {"not_assessable_reason": "L4 outside the field"}
    predictions += [prediction("I-8", "lvlcrnet", center="B")]
    annotations = [reading("I-1"), reading("I-3"), reading("I-4"), reading("I-5"), reading("I-9")]
    annotations += [reading("I-8", center="B")]
    rows = {"catalogue": catalogue, "quarantine": quarantine, "predictions": predictions}
    rows |= {"annotations": annotations} | changes
    return [conform(name, found) for name, found in rows.items()]


def prediction(image, model, center="A"):
    key = {"center": center, "patient_id": f"P-{image}", "image_id": image}
    return key | {"model": model, "total": 3.0, "status": "scored", "not_assessable_reason": None}


def reading(image, center="A"):
    return {"center": center, "image_id": image, "reader": "consensus", "total": 4.0}


def flows(*tables):
    return {(f.center, f.model): f for f in cohort_flow(*tables, statistics=PLAN)}


def test_every_file_is_somewhere():
    found = flows(*a_study())["A", "lvlcrnet"]
    assert (found.delivered, found.duplicates, found.eligible) == (7, 1, 6)
    assert found.quarantined == {"wrong_view": 1, "truncated": 1}
    assert found.accepted == 4
    assert found.not_assessable == {"L4 outside the field": 1}
    assert found.scored == 3
    assert found.without_reference == {NO_READING: 1}
    assert found.analysed == 2
    assert found.annotated_elsewhere == 2


def test_a_model_that_did_not_run_on_a_film_is_counted():
    found = flows(*a_study())
    assert found["B", "baseline"].not_assessable == {NO_PREDICTION: 1}
    assert found["A", "baseline"].analysed == 3


def test_pooled_counts_are_the_sums():
    found = flows(*a_study())
    assert found["all", "lvlcrnet"].delivered == 8
    assert found["all", "lvlcrnet"].analysed == 3
    assert found["all", "baseline"].not_assessable == {NO_PREDICTION: 1}


def test_the_flow_ends_where_the_agreement_table_begins():
    tables = a_study()
    rows = agreement_table(*tables[2:], statistics=PLAN).to_pylist()
    for (center, model), flow in flows(*tables).items():
        [row] = [
            r
            for r in rows
            if (r["center"], r["model"], r["statistic"]) == (center, model, "n_analysed")
        ]
        assert row["estimate"] == flow.analysed


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"catalogue": [a_file("I-1", None)]}, "1 files have an outcome other than"),
        ({"quarantine": []}, "2 films of the catalogue were set aside but the quarantine names no"),
        ({"catalogue": [a_file(f"I-{i}") for i in range(1, 6)]}, "2 quarantine rows belong to no"),
        (
            {"catalogue": [a_file("I-1"), a_file("I-1", digest="x")], "quarantine": []},
            "accepted films stand twice",
        ),
        ({"catalogue": [a_file("I-1")], "quarantine": []}, "are of no accepted film"),
    ],
)
def test_tables_that_do_not_add_up_raise(changes, message):
    with pytest.raises(ContractError, match=message):
        flows(*a_study(**changes))


def test_counts_that_contradict_each_other_raise():
    with pytest.raises(ContractError, match="do not split into 5 analysed"):
        CohortFlow("A", "m", delivered=7, duplicates=0, analysed=5, quarantined={"x": 1})
    with pytest.raises(ContractError, match="different runs"):
        CohortFlow("A", "m", delivered=1, duplicates=2, analysed=-1)
