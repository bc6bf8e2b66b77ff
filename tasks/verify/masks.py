"""What a study writes itself and that holds any number by chance: left out of the search by shape.

A study of a thousand patients searches thousands of numbers of six to eight digits. Coordinates of
drawings, keyed UIDs and digests hold each of them somewhere; to call that a leak would make every
finding worthless. A leak does not look like that: our pseudonyms have shapes of their own, and a
number that was taken for a measurement keeps its digits before the point.
"""

import re
from functools import lru_cache
from typing import Final

_OURS: Final = re.compile(
    r"(?<![0-9a-z])(?:"
    r"2\.25\.\d{30,39}"  # a keyed UID
    r"|\d+(?:\.\d+){5,}"  # any other UID: an original's is too long to be taken for chance
    r"|[pir]-[0-9a-f]{16,20}"  # a pseudonym of ours, or the name of a run
    r"|(?=\d*[a-f])[0-9a-f]{16,64}"  # a digest
    r")(?![0-9a-z])",
    re.IGNORECASE,
)
# A name that a database makes up, in its file often without anything before the next one.
_MADE_UP: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
# What is said of a file that ends early, and a color of a drawing.
_MEASURED: Final = re.compile(
    r"\b\d+(?: of \d+)?(?: pixel)? bytes\b|\b(?:fill|stroke)=\"#[0-9a-f]{6}\""
)
# A day as programs write it: no number is grouped with the time behind it, or is a part of it.
_DAY: Final = re.compile(r"(?<![\d.-])((?:19|20)\d\d)-(\d\d)-(\d\d)(?!-|\.?\d)")
# One point alone: 17.02.1948 has two, and No.4711 no digit before it.
_FRACTION: Final = re.compile(r"(?<![\w.])(\d+)\.\d+(?!\.?\d)")
_EXPONENT: Final = re.compile(r"(?<![\w.])(\d)\.(\d{6,})[eE](\+?)(\d{1,2})(?![\w.])")
_MIN_WHOLE: Final = 8
_DRAWN: Final = re.compile(r"\s(?:d|points|transform|viewBox)=(\"[^\"]*\"|'[^']*')")
# Base64 in one line or many; what is behind a short one is no part of it.
IN_LINES: Final = r"[A-Za-z0-9+/]+(?:\r?\n[ \t]*[A-Za-z0-9+/]{60,})*={0,2}"
# Pictures in pages, and in what is said about other pictures: they are unpacked and searched.
_EMBEDDED: Final = re.compile(
    rf"(?:base64,\s*|(?<![\w+/=-])(?=(?:/9j/|iVBORw0KGgo)[A-Za-z0-9+/]{{53}})){IN_LINES}"
)
_BREAK: Final = "\x1f"


def masked(text: str) -> str:
    """Return a text without what a study writes itself, a break in each place.

    Keyed UIDs, pseudonyms, digests, paths and colors of drawings, sizes of files and embedded
    pictures go as a whole, of numbers with a point what is behind it; a long whole one with an
    exponent is written out, and a day becomes one number.
    """
    for shape in (_EMBEDDED, _DRAWN, _MADE_UP, _OURS, _MEASURED):
        text = shape.sub(_BREAK, text)
    text = _DAY.sub(rf"\1\2\3{_BREAK}", text)
    text = _EXPONENT.sub(_written_out, text)
    return _FRACTION.sub(rf"\1{_BREAK}", text)


def _written_out(number: re.Match[str]) -> str:
    """Return a whole number of eight digits or more without its exponent; others as they are.

    Programs write 1.9480217E7 for 19480217. What C prints as 1.234567e+07 has a digit too few to
    be known, and shorter numbers are what measurements become in this form.
    """
    digits, missing = number[1] + number[2], int(number[4]) - len(number[2])
    is_whole = missing == 0 or (missing == 1 and not number[3])
    whole = digits + "0" * missing
    return whole if is_whole and len(whole) >= _MIN_WHOLE else number[0]


@lru_cache(maxsize=1 << 12)
def is_ours(text: str) -> bool:
    """Return whether a text is a keyed UID, a pseudonym or a digest, and nothing else."""
    return _OURS.fullmatch(text) is not None


def without_pictures(text: str) -> str:
    """Return a text without embedded pictures, which spell names by chance."""
    return _EMBEDDED.sub(_BREAK, text)
