"""What must hold on every worker before the first film is sent to it."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from distributed import Client

from data_contracts.errors import ClusterUnready, StudyError


def preflight(
    client: Client,
    probe: Callable[[], Mapping[str, str]],
    *,
    expected: int,
    resources: Mapping[str, float] = MappingProxyType({}),
) -> None:
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
    resources
        Dask resources that a shard needs; a request that nobody can meet would wait for ever.

    Raises
    ------
    ClusterUnready
        No worker came, or one differs; a line each.
    """
    _await_workers(client, expected)
    here = dict(probe())
    problems = [f"this machine: {fact} is missing" for fact, seen in here.items() if _lacks(seen)]
    threads = client.nthreads()
    offers = _offers(client)
    answers = client.run(probe, on_error="return")
    for i, (address, seen) in enumerate(sorted(answers.items()), start=1):
        lines = _faults(here, seen, threads.get(address, 1))
        lines += _unmet(resources, offers.get(address, {}))
        problems += [f"worker {i}: {line}" for line in lines]
    if problems:
        raise ClusterUnready("\n".join(problems))


def _faults(here: dict[str, str], seen: object, threads: int) -> list[str]:
    if isinstance(seen, StudyError):
        return str(seen).splitlines()
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


def _offers(client: Client) -> dict[str, dict[str, float]]:
    """Resources that each worker offers, by address."""
    known = client.scheduler_info(n_workers=-1)["workers"]
    return {address: worker.get("resources", {}) for address, worker in known.items()}


def _unmet(wanted: Mapping[str, float], offered: Mapping[str, float]) -> list[str]:
    return [
        f"offers Dask {offered.get(name, 0):g} {name}, a shard needs {amount:g}; start it with "
        f"--resources {name}={amount:g}"
        for name, amount in wanted.items()
        if offered.get(name, 0) < amount
    ]


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
