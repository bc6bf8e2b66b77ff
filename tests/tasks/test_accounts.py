import pytest

from data_contracts.errors import ContractError
from data_contracts.reasons import Reason
from data_contracts.records import Rejection
from data_contracts.schemas import ENDINGS, conform, empty
from tasks import accounts


def files(*outcomes):
    rows = [
        {"center": "A", "image_id": f"I-{i}", "source_digest": f"d{i}", "outcome": outcome}
        for i, outcome in enumerate(outcomes)
    ]
    return conform("catalogue", rows)


def predictions(*names):
    return conform("predictions", [{"center": "A", "image_id": name} for name in names])


def aside(*reasons):
    return [Rejection("A", f"d{i}", "x", Reason(reason)) for i, reason in enumerate(reasons)]


def test_files_that_add_up_pass():
    rows = files("scored", "quarantined", "duplicate").to_pylist()
    rows[2]["duplicate_of"] = "I-0"
    reasons = conform("quarantine", [{"center": "A", "source_digest": "d1", "reason": "x"}])
    accounts.check_outcomes(conform("catalogue", rows), predictions("I-0"), reasons)


def test_a_film_that_counts_for_another_center_adds_up_and_so_do_its_copies():
    rows = files("scored", "duplicate", "duplicate", "duplicate").to_pylist()
    rows[2]["image_id"] = rows[1]["image_id"]
    for row in rows[1:]:
        row["duplicate_of"] = "I-1"
    accounts.check_outcomes(conform("catalogue", rows), predictions("I-0"), empty("quarantine"))


@pytest.mark.parametrize(
    ("outcomes", "said"),
    [
        ([None], "1 files have the outcome None"),
        (["scored", "scored"], "1 films count as scored without a prediction"),
        (["quarantined"], "1 films have a prediction and another outcome"),
        (["scored", "quarantined"], "1 files are in quarantine without a reason"),
        (["scored", "duplicate"], "1 duplicates stand for a film that is not there"),
    ],
)
def test_files_that_do_not_add_up_fail_the_run(outcomes, said):
    with pytest.raises(ContractError, match=said):
        accounts.check_outcomes(files(*outcomes), predictions("I-0"), empty("quarantine"))


def test_films_that_are_not_delivered_again_are_counted():
    before = files("scored", "quarantined", "duplicate")
    (said,) = accounts.not_delivered_again(before, files("scored"))
    assert said.startswith("center A: films of the last run that are not delivered any more")
    assert said.endswith(": 2")
    assert accounts.not_delivered_again(files("scored"), before) == []
    assert accounts.not_delivered_again(empty("catalogue"), before) == []


def test_every_file_ends_as_exactly_one_of_five_things():
    whole = files("scored", "scored", "not_assessable", "quarantined", "duplicate")
    graded = conform("annotations", [{"center": "A", "image_id": "I-0"}])
    assert set(accounts.endings(whole, graded)) == set(ENDINGS)
    (row,) = accounts.check_endings(whole, graded, 5, "A").to_pylist()
    assert (row["contract"], row["n_checked"], row["success"]) == ("accounts", 5, True)
    assert row["observed"] == (
        "1 scored, 1 not assessable, 1 quarantined, 1 duplicate, 1 unannotated"
    )


def test_without_a_file_of_grades_nothing_is_unannotated():
    assert accounts.endings(files("scored"), None) == ["scored"]


@pytest.mark.parametrize(
    ("outcomes", "n_delivered", "said"),
    [
        (["scored"], 2, "2 files were delivered and 1 have an ending"),
        (["scored", None], 2, "1 files ended as None"),
    ],
)
def test_a_file_without_an_ending_fails_the_run(outcomes, n_delivered, said):
    with pytest.raises(ContractError, match=said):
        accounts.check_endings(files(*outcomes), None, n_delivered, "A")


def test_a_center_of_which_too_many_films_are_set_aside_is_stopped():
    bad = aside("wrong_view", "wrong_view", "corrupt", "not_dicom", "not_dicom")
    accounts.check_set_aside(bad, 8, 0.5)
    with pytest.raises(ContractError, match=r"3 of 5 films .*2 wrong_view, 1 corrupt"):
        accounts.check_set_aside(bad, 7, 0.5)


def test_a_film_that_two_contracts_reject_counts_once():
    twice = [*aside("not_lateral_lumbar", "corrupt"), *aside("not_lateral_lumbar")]
    accounts.check_set_aside(twice, 2, 1.0)
    with pytest.raises(ContractError, match="2 of 3 films are set aside"):
        accounts.check_set_aside(twice, 3, 0.5)


def test_what_was_never_a_film_stops_no_center():
    accounts.check_set_aside(aside(*["not_dicom"] * 9), 9, 0.0)
