"""Many shards, few files, the same rows; killed in between, nothing is lost."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data_contracts.reasons import Reason
from data_contracts.records import ImageKey, Rejection
from tasks import staging
from tasks.film import FilmResult


def a_film(i):
    digest, image = f"{i:064x}", f"I-{(i * 37) % 1000:04}"
    row = {"center": "A", "image_id": image, "model": "lvlnet", "total": float(i)}
    key = ImageKey("A", f"P-{i}", image, digest)
    return FilmResult(digest, key, {"predictions": [row]})


def an_unread_film(i):
    digest = f"{i:064x}"
    return FilmResult(digest, rejection=Rejection("A", digest, "read", Reason.TRUNCATED, ""))


@pytest.fixture
def few(monkeypatch):
    """Let a sorted file hold few films, so that some are needed."""
    monkeypatch.setattr(staging, "FILMS_A_FILE", 10)


def stage(folder, films, size=4):
    for start in range(0, len(films), size):
        staging.stage(
            films[start : start + size], folder / f"shard{films[start].source_digest}.parquet"
        )


def totals(folder, films):
    table = staging.tables(folder, [film.source_digest for film in films])["predictions"]
    return dict(zip(*(table.column(c).to_pylist() for c in ("image_id", "total")), strict=True))


def wanted(films):
    return {row["image_id"]: row["total"] for film in films for row in film.rows["predictions"]}


@pytest.mark.usefixtures("few")
def test_shards_become_few_files_in_the_order_of_images(tmp_path):
    films = [a_film(i) for i in range(37)]
    stage(tmp_path, films)
    staging.compact(tmp_path)
    found = totals(tmp_path, films)
    assert found == wanted(films)
    assert list(found) == sorted(found)
    assert [*tmp_path.glob("*.parquet")] == []
    assert 3 <= len([*(tmp_path / "sorted").glob("*.parquet")]) <= 5
    assert [*tmp_path.glob(".*")] == []


@pytest.mark.usefixtures("few")
def test_new_shards_join_those_that_were_sorted_and_a_film_staged_twice_counts_once(tmp_path):
    films = [a_film(i) for i in range(30)]
    stage(tmp_path, films[:20])
    staging.compact(tmp_path)
    stage(tmp_path, films[15:], size=5)
    staging.compact(tmp_path)
    assert totals(tmp_path, films) == wanted(films)
    assert totals(tmp_path, films[3:5]) == wanted(films[3:5])


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("step", ["_spread", "_each_once"])
def test_a_sorting_that_is_cut_short_loses_no_film(tmp_path, monkeypatch, step):
    films = [a_film(i) for i in range(30)]
    stage(tmp_path, films[:20])
    staging.compact(tmp_path)
    stage(tmp_path, films[20:])
    with monkeypatch.context() as cut:
        cut.setattr(staging, step, lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            staging.compact(tmp_path)
    staging.compact(tmp_path)
    assert totals(tmp_path, films) == wanted(films)
    assert [*tmp_path.glob(".*")] == []


def test_a_run_killed_between_the_old_files_and_the_new_finds_both(tmp_path):
    films = [a_film(i) for i in range(8)]
    stage(tmp_path, films[:4])
    staging.compact(tmp_path)
    (tmp_path / "sorted").rename(tmp_path / ".sorted.1.2.former")
    stage(tmp_path, films[4:])
    staging.compact(tmp_path)
    assert totals(tmp_path, films) == wanted(films)
    assert [*tmp_path.glob(".*")] == []


def test_films_that_were_set_aside_are_named_once(tmp_path):
    stage(tmp_path, [an_unread_film(1), a_film(2)])
    stage(tmp_path, [an_unread_film(1)], size=1)
    staging.compact(tmp_path)
    found = list(staging.rejections(tmp_path, [f"{1:064x}", f"{2:064x}"], "A"))
    assert [(one.source_digest, one.reason) for one in found] == [(f"{1:064x}", Reason.TRUNCATED)]
    assert staging.known(tmp_path, "A", tmp_path) == {f"{1:064x}"}


def test_tables_lie_on_disk_and_leave_no_file_behind(tmp_path):
    films = [a_film(i) for i in range(2000)]
    stage(tmp_path, films, size=500)
    staging.compact(tmp_path)
    before = pa.total_allocated_bytes()
    tables = staging.tables(tmp_path, [film.source_digest for film in films])
    assert tables["predictions"].num_rows == 2000
    assert pa.total_allocated_bytes() - before < tables["predictions"].nbytes / 2
    assert [path.name for path in tmp_path.iterdir()] == ["sorted"]
    parts = sorted((tmp_path / "sorted").iterdir())
    assert [pq.ParquetFile(part).metadata.num_rows for part in parts] == [1024, 976]


def test_no_film_gives_empty_tables(tmp_path):
    staging.compact(tmp_path)
    assert {table.num_rows for table in staging.tables(tmp_path, []).values()} == {0}
