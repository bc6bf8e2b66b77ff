import pytest

from data_contracts.errors import ClusterUnready
from data_contracts.study_file import Cluster
from tasks import cluster
from tasks.cluster_options import problems


@pytest.mark.parametrize(
    ("kind", "options", "expected"),
    [
        ("local", {"n_workers": 2}, "cluster.options.n_workers: is what cluster.workers says"),
        ("slurm", {"n_workers": 2}, "cluster.options.n_workers: is what cluster.workers says"),
        ("local", {"memory": "4GB"}, "cluster.options.memory: is no option of kind: local (did"),
        ("local", {"memory_limit": "4 films"}, "cluster.options.memory_limit: is no amount of"),
        ("address", {"tls_ca": "ca.pem"}, "cluster.options.tls_ca: is no option of kind: address"),
    ],
)
def test_an_option_that_would_end_the_workers_is_named_with_its_remedy(kind, options, expected):
    (found,) = problems(Cluster(kind=kind, options=options))
    assert str(found).startswith(expected)
    assert found.suggestion


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("local", {"memory_limit": "4GB", "dashboard_address": "127.0.0.1:0", "resources": {}}),
        ("local", {"memory_limit": "auto", "local_directory": "/scratch", "name": "aac"}),
        ("local", {"memory_limit": 0.5}),
        ("address", {"tls_ca_file": "a", "tls_client_cert": "b", "tls_client_key": "c"}),
        ("slurm", {"queue": "cpu", "walltime": "02:00:00"}),
        ("cuda", {"n_workers": 2}),
    ],
)
def test_options_that_fit_are_left_alone(kind, options):
    assert list(problems(Cluster(kind=kind, options=options))) == []


def test_options_that_a_clusters_class_refuses_are_one_clear_line():
    with (
        pytest.raises(ClusterUnready, match=r"^cluster\.options: .*n_workers.*docs/scaling-out"),
        cluster.open_cluster(Cluster(options={"n_workers": 2})),
    ):
        pass


def test_an_encrypted_address_without_the_clients_files_is_one_clear_line():
    settings = Cluster(kind="address", address="tls://127.0.0.1:9")
    with (
        pytest.raises(ClusterUnready, match="check address and TLS files"),
        cluster.open_cluster(settings),
    ):
        pass
