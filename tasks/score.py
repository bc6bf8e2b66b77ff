"""The films of one center over the cluster: shards out, staged rows back, nothing done twice.

A shard's rows are staged by the worker that made them, one Parquet file a shard and one row a
film, under a fingerprint of all that decides them. A killed run finds them there; a film that
was staged under the same fingerprint is not touched again.
"""

import itertools
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

import pyarrow as pa

from data_contracts.reasons import Reason
from data_contracts.records import Rejection, StepReport
from data_contracts.study_file import Cluster
from tasks import manifest, staging
from tasks.catalogue import Place, read_bytes
from tasks.cluster import open_cluster, reported, workers_of
from tasks.deid.gather import Relatives, gather
from tasks.dispatch import Beat, Preload, Shard, map_shards
from tasks.film_context import FilmContext
from tasks.film_progress import Progress, Tally
from tasks.fingerprint import facts, fingerprint
from tasks.preflight import preflight

STEP: Final = "score"
# Verdicts that another try may change although the file is the same; never staged.
PASSING: Final = frozenset({Reason.UNREADABLE_FILE, Reason.FILM_FAILED, Reason.DECODER_DIED})


# A shard costs the scheduler the same whatever it holds: with more workers shards are larger, so
# that their number a second stays what it was. Some a worker, so that all end at about one time.
_FEWEST: Final = 16
_MOST: Final = 64
_SHARDS_A_WORKER: Final = 4


@dataclass(frozen=True, slots=True)
class Scored:
    """What the films of one center came to.

    Attributes
    ----------
    tables
        ``tasks.film.TABLES`` by name, sorted by image.
    rejections
        Films that were set aside, sorted by digest.
    report
        Counts that add up.
    clean
        Where the clean films lie of all films that have one.
    """

    tables: dict[str, pa.Table]
    rejections: list[Rejection]
    report: StepReport
    clean: frozenset[Path] = frozenset()


@dataclass(frozen=True, slots=True)
class Film:
    """One film on its way to a worker."""

    source_digest: str
    place: Place = field(repr=False)
    relatives: Relatives = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class _Back:
    """What a worker says of a shard; the rows themselves are staged."""

    n_done: int
    n_rejected: int
    passing: tuple[Rejection, ...]


def score_films(  # noqa: PLR0913 - a step's inputs, all named
    places: Mapping[str, Place],
    kept: pa.Table,
    *,
    center: str,
    context: FilmContext,
    cluster: Cluster,
    work: Path,
    progress: Callable[[Progress], None] | None = None,
) -> Scored:
    """Score the films that a center's header contract kept.

    Parameters
    ----------
    places
        Where each raw file lies, by source digest.
    kept
        Catalogue rows of the films to score.
    center
        Center's name in the study file.
    context
        What the films share.
    cluster
        The study file's ``cluster`` section.
    work
        Folder for staged rows; workers and this process share it.
    progress
        Told after every shard.

    Raises
    ------
    ClusterUnready
        The cluster cannot do what the study asks, or was lost; what is done is kept.

    Notes
    -----
    The tables are the same bytes whatever the shard size, the number of workers, and the number
    of interruptions.
    """
    started = time.monotonic()
    staged = work / fingerprint(context) / center
    staged.mkdir(parents=True, exist_ok=True)
    relatives = gather(
        {d: partial(read_bytes, place) for d, place in places.items() if place.path.is_file()},
        center=center,
        context=context,
        forget=partial(staging.forget, staged),
    )
    digests: list[str] = kept.column("source_digest").to_pylist()
    known = staging.known(staged, center, context.deidentified) & set(digests)
    todo = [digest for digest in digests if digest not in known]
    tally = Tally(center, len(digests), len(known), progress)
    passing: list[Rejection] = []
    if todo:
        _outdate(work, staged)
        films = (Film(digest, places[digest], relatives.get(digest, ())) for digest in todo)
        for back in _dispatch(films, len(todo), center, context, cluster, staged):
            tally.add(back.n_done, back.n_rejected)
            passing += back.passing
    staging.compact(staged)
    rejections = sorted(
        [*staging.rejections(staged, digests, center), *passing],
        key=lambda one: one.source_digest,
    )
    aside = {rejection.source_digest for rejection in rejections}
    reused = len(known - aside)
    report = StepReport(
        step=STEP,
        center=center,
        n_in=len(digests),
        n_done=len(digests) - reused - len(rejections),
        n_reused=reused,
        n_rejected=_counts(rejections),
        seconds=time.monotonic() - started,
        tables=staging.TABLES,
    )
    clean = staging.clean_films(staged, digests, center, context.deidentified)
    return Scored(staging.tables(staged, digests), rejections, report, clean)


def _outdate(work: Path, staged: Path) -> None:
    """Drop what is staged of films that were cleaned otherwise: they are written anew now.

    Else it would count as done when the settings are put back, with the clean film of these.
    """
    cleaning = staged.parent.name.partition("-")[0]
    for other in work.glob(f"*/{staged.name}"):
        if other.parent.name.partition("-")[0] != cleaning:
            shutil.rmtree(other)


def _dispatch(
    todo: Iterator[Film],
    n: int,
    center: str,
    context: FilmContext,
    cluster: Cluster,
    staged: Path,
) -> Iterator[_Back]:
    page = staged.parents[2] / "performance" / f"{center}.html"
    needs = {"GPU": 1.0} if context.device.startswith("cuda") else None
    with open_cluster(cluster) as client, reported(client, cluster, page):
        preflight(
            client, partial(facts, context), expected=workers_of(cluster), resources=needs or {}
        )
        client.register_plugin(Preload(context.warm_up))
        workers = max(workers_of(cluster), len(client.nthreads()))
        least = context.pace().batch
        size = shard_size(cluster, n, workers, least=least)
        sizes = shard_sizes(n, size, workers, least=least if cluster.shard_size == "auto" else size)
        function = partial(score_shard, center=center, context=context, staged=staged)
        outcomes = map_shards(
            client,
            function,
            _shards(todo, sizes),
            work=staged,
            film_timeout_s=cluster.film_timeout_s,
            resources=needs,
        )
        for outcome in outcomes:
            yield outcome.result or _given_up(outcome.shard.items, center)


def shard_size(cluster: Cluster, n_films: int, n_workers: int, *, least: int = 1) -> int:
    """Say how many films travel together: as the study file says, or as many as suit.

    Parameters
    ----------
    cluster
        The study file's ``cluster`` section.
    n_films, n_workers
        Of this center, and of the cluster.
    least
        Films that the networks take in one go.
    """
    if cluster.shard_size != "auto":
        return cluster.shard_size
    fair = n_films // (_SHARDS_A_WORKER * n_workers)
    return max(least, 1, min(fair, _MOST, max(_FEWEST, n_workers)))


def shard_sizes(n_films: int, most: int, n_workers: int, *, least: int) -> Iterator[int]:
    """Yield how many films each shard holds: fewer at the end, where workers wait for others."""
    while n_films > 0:
        size = max(least, min(most, n_films // (2 * n_workers)))
        yield min(size, n_films)
        n_films -= size


def score_shard(
    films: tuple[Film, ...], beat: Beat, *, center: str, context: FilmContext, staged: Path
) -> _Back:
    """Score a shard on a worker and stage its rows."""
    from tasks.film import process_all  # noqa: PLC0415 - imports torch, of workers alone

    reading = [(film.source_digest, partial(read_bytes, film.place)) for film in films]
    relatives = {film.source_digest: film.relatives for film in films}
    results = list(
        process_all(reading, center=center, context=context, beat=beat, relatives=relatives)
    )
    aside = [result.rejection for result in results if result.rejection]
    passing = tuple(rejection for rejection in aside if rejection.reason in PASSING)
    lasting = [r for r in results if r.rejection is None or r.rejection.reason not in PASSING]
    staging.stage(lasting, staged / f"{_name([film.source_digest for film in films])}.parquet")
    return _Back(len(films) - len(aside), len(aside), passing)


def _given_up(films: tuple[Film, ...], center: str) -> _Back:
    gone = [
        Rejection(center, film.source_digest, STEP, Reason.DECODER_DIED, "worker ended twice")
        for film in films
    ]
    return _Back(0, len(gone), tuple(gone))


def _shards(films: Iterator[Film], sizes: Iterator[int]) -> Iterator[Shard[Film]]:
    for size in sizes:
        items = tuple(itertools.islice(films, size))
        yield Shard(_name([film.source_digest for film in items]), items)


def _name(digests: Iterable[str]) -> str:
    return manifest.digest_of(sorted(digests))[:16]


def _counts(rejections: Iterable[Rejection]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for rejection in rejections:
        counts[rejection.reason.value] = counts.get(rejection.reason.value, 0) + 1
    return dict(sorted(counts.items()))
