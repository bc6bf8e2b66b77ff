"""Days as people and programs write them: in any order, with months in many languages."""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from tasks.verify.spelling import squeeze

_DAY: Final = re.compile(r"(?:19|20)\d{6}")
# Of each month, its names in the languages that films come in; squeezed.
_WEST: Final = (
    "january jan januar janner jaenner janvier janv enero ene gennaio gen januari janeiro",
    "february feb februar feber fevrier fevr febrero febbraio februari fevereiro fev",
    "march mar marz maerz mars marzo maart mrt marco",
    "april apr avril avr abril abr aprile",
    "may mai mayo maggio mag mei maio maj",
    "june jun juni juin junio giugno giu junho",
    "july jul juli juillet juil julio luglio lug julho",
    "august aug aout agosto ago augustus augusti",
    "september sep sept septembre septiembre settembre set setembro",
    "october oct oktober okt octobre octubre ottobre ott outubro out",
    "november nov novembre noviembre novembro",
    "december dec dezember dez decembre diciembre dic dicembre dezembro",
)
_EAST: Final = (
    "января stycznia ledna ocak",
    "февраля lutego unora subat",
    "марта marca brezna mart",
    "апреля kwietnia dubna nisan",
    "мая maja kvetna mayis",
    "июня czerwca cervna haziran",
    "июля lipca cervence temmuz",
    "августа sierpnia srpna agustos",
    "сентября wrzesnia zari eylul",
    "октября pazdziernika rijna ekim",
    "ноября listopada listopadu kasim",
    "декабря grudnia prosince aralik",
)
_MONTHS: Final = tuple(
    [squeeze(name) for name in f"{west} {east}".split()]
    for west, east in zip(_WEST, _EAST, strict=True)
)
_MONTH: Final = {name: number for number, names in enumerate(_MONTHS, 1) for name in names}
_SHORT_DAY: Final = re.compile(
    r"(?<!\d)(?<!\d[.,])\d{1,2}[-./ ]{0,2}(?:\d{1,2}|[^\W\d_]{3,9})[-./ ]{0,2}\d{2}(?!\d)"
)
_DAY_YEAR: Final = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_REACH: Final = 48
_APART: Final = "\x1f" * 8
_YEAR, _DATE, _NAME = r"(?P<y>(?:19|20)\d\d)", r"(?P<d>\d{1,2})", r"(?P<m>[^\W\d_]{3,12})"
_ENDING, _THEN = r"(?:st|nd|rd|th|er|º|ª)?", r"[\W_]{0,3}"
_CLOCK: Final = r"(?:\d\d:\d\d:\d\d\s(?:[A-Z]{1,5}\s)?)?"
_NUMBER: Final = r"(?P<m>\d{1,2})"
# A day with its month's name, or that no group of digits says: 17 de febrero de 1948, 1948-2-17,
# Tue Feb 17 00:00:00 1948, date(1948, 2, 17), 1948年2月17日, 17. 2. 1948.
_WRITTEN: Final = tuple(
    re.compile(shape, re.IGNORECASE)
    for shape in (
        rf"(?<!\d){_DATE}{_ENDING}[\W_]{{0,3}}(?:(?:of|den?)\s)?{_NAME}{_THEN}(?:del?\s)?{_YEAR}(?!\d)",
        rf"(?<![^\W\d_]){_NAME}[\W_]{{0,2}}{_DATE}{_ENDING}[\W_]{{1,3}}{_CLOCK}{_YEAR}(?!\d)",
        rf"(?<!\d){_YEAR}[\W_]{{0,2}}{_NAME}[\W_]{{0,2}}{_DATE}(?!\d)",
        rf"(?<!\d){_YEAR}\s?[年년]\s?{_NUMBER}\s?[月월]\s?{_DATE}(?!\d)",
        rf"\bdate(?:time)?\({_YEAR}, {_NUMBER}, {_DATE}\b",
        rf"(?<![\d./-]){_YEAR}(?P<by>[./-]){_NUMBER}(?P=by){_DATE}(?![./-]?\d)",
        rf"(?<![\d.]){_DATE}\.\s?{_NUMBER}\.\s{_YEAR}(?![.]?\d)",
    )
)


def day_forms(value: str) -> set[str]:
    """Return the spellings in numbers of an identifier that is a day, squeezed; none of others."""
    then = _then(value) if _DAY.fullmatch(value) else None
    return set() if then is None else set(_in_orders(then, "02"))


def days_written(text: str) -> Iterator[str]:
    """Yield the days, of eight digits, that a text says otherwise than as one number."""
    # Long texts are read around their years alone; no day reaches so far from its year.
    spans = ((year.start(), year.end()) for year in _DAY_YEAR.finditer(text))
    near = _APART.join(text[max(start - _REACH, 0) : end + _REACH] for start, end in spans)
    for shape in _WRITTEN if near else ():
        for match in shape.finditer(near):
            name = match["m"]
            month = int(name) if name.isdecimal() else _MONTH.get(squeeze(name), 0)
            yield f"{match['y']}{month:02d}{int(match['d']):02d}"


def bare_days(values: Iterable[str]) -> set[str]:
    """Return the days among identifiers without zeros: 17.2.1948, squeezed.

    Nobody writes them so but with something between day, month and year.
    """
    days = (_then(value) for value in values if _DAY.fullmatch(value))
    return {number for then in days if then is not None for number in _in_orders(then, "")}


def _in_orders(then: datetime, pad: str) -> Iterator[str]:
    """Yield a day in numbers with the year at its end, squeezed."""
    for one, other in ((then.day, then.month), (then.month, then.day)):
        yield f"{one:{pad}d}{other:{pad}d}{then.year}"


@lru_cache(maxsize=1 << 10)
def short_days(day: str) -> frozenset[str]:
    """Return the spellings of a day with a year of two digits, squeezed; see ``short_days_in``."""
    then = _then(day[:8])
    if then is None:
        return frozenset()
    year, month, date = f"{then.year % 100:02d}", f"{then.month:02d}", f"{then.day:02d}"
    numbers = {year + month + date, date + month + year, month + date + year}
    return frozenset(numbers | set(_named(then, year)))


def short_days_in(text: str) -> Iterator[str]:
    """Yield what in a text may be a day with a year of two digits, squeezed."""
    yield from map(squeeze, _SHORT_DAY.findall(text))


def _named(then: datetime, year: str) -> Iterator[str]:
    """Yield a day with the month's name, in either order."""
    for name in _MONTHS[then.month - 1]:
        for date in {f"{then.day}", f"{then.day:02d}"}:
            yield f"{date}{name}{year}"
        yield f"{name}{then.day}{year}"


def _then(day: str) -> datetime | None:
    """Return a day of eight digits; None for what is none."""
    try:
        return datetime.strptime(day, "%Y%m%d").replace(tzinfo=UTC)
    except ValueError:
        return None
