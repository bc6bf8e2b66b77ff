import dataclasses
import os
import signal
import subprocess
import sys
import time

import cloudpickle
import psutil
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data_contracts.errors import ClusterUnready
from data_contracts.reasons import Reason
from data_contracts.schemas import SCHEMAS, conform
from data_contracts.study_file import Cluster
from tasks import check, cluster, score
from tasks.archives import Place
from tasks.fingerprint import facts, fingerprint
from tasks.preflight import preflight
from tasks.study_folder import StudyFolder

cloudpickle.register_pickle_by_value(sys.modules[__name__])


@pytest.fixture
def kept(found):
    return check.check_headers(found.table, "A", ()).kept


def run(found, kept, context, settings, **more):
    work = more.pop("work", context.deidentified.parent / "runs" / "work")
    return score.score_films(
        found.places, kept, center="A", context=context, cluster=settings, work=work, **more
    )


def clean_bytes(context):
    folder = context.deidentified
    return {p.relative_to(folder): p.read_bytes() for p in sorted(folder.rglob("*.dcm"))}


def test_every_film_ends_once_and_the_counts_add_up(undisturbed, kept):
    digests = kept.column("source_digest").to_pylist()
    rejected = [r.source_digest for r in undisturbed.rejections]
    scored = set(undisturbed.tables["predictions"].column("image_id").to_pylist())
    report = undisturbed.report
    assert len(rejected) == len(set(rejected))
    assert report.n_in == len(digests) == report.n_done + sum(report.n_rejected.values())
    assert len(scored) == report.n_done
    for name, table in undisturbed.tables.items():
        assert table.schema.equals(SCHEMAS[name])
        assert table.column("image_id").to_pylist() == sorted(table.column("image_id").to_pylist())


def test_size_and_order_of_shards_change_no_byte(undisturbed, found, kept, context, two_workers):
    clean = clean_bytes(context)
    reverse = kept.take(pa.array(range(kept.num_rows)[::-1]))
    alone = two_workers.model_copy(update={"shard_size": 1})
    again = run(found, reverse, context, alone, work=context.deidentified.parent / "other")
    assert again.tables == undisturbed.tables
    assert again.rejections == undisturbed.rejections
    assert again.report.n_reused == 0
    assert clean_bytes(context) == clean


def test_what_is_known_is_not_done_again_and_needs_no_worker(
    undisturbed, found, kept, context, two_workers, monkeypatch
):
    monkeypatch.setattr(score, "open_cluster", None)
    seen = []
    again = run(found, kept, context, two_workers, progress=seen.append)
    assert again.tables == undisturbed.tables
    assert again.report.n_done == 0
    assert again.report.n_reused == undisturbed.report.n_done
    assert again.report.n_rejected == undisturbed.report.n_rejected
    assert [(p.n_done, p.n_total) for p in seen] == [(kept.num_rows, kept.num_rows)]


def test_a_clean_film_that_is_gone_is_made_again(undisturbed, found, kept, context, two_workers):
    clean = clean_bytes(context)
    rejected = {r.image_id for r in undisturbed.rejections}
    gone = [path for path in clean if path.stem not in rejected][:1]
    for path in gone:
        (context.deidentified / path).unlink()
    again = run(found, kept, context, two_workers)
    assert again.report.n_done == len(gone)
    assert again.tables == undisturbed.tables
    if gone:
        assert clean_bytes(context) == clean


def test_progress_goes_up_to_the_last_film(found, kept, context, two_workers):
    seen = []
    run(found, kept, context, two_workers, progress=seen.append)
    done = [p.n_done for p in seen]
    assert done == sorted(done)
    assert done[-1] == kept.num_rows
    assert seen[-1].seconds_left == 0


@pytest.mark.parametrize(
    ("films", "workers", "least", "size"),
    [(5000, 2, 1, 16), (5000, 64, 1, 19), (10**6, 64, 1, 64), (30, 2, 1, 3), (3, 8, 1, 1),
     (30, 1, 16, 16), (10**6, 32, 1, 32)],
)  # fmt: skip
def test_shards_suit_the_number_of_films_and_workers(films, workers, least, size):
    assert score.shard_size(Cluster(), films, workers, least=least) == size
    assert score.shard_size(Cluster(shard_size=7), films, workers, least=least) == 7


@pytest.mark.parametrize(("films", "least"), [(1, 1), (48, 1), (5000, 1), (100, 16)])
def test_the_last_shards_are_small_and_hold_every_film(films, least):
    sizes = list(score.shard_sizes(films, 16, 2, least=least))
    assert sum(sizes) == films
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-1] <= least


def sizes_of_a_worker(film, context, staged, rounds):
    """Take a film through one worker again and again; say how large the worker was, in MB."""
    sizes = []
    for _ in range(rounds):
        score.score_shard((film,) * 4, lambda: None, center="A", context=context, staged=staged)
        sizes.append(psutil.Process().memory_info().rss / 1e6)
    return sizes


def test_a_worker_does_not_grow_with_the_films_it_has_done(
    undisturbed, found, context, two_workers, tmp_path
):
    """A film that stayed behind would be 4 MB or more, of each of 12."""
    aside = {r.source_digest for r in undisturbed.rejections}
    digest = next(digest for digest in found.places if digest not in aside)
    film = score.Film(digest, found.places[digest])
    with cluster.open_cluster(two_workers) as client:
        sizes = client.submit(sizes_of_a_worker, film, context, tmp_path, 5).result()
    assert sizes[-1] - sizes[1] < 25
    assert max(sizes) < 1500


def with_extra(kept, digest):
    row = conform("catalogue", [{"center": "A", "source_digest": digest}])
    return pa.concat_tables([kept, row])


def test_a_film_that_hangs_is_quarantined_and_the_others_are_scored(
    undisturbed, found, kept, context, two_workers, tmp_path
):
    """Reading from a pipe that nobody writes to hangs as a decoder can."""
    os.mkfifo(tmp_path / "pipe")
    found.places["f" * 64] = Place(tmp_path / "pipe")
    hasty = two_workers.model_copy(update={"film_timeout_s": 5, "shard_size": 3})
    other = context.deidentified.parent / "other"
    result = run(found, with_extra(kept, "f" * 64), context, hasty, work=other)
    died = [r for r in result.rejections if r.reason is Reason.DECODER_DIED]
    assert [r.source_digest for r in died] == ["f" * 64]
    assert result.tables == undisturbed.tables


def test_a_worker_that_is_killed_on_the_way_changes_no_byte(
    undisturbed, found, kept, context, two_workers
):
    clean = clean_bytes(context)
    with cluster.open_cluster(two_workers) as client:
        client.wait_for_workers(2)
        alive = list(client.run(os.getpid).values())

    def strike(progress):
        if progress.n_done and alive:
            os.kill(alive.pop(), signal.SIGKILL)
            alive.clear()

    other = context.deidentified.parent / "other"
    again = run(found, kept, context, two_workers, work=other, progress=strike)
    assert alive == []
    assert again.tables == undisturbed.tables
    assert again.rejections == undisturbed.rejections
    assert again.report.n_done == undisturbed.report.n_done
    assert clean_bytes(context) == clean


def test_where_clean_films_lie_is_told_of_all_that_have_one(undisturbed, context):
    there = {path.relative_to(context.deidentified) for path in context.deidentified.rglob("*.dcm")}
    assert {path.relative_to(path.parents[2]) for path in undisturbed.clean} == there


def test_what_was_cleaned_otherwise_is_done_again_when_the_settings_are_put_back(
    undisturbed, found, kept, context, two_workers
):
    clean = clean_bytes(context)
    removed = dataclasses.replace(context.profile, dates="remove")
    run(found, kept, dataclasses.replace(context, profile=removed), two_workers)
    assert clean_bytes(context) != clean
    again = run(found, kept, context, two_workers)
    assert again.tables == undisturbed.tables
    assert clean_bytes(context) == clean


def test_a_file_that_cannot_be_read_today_is_tried_again_tomorrow(
    found, kept, context, two_workers, tmp_path
):
    found.places["e" * 64] = Place(tmp_path / "not-mounted")
    more = with_extra(kept, "e" * 64)
    for _ in range(2):
        result = run(found, more, context, two_workers)
        assert [r.reason for r in result.rejections if r.source_digest == "e" * 64] == [
            Reason.UNREADABLE_FILE
        ]
    assert result.report.n_reused <= kept.num_rows
    assert "not-mounted" not in repr(result.rejections)


def test_another_key_or_model_is_another_fingerprint(context, tmp_path):
    fewer = dataclasses.replace(context, arms=("lvlnet",))
    elsewhere = dataclasses.replace(context, private=tmp_path / "private")
    kept_profile = dataclasses.replace(context.profile, dates="remove")
    other = dataclasses.replace(context, profile=kept_profile)
    assert len({fingerprint(c) for c in (context, fewer, elsewhere, other)}) == 4


def test_a_worker_without_the_study_folders_is_named(context, two_workers, tmp_path):
    lost = dataclasses.replace(context, deidentified=tmp_path / "not-shared")
    with (
        cluster.open_cluster(two_workers) as client,
        pytest.raises(ClusterUnready, match="the deidentified folder is missing"),
    ):
        preflight(client, lambda: facts(lost), expected=2)


@pytest.mark.usefixtures("undisturbed")
def test_no_identifier_is_staged(context, delivery):
    names = {path.name.split("_")[0] for path in (delivery.parent / "incoming" / "A").iterdir()}
    staged = list((context.deidentified.parent / "runs").rglob("*.parquet"))
    assert staged
    for file in staged:
        text = repr(pq.read_table(file).drop_columns(["film_views"]).to_pylist())
        assert not [name for name in names - {"again", "chest.dcm"} if name in text]


SCRIPT = """
if __name__ == "__main__":
    import sys
    from pathlib import Path
    from data_contracts.study_file import Cluster, load
    from tasks import catalogue, check, score
    from tasks.film_context import context_of
    from tasks.study_folder import StudyFolder

    folder, weights = StudyFolder(Path(sys.argv[2])), Path(sys.argv[3]) if sys.argv[3] else None
    study = load(Path(sys.argv[1])).model_copy(update={"weights": weights})
    context = context_of(study, folder)
    found = catalogue.catalogue(
        study.centers["A"].dicom, "A", pseudonyms=context.pseudonyms(), cache=None
    )
    score.score_films(
        found.places,
        check.check_headers(found.table, "A", ()).kept,
        center="A",
        context=context,
        cluster=Cluster(workers=1, shard_size=1),
        work=folder.work,
    )
"""


@pytest.fixture
def killed(delivery, weights_folder, context, tmp_path):
    """Give the context of a run whose process was killed after its second shard."""
    folder = StudyFolder(tmp_path / "killed")
    folder.prepare()
    (folder.private / "study.key").write_text((context.private / "study.key").read_text())
    script = tmp_path / "run.py"
    script.write_text(SCRIPT)
    process = subprocess.Popen(
        [sys.executable, script, delivery, folder.root, str(weights_folder or "")],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    while process.poll() is None and len(list(folder.work.rglob("*.parquet"))) < 2:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    return dataclasses.replace(context, private=folder.private, deidentified=folder.deidentified)


def test_a_killed_run_goes_on_where_it_was_and_ends_with_the_same_bytes(
    undisturbed, found, kept, context, killed, two_workers
):
    again = run(found, kept, killed, two_workers)
    assert again.report.n_done <= kept.num_rows - 2
    assert again.tables == undisturbed.tables
    assert again.rejections == undisturbed.rejections
    assert clean_bytes(killed) == clean_bytes(context)
