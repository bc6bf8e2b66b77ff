"""Identifiers as needles, each sought as it could stand in a text and not by chance.

A study has thousands of identifiers and gigabytes of text; each text is walked once, and only where
its next characters begin some identifier is more compared.
"""

import calendar
import re
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from tasks.verify.masks import masked

_PREFIX: Final = 5
# Shorter ones occur by chance; they are searched as whole words in their own film only.
MIN_LENGTH: Final = 6
# So long that nothing holds one by chance, not even a digest.
_SURE: Final = 14
# Shorter numbers stand in longer ones by chance.
_MIN_INSIDE: Final = 8
_MIN_WORD: Final = 3
# How many digits a word needs to mean somebody; a station is called like a model, with few.
_DIGITS_OF: Final = {"name": 0, "place": 0, "device": 4}
_MIN_PART: Final = 5
# A name run together, in plain letters and in others.
_MIN_JOINED: Final = {True: 5, False: 2}
_WORD: Final = re.compile(r"[^\W_]+")
_NO_LETTER: Final = re.compile(r"[\W_]+")
# Digits as people group them: 17.02.1948, 12 345 678, 431/5971-234.
_GROUPED: Final = re.compile(r"\d+(?:[-./_ \xa0\u2010-\u2015]\d+)*")
_DIGITS: Final = re.compile(r"\d+")
_POINTED: Final = re.compile(r"\d+\.\d+")
_DAY: Final = re.compile(r"(?:19|20)\d{6}")
# What headers write where nobody is named.
_NOBODY: Final = frozenset(
    {"anonymous", "anonymized", "unknown", "removed", "unspecified", "notavailable", "default"}
)
# Words of a place's or a person's name that a clean description of a film holds as well.
_COMMON: Final = frozenset(
    {
        *("abdomen", "abdominal", "aorta", "bone", "center", "centre", "chest", "clinic"),
        *("department", "general", "hospital", "image", "imaging", "institute", "joint"),
        *("lateral", "lumbar", "medical", "radiology", "spinal", "spine", "unit", "university"),
        *("view", "xray"),
    }
)
_RUNS: Final = re.compile(rb"[\t\n\r\x20-\x7e\x80-\xff]{5,}")
_WIDE_RUNS: Final = re.compile(
    rb"(?:[\x20-\x7e\xa0-\xff][\x00\x01]){4,}|(?:\x00[\x20-\x7e\xa0-\xff]){4,}"
)


def squeeze(text: str) -> str:
    """Return the letters and digits of a text, without case, diacritics and punctuation."""
    decomposed = unicodedata.normalize("NFKD", text).casefold().replace("ß", "ss")
    return _NO_LETTER.sub("", decomposed)


def words_of(text: str) -> set[str]:
    """Return the words of a text, squeezed."""
    return {squeeze(match[0]) for match in _WORD.finditer(text)} - {""}


class Needles:
    """Identifiers that must not occur anywhere.

    Words and long identifiers are sought wherever their letters and digits follow each other.
    Numbers are sought as people write them: of eight digits or more within a number, shorter ones
    as a whole, both however they are grouped.

    Parameters
    ----------
    identifiers
        Original values. Person names are also sought with their parts in reverse order, and part
        by part where ``named_in`` looks; days in every usual order.
    everyday
        Words that a study writes anyway: as a name, or a part of one, they mean nobody.

    Attributes
    ----------
    usual
        These, and others that name nobody.
    """

    def __init__(self, identifiers: Iterable[str], everyday: frozenset[str] = frozenset()) -> None:
        values = set(identifiers)
        self.usual = usual = _usual(everyday)
        forms = {form for value in values for form in _forms(value)} - usual
        sought = sorted(form for form in forms if len(form) >= MIN_LENGTH)
        self._spelled = _by_prefix(f for f in sought if not f.isdigit() or len(f) >= _SURE)
        numbers = [form for form in sought if form.isdigit() and len(form) < _SURE]
        self._inside = _by_prefix(form for form in numbers if len(form) >= _MIN_INSIDE)
        bare = {form.lstrip("0") for form in numbers}
        self._whole = {*numbers, *(form for form in bare if len(form) >= MIN_LENGTH)}
        self._pointed = _any_of(v for v in values if _POINTED.fullmatch(v) and len(v) > MIN_LENGTH)
        parts = {word for value in values if "^" in value for word in words_of(value)}
        self._parts = {word for word in parts if len(word) >= _MIN_PART and word not in usual}

    def named_in(self, text: str) -> bool:
        """Return whether a part of somebody's name is a word of a text."""
        return bool(self._parts) and not self._parts.isdisjoint(words_of(text))

    def words_of_film(self, own: Iterable[tuple[str, str]]) -> frozenset[str]:
        """Return the words that name people and places of one film.

        Parameters
        ----------
        own
            (kind, original); a place may be called by a word that films are described with, and
            then that word is no place.
        """
        names, others = set[str](), set[str]()
        for kind, value in own:
            least = _DIGITS_OF.get(kind, 1)
            said = {w for w in words_of(value) if sum(map(str.isdigit, w)) >= least}
            (names if kind == "name" else others).update(said)
        words = names - _NOBODY - _COMMON | others - self.usual
        return frozenset(word for word in words if len(word) >= _MIN_WORD)

    def joined_names(self, own: Iterable[tuple[str, str]]) -> frozenset[str]:
        """Return the names of one film's people run together, family or given name first.

        Parameters
        ----------
        own
            (kind, original); a name in one piece counts where its script has no capitals.
        """
        joined = set[str]()
        for group in (said for kind, value in own if kind == "name" for said in value.split("=")):
            parts = [part for part in map(squeeze, group.split("^")[:2]) if part]
            if len(parts) > 1 or group.upper() == group.lower():
                joined |= {"".join(parts), "".join(reversed(parts))}
        return frozenset(
            name
            for name in joined - self.usual
            if len(unicodedata.normalize("NFC", name)) >= _MIN_JOINED[name.isascii()]
        )

    def found_in(self, text: str) -> bool:
        """Return whether a text holds one of the identifiers, whatever its punctuation and case."""
        return self.spelled_in(text) or self.counted_in(masked(text))

    def spelled_in(self, text: str) -> bool:
        """Return whether a text holds a word or a long number."""
        if self._pointed.search(text):
            return True
        longest = max(map(len, _held(squeeze(text), self._spelled)), default=0)
        if longest >= _SURE:
            return True
        return longest > 0 and any(_held(squeeze(masked(text)), self._spelled))

    def counted_in(self, text: str) -> bool:
        """Return whether a text, as it is, holds a number of people's length."""
        if not self._whole:
            return False
        for match in _GROUPED.finditer(unicodedata.normalize("NFKC", text)):
            if len(match[0]) < MIN_LENGTH:
                continue
            groups = _DIGITS.findall(match[0])
            if any(_held("".join(groups), self._inside)):
                return True
            if not self._whole.isdisjoint(_together(groups)):
                return True
        return False


@lru_cache(maxsize=4)
def _usual(everyday: frozenset[str]) -> frozenset[str]:
    """Return the words that mean nobody; a study has the same ones for every film."""
    return frozenset(word for word in _NOBODY | _COMMON | everyday if word.isalpha())


def runs_of(content: bytes) -> Iterator[str]:
    """Yield what can be read in bytes as UTF-8, Latin-1 or UTF-16 of either order."""
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


def _forms(value: str) -> set[str]:
    """Return the squeezed spellings of one identifier; a number is not read backwards."""
    forms = {squeeze(value)}
    if _DAY.fullmatch(value):
        forms |= set(_spelled_day(value))
    if not any(char.isdigit() for char in value):
        forms.add(squeeze("".join(reversed(re.split(r"[\^= ,]+", value)))))
    return forms


def _spelled_day(day: str) -> Iterator[str]:
    """Yield the usual spellings of a day, squeezed; nothing for what is none."""
    try:
        then = datetime.strptime(day, "%Y%m%d").replace(tzinfo=UTC)
    except ValueError:
        return
    for one, other in ((then.day, then.month), (then.month, then.day)):
        yield f"{one:02d}{other:02d}{then.year}"
        yield f"{one}{other}{then.year}"
    for names in (calendar.month_name, calendar.month_abbr):
        name = names[then.month].casefold()
        yield from (f"{then.day}{name}{then.year}", f"{name}{then.day}{then.year}")
