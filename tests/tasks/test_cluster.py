"""Clusters by configuration alone: addresses, batch systems, encryption, a lost scheduler."""

import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cloudpickle
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from data_contracts.errors import ClusterUnready
from data_contracts.study_file import Cluster
from tasks import cluster
from tasks.dispatch import Shard, map_shards
from tasks.preflight import preflight

cloudpickle.register_pickle_by_value(sys.modules[__name__])

TIMEOUT_S = 2.5


def wait_for(scheduler_file: Path) -> None:
    """Wait until a scheduler has written where it is: its file is there before."""
    while not (scheduler_file.exists() and scheduler_file.read_text().rstrip().endswith("}")):
        time.sleep(0.05)


def work(items, beat):
    """Return each item with the process that did it."""
    done = []
    for item in items:
        beat()
        time.sleep(0.005)
        done.append((item, os.getpid()))
    return done


@pytest.mark.parametrize("kind", ["cuda", "kubernetes", "pbs", "slurm"])
def test_a_cluster_whose_extra_is_absent_says_what_to_install(kind, monkeypatch):
    for module in ("dask_cuda", "dask_jobqueue", "dask_kubernetes.operator"):
        monkeypatch.setitem(sys.modules, module, None)
    with (
        pytest.raises(ClusterUnready, match=r"pip install 'aac-study\["),
        cluster.open_cluster(Cluster(kind=kind)),
    ):
        pass


def test_an_address_where_nobody_answers_is_one_clear_line(monkeypatch):
    monkeypatch.setattr(cluster, "_CONNECT_S", 1)
    settings = Cluster(kind="address", address="tcp://127.0.0.1:9")
    with (
        pytest.raises(ClusterUnready, match=r"no scheduler answers at cluster\.address"),
        cluster.open_cluster(settings),
    ):
        pass


def start(*command):
    return subprocess.Popen(
        [sys.executable, "-m", "distributed.cli.dask_" + command[0], *command[1:]],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )


def test_the_scheduler_lost_is_one_clear_line_and_no_hang(tmp_path, monkeypatch):
    monkeypatch.setitem(cluster._CONFIG, "distributed.comm.timeouts.connect", "3s")
    where = tmp_path / "scheduler.json"
    flags = ("--host", "127.0.0.1", "--port", "0", "--no-dashboard")
    scheduler = start("scheduler", *flags, "--scheduler-file", str(where))
    wait_for(where)
    joined = ("--scheduler-file", str(where), "--nthreads", "1", "--no-dashboard")
    worker = start("worker", *joined)
    address = json.loads(where.read_text())["address"]
    try:
        with cluster.open_cluster(Cluster(kind="address", address=address)) as client:
            preflight(client, nothing, expected=1)
            shards = (Shard(f"s{i}", ("a",) * 20) for i in range(1000))
            found = map_shards(client, work, shards, work=tmp_path, film_timeout_s=TIMEOUT_S)
            next(found)
            scheduler.kill()
            with pytest.raises(ClusterUnready, match="the scheduler was lost"):
                list(found)
    finally:
        for process in (worker, scheduler):
            process.kill()
            process.wait()


def nothing():
    return {}


@pytest.fixture
def certificate(tmp_path):
    """Make a certificate that signs itself, for both ends."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    today = datetime.now(tz=UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    form = serialization.PrivateFormat.PKCS8
    (tmp_path / "cert.pem").write_bytes(signed.public_bytes(pem))
    (tmp_path / "key.pem").write_bytes(key.private_bytes(pem, form, serialization.NoEncryption()))
    return str(tmp_path / "cert.pem"), str(tmp_path / "key.pem")


def test_an_encrypted_cluster_with_a_worker_that_comes_late(certificate, tmp_path):
    cert, key = certificate
    where = tmp_path / "scheduler.json"
    tls = ("--tls-ca-file", cert, "--tls-cert", cert, "--tls-key", key)
    scheduler = start(
        "scheduler", "--protocol", "tls", "--host", "127.0.0.1", "--port", "0",
        "--no-dashboard", "--scheduler-file", str(where), *tls,
    )  # fmt: skip
    wait_for(where)
    joined = ("worker", "--scheduler-file", str(where), "--nthreads", "1", "--no-dashboard", *tls)
    workers = [start(*joined)]
    options = {"tls_ca_file": cert, "tls_client_cert": cert, "tls_client_key": key}
    address = json.loads(where.read_text())["address"]
    settings = Cluster(kind="address", address=address, options=options)
    try:
        with cluster.open_cluster(settings) as client:
            preflight(client, nothing, expected=1)
            shards = (Shard(f"s{i}", ("a",) * 20) for i in range(10**6))
            found = map_shards(client, work, shards, work=tmp_path, film_timeout_s=TIMEOUT_S)
            seen = {pid for _, pid in next(found).result}
            workers.append(start(*joined))
            patience = time.monotonic() + 300
            while len(seen) < 2 and time.monotonic() < patience:
                seen |= {pid for _, pid in next(found).result}
            found.close()
        assert address.startswith("tls://")
        assert len(seen) == 2
    finally:
        for process in (*workers, scheduler):
            process.kill()
            process.wait()


def test_the_job_of_a_batch_system_asks_for_one_worker_of_one_thread():
    pytest.importorskip("dask_jobqueue")
    options = {"queue": "cpu", "walltime": "02:00:00", "interface": "lo"}
    with cluster.build(Cluster(kind="slurm", options=options)) as hired:
        script = hired.job_script()
    assert "#SBATCH -p cpu" in script
    assert "#SBATCH -t 02:00:00" in script
    assert "--nthreads 1" in script


def test_a_job_for_a_gpu_tells_dask_that_it_has_one():
    pytest.importorskip("dask_jobqueue")
    options = {"walltime": "02:00:00", "interface": "lo", "job_extra_directives": ["--gres=gpu:1"]}
    with cluster.build(Cluster(kind="slurm", device="cuda", options=options)) as hired:
        script = hired.job_script()
    assert "#SBATCH --gres=gpu:1" in script
    assert "--resources GPU=1" in script


def test_the_job_of_pbs_is_one_worker_of_one_thread():
    pytest.importorskip("dask_jobqueue")
    options = {"walltime": "02:00:00", "interface": "lo"}
    with cluster.build(Cluster(kind="pbs", options=options)) as hired:
        script = hired.job_script()
    assert "#PBS -l walltime=02:00:00" in script
    assert "--nthreads 1" in script
