"""What one cell of ``annotations.csv`` says: grades, totals, dates, yes and no.

Cells come out of spreadsheets of any country. Messages name the column, never the value.
"""

import math
import re
from collections.abc import Mapping
from datetime import date
from typing import Final

from aac_models.kauppila import GRADES, MAX_TOTAL

_EMPTY: Final = ("", "na", "n/a", "nan", "null", "none", "-")
_YES: Final = ("1", "yes", "true", "y")
_NO: Final = ("0", "no", "false", "n")
_ISO: Final = re.compile(r"(?P<y>\d{4})-?(?P<m>\d{2})-?(?P<d>\d{2})(?:[T ].*)?\Z")
_DOTTED: Final = re.compile(r"(?P<d>\d{1,2})\.(?P<m>\d{1,2})\.(?P<y>\d{4})\Z")
# Between a film and its reading; beyond it somebody mistyped the year.
_MOST_YEARS: Final = 30

PLAUSIBLE, NOT_A_DATE, BEFORE_EXPOSURE, LONG_AFTER = (
    "plausible",
    "not_a_date",
    "before_exposure",
    "long_after",
)
REMARKS: Final[Mapping[str | None, str]] = {
    NOT_A_DATE: "column read_at is no date: write 2024-03-31",
    BEFORE_EXPOSURE: "column read_at is before the film was taken",
    LONG_AFTER: f"column read_at is more than {_MOST_YEARS} years after the film was taken",
}


class Unusable(Exception):  # noqa: N818 - a row, not a fault
    """Raised with the problem of a row that is left out.

    Parameters
    ----------
    what
        The kind of problem; rows of one kind share a line.
    detail
        What is said besides where a single row has it.
    """

    def __init__(self, what: str, detail: str = "") -> None:
        super().__init__(what, detail)
        self.detail = detail

    def __str__(self) -> str:
        """Return the kind alone."""
        return str(self.args[0])


def grade(column: str, text: str) -> int | None:
    """Return a grade, None where the segment could not be assessed."""
    number = _number(column, text)
    if number is None:
        return None
    if number not in GRADES:
        raise Unusable(f"column {column} is outside 0 to 3")
    return int(number)


def total(text: str) -> float | None:
    """Return a total, None where none is given."""
    number = _number("total", text)
    if number is not None and not 0 <= number <= MAX_TOTAL:
        raise Unusable(f"column total is outside 0 to {MAX_TOTAL}")
    return number


def _number(column: str, text: str) -> float | None:
    if is_empty(text):
        return None
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise Unusable(f"column {column} is no number")
    return number


def is_empty(text: str) -> bool:
    """Whether a cell says nothing, in whichever way spreadsheets say it."""
    return text.lower() in _EMPTY


def yes_or_no(text: str) -> bool | None:
    """Return what a cell says; None when it is empty or says something else."""
    if text.lower() in _YES:
        return True
    return False if text.lower() in _NO else None


def read_at(text: str, taken: str) -> str | None:
    """Say what the date of a reading is worth.

    Parameters
    ----------
    text
        ISO 8601, the same without hyphens, or 31.3.2024; a time behind it is allowed.
    taken
        Date and time of the exposure as in ``Facts``; "" when unknown.

    Returns
    -------
    A key of ``REMARKS``, ``PLAUSIBLE``, or None where no date is given.
    """
    if is_empty(text):
        return None
    read, exposed = _date(text), _date(taken.replace(".", "")[:8])
    if read is None:
        return NOT_A_DATE
    if exposed is None:
        return PLAUSIBLE
    if read < exposed:
        return BEFORE_EXPOSURE
    return LONG_AFTER if read.year - exposed.year > _MOST_YEARS else PLAUSIBLE


def _date(text: str) -> date | None:
    found = _ISO.match(text) or _DOTTED.match(text)
    try:
        return found and date(int(found["y"]), int(found["m"]), int(found["d"]))
    except ValueError:
        return None
