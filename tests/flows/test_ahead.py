import subprocess
import sys

import pytest

from data_contracts.errors import StudyError
from data_contracts.study_file import Cluster
from flows import ahead
from tasks import cluster, preflight


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


@pytest.mark.skipif(sys.platform != "linux", reason="workers are forked on Linux alone")
def test_workers_are_forked_off_one_process_that_imported_the_networks():
    with cluster.open_cluster(Cluster(workers=2, device="cpu")) as client:
        client.wait_for_workers(2, timeout=60)
        parents = client.run(_parent)
    assert len({parent for parent, _ in parents.values()}) == 1
    assert all(has_networks for _, has_networks in parents.values())


def _parent():
    import os
    import sys

    return os.getppid(), "torch" in sys.modules


def test_what_leads_a_study_imports_no_network_and_draws_nothing():
    code = (
        "import sys, flows.ahead, flows.study\n"
        "found = {'torch', 'onnxruntime', 'matplotlib', 'duckdb'} & set(sys.modules)\n"
        "sys.exit(f'imported: {found}' if found else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_worker_without_the_weights_says_which_file_it_lacks():
    fault = StudyError("weights: localizer.safetensors: wanted a weight file, got no file")
    assert preflight._faults({}, fault, 1) == [str(fault)]
