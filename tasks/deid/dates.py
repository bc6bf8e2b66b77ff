"""Days shifted by a constant, times kept: intervals stay exact (PS3.15 E.3.6)."""

import re
from datetime import date, timedelta
from typing import Final

_DA: Final = re.compile(r"(\d{4})[.]?(\d{2})[.]?(\d{2})")
_TM: Final = re.compile(r"([01]\d|2[0-3])(:?[0-5]\d(:?([0-5]\d|60)(\.\d{1,6})?)?)?")
_DT: Final = re.compile(r"(\d{8})(\d{2,6}(?:\.\d{1,6})?)?([+-](?:0\d|1[0-4])[0-5]\d)?")
_AGE: Final = re.compile(r"(\d{1,3})([DWMY])")
MAX_AGE_YEARS: Final = 90
_PER_YEAR: Final = {"D": 365.25, "W": 52.18, "M": 12.0, "Y": 1.0}


def shift_date(text: str, days: int) -> str:
    """Shift one DA value, or a range of two.

    Returns
    -------
    str
        ``YYYYMMDD``; "" for what is no whole day (a part of a date cannot be shifted exactly).
    """
    if "-" in text.strip():
        ends = [shift_date(end, days) if end.strip() else "" for end in text.split("-")]
        return "-".join(ends) if any(ends) and len(ends) == 2 else ""  # noqa: PLR2004 - from, to
    day = parse_date(text)
    if day is None:
        return ""
    try:
        return f"{day + timedelta(days):%Y%m%d}"
    except OverflowError:
        return ""


def shift_datetime(text: str, days: int) -> str:
    """Shift the day of one DT value; time and zone stay, so that the day moves as DA does."""
    match = _DT.fullmatch(text.strip(" \0"))
    if match is None or (match[2] and not _TM.fullmatch(match[2])):
        return ""
    day = shift_date(match[1], days)
    return f"{day}{match[2] or ''}{match[3] or ''}" if day else ""


def clean_time(text: str) -> str:
    """Return a valid TM value unchanged, "" for anything else."""
    bare = text.strip(" \0")
    return bare if _TM.fullmatch(bare) else ""


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
