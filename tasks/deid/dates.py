"""Days shifted by a constant, times kept: intervals stay exact (PS3.15 E.3.6).

And a day as people spell it, which no kept value may do of the film's own.
"""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from tasks.deid.text import fold

_DA: Final = re.compile(r"(\d{4})[.]?(\d{2})[.]?(\d{2})", re.ASCII)
# Clocks that count in ten millionths write a seventh digit, which no VR has.
_TM: Final = re.compile(
    r"((?:[01]\d|2[0-3])(?::?[0-5]\d(?::?(?:[0-5]\d|60)(?:\.\d{1,6})?)?)?)(?:(?<=\.\d{6})\d)?",
    re.ASCII,
)
_DT: Final = re.compile(r"(\d{8})(\d{2,6}(?:\.\d{1,7})?)?([+-](?:0\d|1[0-4])[0-5]\d)?", re.ASCII)
_AGE: Final = re.compile(r"(\d{1,3})([DWMY])", re.ASCII)
MAX_AGE_YEARS: Final = 90
# What stands where no day is known, as where a clock or a counter begins, is the same everywhere:
# moved, it would say how far all days of the patient were moved.
_FIRST_DAY: Final = date(1901, 1, 1)
_LAST_DAY: Final = date(2100, 1, 1)
_STAND_INS: Final = frozenset({date(1970, 1, 1)})
_SEVEN: Final = 7  # digits of a day, month and year, of which the first was a zero
_YEAR: Final = 4
_DIGIT: Final = re.compile(r"\d")
_RUN: Final = re.compile(r"(?<!\d)\d{6,8}(?!\d)")
_GROUPS: Final = re.compile(
    r"(?<!\d)(?=(\d{1,4})\s?[-./ ,_]\s?(\d{1,2})\s?[-./ ,_]\s?(\d{1,4})(?!\d))"
)
_NAMED_MONTH: Final = re.compile(
    r"(?:(?<!\d)(\d{1,4})[^\w]{0,2})?(?<![a-z])([a-z]{3,10})[^\w]{0,2}(\d{1,4})(?!\d)"
    r"(?:[^\w]{1,2}(\d{2,4})(?!\d))?"
)
# How the months' names begin in the languages of the clinical words, folded.
_MONTHS: Final = {
    1: ("jan", "gen", "ene", "sty"),
    2: ("feb", "fev", "lut"),
    3: ("mar", "mrz", "maa"),
    4: ("apr", "avr", "abr", "kwi"),
    5: ("may", "mai", "mag", "mei", "maj"),
    6: ("jun", "juin", "giu", "cze"),
    7: ("jul", "juil", "lug", "lip"),
    8: ("aug", "aou", "ago", "sie"),
    9: ("sep", "set", "wrz"),
    10: ("oct", "okt", "ott", "out", "paz"),
    11: ("nov", "lis"),
    12: ("dec", "dez", "dic", "gru"),
}
_PER_YEAR: Final = {"D": 365.25, "W": 52.18, "M": 12.0, "Y": 1.0}


def shift_date(text: str, days: int) -> str:
    """Shift one DA value, or a range of two.

    Returns
    -------
    str
        ``YYYYMMDD``; "" for what is no whole day (a part of a date cannot be shifted exactly), or
        stands for none and would be moved.
    """
    if "-" in text.strip():
        ends = [shift_date(end, days) if end.strip() else "" for end in text.split("-")]
        return "-".join(ends) if any(ends) and len(ends) == 2 else ""  # noqa: PLR2004 - from, to
    day = parse_date(text)
    if day is None or (days and _stands_for_none(day)):
        return ""
    moved = day + timedelta(days)
    return f"{moved.year:04d}{moved:%m%d}"


def _stands_for_none(day: date) -> bool:
    return day in _STAND_INS or not _FIRST_DAY < day < _LAST_DAY


def shift_datetime(text: str, days: int) -> str:
    """Shift the day of one DT value; time and zone stay, so that the day moves as DA does."""
    match = _DT.fullmatch(text.strip(" \0"))
    time = clean_time(match[2] or "") if match else ""
    if match is None or (match[2] and not time):
        return ""
    day = shift_date(match[1], days)
    return f"{day}{time}{match[3] or ''}" if day else ""


def clean_time(text: str) -> str:
    """Return a TM value, of its fraction six digits; "" for what is none."""
    match = _TM.fullmatch(text.strip(" \0"))
    return match[1] if match else ""


def parse_date(text: str) -> date | None:
    """Return the day of a DA value, in today's form or the ACR-NEMA one with points."""
    match = _DA.fullmatch(text.strip(" \0"))
    if match is None:
        return None
    try:
        return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return None


def cap_age(text: str) -> str:
    """Return an AS value of three digits with ages from 90 on as 090Y, "" for what is no age."""
    match = _AGE.fullmatch(text.strip(" \0").upper())
    if match is None:
        return ""
    years = int(match[1]) / _PER_YEAR[match[2]]
    return f"{MAX_AGE_YEARS:03d}Y" if years >= MAX_AGE_YEARS else f"{match[1]:0>3}{match[2]}"


def age_between(birth: str, day: str) -> str:
    """Return the age at a day as an AS value in years, capped; "" when either is no day."""
    born, then = parse_date(birth), parse_date(day)
    if born is None or then is None or then < born:
        return ""
    years = then.year - born.year - ((then.month, then.day) < (born.month, born.day))
    return f"{min(years, MAX_AGE_YEARS):03d}Y"


def spellings(day: str) -> frozenset[str]:
    """Return the digits of a day in the usual orders, also with two of the year and without zeros.

    Parameters
    ----------
    day
        DA or DT value; what is no day has no spellings.
    """
    then = parse_date(day[:10]) or parse_date(day[:8])
    if then is None:
        return frozenset()
    whole, short = f"{then.year:04d}", f"{then.year % 100:02d}"
    month, number = f"{then.month:02d}", f"{then.day:02d}"
    orders = ((number, month), (month, number))
    forms = {f"{one}{other}{year}" for one, other in orders for year in (whole, short)}
    forms |= {f"{int(one)}{int(other)}{whole}" for one, other in orders}
    forms |= {f"{year}{month}{number}" for year in (whole, short)}
    return frozenset(forms | {bare for form in forms if len(bare := form.lstrip("0")) == _SEVEN})


def days_said(text: str) -> Iterator[str]:
    """Yield what may be days in a text, as digits alone: 17.02.48, 17. Februar 1948, 480217."""
    if not _DIGIT.search(text):
        return
    yield from _RUN.findall(text)
    for parts in _GROUPS.findall(text):
        lengths = [*map(len, parts)]
        if max(lengths) == _YEAR or lengths == [2, 2, 2]:
            yield "".join(part.zfill(2) for part in parts)
    for match in _NAMED_MONTH.finditer(fold(text)):
        before, word, one, other = match.groups(default="")
        for month in _months(word):
            for number, year in ((before, one), (one, other), (one, before)):
                yield f"{number.zfill(2)}{month:02d}{year}"


def _months(word: str) -> Iterator[int]:
    """Yield the months whose names begin like a word."""
    yield from (month for month, names in _MONTHS.items() if word.startswith(names))
