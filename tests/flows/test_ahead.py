from data_contracts.study_file import Cluster
from flows import ahead
from tasks import cluster


def test_what_a_worker_fails_to_load_ahead_does_not_end_it():
    settings = Cluster(workers=1, options={"name": "ahead"})
    with cluster.kept_open():
        ahead._open(settings, _failing)
        with cluster.open_cluster(settings) as client:
            client.wait_for_workers(1, timeout=60)
            assert client.run(_answer) == dict.fromkeys(client.nthreads(), 42)


def _failing():
    raise OSError


def _answer():
    return 42
