import os
import threading
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_contracts.errors import ContractError
from data_contracts.schemas import SCHEMAS, conform, describe, empty
from tasks import publish


def predictions(n, center="A", total=1.0):
    rows = [
        {"center": center, "image_id": f"I-{i}", "model": "lvlcrnet", "total": total}
        for i in range(n)
    ]
    return conform("predictions", rows)


def test_a_published_table_is_read_back_with_its_run(tmp_path):
    results = tmp_path / "results"
    publish.publish("predictions", predictions(3), results=results, center="A", run_id="r-1")
    found = publish.read(results, "predictions")
    assert found.column("image_id").to_pylist() == ["I-0", "I-1", "I-2"]
    assert set(found.column("run_id").to_pylist()) == {"r-1"}
    assert found.schema.equals(SCHEMAS["predictions"])


def test_the_same_rows_give_the_same_bytes(tmp_path):
    one, two = (
        publish.publish(
            "predictions", predictions(50), results=tmp_path / name, center="A", run_id="r-1"
        ).read_bytes()
        for name in ("one", "two")
    )
    assert one == two


def test_only_the_current_run_stays_and_the_older_is_kept_aside(tmp_path):
    results = tmp_path / "results"
    for run in ("r-1", "r-2"):
        publish.publish("predictions", predictions(2), results=results, center="A", run_id=run)
    publish.publish("predictions", predictions(1, "C"), results=results, center="C", run_id="r-2")
    assert publish.read(results, "predictions").num_rows == 3
    kept = tmp_path / "runs" / "r-1" / "superseded" / "predictions" / "center=A" / "part-0.parquet"
    assert pq.read_table(kept).num_rows == 2


def test_publishing_a_run_again_replaces_it_and_leaves_nothing_behind(tmp_path):
    results = tmp_path / "results"
    for n in (2, 5):
        publish.publish("agreement", empty("agreement"), results=results, center=None, run_id="r-1")
        publish.publish("predictions", predictions(n), results=results, center="A", run_id="r-1")
    assert publish.read(results, "predictions").num_rows == 5
    assert [path for path in (tmp_path / "runs").rglob("*") if path.is_file()] == []


def test_a_center_that_is_no_longer_named_leaves_the_tables_and_is_kept_aside(tmp_path):
    results = tmp_path / "results"
    for center in "AC":
        table = predictions(2, center)
        publish.publish("predictions", table, results=results, center=center, run_id="r-1")
    assert publish.retire(results, {"A": None}) == ["C"]
    assert publish.read(results, "predictions").column("center").unique().to_pylist() == ["A"]
    kept = tmp_path / "runs" / "r-1" / "superseded" / "predictions" / "center=C" / "part-0.parquet"
    assert pq.read_table(kept).num_rows == 2
    assert publish.retire(results, {"A": None}) == []


def test_rows_that_an_earlier_run_published_are_not_forgotten(tmp_path):
    results = tmp_path / "results"
    for run, table in (("r-0", empty("annotations")), ("r-1", empty("annotations"))):
        publish.publish("annotations", table, results=results, center="A", run_id=run)
    assert not publish.ever_held_rows(results, "annotations")
    read = conform("annotations", [{"center": "A", "image_id": "I-1", "reader": "r", "total": 1.0}])
    for run, table in (("r-2", read), ("r-3", empty("annotations"))):
        publish.publish("annotations", table, results=results, center="A", run_id=run)
        assert publish.ever_held_rows(results, "annotations")


def test_a_table_that_was_never_published_is_empty(tmp_path):
    assert publish.read(tmp_path, "quarantine").equals(empty("quarantine"))


def test_rows_that_do_not_fit_are_refused_before_anything_is_written(tmp_path):
    wrong = pa.table({"image_id": ["I-1"], "gt": [1]})
    with pytest.raises(ContractError, match="unknown column gt"):
        publish.publish("predictions", wrong, results=tmp_path / "r", center="A", run_id="r-1")
    assert not (tmp_path / "r").exists()


def test_where_folders_cannot_be_exchanged_the_table_still_takes_its_place(tmp_path, monkeypatch):
    monkeypatch.setattr(publish.sys, "platform", "other")
    results = tmp_path / "results"
    for run in ("r-1", "r-2"):
        publish.publish("predictions", predictions(2), results=results, center="A", run_id=run)
    assert set(publish.read(results, "predictions").column("run_id").to_pylist()) == {"r-2"}


def test_a_reader_sees_the_whole_old_table_or_the_whole_new_one(tmp_path):
    results, seen, stop = tmp_path / "results", set(), threading.Event()
    publish.publish("predictions", predictions(40), results=results, center="A", run_id="r-0")

    def look():
        while not stop.is_set():
            table = publish.read(results, "predictions")
            seen.add((table.num_rows, len(set(table.column("run_id").to_pylist()))))

    reader = threading.Thread(target=look)
    reader.start()
    for i in range(1, 60):
        publish.publish(
            "predictions", predictions(40), results=results, center="A", run_id=f"r-{i}"
        )
    stop.set()
    reader.join()
    assert seen == {(40, 1)}


def test_a_table_that_is_exchanged_while_it_is_walked_is_not_taken_for_empty(tmp_path, monkeypatch):
    publish.publish("predictions", predictions(4), results=tmp_path, center="A", run_id="r-1")
    walk, left = publish._walk, [True]
    monkeypatch.setattr(
        publish, "_walk", lambda *place: [] if left and left.pop() else walk(*place)
    )
    assert publish.read(tmp_path, "predictions").num_rows == 4
    assert publish.read(tmp_path, "agreement").num_rows == 0


def test_the_database_explains_every_view_and_column(tmp_path):
    results = tmp_path / "results"
    publish.publish("predictions", predictions(3), results=results, center="A", run_id="r-1")
    publish.publish("agreement", empty("agreement"), results=results, center=None, run_id="r-1")
    with duckdb.connect(str(publish.make_views(results)), read_only=True) as database:
        views = database.execute(
            "SELECT view_name, comment FROM duckdb_views() WHERE NOT internal ORDER BY 1"
        ).fetchall()
        columns = database.execute(
            "SELECT column_name, comment FROM duckdb_columns() WHERE table_name = 'predictions'"
        ).fetchall()
    assert [name for name, _ in views] == ["agreement", "predictions"]
    assert all(comment for _, comment in views)
    assert dict(columns) == describe("predictions")


def test_every_table_has_a_title():
    assert set(publish._TITLES) == set(SCHEMAS)


def test_the_views_follow_the_study_when_it_is_moved(tmp_path, monkeypatch):
    results = tmp_path / "here" / "results"
    publish.publish("predictions", predictions(3), results=results, center="A", run_id="r-1")
    publish.make_views(results)
    (tmp_path / "here").rename(tmp_path / "there")
    monkeypatch.chdir(tmp_path / "there" / "results")
    with duckdb.connect("study.duckdb", read_only=True) as database:
        assert database.execute("SELECT count(*) FROM predictions").fetchall() == [(3,)]
    assert str(tmp_path).encode() not in Path("study.duckdb").read_bytes()


@pytest.fixture(scope="module")
def database():
    with duckdb.connect() as database:
        yield database


@given(text=st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30))
def test_quoted_text_comes_back_from_sql_as_it_was(database, text):
    assert database.execute(f"SELECT {publish.quote(text)}").fetchall() == [(text,)]


def test_what_is_published_can_be_read_by_others_of_the_group(tmp_path):
    path = publish.publish(
        "predictions", predictions(1), results=tmp_path / "results", center="A", run_id="r-1"
    )
    assert os.access(path, os.R_OK)
