"""Where films are scored: a Dask cluster from the study file's ``cluster`` section alone.

Opening the same section again while it is open hands out the same cluster, so that one run
starts its workers once, whatever the number of centers.
"""

import importlib
import logging
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import dask
from dask.system import CPU_COUNT
from distributed import Client, LocalCluster, performance_report
from distributed.security import Security
from distributed.system import MEMORY_LIMIT
from distributed.utils import get_mp_context

from aac_models.device import resolve_device
from data_contracts.errors import ClusterUnready
from data_contracts.study_file import Cluster
from tasks.cluster_options import TLS
from tasks.dispatch import Preload

# What a worker holds at its peak: three networks, a decoded film in hand and the next ones.
WORKER_BYTES: Final = 1_500_000_000
_CONNECT_S: Final = 20
_EXTRAS: Final = {"cuda": "cuda", "slurm": "slurm", "pbs": "pbs", "kubernetes": "kubernetes"}
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
    # films own the cores: Dask's fifty looks a second at each of its loops took a tenth of one
    "distributed.admin.tick.interval": "500ms",
    # a worker holds no data of Dask's, so nothing can be spilled, and waiting frees no memory;
    # a worker that outgrows its limit is ended, and its films are told apart
    "distributed.worker.memory.target": False,
    "distributed.worker.memory.spill": False,
    "distributed.worker.memory.pause": False,
    "distributed.worker.memory.terminate": 0.95,
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
def open_cluster(settings: Cluster, load: Callable[[], object] | None = None) -> Iterator[Client]:
    """Open the cluster that a study file asks for and close what was started.

    Parameters
    ----------
    settings
        The ``cluster`` section. ``options`` go to the cluster's class as they are (for
        ``address``: ``tls_ca_file``, ``tls_client_cert`` and ``tls_client_key``).
    load
        What a worker of a cluster that is not open yet calls as it starts, while this process
        goes on.

    Yields
    ------
    A client; closed, with the workers it started, by the last user.

    Raises
    ------
    ClusterUnready
        An extra is not installed, nothing answers at the address, or the options do not fit.
    """
    name = settings.model_dump_json(include={"kind", "workers", "address", "options"})
    with _lock:
        if name in _open and _open[name].users == 0 and _open[name].client.status != "running":
            _open.pop(name).closing.close()
        if name not in _open:
            _open[name] = _start(settings, load)
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
    """Count the workers to start, unless said: what cores and memory allow, or one for a GPU."""
    if settings.workers != "auto":
        return settings.workers
    if _has_gpu(settings):
        return 1
    return max(1, min(CPU_COUNT, int(MEMORY_LIMIT // WORKER_BYTES)))


@contextmanager
def reported(client: Client, settings: Cluster, file: Path) -> Iterator[None]:
    """Keep Dask's performance report of what runs inside, where the study file asks for it."""
    if not settings.performance_report:
        yield
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    with client.as_current(), performance_report(filename=str(file), mode="inline"):
        yield


def _has_gpu(settings: Cluster) -> bool:
    """Say whether workers of this machine compute on its GPU."""
    return settings.kind == "local" and resolve_device(settings.device) == "cuda"


def _start(settings: Cluster, load: Callable[[], object] | None) -> _Open:
    closing = ExitStack()
    try:
        profiled = {"distributed.worker.profile.enabled": settings.performance_report}
        closing.enter_context(dask.config.set(_CONFIG | profiled))
        client = _connect(settings, closing, load)
    except BaseException:
        closing.close()
        raise
    return _Open(client, closing)


def _connect(settings: Cluster, closing: ExitStack, load: Callable[[], object] | None) -> Client:
    if settings.kind == "address":
        return _join(settings, closing)
    if settings.kind == "local" and sys.platform == "linux" and not _has_gpu(settings):
        closing.enter_context(_forked())
    cluster = _local(settings) if settings.kind == "local" else build(settings)
    closing.callback(_end, cluster)
    client = Client(cluster, set_as_default=False)
    closing.callback(client.close)
    if load is not None:
        client.register_plugin(Preload(load))
    if settings.kind != "cuda":
        cluster.scale(_first_workers(settings))
    return client


@contextmanager
def _forked() -> Iterator[None]:
    """Fork workers off one process that imported what they run, once for all of them.

    It has no thread of Python's and no state of a GPU, which a fork would break.
    """
    with dask.config.set({"distributed.worker.multiprocessing-method": "forkserver"}):
        # this call sets Dask's own, shorter list of imports, once a process
        get_mp_context().set_forkserver_preload(["distributed.nanny", "tasks.film"])
        yield


def _first_workers(settings: Cluster) -> int:
    """Count the workers to ask for; a batch system is asked for one unless more are wanted."""
    if settings.kind != "local" and settings.workers == "auto":
        return 1
    return workers_of(settings)


def _end(cluster: Any) -> None:  # noqa: ANN401 - any of Dask's clusters
    """Close a cluster; a worker that is slow to end is killed with this process at the latest."""
    with suppress(TimeoutError, OSError):
        cluster.close(timeout=60)


def _join(settings: Cluster, closing: ExitStack) -> Client:
    files = {key: settings.options[key] for key in TLS if key in settings.options}
    security = Security(**files, require_encryption=True) if files else None
    try:
        client = Client(
            settings.address, security=security, timeout=_CONNECT_S, set_as_default=False
        )
    # an address or files that Dask cannot use end it with one of the other three
    except (OSError, RuntimeError, TypeError, ValueError) as fault:
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
    if _has_gpu(settings):
        options["resources"] = {"GPU": 1}
    if "dashboard_address" in settings.options:
        options.pop("scheduler_kwargs")
    with _said_of_options():
        return LocalCluster(n_workers=0, **(options | settings.options))


@contextmanager
def _said_of_options() -> Iterator[None]:
    """Turn what a cluster's class does not take into a line on the key of the study file."""
    try:
        yield
    except (TypeError, ValueError) as fault:
        raise ClusterUnready(
            f"cluster.options: the cluster does not take them as they are ({fault}); see "
            "docs/scaling-out.md"
        ) from None


def build(settings: Cluster) -> Any:  # noqa: ANN401 - a cluster of a package that may be absent
    """Make the cluster of a batch system, of GPUs or of Kubernetes, without a worker yet.

    Raises
    ------
    ClusterUnready
        The package for it is not installed, or does not take the options.
    """
    module, name = _CLASSES[settings.kind]
    try:
        kind = getattr(importlib.import_module(module), name)
    except ImportError:
        raise ClusterUnready(
            f"cluster.kind: {settings.kind} needs {module.partition('.')[0].replace('_', '-')}; "
            f"install it with: pip install 'aac-study[{_EXTRAS[settings.kind]}]'"
        ) from None
    with _said_of_options():
        return kind(**(_defaults(settings) | settings.options))


def _defaults(settings: Cluster) -> dict[str, Any]:
    """Return what a worker of this study always is: one process, one thread, maybe one GPU."""
    kind, gpu = settings.kind, ["--resources", "GPU=1"] if settings.device == "cuda" else []
    if kind in ("slurm", "pbs"):
        quiet = {"dashboard": False, "dashboard_address": "127.0.0.1:0"}
        job = {"cores": 1, "processes": 1, "memory": "4GB", "scheduler_options": quiet}
        return job | ({"worker_extra_args": gpu} if gpu else {})
    if kind == "cuda":
        return {"threads_per_worker": 1, "dashboard_address": None, "resources": {"GPU": 1}}
    return {
        "name": f"aac-{os.getpid()}",
        "resources": {"requests": {"memory": "4Gi"}},
        "worker_command": ["dask", "worker", "--nthreads", "1", *gpu],
    }
