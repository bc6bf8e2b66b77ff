import pyarrow as pa
import pytest

from data_contracts.reasons import Reason
from data_contracts.records import Rejection
from data_contracts.schemas import conform, empty
from tasks import settle as module


def settle(*parts):
    return module.settle(*parts, model="lvlcrnet")


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
    rows = settled["catalogue"].to_pylist()
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
    assert len(settled["catalogue"]) == catalogue.num_rows


def test_a_film_set_aside_leaves_no_prediction_behind():
    settled = settle(
        a_catalogue(("bad", None), ("good", None)),
        scored(bad="scored", good="scored"),
        [Rejection("A", "d0", "contracts", Reason.IMAGE_QUALITY, "", "bad")],
    )
    assert set(settled["predictions"].column("image_id").to_pylist()) == {"good"}


def test_pictures_are_not_copied_when_a_film_is_taken_out():
    tables = scored(**dict.fromkeys("abc", "scored"))
    views = [{"center": "A", "image_id": i, "picture": bytes(500_000)} for i in "abc"]
    tables["film_views"] = conform("film_views", views)
    aside = [Rejection("A", "d1", "contracts", Reason.IMAGE_QUALITY, "", "b")]
    before = pa.total_allocated_bytes()
    settled = settle(a_catalogue(*((i, None) for i in "abc")), tables, aside)
    assert settled["film_views"].column("image_id").to_pylist() == ["a", "c"]
    assert pa.total_allocated_bytes() - before < 100_000


def test_the_first_reason_counts():
    settled = settle(
        a_catalogue(("bad", None)),
        scored(),
        [
            Rejection("A", "d0", "header contract", Reason.WRONG_VIEW, "AP", "bad"),
            Rejection("A", "d0", "contracts", Reason.IMAGE_QUALITY, "", "bad"),
        ],
    )
    (row,) = settled["quarantine"].to_pylist()
    assert row["reason"] == "wrong_view"


@pytest.mark.parametrize(
    ("model", "outcome"), [("lvlcrnet", "not_assessable"), ("baseline", "scored")]
)
def test_the_first_model_of_the_study_decides_what_could_be_assessed(model, outcome):
    tables = scored(film="scored")
    rows = tables["predictions"].to_pylist()
    rows[0]["status"] = "not_assessable"
    tables["predictions"] = conform("predictions", rows)
    settled = module.settle(a_catalogue(("film", None)), tables, [], model=model)
    assert outcomes(settled)["film"] == outcome
