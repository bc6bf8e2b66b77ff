"""Identifiers as needles, each sought as it could stand in a text and not by chance.

A study has thousands of identifiers and gigabytes of text; each text is walked once, and only where
its next characters begin some identifier is more compared.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final, Self

from tasks.verify.masks import masked
from tasks.verify.people import People, whole_names
from tasks.verify.spelling import (
    forms_of,
    has_capital,
    squeeze,
    stands_alone,
    word_list,
    words_of,
    words_respelled,
)
from tasks.verify.spelling_days import bare_days, day_forms, days_written
from tasks.verify.usual import NOBODY, WORDS_OF_PLACES, is_phrase

# (kind, original value) of one film.
Own = tuple[tuple[str, str], ...]
_PREFIX: Final = 5
# Shorter ones occur by chance; they are searched as whole words in their own film only.
MIN_LENGTH: Final = 6
# So long that nothing holds one by chance, not even a digest.
_SURE: Final = 14
# Letters that words side by side, thousands of names given, do not make up by chance.
_MIN_WITHIN: Final = 10
# Shorter numbers stand in longer ones by chance.
_MIN_INSIDE: Final = 8
_MIN_WORD: Final = 3
# How many digits a word needs to mean somebody; a station is called like a model, with few.
_DIGITS_OF: Final = {"name": 0, "place": 0, "device": 4, "uid": 6}
# A number of fewer digits is anyone's; one of up to so many may be a make's or a model's.
_MIN_NUMBER: Final = 4
_MAX_MODEL: Final = 5
# Digits as people group them: 17.02.1948, 12 345 678, 12'345'678, 431/5971-234.
_GROUPED: Final = re.compile(r"\d+(?:[-./_ '\xa0\u2010-\u2015\u2019\u2212]\d+)*")
_DIGITS: Final = re.compile(r"\d+")
_OTHER_DIGITS: Final = re.compile(r"(?![0-9])\d")
_COUNTED: Final = re.compile(r"\d(?:\D*\d){5}")  # as many digits as the shortest number
_POINTED: Final = re.compile(r"\d+\.\d+")
_RUNS: Final = re.compile(rb"[\t\n\r\x20-\x7e\x80-\xff]{5,}")
_WIDE_RUNS: Final = re.compile(
    rb"(?:[\x20-\x7e\xa0-\xff][\x00\x01]){4,}|(?:\x00[\x20-\x7e\xa0-\xff]){4,}"
    rb"|(?:[\x20-\x7e\xa0-\xff]\x00\x00\x00){4,}"  # as arrays of NumPy hold letters
)


class Needles:
    """Identifiers that must not occur anywhere.

    Words and long identifiers are sought wherever their letters and digits follow each other.
    Numbers are sought as people write them: of eight digits or more within a number, shorter ones
    as a whole, both however they are grouped. What is made of everyday words alone is nobody's.

    Parameters
    ----------
    identifiers
        Original values. Person names are also sought with their parts in reverse order, and part
        by part where ``named_in`` looks; days in every usual order.
    everyday
        Words that a study writes anyway: as a name, or a part of one, they mean nobody.
    names, devices
        Which of them name people, besides those with ``^``, and which devices.

    Attributes
    ----------
    people
        The names.
    usual
        The words of ``everyday``, and others that name nobody.
    """

    def __init__(
        self,
        identifiers: Iterable[str],
        everyday: frozenset[str] = frozenset(),
        *,
        names: Iterable[str] = (),
        devices: Iterable[str] = (),
    ) -> None:
        values = set(identifiers)
        self.usual = usual = _usual(everyday)
        named = {value for value in values if "^" in value}.union(names)
        self.people = People(named, usual)
        single = {squeeze(name) for name in named if len(words_of(name)) == 1}
        forms = {f for v in values for f in _forms(v, usual, is_name=v in named)} - usual
        prose = (name for name in named if words_of(name) <= usual)
        self._prose = {form for name in prose for form in _forms(name, usual, is_name=True)}
        sought = sorted(form for form in forms if len(form) >= MIN_LENGTH)
        self._spelled = _by_prefix(f for f in sought if not f.isdigit() or len(f) >= _SURE)
        numbers = [form for form in sought if form.isdigit() and len(form) < _SURE]
        self._inside = _by_prefix(form for form in numbers if len(form) >= _MIN_INSIDE)
        bare = {form.lstrip("0") for form in numbers}
        self._whole = {*numbers, *(form for form in bare if len(form) >= MIN_LENGTH)}
        self._days = {value for value in values if day_forms(value)}
        self._bare_days = bare_days(self._days)
        self._pointed = _any_of(v for v in values if _POINTED.fullmatch(v) and len(v) > MIN_LENGTH)
        self._like_models = {f for f in {*map(squeeze, devices), *single} if _is_like_model(f)}

    @classmethod
    def of(cls, own: Own, everyday: frozenset[str]) -> Self:
        """Return the needles of one film."""
        names, devices = ([v for kind, v in own if kind == of] for of in ("name", "device"))
        return cls((value for _, value in own), everyday, names=names, devices=devices)

    def named_in(self, text: str, models: str = "") -> bool:
        """Return whether a part of somebody's name, or a whole one, is written in a text.

        Parameters
        ----------
        models
            Makes and models, squeezed: a maker's name is many people's, too.
        """
        words = word_list(text)
        return self.people.part_in(words, models) or self.people.whole_in(text, words)

    def words_of_film(self, own: Own, models: frozenset[str] = frozenset()) -> frozenset[str]:
        """Return the words that name people and places of one film.

        Parameters
        ----------
        own
            (kind, original); a place may be called by a word that films are described with, and
            then that word is no place.
        models
            Words of the film's makes and models: a short number among them is theirs, unless it is
            the whole number of an ID.
        """
        names, others, ids = set[str](), set[str](), set[str]()
        for kind, value in own:
            if kind == "name":
                names |= words_respelled(value)
            elif not is_phrase(value, self.usual):
                least = _DIGITS_OF.get(kind, 1)
                said = words_of(value)
                others |= {w for w in said if sum(map(str.isdigit, w)) >= least}
                if kind == "id" and len(_DIGITS.findall(value)) == 1:
                    ids |= {word for word in said if word.isdigit()}
        numbers = {word for word in others if word.isdigit()}
        short = {word for word in numbers if len(word) < _MIN_NUMBER}
        short |= {word for word in numbers & models - ids if len(word) <= _MAX_MODEL}
        words = names - NOBODY - WORDS_OF_PLACES | others - self.usual - short
        return frozenset(word for word in words if len(word) >= _MIN_WORD)

    def found_in(self, text: str, models: str = "") -> bool:
        """Return whether a text holds one of the identifiers, whatever its punctuation and case.

        Parameters
        ----------
        models
            Makes and models, squeezed: a device, or a single name, that is called like one of them
            is not sought.
        """
        if self.spelled_in(text, models):
            return True
        return _COUNTED.search(text) is not None and self.counted_in(masked(text))

    def spelled_in(self, text: str, models: str = "") -> bool:
        """Return whether a text holds a word, a long number or a day that is more than one."""
        if self._pointed.search(text):
            return True
        if self._days and not self._days.isdisjoint(days_written(text)):
            return True
        held = self._sought(text, models)
        if any(len(form) >= _SURE for form in held):
            return True
        return bool(held) and bool(self._sought(masked(text), models))

    def _sought(self, text: str, models: str) -> set[str]:
        """Return the forms in a text, without what other words make up.

        Short ones stand alone; a name of nothing but everyday words is none in small letters:
        chance may have it so.
        """
        held = set(_held(squeeze(text), self._spelled))
        if not held:
            return held
        held = {form for form in held if form not in self._like_models or form not in models}
        held = {form for form in held if _is_long(form) or stands_alone(form, text)}
        return {form for form in held if form not in self._prose or has_capital(form, text)}

    def counted_in(self, text: str) -> bool:
        """Return whether a text, as it is, holds a number of people's length."""
        if not self._whole:
            return False  # nor is any day sought
        for match in _GROUPED.finditer(_in_plain_digits(text)):
            if len(match[0]) < MIN_LENGTH:
                continue
            groups = _DIGITS.findall(match[0])
            if any(_held("".join(groups), self._inside)):
                return True
            if not self._whole.isdisjoint(_together(groups)):
                return True
            if len(groups) > 1 and not self._bare_days.isdisjoint(_together(groups)):
                return True
        return False


def _in_plain_digits(text: str) -> str:
    """Return a text with the digits of every script as 0 to 9."""
    if text.isascii():
        return text
    plain = unicodedata.normalize("NFKC", text)
    return _OTHER_DIGITS.sub(lambda match: str(unicodedata.decimal(match[0])), plain)


def _forms(value: str, usual: frozenset[str], *, is_name: bool) -> set[str]:
    """Return the spellings of an identifier; none of a phrase that many films are called by."""
    if not is_name:
        return set() if is_phrase(value, usual) else forms_of(value) | day_forms(value)
    groups = {value, *value.split("=")}
    return {"".join(words) for words in whole_names(value)}.union(*map(forms_of, groups))


@lru_cache(maxsize=4)
def _usual(everyday: frozenset[str]) -> frozenset[str]:
    """Return the words that mean nobody; a study has the same ones for every film."""
    return frozenset(word for word in NOBODY | WORDS_OF_PLACES | everyday if word.isalpha())


def _is_long(form: str) -> bool:
    """Return whether chance does not put so many letters together; digits are no words' part."""
    return len(form) >= _MIN_WITHIN or not form.isalpha()


def _is_like_model(form: str) -> bool:
    """Return whether a device's name may be its model's: letters, and a number of few digits."""
    return sum(map(str.isdigit, form)) <= _MAX_MODEL and not form.isdigit()


def runs_of(content: bytes) -> Iterator[str]:
    """Yield what can be read in bytes as UTF-8, Latin-1, UTF-16 of either order or UTF-32."""
    for run in _RUNS.findall(content):
        yield run.decode("latin-1")
        if not run.isascii():
            yield run.decode("utf-8", "ignore")
    for run in _WIDE_RUNS.findall(content):
        yield run.replace(b"\0", b"").decode("latin-1")


def _any_of(numbers: Iterable[str]) -> re.Pattern[str]:
    """Return what matches one of some numbers with a point, whole; without any, nothing."""
    said = "|".join(map(re.escape, sorted(numbers)))
    return re.compile(rf"(?<![\d.])(?:{said or '(?!)'})(?!\d)")


def _by_prefix(forms: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for form in forms:
        found.setdefault(form[:_PREFIX], []).append(form)
    return found


def _held(hay: str, by_prefix: dict[str, list[str]]) -> Iterator[str]:
    """Yield the forms that a squeezed text holds."""
    for at in range(len(hay) - _PREFIX if by_prefix else 0):
        for needle in by_prefix.get(hay[at : at + _PREFIX], ()):
            if hay.startswith(needle, at):
                yield needle


def _together(groups: list[str]) -> Iterator[str]:
    """Yield neighboring groups of digits as one number each, with and without zeros in front."""
    for first in range(len(groups)):
        number = ""
        for group in groups[first:]:
            number += group
            if len(number) > _SURE:
                break
            yield from (number, number.lstrip("0"))
