"""One film, from raw bytes to rows: read and decoded once, measured, cleaned, written, scored.

The only place where a film's exception is caught. The next films are read and prepared in
threads while the networks score the present ones. On a CPU a worker is one core, so its threads
take turns at computing and only reading overlaps; a GPU's networks run beside as many preparing
threads as the GPU has cores to itself.
"""

import hashlib
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from aac_models.radiograph import Radiograph
from data_contracts.errors import FilmRejected
from data_contracts.reasons import Reason
from data_contracts.records import ImageKey, Rejection
from tasks import measures
from tasks.deid.crosswalk import Entry
from tasks.deid.deidentify import Deidentified, deidentify
from tasks.deid.gather import Relatives, named_in
from tasks.deid.text import clinical
from tasks.dicom.pixels import decode, to_radiograph
from tasks.dicom.reading import read_film
from tasks.dicom.writing import save_parts
from tasks.film_context import FilmContext, context_of
from tasks.film_picture import picture_of
from tasks.film_rows import TABLES, FilmResult, Rows, clean_path, rows_of
from tasks.second_look import allowed_by
from tasks.verify import look_at_written

if TYPE_CHECKING:
    from aac_models.predictor import FilmPrediction

__all__ = ["TABLES", "FilmContext", "FilmResult", "context_of", "keep", "process", "process_all"]

BATCH_PIXELS: Final = 100_000_000


def _nothing() -> None:
    """Stand in for a beat that nobody listens to."""


@dataclass(frozen=True, slots=True, eq=False)
class _Ready:
    """A film that was cleaned and waits for the networks."""

    key: ImageKey
    radiograph: Radiograph
    rows: Rows
    entry: Entry


def process(raw: bytes, *, center: str, source_digest: str, context: FilmContext) -> FilmResult:
    """Take one film from raw bytes to rows.

    Parameters
    ----------
    raw
        The file as delivered.
    center
        Center's name in the study file.
    source_digest
        SHA-256 of ``raw``, hexadecimal.
    context
        What all films share.

    Returns
    -------
    Its rows, or its rejection; never an exception. The clean film is in its place when it
    could be cleaned.
    """
    return next(process_all([(source_digest, lambda: raw)], center=center, context=context))


def process_all(
    films: Iterable[tuple[str, Callable[[], bytes]]],
    *,
    center: str,
    context: FilmContext,
    beat: Callable[[], None] = _nothing,
    relatives: Mapping[str, Relatives] = MappingProxyType({}),
) -> Iterator[FilmResult]:
    """Process films in batches, decoding ahead; results in the films' order.

    Parameters
    ----------
    films
        Digest of each raw file and a function that reads it.
    beat
        Called whenever a film has made progress.
    relatives
        Where the crosswalk tells of each film's patient and study, by source digest.
    """
    pace = context.pace()
    core = threading.Lock() if pace.is_one_core else nullcontext()

    def prepare(digest: str, read: Callable[[], bytes]) -> _Ready | FilmResult:
        near = relatives.get(digest, ())
        film = _prepare(digest, read, center, context, near, core)
        beat()
        return film

    with ThreadPoolExecutor(pace.threads, thread_name_prefix="prepare") as pool:
        ahead: deque[Future[_Ready | FilmResult]] = deque()
        waiting = iter(films)

        def fill() -> None:
            while len(ahead) < pace.ahead and (film := next(waiting, None)) is not None:
                ahead.append(pool.submit(prepare, *film))

        fill()
        while ahead:
            batch: list[_Ready | FilmResult] = []
            while ahead and not _is_full(batch, pace.batch):
                batch.append(ahead.popleft().result())
                fill()
            with core:
                scored = list(_score(batch, context))
            beat()
            yield from scored


def _is_full(batch: Sequence[_Ready | FilmResult], films: int) -> bool:
    pixels = sum(film.radiograph.pixels.size for film in batch if isinstance(film, _Ready))
    return len(batch) >= films or pixels >= BATCH_PIXELS


def _prepare(
    digest: str,
    read: Callable[[], bytes],
    center: str,
    context: FilmContext,
    relatives: Relatives,
    core: AbstractContextManager[object],
) -> _Ready | FilmResult:
    """Everything before the networks; a film's exception ends here."""
    key: ImageKey | None = None
    step = "read"
    try:
        raw = _bytes(read, digest)
        with core:
            ds = read_film(raw)
            step = "decode"
            stored = decode(ds)
            step = "deidentify"
            clean = deidentify(
                ds,
                stored,
                center=center,
                source_digest=digest,
                profile=context.profile,
                pseudonyms=context.pseudonyms(),
                relatives=named_in(context.crosswalk(), relatives),
            )
            key = clean.key
            step = "write"
            keep(clean, context)
            step = "measure"
            return _ready(clean)
    except Exception as fault:  # noqa: BLE001 - a film's failure is a row
        return _failed(fault, digest, center, step, key)


def _ready(clean: Deidentified) -> _Ready:
    """Measure the clean film, so that the same score comes of it at any time."""
    radiograph = to_radiograph(clean.dataset, clean.stored)
    quality = measures.measure(radiograph, clean) | {"text_regions_blanked": len(clean.boxes)}
    rows = {"deidentification_audit": clean.audit, "image_quality": [quality]}
    return _Ready(clean.key, radiograph, rows, clean.entry)


def _bytes(read: Callable[[], bytes], digest: str) -> bytes:
    try:
        raw = read()
    except OSError as fault:
        raise FilmRejected(Reason.UNREADABLE_FILE, type(fault).__name__) from None
    if hashlib.sha256(raw).hexdigest() != digest:
        raise FilmRejected(Reason.UNREADABLE_FILE, "changed since it was catalogued")
    return raw


def _failed(
    fault: Exception, digest: str, center: str, step: str, key: ImageKey | None
) -> FilmResult:
    if isinstance(fault, FilmRejected):
        reason, observed = fault.reason, fault.observed
    else:
        # the class alone: a message may quote the header
        reason, observed = Reason.FILM_FAILED, type(fault).__name__
    rejection = Rejection(center, digest, step, reason, observed, key.image_id if key else None)
    return FilmResult(digest, key, {}, rejection)


def keep(clean: Deidentified, context: FilmContext) -> None:
    """Write the clean film aside, look at it again and name it; ``FilmRejected`` where it leaks."""
    path = clean_path(context.deidentified, clean.key)
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_suffix(".tmp")
    own = tuple((item.kind, item.value) for item in clean.entry.identifiers)
    allowed = allowed_by(context.profile)
    try:
        with aside.open("wb") as file:
            file.writelines(save_parts(clean.dataset))
        found = look_at_written(aside.read_bytes(), own, allowed, clinical().words)
        if found:
            raise FilmRejected(Reason.NOT_DEIDENTIFIED, found[0].what)
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)  # of a film that leaks, or on which the look itself failed


def _score(batch: Sequence[_Ready | FilmResult], context: FilmContext) -> Iterator[FilmResult]:
    ready = [film for film in batch if isinstance(film, _Ready)]
    scored = iter(_predict(ready, context))
    for film in batch:
        yield film if isinstance(film, FilmResult) else next(scored)


def _predict(ready: Sequence[_Ready], context: FilmContext) -> list[FilmResult]:
    """Score a batch; when it fails, film by film, so that one film fails alone."""
    if not ready:
        return []
    predictor = context.predictor()
    try:
        said = predictor.predict([film.radiograph for film in ready], context.arms)
        digests = predictor.weights_digest
        films = zip(ready, said, strict=True)
        return [_finish(film, one, digests, whole=context.whole_films) for film, one in films]
    except Exception as fault:  # noqa: BLE001 - a film's failure is a row
        if len(ready) > 1:
            return [result for film in ready for result in _predict([film], context)]
        key = ready[0].key
        return [_failed(fault, key.source_digest, key.center, "score", key)]


def _finish(
    film: _Ready, said: "FilmPrediction", digests: dict[str, str], *, whole: bool
) -> FilmResult:
    key = film.key
    quality = film.rows["image_quality"][0] | {
        "lateral_lumbar": round(said.lateral_lumbar, 6),
        "anterior_side": said.anterior and said.anterior.value,
    }
    rows = film.rows | {"image_quality": [quality]}
    if said.refusal:
        rejection = Rejection(
            key.center,
            key.source_digest,
            "score",
            Reason.NOT_LATERAL_LUMBAR,
            said.refusal,
            key.image_id,
        )
        return FilmResult(key.source_digest, key, rows, rejection, film.entry)
    rows |= rows_of(key, said, digests)
    rows |= {"film_views": picture_of(key, said, film.radiograph, whole=whole)}
    return FilmResult(key.source_digest, key, rows, entry=film.entry)
