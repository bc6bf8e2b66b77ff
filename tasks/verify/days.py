"""Days of a film: those that its elements say, and whether they moved from the originals alike."""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Final

import numpy as np
from pydicom.dataelem import DataElement

from tasks.verify.needles import Own

DAY_VRS: Final = frozenset({"DA", "DT"})
# Written where a day has to be, and none may.
NO_DAY: Final = datetime(1900, 1, 1, tzinfo=UTC).toordinal()
_DAY: Final = re.compile(r"(?<!\d)(\d{4})\.?(\d{2})\.?(\d{2})")
# A number of seven digits or more, or of fewer with an exponent: a day is no shorter.
_NUMBER: Final = re.compile(r"(?<![\w.])\d(?:[\d.]{6,}|[\d.]{3,}(?=[eE]))(?:[eE][+-]?\d{1,2})?")
# Zeros in front of a day with a year of two digits make a number as long as other days.
_PADDED: Final = re.compile(r"(?<![\w.])00+(\d{6})(?:\.0*)?(?![\w.])")


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


def numbers_of(days: Iterable[str]) -> frozenset[int]:
    """Return what days of eight digits are as numbers: the year in front, or behind, both ways."""
    orders = ((day, day[6:8] + day[4:6] + day[:4], day[4:8] + day[:4]) for day in days)
    return frozenset(int(number) for order in orders for number in order)


def is_day_by_number(text: str, vr: str, numbers: frozenset[int], short: frozenset[str]) -> bool:
    """Return whether numbers of an element are a day, in whatever way the number is written.

    Six digits alone are too few where nobody chose how to write them: one number in fifty is some
    day then. With zeros in front they are no measurement.

    Parameters
    ----------
    text
        The element's value or values.
    vr
        Its representation; a float of four bytes is rounded.
    numbers, short
        Days as ``numbers_of`` gives them, and with a year of two digits.
    """
    if not short.isdisjoint(_PADDED.findall(text)):
        return True
    said = set(map(_value, _NUMBER.findall(text)))
    if vr == "FL":
        numbers = frozenset(int(np.float32(number)) for number in numbers)
    return not numbers.isdisjoint(said)


def _value(number: str) -> float:
    """Return what a number says; zero for several that points make one of, as in 1.2.3."""
    return float(number) if number.count(".") <= 1 else 0.0


def days_said(elements: Iterable[DataElement]) -> frozenset[int]:
    """Return the days that elements of a date say."""
    said = (str(element.value) for element in elements if element.VR in DAY_VRS)
    return frozenset(day for text in said for day in days_in(text)) - {NO_DAY}


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
