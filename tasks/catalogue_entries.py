"""Every listed file to its entries; what an earlier night read is not read again."""

from collections.abc import Iterator, Sequence
from typing import Final

import pyarrow as pa

from data_contracts.reasons import Reason
from tasks import catalogue_cache as cached
from tasks.catalogue_cache import Entry
from tasks.header_pool import read_all
from tasks.headers import Facts, unread
from tasks.intake import Intake
from tasks.listing import Found

# Rights may be given, and a crash may not happen again.
_TRY_AGAIN: Final = (Reason.UNREADABLE_FILE.value, Reason.DECODER_DIED.value)


def entries_of(
    listed: Sequence[Found], known: pa.Table, intake: Intake, workers: int
) -> tuple[pa.Table, int, list[int]]:
    """Read what is new or has changed.

    Parameters
    ----------
    listed
        Every file of the delivery.
    known
        Entries of an earlier night.
    intake, workers
        Give pseudonyms, and read headers.

    Returns
    -------
    Entries of all files in the order of the listing; how many files were read; and for each entry
    the place of its file in the listing.
    """
    keys = [intake.path_key(found.relative) for found in listed]
    rows = _unchanged(keys, listed, known)
    changed = [i for i, key in enumerate(keys) if key not in rows]
    counts: list[int] = []
    fresh = cached.pack(_read(changed, keys, listed, intake, workers, counts))
    start = known.num_rows
    for i, n in zip(changed, counts, strict=True):
        rows[keys[i]] = range(start, start + n)
        start += n
    order = [row for key in keys for row in rows[key]]
    of_file = [i for i, key in enumerate(keys) for _ in rows[key]]
    whole = pa.concat_tables([known, fresh])
    if order != list(range(len(whole))):
        whole = whole.take(pa.array(order, pa.int64()))
    return whole, len(changed), of_file


def _unchanged(keys: Sequence[str], listed: Sequence[Found], known: pa.Table) -> dict[str, range]:
    """Rows of every file that an earlier night read as it is now.

    What could not be read is tried again, as rights may have been given since.
    """
    columns = (known.column(n).to_pylist() for n in ("path_key", "file_size", "mtime_ns", "reason"))
    now = {key: (one.size, one.mtime_ns) for key, one in zip(keys, listed, strict=True)}
    rows: dict[str, range] = {}
    stale: set[str] = set()
    for row, (key, size, mtime_ns, reason) in enumerate(zip(*columns, strict=True)):
        if now.get(key) != (size, mtime_ns) or reason in _TRY_AGAIN:
            stale.add(key)
        rows[key] = range(rows[key].start if key in rows else row, row + 1)
    return {key: of for key, of in rows.items() if key not in stale}


def _read(
    changed: Sequence[int],
    keys: Sequence[str],
    listed: Sequence[Found],
    intake: Intake,
    workers: int,
    counts: list[int],
) -> Iterator[Entry]:
    """Entries of files that are new or have changed; how many of each goes into ``counts``."""
    sound = [listed[i] for i in changed if not listed[i].problem]
    facts = iter(read_all([(one.full, one.relative, one.size) for one in sound], workers))
    for i in changed:
        found = listed[i]
        entries = intake.entries(
            keys[i], found, [_problem(found)] if found.problem else next(facts)
        )
        counts.append(len(entries))
        yield from entries


def _problem(found: Found) -> Facts:
    return unread(found.relative, found.size, Reason.UNREADABLE_FILE, found.problem)
