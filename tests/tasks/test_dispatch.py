"""Real workers on loopback, really killed."""

import os
import pickle
import signal
import sys
import threading
import time
from pathlib import Path

import cloudpickle
import pytest

from data_contracts.errors import ClusterUnready
from data_contracts.study_file import Cluster
from tasks import cluster, dispatch
from tasks.dispatch import Outcome, Preload, Shard, map_shards
from tasks.preflight import preflight

cloudpickle.register_pickle_by_value(sys.modules[__name__])

TIMEOUT_S = 2.5


@pytest.fixture(scope="module")
def opened():
    with cluster.open_cluster(Cluster(workers=2)) as client:
        yield client


@pytest.fixture
def client(opened):
    """Give the cluster with both workers back after what the test before did to them."""
    opened.wait_for_workers(2, timeout=60)
    return opened


def work(items, beat):
    """Return each item with the process that did it; some items do harm."""
    done = []
    for item in items:
        beat()
        if item == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        elif item.startswith("kill once: ") and not Path(item[11:]).exists():
            Path(item[11:]).touch()
            os.kill(os.getpid(), signal.SIGKILL)
        elif item == "eat":
            held = [b"x" * 50_000_000 for _ in range(40)]
            time.sleep(60 + len(held))
        elif item == "hang":
            time.sleep(600)
        elif item == "fail":
            raise ValueError("no film's fault leaves the function")
        time.sleep(0.005)
        done.append((item, os.getpid()))
    return done


def shards_of(*groups):
    return [Shard(f"s{i}", tuple(group)) for i, group in enumerate(groups)]


def run(client, shards, work_folder, function=work):
    found = map_shards(client, function, shards, work=work_folder, film_timeout_s=TIMEOUT_S)
    done, died = [], []
    for outcome in found:
        if outcome.died:
            died += outcome.shard.items
        else:
            done += [item for item, _ in outcome.result]
    return sorted(done), died


def test_every_film_comes_back_once_from_processes_of_their_own(client, tmp_path):
    shards = shards_of(*[[f"{i}-{j}" for j in range(5)] for i in range(12)])
    found = list(map_shards(client, work, shards, work=tmp_path, film_timeout_s=TIMEOUT_S))
    assert all(isinstance(outcome, Outcome) for outcome in found)
    done = [pair for outcome in found for pair in outcome.result]
    assert sorted(item for item, _ in done) == sorted(i for shard in shards for i in shard.items)
    assert os.getpid() not in {pid for _, pid in done}
    assert list((tmp_path / "in-hand").iterdir()) == []


def test_the_film_that_kills_its_worker_is_found_and_the_others_are_done(client, tmp_path):
    groups = [[f"{i}-{j}" for j in range(4)] for i in range(6)]
    groups[2][1] = "kill"
    done, died = run(client, shards_of(*groups), tmp_path)
    assert died == ["kill"]
    assert done == sorted(i for group in groups for i in group if i != "kill")


def test_a_film_that_hangs_is_given_up_and_its_shard_is_done(client, tmp_path):
    done, died = run(client, shards_of(["a", "hang", "b"], ["c"]), tmp_path)
    assert (done, died) == (["a", "b", "c"], ["hang"])


def test_a_worker_killed_from_outside_costs_no_film(client, tmp_path):
    pids = list(client.run(os.getpid).values())
    killer = threading.Timer(0.3, os.kill, (pids[0], signal.SIGKILL))
    killer.start()
    shards = shards_of(*[[f"{i}-{j}" for j in range(20)] for i in range(10)])
    done, died = run(client, shards, tmp_path)
    killer.join()
    assert died == []
    assert done == sorted(i for shard in shards for i in shard.items)


def noted(items, beat):
    """Write down each item when it is begun, then do it; one ends its worker the first time."""
    done = []
    for log, item in items:
        beat()
        is_begun = log.exists() and item in log.read_text().split()
        with log.open("a") as file:
            file.write(f"{item}\n")
        if item == "kill-once" and not is_begun:
            time.sleep(0.5)  # what this worker did before is fetched by now
            os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(0.02)
        done.append((item, os.getpid()))
    return done


def test_the_rework_after_a_kill_is_at_most_the_shard_in_hand(client, tmp_path):
    log, size = tmp_path / "log", 5
    names = [[f"{i}-{j}" for j in range(size)] for i in range(20)]
    names[7][3] = "kill-once"
    shards = shards_of(*[[(log, name) for name in group] for group in names])
    done, died = run(client, shards, tmp_path, noted)
    begun = log.read_text().split()
    assert died == []
    assert done == sorted(set(begun)) == sorted(name for group in names for name in group)
    assert sorted(begun) == sorted(done + names[7][:4])


def test_a_worker_out_of_memory_is_ended_and_the_film_that_ate_it_is_found(tmp_path):
    options = {"memory_limit": "700MB"}
    with cluster.open_cluster(Cluster(workers=1, options=options)) as small:
        found = map_shards(
            small, work, shards_of(["a", "eat", "b"], ["c"]), work=tmp_path, film_timeout_s=100
        )
        outcomes = list(found)
    assert [o.shard.items for o in outcomes if o.died] == [("eat",)]
    assert sorted(i for o in outcomes if not o.died for i, _ in o.result) == ["a", "b", "c"]


def test_dying_once_is_chance(client, tmp_path):
    once = f"kill once: {tmp_path / 'flag'}"
    done, died = run(client, shards_of(["a", once, "b"]), tmp_path)
    assert (done, died) == (["a", "b", once], [])


def test_what_leaves_the_function_ends_the_run_with_its_own_error(client, tmp_path):
    with pytest.raises(ValueError, match="no film's fault"):
        run(client, shards_of(["fail"]), tmp_path)


def test_shards_are_taken_as_workers_become_free(client, tmp_path):
    taken = []

    def endless():
        for i in range(10**6):
            taken.append(i)
            yield Shard(f"s{i}", (f"film-{i}",))

    found = map_shards(client, work, endless(), work=tmp_path, film_timeout_s=TIMEOUT_S)
    for _ in range(10):
        next(found)
    found.close()
    assert len(taken) <= 10 + 2 * 2 + 1


def test_keys_and_what_is_printed_of_a_shard_hold_no_path(client, tmp_path):
    name = "DOE_JANE_1234"
    shard = Shard("0123abcd", (Path(f"/incoming/{name}/IM1"),))
    keys = []

    def spy(dask_scheduler=None):
        return [str(key) for key in dask_scheduler.tasks]

    for _ in map_shards(client, slow, [shard], work=tmp_path, film_timeout_s=TIMEOUT_S):
        keys += client.run_on_scheduler(spy)
    assert name not in repr(shard)
    assert all(name not in key for key in keys)


def slow(items, beat):
    beat()
    return len(items)


def test_a_worker_that_replaces_a_dead_one_is_prepared_as_well(client, tmp_path):
    client.register_plugin(Preload(prepare))
    run(client, shards_of(["a", "kill"]), tmp_path)
    client.wait_for_workers(2, timeout=30)
    assert all(client.run(is_prepared).values())


def prepare():
    os.environ["AAC_TEST_PREPARED"] = "yes"


def is_prepared():
    return os.environ.get("AAC_TEST_PREPARED") == "yes"


def test_a_cluster_that_is_open_is_handed_out_again(client):
    with cluster.open_cluster(Cluster(workers=2)) as again:
        assert again is client
    assert client.status == "running"


def test_workers_take_one_film_at_a_time_and_no_more_threads(client):
    assert set(client.nthreads().values()) == {1}
    assert set(client.run(lambda: os.environ.get("OMP_NUM_THREADS")).values()) == {"1"}


def test_a_worker_unlike_this_machine_is_named_with_what_differs(client):
    here = os.getpid()

    def probe():
        there = os.getpid() != here
        return {"code": "abc" if there else "abd", "the folder": "missing" if there else "yes"}

    with pytest.raises(ClusterUnready) as caught:
        preflight(client, probe, expected=2)
    lines = str(caught.value).splitlines()
    assert lines[0] == "worker 1: code is abc, here it is abd"
    assert lines[1] == "worker 1: the folder is missing"
    assert len(lines) == 4


def test_a_resource_that_no_worker_offers_is_named_and_not_waited_for(client):
    with pytest.raises(ClusterUnready) as caught:
        preflight(client, nothing, expected=2, resources={"GPU": 1})
    line = "offers Dask 0 GPU, a shard needs 1; start it with --resources GPU=1"
    assert str(caught.value).splitlines() == [f"worker {i}: {line}" for i in (1, 2)]


def test_shards_go_to_workers_that_offer_what_they_need(tmp_path):
    options = {"resources": {"GPU": 1}}
    with cluster.open_cluster(Cluster(workers=1, options=options)) as gpu:
        preflight(gpu, nothing, expected=1, resources={"GPU": 1})
        found = map_shards(
            gpu, work, shards_of(["a"]), work=tmp_path, film_timeout_s=60, resources={"GPU": 1}
        )
        assert [[item for item, _ in outcome.result] for outcome in found] == [["a"]]


def test_dasks_own_report_is_kept_on_request_alone(client, tmp_path):
    file = tmp_path / "performance" / "A.html"
    with cluster.reported(client, Cluster(), file):
        pass
    assert not file.parent.exists()
    with cluster.reported(client, Cluster(performance_report=True), file):
        run(client, shards_of(["a"]), tmp_path)
    assert "bokeh" in file.read_text().lower()


def nothing():
    return {}


def test_a_shard_survives_the_journey(tmp_path):
    shard = Shard("k", (tmp_path,))
    assert pickle.loads(pickle.dumps(shard)) == shard
    assert [one.items for one in Shard("k", (1, 2)).alone()] == [(1,), (2,)]


def test_two_deaths_alone_are_needed():
    assert dispatch.DEATHS_ALONE == 2
