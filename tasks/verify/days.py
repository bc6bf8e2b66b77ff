"""Days of a film: those that its elements say, and whether they moved from the originals alike."""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Final

from pydicom.dataelem import DataElement

from tasks.verify.needles import Own

DAY_VRS: Final = frozenset({"DA", "DT"})
_DAY: Final = re.compile(r"(?<!\d)(\d{4})\.?(\d{2})\.?(\d{2})")


def days_in(text: str) -> Iterator[int]:
    """Yield the numbers of the whole days in a value, in today's form or the one with points."""
    for year, month, day in _DAY.findall(text):
        try:
            then = datetime(int(year), int(month), int(day), tzinfo=UTC)
        except ValueError:
            continue
        yield then.toordinal()


def whole_day(text: str) -> int | None:
    """Return the number of the day that a value is; None for what is no whole day."""
    return next(days_in(text), None) if _DAY.fullmatch(text.strip(" \0")) else None


def days_said(elements: Iterable[DataElement]) -> frozenset[int]:
    """Return the days that elements of a date say."""
    return frozenset(
        day for element in elements if element.VR in DAY_VRS for day in days_in(str(element.value))
    )


def days_of(own: Own) -> frozenset[int]:
    """Return the days of a film's originals, births excepted."""
    return frozenset(day for kind, value in own if kind == "date" for day in days_in(value))


def without_chance(own: Own, elements: Iterable[DataElement]) -> Own:
    """Return a film's originals without days that a shift of all its days leads to by chance.

    A film whose days are years apart has two that moving makes the same, one in some thousands.
    Where every day of the film, and there are several, lies as far from an original as the others
    do, none of them stayed.
    """
    said, original = days_said(elements), days_of(own)
    shared = said & original
    if not shared or len(said) == 1:
        return own
    first = min(said)
    moves = (day - first for day in original if day != first)
    if not any(all(day + move in original for day in said) for move in moves):
        return own
    return tuple(
        (kind, value) for kind, value in own if kind != "date" or shared.isdisjoint(days_in(value))
    )
