import pytest

from data_contracts.records import StepReport
from data_contracts.schemas import conform
from data_contracts.study_file import StudyFile
from tasks import summary


def said(**keys):
    given = {
        "run_id": "r1", "counts": {"A": {"scored": 3}}, "findings": [], "drift": [],
        "failed_centers": [], "scored_centers": ["A"], "again": 0,
        "report": "reports/r1/index.html", "figures": [],
    }  # fmt: skip
    return summary.summarize(**(given | keys))


@pytest.mark.parametrize(
    ("keys", "state"),
    [
        ({}, "complete"),
        ({"counts": {"A": {"scored": 2, "quarantined": 1}}}, "complete with quarantine"),
        ({"failed_centers": ["B"]}, "failed"),
    ],
)
def test_the_state_is_said_in_words(keys, state):
    assert said(**keys)["state"] == state


def test_the_latest_run_is_found_again(tmp_path):
    assert summary.read(tmp_path) is None
    summary.write(said(), tmp_path)
    summary.write(said(run_id="r2"), tmp_path)
    assert summary.read(tmp_path)["run_id"] == "r2"
    assert summary.read(tmp_path, "r1") == said()


def test_figures_are_read_in_the_order_in_which_a_run_showed_them(tmp_path):
    summary.write(said(figures=[{"center": "A", "model": "m", "n": 3, "bias": 0.1}]), tmp_path)
    (row,) = summary.read(tmp_path)["headline"]
    assert list(row) == ["center", "model", "n", "bias"]


def test_the_headline_has_a_row_a_center_and_model_in_the_order_of_the_study():
    study = StudyFile.model_validate(
        {"name": "t", "centers": {"D": {"dicom": "d"}, "A": {"dicom": "a"}}}
    )
    rows = [
        {"center": center, "model": model, "statistic": statistic, "estimate": 0.5, "n": 9}
        for center in ("all", "A", "D")
        for model in ("baseline", "lvlcrnet", "reader_1 vs reader_2")
        for statistic in ("mae", "accuracy_dxa", "ccc")
    ]
    found = summary.headline(conform("agreement", rows), study)
    assert [(row["center"], row["model"]) for row in found] == [
        (center, model) for center in ("D", "A", "all") for model in ("lvlcrnet", "baseline")
    ]
    assert found[0] == {"center": "D", "model": "lvlcrnet", "n": 9, "mae": 0.5, "accuracy_dxa": 0.5}


def test_counts_of_steps_become_rows():
    report = StepReport("films", "A", n_in=5, n_done=2, n_reused=2, n_rejected={"corrupt": 1})
    (row,) = summary.runs_table("r1", [report]).to_pylist()
    assert (row["n_in"], row["n_done"], row["n_reused"], row["n_rejected"]) == (5, 2, 2, 1)


def test_files_are_counted_by_what_they_ended_as():
    study = StudyFile.model_validate({"name": "t", "centers": {"A": {"dicom": "a"}}})
    outcomes = ["scored", "scored", "duplicate"]
    rows = [{"center": "A", "image_id": f"{i}", "outcome": o} for i, o in enumerate(outcomes)]
    gone = {"center": "gone", "image_id": "9", "outcome": "scored"}
    whole = conform("catalogue", [*rows, gone])
    graded = conform("annotations", [{"image_id": "0"}])
    counts = summary.counts_of(whole, graded, study)
    assert counts == {"A": {"duplicate": 1, "scored": 1, "unannotated": 1}}
    assert summary.counts_of(whole, None, study) == {"A": {"duplicate": 1, "scored": 2}}
