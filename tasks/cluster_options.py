"""Options of a cluster that Dask does not know, told before anything is started.

Dask hands what it does not know to the workers, which then end one after another, unseen, while
the command waits for them.
"""

import difflib
from collections.abc import Iterator
from inspect import signature
from typing import Final

from data_contracts.errors import Problem
from data_contracts.study_file import Cluster

TLS: Final = ("tls_ca_file", "tls_client_cert", "tls_client_key")
# Parameters that no study file can say, and those that stand for all others.
_NOT_SAID: Final = frozenset({"self", "loop", "asynchronous", "worker_kwargs", "kwargs"})


def problems(settings: Cluster) -> Iterator[Problem]:
    """Yield each key below ``cluster.options`` that the cluster would not take.

    Those of a package that may be absent are left to that package, which refuses them itself.
    """
    known = _known(settings.kind)
    for key in settings.options:
        place = f"cluster.options.{key}"
        if key == "n_workers" and settings.kind != "cuda":
            yield Problem(place, "is what cluster.workers says", "take it out and set workers")
        elif known and key not in known:
            close = difflib.get_close_matches(key, known, n=1)
            hint = f"did you mean {close[0]}?" if close else "see docs/scaling-out.md"
            yield Problem(place, f"is no option of kind: {settings.kind}", hint)
        elif key == "memory_limit" and settings.kind == "local":
            yield from _wrong_size(place, settings.options[key])


def _known(kind: str) -> frozenset[str]:
    """Names that a kind of cluster takes; none where only its package knows."""
    if kind == "address":
        return frozenset(TLS)
    if kind != "local":
        return frozenset()
    from distributed import LocalCluster, Nanny, Worker  # noqa: PLC0415 - seconds, seldom wanted

    named = (name for part in (LocalCluster, Nanny, Worker) for name in signature(part).parameters)
    return frozenset(named) - _NOT_SAID


def _wrong_size(place: str, said: object) -> Iterator[Problem]:
    from dask.utils import parse_bytes  # noqa: PLC0415 - as above

    try:
        if said is not None and said != "auto":
            parse_bytes(str(said))
    except ValueError:
        yield Problem(place, "is no amount of memory", 'e.g. "4GB", or auto')
