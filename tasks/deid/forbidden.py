"""What no kept value may say: words, numbers and places of everybody named around a film."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Self

from tasks.deid.crosswalk import Identifier
from tasks.deid.dates import days_said, spellings
from tasks.deid.names import run_together, words_of, words_on_machines
from tasks.deid.text import clinical, forbidden_words, is_everyday, squeezed

_DIGITS: Final = re.compile(r"\d+")
_MIN_NUMBER: Final = 4
# So many digits in a row are told from a measurement.
_MIN_DIGITS: Final = 5
_MIN_PART: Final = 6
_WRITTEN: Final = frozenset({"name", "date", "birth_date"})
_THINGS: Final = frozenset({"id", "contact", "place", "device"})
_DAYS: Final = frozenset({"date", "birth_date"})
_DAY_DIGITS: Final = 8  # a number has none of the zeros in front
_LOCAL_DIGITS: Final = 7  # of a telephone, without the codes of country and town
_LONG_NAME: Final = 8  # a place called Spine is a place, and a word
_LONG_WORD: Final = 6  # found within others, too
_SHORT_WORD: Final = 3


@dataclass(frozen=True, slots=True)
class Forbidden:
    """Originals of a film and its relatives, as kept values are held against them.

    Attributes
    ----------
    words
        Folded words of people's names.
    places
        Folded words of places and devices that are no clinical words, and the number of an ID that
        has but one, of four digits and beside letters (MRN 8000).
    numbers
        Squeezed identifiers, and whole names of places.
    digits
        Runs of digits in these, without leading zeros.
    names
        Squeezed names of people, family and given name run together in either order.
    days
        Digits of birth dates and of the film's own days, in every usual order.
    phrases
        Squeezed identifiers of things and places, long enough to be sought over several words.
    """

    words: frozenset[str]
    places: frozenset[str]
    numbers: frozenset[str]
    digits: frozenset[str]
    names: frozenset[str] = frozenset()
    days: frozenset[str] = frozenset()
    phrases: frozenset[str] = frozenset()

    @classmethod
    def of(cls, named: Iterable[Identifier]) -> Self:
        """Take from identifiers what is sought.

        A number or a place that films are described with, as XR LSPINE or Diagnostic Radiology,
        is sought nowhere: it tells nothing of anybody.
        """
        items = [one for one in named if one.kind in _WRITTEN or not is_everyday(one.value)]
        people = [item.value for item in items if item.kind == "name"]
        numbers = [item.value for item in items if _is_number(item)]
        places = forbidden_words(item.value for item in items if item.kind == "place")
        only_numbers = {run for item in items if item.kind == "id" for run in _only_run(item.value)}
        long_places = {squeezed(item.value) for item in items if item.kind == "place"}
        return cls(
            words=words_of(people),
            places=frozenset(w for w in places - clinical().words if _is_place(w)) | only_numbers,
            numbers=frozenset(form for number in numbers for form in _whole_numbers(number))
            | frozenset(place for place in long_places if len(place) >= _LONG_NAME),
            digits=frozenset(run for number in numbers for run in _runs(number))
            | frozenset(
                end for item in items if item.kind == "contact" for end in _end(item.value)
            ),
            names=frozenset(name for value in people for name in run_together(value)),
            days=frozenset(
                form for item in items if item.kind in _DAYS for form in spellings(item.value)
            ),
            phrases=frozenset(
                phrase
                for item in items
                if item.kind in _THINGS and len(phrase := squeezed(item.value)) >= _MIN_PART
            ),
        )

    def is_said_in(self, text: str) -> bool:
        """Return whether a text names somebody or some place, or holds a number of theirs."""
        words = words_on_machines(self.words)
        if forbidden_words([text]) & (words | self.places) or self.is_held_by(text):
            return True
        bare = squeezed(text)
        long_words = (word for word in self.words | self.places if len(word) >= _LONG_WORD)
        return any(said in bare for said in (*self.names, *long_words))

    def is_named_by(self, code: str, *, is_listed: bool = False) -> bool:
        """Return whether a code is or holds a name or number of somebody; clinical words do not.

        A code that the standard lists is one: it holds a number of few digits by chance.
        """
        said = forbidden_words([code]) - clinical().words
        least = _MIN_PART if is_listed else _MIN_NUMBER
        if said & (self.words | self.places) or self.is_held_by(code, least):
            return True
        bare = squeezed(code)
        return any(name in bare for name in self.names)

    def is_held_by(self, text: str, least: int = _MIN_NUMBER) -> bool:
        """Return whether a value is, or holds, one of the numbers or days.

        Numbers of fewer letters and digits than the least are looked for as the whole value alone.
        """
        if not self.days.isdisjoint(days_said(text)):
            return True
        if not self.digits.isdisjoint(run.lstrip("0") for run in _DIGITS.findall(text)):
            return True
        bare = squeezed(text)
        if len(bare) >= _MIN_NUMBER and bare in self.numbers:
            return True
        long_digits = (run for run in self.digits if len(run) >= _MIN_PART)
        return any(len(n) >= least and n in bare for n in (*self.numbers, *long_digits))

    def is_number(self, text: str) -> bool:
        """Return whether a number is one of somebody's, before its point, behind it, or in all.

        Of few digits a number is a number: many a study's ID is 1, as is many a series' number.
        """
        said = squeezed(text)
        if len(said) >= _MIN_NUMBER and said in self.numbers:
            return True
        if not self.digits:
            return False
        runs = {run.lstrip("0") for run in _DIGITS.findall(text)}
        return _whole(text) in self.digits or any(
            len(run) >= _MIN_PART and run in self.digits for run in runs
        )

    def is_part_of_uid(self, uid: str) -> bool:
        """Return whether a part of a UID is a number of somebody's, or begins as a day."""
        long = [part for part in uid.split(".") if len(part) >= _MIN_PART]
        days = (part[:_DAY_DIGITS] for part in long if len(part) >= _DAY_DIGITS)
        return not self.digits.isdisjoint(long) or not self.days.isdisjoint(days)

    def is_said_by_number(self, number: str) -> bool:
        """Return whether a number is one of somebody's, or a day, in whatever way it is written."""
        return not self.days.isdisjoint(_as_days(number.lstrip("+-"))) or self.is_number(number)


@lru_cache(maxsize=8)
def only_long(forbidden: Forbidden) -> Forbidden:
    """Return the numbers so long that another one is the same by no chance, and nothing else."""
    numbers, digits = (
        frozenset(number for number in some if len(number) >= _MIN_PART)
        for some in (forbidden.numbers, forbidden.digits)
    )
    return Forbidden(frozenset(), frozenset(), numbers, digits)


def _is_place(word: str) -> bool:
    """Return whether a word may be what a place is called by; a room's number is not."""
    return len(word) >= (_SHORT_WORD if word.isalpha() else _LONG_WORD)


def _is_number(item: Identifier) -> bool:
    """Return whether an identifier is a number; a device may be called by a plain word."""
    if item.kind == "device":
        return sum(char.isdigit() for char in item.value) >= _MIN_NUMBER
    return item.kind in ("id", "contact", "birth_date")


def _whole_numbers(number: str) -> Iterator[str]:
    """Yield an identifier squeezed, and one of digits without its leading zeros."""
    bare = squeezed(number)
    yield bare
    if bare.isdigit() and len(bare.lstrip("0")) >= _MIN_DIGITS:
        yield bare.lstrip("0")


def _runs(number: str) -> Iterator[str]:
    """Yield the runs of digits of an identifier, and all of them as one."""
    runs = _DIGITS.findall(number)
    for run in {*runs, "".join(runs)}:
        bare = run.lstrip("0")
        if len(bare) >= _MIN_DIGITS:
            yield bare


def _end(contact: str) -> list[str]:
    """Return the end of a telephone number, which stays whatever code is dialed before it."""
    digits = "".join(_DIGITS.findall(contact))
    end = digits[-_LOCAL_DIGITS:]
    return [end] if len(digits) > _LOCAL_DIGITS and end[0] != "0" else []


def _as_days(number: str) -> Iterator[str]:
    """Yield the digits of a number, and those of its value as days have them: 00170248, 2.1E6.

    Five digits are a day of 05.03.19 only where somebody wrote zeros in front: any number has five.
    """
    yield number
    whole = _whole(number)
    if not whole or float(number) % 1:
        return
    yield from (whole, whole.zfill(_DAY_DIGITS) if len(whole) > _MIN_PART else whole)
    written = _DIGITS.match(number)
    if written and len(written[0]) >= _MIN_PART:
        yield whole.zfill(_MIN_PART)


def _only_run(number: str) -> list[str]:
    """Return the one run of digits of an identifier, as long as is told as a word alone.

    In a measurement so few digits are chance, as they are among others.
    """
    runs = _DIGITS.findall(number)
    return runs if len(runs) == 1 and len(runs[0]) == _MIN_NUMBER else []


def _whole(text: str) -> str:
    """Return the whole part of a number, however it is written."""
    try:
        return f"{abs(float(text)):.0f}"
    except ValueError:
        return ""
