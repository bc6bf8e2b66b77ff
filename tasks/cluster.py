"""Where films are scored: a Dask cluster from the study file's ``cluster`` section alone.

Opening the same section again while it is open hands out the same cluster, so that one run
starts its workers once, whatever the number of centers.
"""

import importlib
import logging
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from typing import Any, Final

import dask
from dask.system import CPU_COUNT
from distributed import Client, LocalCluster
from distributed.security import Security
from distributed.system import MEMORY_LIMIT

from data_contracts.errors import ClusterUnready
from data_contracts.study_file import Cluster

# What a worker holds at its peak: three networks, a decoded film in hand and the next ones.
WORKER_BYTES: Final = 1_500_000_000
_CONNECT_S: Final = 20
_TLS: Final = ("tls_ca_file", "tls_client_cert", "tls_client_key")
_EXTRAS: Final = {"cuda": "cuda", "slurm": "slurm", "pbs": "slurm", "kubernetes": "kubernetes"}
_CLASSES: Final = {
    "cuda": ("dask_cuda", "LocalCUDACluster"),
    "slurm": ("dask_jobqueue", "SLURMCluster"),
    "pbs": ("dask_jobqueue", "PBSCluster"),
    "kubernetes": ("dask_kubernetes.operator", "KubeCluster"),
}
_CONFIG: Final = {
    # a lost shard comes back at once; tasks.dispatch decides what is sent again
    "distributed.scheduler.allowed-failures": 0,
    # else a local worker that is between two lives when Dask looks is closed for good
    "distributed.deploy.lost-worker-timeout": "30 days",
    "distributed.comm.timeouts.connect": "20s",
    "distributed.admin.low-level-log-length": 100,
}


class _Open:
    """A cluster in use, and by how many."""

    def __init__(self, client: Client, closing: ExitStack) -> None:
        self.client = client
        self.closing = closing
        self.users = 0


_open: dict[str, _Open] = {}
_keepers: list[object] = []
_lock = threading.RLock()


@contextmanager
def open_cluster(settings: Cluster) -> Iterator[Client]:
    """Open the cluster that a study file asks for and close what was started.

    Parameters
    ----------
    settings
        The ``cluster`` section. ``options`` go to the cluster's class as they are (for
        ``address``: ``tls_ca_file``, ``tls_client_cert`` and ``tls_client_key``).

    Yields
    ------
    A client; closed, with the workers it started, by the last user.

    Raises
    ------
    ClusterUnready
        An extra is not installed, or nothing answers at the address.
    """
    name = settings.model_dump_json(include={"kind", "workers", "address", "options"})
    with _lock:
        if name in _open and _open[name].users == 0 and _open[name].client.status != "running":
            _open.pop(name).closing.close()
        if name not in _open:
            _open[name] = _start(settings)
        shared = _open[name]
        shared.users += 1
    try:
        yield shared.client
    finally:
        with _lock:
            shared.users -= 1
            _close_idle()


@contextmanager
def kept_open() -> Iterator[None]:
    """Keep clusters that are opened inside until the end: one start for all centers of a run.

    Nothing is started here; a run that has no film to score starts no worker.
    """
    keeper = object()
    with _lock:
        _keepers.append(keeper)
    try:
        yield
    finally:
        with _lock:
            _keepers.remove(keeper)
            _close_idle()


def _close_idle() -> None:
    """Close clusters that nobody uses, unless somebody wants them kept; call with the lock."""
    if _keepers:
        return
    for name in [name for name, shared in _open.items() if shared.users == 0]:
        _open.pop(name).closing.close()


def workers_of(settings: Cluster) -> int:
    """Count the workers to start: as many as cores and memory allow, unless said."""
    if settings.workers != "auto":
        return settings.workers
    return max(1, min(CPU_COUNT, int(MEMORY_LIMIT // WORKER_BYTES)))


def preflight(client: Client, probe: Callable[[], Mapping[str, str]], *, expected: int) -> None:
    """Hold every worker to what this machine has, before any film is sent.

    Parameters
    ----------
    client
        Client of the cluster.
    probe
        Importable on the workers; returns facts by name. A fact that is "missing" is a fault
        wherever it is seen; every other must be the same as here.
    expected
        Number of workers to wait for; one is enough to start.

    Raises
    ------
    ClusterUnready
        No worker came, or one differs; a line each.
    """
    _await_workers(client, expected)
    here = dict(probe())
    problems = [f"this machine: {fact} is missing" for fact, seen in here.items() if _lacks(seen)]
    threads = client.nthreads()
    answers = client.run(probe, on_error="return")
    for i, (address, seen) in enumerate(sorted(answers.items()), start=1):
        problems += [f"worker {i}: {line}" for line in _faults(here, seen, threads.get(address, 1))]
    if problems:
        raise ClusterUnready("\n".join(problems))


def _faults(here: dict[str, str], seen: object, threads: int) -> list[str]:
    if not isinstance(seen, Mapping):
        return [f"cannot run the study's code ({type(seen).__name__}); install aac-study there"]
    found = []
    if threads != 1:
        found.append(f"has {threads} threads; start workers with --nthreads 1")
    for fact, value in here.items():
        there = seen.get(fact, "missing")
        if _lacks(there):
            found.append(f"{fact} is missing")
        elif there != value:
            found.append(f"{fact} is {there}, here it is {value}")
    return found


def _lacks(value: str) -> bool:
    return value == "missing"


def _await_workers(client: Client, expected: int) -> None:
    patience = 60.0 if expected else 5.0
    try:
        client.wait_for_workers(1, timeout=patience)
    except TimeoutError:
        raise ClusterUnready(
            f"no worker came within {patience:.0f} s; start workers, or look at the queue"
        ) from None


def _start(settings: Cluster) -> _Open:
    closing = ExitStack()
    try:
        closing.enter_context(dask.config.set(_CONFIG))
        client = _connect(settings, closing)
    except BaseException:
        closing.close()
        raise
    return _Open(client, closing)


def _connect(settings: Cluster, closing: ExitStack) -> Client:
    if settings.kind == "address":
        return _join(settings, closing)
    cluster = _local(settings) if settings.kind == "local" else _hired(settings)
    closing.callback(_end, cluster)
    client = Client(cluster, set_as_default=False)
    closing.callback(client.close)
    return client


def _end(cluster: Any) -> None:  # noqa: ANN401 - any of Dask's clusters
    """Close a cluster; a worker that is slow to end is killed with this process at the latest."""
    with suppress(TimeoutError, OSError):
        cluster.close(timeout=60)


def _join(settings: Cluster, closing: ExitStack) -> Client:
    files = {key: settings.options[key] for key in _TLS if key in settings.options}
    security = Security(**files, require_encryption=True) if files else None
    try:
        client = Client(
            settings.address, security=security, timeout=_CONNECT_S, set_as_default=False
        )
    except (OSError, TimeoutError) as fault:
        raise ClusterUnready(
            f"no scheduler answers at cluster.address ({type(fault).__name__}); start it, or "
            "check address and TLS files"
        ) from None
    closing.callback(client.close)
    return client


def _local(settings: Cluster) -> LocalCluster:
    options: dict[str, Any] = {
        "processes": True,
        "threads_per_worker": 1,
        "host": "127.0.0.1",
        "dashboard_address": None,
        # without a dashboard Dask still opens a port, by default a fixed one on all interfaces
        "scheduler_kwargs": {"dashboard_address": "127.0.0.1:0"},
        "silence_logs": logging.CRITICAL,
    }
    if "dashboard_address" in settings.options:
        options.pop("scheduler_kwargs")
    return LocalCluster(n_workers=workers_of(settings), **(options | settings.options))


def _hired(settings: Cluster) -> Any:  # noqa: ANN401 - a cluster of a package that may be absent
    cluster = build(settings)
    if settings.kind != "cuda":
        cluster.scale(1 if settings.workers == "auto" else settings.workers)
    return cluster


def build(settings: Cluster) -> Any:  # noqa: ANN401 - a cluster of a package that may be absent
    """Make the cluster of a batch system, of GPUs or of Kubernetes, without a worker yet.

    Raises
    ------
    ClusterUnready
        The package for it is not installed.
    """
    module, name = _CLASSES[settings.kind]
    try:
        kind = getattr(importlib.import_module(module), name)
    except ImportError:
        raise ClusterUnready(
            f"cluster.kind: {settings.kind} needs {module.partition('.')[0].replace('_', '-')}; "
            f"install it with: pip install 'aac-study[{_EXTRAS[settings.kind]}]'"
        ) from None
    return kind(**(_defaults(settings.kind) | settings.options))


def _defaults(kind: str) -> dict[str, Any]:
    """Return what a worker of this study always is: one process, one thread."""
    if kind in ("slurm", "pbs"):
        quiet = {"dashboard": False, "dashboard_address": "127.0.0.1:0"}
        return {"cores": 1, "processes": 1, "memory": "4GB", "scheduler_options": quiet}
    if kind == "cuda":
        return {"threads_per_worker": 1, "dashboard_address": None, "resources": {"GPU": 1}}
    return {"name": f"aac-{os.getpid()}", "resources": {"requests": {"memory": "4Gi"}}}
