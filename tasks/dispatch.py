"""Shards of films over a Dask cluster: nothing is lost when a worker dies.

The only module that knows Dask. A shard is sent once; when its worker dies, its films are sent
again one at a time, so that the one that kills is found and the others are done. A worker whose
film makes no progress ends itself. Keys are opaque; films' paths stay inside the shards and are
never part of a key, a name or a log line.
"""

import itertools
import queue
import signal
import time
import uuid
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

from distributed import Client, Future
from distributed.diagnostics.plugin import WorkerPlugin
from distributed.scheduler import KilledWorker

from data_contracts.errors import ClusterUnready

Item = TypeVar("Item")
Result = TypeVar("Result")
Beat = Callable[[], None]

# A film alone on its worker is given up when the worker died twice: once may be chance.
DEATHS_ALONE: Final = 2
_POLL_S: Final = 1.0
_PATIENCE_S: Final = 120.0


@dataclass(frozen=True, slots=True)
class Shard(Generic[Item]):
    """Films that travel together.

    Attributes
    ----------
    key
        Opaque; shown by scheduler and dashboard.
    items
        What the worker needs for each film; never shown.
    """

    key: str
    items: tuple[Item, ...] = field(repr=False)

    def alone(self) -> "list[Shard[Item]]":
        """Split into shards of one film."""
        return [Shard(f"{self.key}.{i}", (item,)) for i, item in enumerate(self.items)]


@dataclass(frozen=True, slots=True)
class Outcome(Generic[Item, Result]):
    """A shard that came back, or one film (``died``) that ended its worker each time."""

    shard: Shard[Item]
    result: Result | None
    died: bool = False


class Preload(WorkerPlugin):
    """Calls a function once on every worker, also on one that joins late or replaces a dead one."""

    def __init__(self, load: Callable[[], object]) -> None:
        self.name = "aac-preload"
        self.load = load

    def setup(self, worker: object) -> None:  # noqa: ARG002 - Dask's signature
        """Load what the films need."""
        self.load()


def map_shards(
    client: Client,
    function: Callable[[tuple[Item, ...], Beat], Result],
    shards: Iterable[Shard[Item]],
    *,
    work: Path,
    film_timeout_s: float,
    resources: dict[str, float] | None = None,
) -> Iterator[Outcome[Item, Result]]:
    """Run a function over shards and yield what comes back, in the order it comes.

    Parameters
    ----------
    client
        Client of a cluster, see ``tasks.cluster.open_cluster``.
    function
        Importable on the workers. Takes a shard's items and a callable that it calls whenever a
        film has made progress; without a call for ``film_timeout_s`` the worker ends itself.
        Catches what a film raises: an exception that leaves it ends the run.
    shards
        Taken as workers become free, so that a long list needs no memory.
    work
        Folder that driver and workers share, for the marks of shards in hand.
    film_timeout_s
        Longest time without progress, in seconds.
    resources
        Dask resources that a shard needs, e.g. ``{"GPU": 1}``.

    Yields
    ------
    One ``Outcome`` a shard; a shard that lost its worker comes back film by film.

    Raises
    ------
    ClusterUnready
        The scheduler was lost, or no worker is left.
    """
    marks = work / "in-hand"
    marks.mkdir(parents=True, exist_ok=True)
    sender = _Sender(client, _Guarded(function, marks, film_timeout_s), resources)
    suspects: deque[Shard[Item]] = deque()
    waiting = _Waiting(suspects, iter(shards))
    try:
        while True:
            sender.send(list(itertools.islice(waiting, sender.room())))
            if not sender.sent:
                return
            done, lost = sender.receive()
            yield from done
            for shard, future in lost:
                suspects.extend(sender.mourn(shard, future))
                if sender.given_up(shard):
                    yield Outcome(shard, None, died=True)
    finally:
        sender.close()


class _Waiting(Generic[Item]):
    """Shards that are to be sent again, then the others; more may be added at any time."""

    def __init__(self, again: deque[Shard[Item]], others: Iterator[Shard[Item]]) -> None:
        self.again, self.others = again, others

    def __iter__(self) -> Iterator[Shard[Item]]:
        return self

    def __next__(self) -> Shard[Item]:
        return self.again.popleft() if self.again else next(self.others)


@dataclass(frozen=True, slots=True)
class _Guarded:
    """The function as it runs on a worker: marked while in hand, ended when it hangs."""

    function: Callable[..., Any]
    marks: Path
    film_timeout_s: float

    def __call__(self, key: str, shard: Shard[Any]) -> Any:  # noqa: ANN401 - whatever it returns
        mark = self.marks / key
        mark.touch()

        def beat() -> None:
            # the kernel's own alarm: it ends a decoder that holds the interpreter's lock as well
            signal.setitimer(signal.ITIMER_REAL, self.film_timeout_s)

        beat()
        try:
            return self.function(shard.items, beat)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            mark.unlink(missing_ok=True)


class _Sender:
    """Keeps as many shards under way as the workers can hold, and knows which were in hand."""

    def __init__(
        self, client: Client, guarded: _Guarded, resources: dict[str, float] | None
    ) -> None:
        self.client = client
        self.guarded = guarded
        self.resources = resources
        self.sent: dict[str, tuple[Shard[Any], Future[Any]]] = {}
        self.deaths: dict[str, int] = {}
        self._back: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._run = uuid.uuid4().hex[:8]
        self._attempts = 0
        self._wanted = 0
        self._looked = -_PATIENCE_S
        self._manned = time.monotonic()

    def room(self) -> int:
        """Count the shards that should be under way in addition: two a worker, one ahead."""
        now = time.monotonic()
        if now - self._looked > 2 * _POLL_S:
            self._looked = now
            threads = sum(self.client.nthreads().values())
            if threads:
                self._manned = now
            self._wanted = max(2 * threads, 1)
        return max(0, self._wanted - len(self.sent))

    def send(self, shards: list[Shard[Any]]) -> None:
        """Send shards as one graph: a graph costs the scheduler more than a task."""
        keys = [
            f"films-{shard.key}-{self._run}-{self._attempts + i}" for i, shard in enumerate(shards)
        ]
        self._attempts += len(shards)
        futures = (
            self.client.map(
                self.guarded, keys, shards, key=keys, pure=False, resources=self.resources
            )
            if shards
            else []
        )
        for key, shard, future in zip(keys, shards, futures, strict=True):
            self.sent[key] = (shard, future)
            future.add_done_callback(lambda done: self._back.put(str(done.key)))

    def receive(self) -> tuple[list[Outcome[Any, Any]], list[tuple[Shard[Any], Future[Any]]]]:
        """Wait for shards to come back; take all that are back by now, done and lost apart."""
        keys = [self._wait()]
        with suppress(queue.Empty):
            while True:
                keys.append(self._back.get_nowait())
        back = [self.sent.pop(key) for key in dict.fromkeys(keys) if key in self.sent]
        good = [(shard, future) for shard, future in back if future.status == "finished"]
        lost = [(shard, future) for shard, future in back if future.status != "finished"]
        try:
            said = self.client.gather([future for _, future in good])
        except KilledWorker:  # a worker died with a result that nobody had fetched
            return [], back
        except Exception:
            self._check()
            raise
        for _, future in good:
            future.release()
        done = [Outcome(shard, one) for (shard, _), one in zip(good, said, strict=True)]
        return done, lost

    def _wait(self) -> str:
        while True:
            try:
                return self._back.get(timeout=_POLL_S)
            except queue.Empty:
                self._check()

    def mourn(self, shard: Shard[Any], future: Future[Any]) -> list[Shard[Any]]:
        """Decide what to send again after a shard was lost."""
        self._check()
        if future.status in ("finished", "pending"):
            return [shard]
        if future.status != "error":
            raise ClusterUnready(_LOST)
        fault = future.exception()
        key = str(future.key)
        future.release()
        if not isinstance(fault, KilledWorker):
            raise fault
        if not (self.guarded.marks / key).exists():
            return [shard]  # it only waited at the worker that died
        if len(shard.items) > 1:
            return shard.alone()
        self.deaths[shard.key] = self.deaths.get(shard.key, 0) + 1
        return [] if self.given_up(shard) else [shard]

    def given_up(self, shard: Shard[Any]) -> bool:
        return self.deaths.get(shard.key, 0) >= DEATHS_ALONE

    def close(self) -> None:
        if self.client.status == "running":
            self.client.cancel([future for _, future in self.sent.values()])
        self.sent.clear()

    def _check(self) -> None:
        """Raise when nothing can come back any more."""
        if self.client.status != "running":
            raise ClusterUnready(_LOST)
        self.room()
        if time.monotonic() - self._manned > _PATIENCE_S:
            raise ClusterUnready(
                f"no worker has been there for {_PATIENCE_S:.0f} s; start workers and run the "
                "same command again: what is done is kept"
            )


_LOST: Final = (
    "the scheduler was lost; start it and run the same command again: what is done is kept"
)
