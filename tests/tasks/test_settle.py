import pytest

from data_contracts.reasons import Reason
from data_contracts.records import Rejection
from data_contracts.schemas import conform, empty
from tasks.settle import settle


def a_catalogue(*films):
    return conform(
        "catalogue",
        [
            {"center": "A", "source_digest": f"d{i}", "image_id": image, "outcome": outcome}
            for i, (image, outcome) in enumerate(films)
        ],
    )


def scored(**status):
    predictions = [
        {"center": "A", "image_id": image, "model": model, "status": said}
        for image, said in status.items()
        for model in ("lvlcrnet", "baseline")
    ]
    tables = {name: empty(name) for name in ("prediction_grades", "film_views", "image_quality")}
    return tables | {"predictions": conform("predictions", predictions)}


def outcomes(settled):
    rows = settled.tables["catalogue"].to_pylist()
    return {row["image_id"]: row["outcome"] for row in rows}


def test_every_file_ends_as_exactly_one_thing():
    catalogue = a_catalogue(
        ("scored", None),
        ("open", None),
        ("bad", None),
        (None, "quarantined"),
        ("again", "duplicate"),
    )
    settled = settle(
        catalogue,
        scored(scored="scored", open="not_assessable", bad="scored"),
        [
            Rejection("A", "d2", "contracts", Reason.IMAGE_QUALITY, "blank", "bad"),
            Rejection("A", "d3", "catalogue", Reason.NOT_DICOM),
        ],
    )
    assert outcomes(settled) == {
        "scored": "scored",
        "open": "not_assessable",
        "bad": "quarantined",
        None: "quarantined",
        "again": "duplicate",
    }
    assert sum(settled.counts.values()) == catalogue.num_rows


def test_a_film_set_aside_leaves_no_prediction_behind():
    settled = settle(
        a_catalogue(("bad", None), ("good", None)),
        scored(bad="scored", good="scored"),
        [Rejection("A", "d0", "contracts", Reason.IMAGE_QUALITY, "", "bad")],
    )
    assert set(settled.tables["predictions"].column("image_id").to_pylist()) == {"good"}


def test_the_first_reason_counts():
    settled = settle(
        a_catalogue(("bad", None)),
        scored(),
        [
            Rejection("A", "d0", "header contract", Reason.WRONG_VIEW, "AP", "bad"),
            Rejection("A", "d0", "contracts", Reason.IMAGE_QUALITY, "", "bad"),
        ],
    )
    (row,) = settled.tables["quarantine"].to_pylist()
    assert row["reason"] == "wrong_view"


@pytest.mark.parametrize("one", ["lvlcrnet", "baseline"])
def test_a_film_that_one_arm_could_score_is_scored(one):
    tables = scored(film="not_assessable")
    rows = tables["predictions"].to_pylist()
    for row in rows:
        row["status"] = "scored" if row["model"] == one else "not_assessable"
    tables["predictions"] = conform("predictions", rows)
    assert outcomes(settle(a_catalogue(("film", None)), tables, []))["film"] == "scored"
