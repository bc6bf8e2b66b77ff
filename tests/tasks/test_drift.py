import numpy as np
import pytest

from data_contracts.schemas import conform
from tasks import drift, history, publish
from tasks.study_folder import StudyFolder


def films(start, n, **values):
    rows = [
        {"center": "A", "image_id": f"I-{i}", "outcome": "scored", "patient_age_years": 50 + i % 30}
        | values
        for i in range(start, start + n)
    ]
    return conform("catalogue", rows)


def night(folder, number, table):
    run_id = f"r-{number}"
    publish.publish("catalogue", table, results=folder.results, center="A", run_id=run_id)
    history.remember(folder.runs, run_id, f"2026-01-{number:02d}")


def study(tmp_path):
    folder = StudyFolder(tmp_path)
    folder.prepare()
    return folder


def test_a_center_that_changes_its_device_is_warned_of_once_it_has_sent_enough(tmp_path):
    folder = study(tmp_path)
    before = films(0, 80, manufacturer="One")
    night(folder, 1, before)
    assert drift.of_center(folder, "A", 0.25).num_rows == 0
    for number in range(2, 8):  # ten new films a night, the old ones still there
        whole = conform(
            "catalogue",
            before.to_pylist() + films(100, 10 * (number - 1), manufacturer="Two").to_pylist(),
        )
        night(folder, number, whole)
    found = drift.of_center(folder, "A", 0.25)
    assert [row["column"] for row in found.to_pylist() if row["moved"]] == ["manufacturer"]
    (row,) = [row for row in found.to_pylist() if row["moved"]]
    assert (row["n_now"], row["n_before"]) == (50, 90)
    (line,) = drift.warnings(found)
    assert line.startswith("center A: manufacturer of the 50 newest films has moved away from 90")
    assert drift.warnings(drift.of_center(folder, "A", 1e6)) == []


def test_an_old_delivery_that_is_taken_away_still_counts_as_history(tmp_path):
    folder = study(tmp_path)
    night(folder, 1, films(0, 60, patient_sex="F"))
    night(folder, 2, films(100, 60, patient_sex="M"))
    moved = [r["column"] for r in drift.of_center(folder, "A", 0.25).to_pylist() if r["moved"]]
    assert moved == ["patient_sex"]


def test_an_option_switched_off_or_on_moves_no_film(tmp_path):
    folder = study(tmp_path)
    night(folder, 1, films(0, 60, manufacturer="One"))
    night(folder, 2, films(100, 60))
    assert [r["column"] for r in drift.of_center(folder, "A", 0.25).to_pylist() if r["moved"]]
    kept_back = drift.of_center(folder, "A", 0.25, ("manufacturer",))
    assert "manufacturer" not in kept_back.column("column").to_pylist()
    on = study(tmp_path / "on")
    night(on, 1, films(0, 60))
    night(on, 2, films(100, 60, manufacturer="One"))
    assert not any(drift.of_center(on, "A", 0.25).column("moved").to_pylist())


def test_duplicates_are_no_new_films(tmp_path):
    folder = study(tmp_path)
    night(folder, 1, films(0, 60))
    night(folder, 2, films(100, 60, outcome="duplicate"))
    assert drift.of_center(folder, "A", 0.25).num_rows == 0


@pytest.mark.parametrize(("n_now", "n_before"), [(50, 50), (60, 1000), (2000, 2000)])
def test_chance_alone_hardly_ever_moves_a_column(n_now, n_before):
    rng = np.random.default_rng(1)
    moved = 0
    for _ in range(200):
        one = drift.drift_of("x", list(rng.normal(size=n_now)), list(rng.normal(size=n_before)))
        moved += one.as_row("A", 0.25)["moved"]
    assert moved <= 3


def test_a_column_that_really_moves_is_seen_in_the_fewest_films():
    rng = np.random.default_rng(1)
    now, before = list(rng.normal(1.5, 1, 50)), list(rng.normal(size=200))
    assert drift.drift_of("x", now, before).as_row("A", 0.25)["moved"]


def test_the_index_is_the_sum_over_shares():
    one = drift.drift_of("x", ["a"] * 30 + ["b"] * 70, ["a"] * 50 + ["b"] * 50)
    by_hand = (0.3 - 0.5) * np.log(0.3 / 0.5) + (0.7 - 0.5) * np.log(0.7 / 0.5)
    assert one.index == pytest.approx(by_hand)
    assert drift.drift_of("x", [1, 2, None], [1, 2, None]).index == 0


def test_runs_are_remembered_in_their_order_and_a_cut_line_is_none(tmp_path):
    for run_id in ("r-1", "r-1", "r-2", "r-1"):
        history.remember(tmp_path, run_id, "2026-01-01")
    assert [one.run_id for one in history.nights(tmp_path)] == ["r-2", "r-1"]
    with (tmp_path / "history.jsonl").open("a") as file:
        file.write('\n{"run_id": "r-')
    assert len(history.nights(tmp_path)) == 2
    history.remember(tmp_path, "r-3", "2026-01-02")
    assert [one.run_id for one in history.nights(tmp_path)] == ["r-2", "r-1", "r-3"]
