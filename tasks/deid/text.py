"""Free text cut down to what is clinical.

A descriptor is not searched for what looks like a name: words on the list of clinical words stay,
and everything else goes. Words of the file's own people and numbers go even when they are listed,
so that a Mrs Long does not stay in "long leg view of Long".
"""

import json
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final

_TOKEN: Final = re.compile(r"[^\W_]+(?:[.,]\d+)?(?:['\u2019][^\W\d_]+)?[°%]?")
_LEVEL: Final = re.compile(r"(?:[ctls]|th|lwk|bwk|hwk)\d{1,2}")
_NUMBER: Final = re.compile(r"\d{1,3}(?:[.,]\d{1,2})?")
_MEASURE: Final = re.compile(r"(\d{1,3}(?:[.,]\d{1,2})?)([^\W\d_]+|[°%])")
_COUNT_WITHIN: Final = re.compile(r"([^\W\d_]*)[1-9]\d{0,2}(?:[.,]\d{1,2})?([^\W\d_]+)")
# Mean something together alone: X-ray, w/o contrast.
_PAIRS: Final = frozenset({("x", "ray"), ("x", "rays"), ("w", "o")})
_GRADE: Final = re.compile(r"\d|[iv]{1,3}")
# A number before these means nobody: 12 months, 2 views.
_COUNTED: Final = frozenset(
    {"cm", "day", "days", "deg", "degree", "degrees", "image", "images", "kv", "kvp", "level"}
    | {"levels", "mas", "mm", "month", "months", "ms", "plane", "planes", "v", "view", "views"}
    | {"week", "weeks", "year", "years"}
)
# Of a name that became an adjective, or is numbered: Scheuermannsche, Pagets, Bone1.
# Digits are taken from their first on, lest a long number is read once for each of them.
_ENDING: Final = re.compile(r"(?:s|sch(?:e[mnrs]?)?)?(?<!\d)\d*$")
_NO_LETTER: Final = re.compile(r"[\W_]+")
_DIGIT: Final = re.compile(r"\d")
_JOINERS: Final = re.compile(r"\s?[-/+&,;:.()]\s?|\s")
_SPELLED: Final = re.compile(rb"[0-9A-Za-z]{6}|(?:[0-9A-Za-z]\0){6}|(?:\0[0-9A-Za-z]){6}")
# Mail, web, telephone and hardware addresses, UIDs, and letters of a script nobody declared.
_REACHING: Final = re.compile(
    r"[\w.+-]@[\w-]+\.\w|://|\bwww\.|\b(?:fax|mobile|mrn|phone|ssn|tel)\b"
    r"|\+\d{1,3}(?:[\s()/.-]*\d){7}|\(\d{2,5}\)\s?\d{3}|(?<![\d.-])0\d{2,4}[/-]\d{5}"
    r"|(?<![\d.-])\d{3}-(?:\d{2}|\d{3})-\d{4}(?![\d-])|(?:[\da-f]{2}[:-]){5}[\da-f]{2}"
    r"|(?<![\d.])[0-2](?=[\d.]{18})(?:\.\d+){5}|[\0-\x1f\x7f-\x9f]",
    re.IGNORECASE,
)
# How names are written where a keyboard lacks the letter.
_RESPELLED: Final = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe", "ñ": "ny", "ł": "w"}
)
_LETTERS: Final = str.maketrans(
    {"ß": "ss", "æ": "ae", "ø": "o", "œ": "oe", "ł": "l", "đ": "d", "\u0131": "i", "þ": "th"}
)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Folded words that may stay, units a number may stay before, and what is counted in grades."""

    words: frozenset[str]
    units: frozenset[str]
    graded: frozenset[str]


@lru_cache(maxsize=1 << 12)
def fold(text: str) -> str:
    """Return text without case, diacritics and compatibility forms."""
    if text.isascii():
        return text.lower()
    lowered = unicodedata.normalize("NFKD", text.casefold()).translate(_LETTERS)
    return "".join(char for char in lowered if not unicodedata.combining(char))


@cache
def clinical() -> Vocabulary:
    """Return the shipped list of clinical words."""
    content = json.loads(files(__package__).joinpath("clinical_words.json").read_text("utf-8"))
    words = {fold(word) for group in content["words"].values() for word in group}
    units, graded = (frozenset(map(fold, content[name])) for name in ("units", "graded"))
    return Vocabulary(frozenset(words), units, graded)


def clean_text(
    text: str, forbidden: frozenset[str] = frozenset(), phrases: frozenset[str] = frozenset()
) -> tuple[str, int]:
    """Keep the clinical words of a text.

    Parameters
    ----------
    text
        One value of a text element.
    forbidden
        Folded words of the film's own identifiers, as ``forbidden_words`` makes them.
    phrases
        Squeezed identifiers that no words may make up together, whatever stands between them.

    Returns
    -------
    tuple
        The cleaned text, and how many words were taken out.
    """
    matches = list(_TOKEN.finditer(text))
    kept = [_is_kept(matches, at, text, forbidden) for at in range(len(matches))]
    left = [at for at, is_kept in enumerate(kept) if is_kept]
    for at in _making_up([squeezed(matches[at][0]) for at in left], phrases):
        kept[left[at]] = False
    parts: list[str] = []
    for at, match in enumerate(matches):
        if not kept[at]:
            continue
        if parts:
            between = text[matches[at - 1].end() : match.start()] if kept[at - 1] else " "
            parts.append(between if _JOINERS.fullmatch(between) else " ")
        parts.append(match[0])
    return "".join(parts), kept.count(False)


def _is_kept(matches: list[re.Match[str]], at: int, text: str, forbidden: frozenset[str]) -> bool:
    """Return whether one word may stay."""
    vocabulary = clinical()
    folded = fold(matches[at][0]).replace("\u2019", "").replace("'", "")
    if folded in forbidden or _ENDING.sub("", folded) in forbidden:
        return False
    if folded in vocabulary.words or _LEVEL.fullmatch(folded):
        return True
    before, following, after = (
        fold(matches[i][0]) if 0 <= i < len(matches) else "" for i in (at - 1, at + 1, at + 2)
    )
    is_graded = _GRADE.fullmatch(folded) and before in vocabulary.graded
    if is_graded or not _PAIRS.isdisjoint({(before, folded), (folded, following)}):
        return True
    if _NUMBER.fullmatch(folded):
        is_range = _DIGIT.fullmatch(folded) and text[matches[at].end() :].startswith("-")
        if is_range and _DIGIT.fullmatch(following):
            return after in vocabulary.units
        is_counted = is_range and _DIGIT.fullmatch(following[:1]) and _is_measure(following)  # 2-3V
        return following in vocabulary.units or bool(is_counted)
    return _is_measure(folded)


def _is_measure(word: str) -> bool:
    """Return whether a word is a number with its unit."""
    measure = _MEASURE.fullmatch(word)
    return measure is not None and measure[2] in clinical().units


def _making_up(words: list[str], phrases: Iterable[str]) -> set[int]:
    """Return which words make up a phrase together, be it once others that do are gone."""
    whole = "".join(words)
    said = [phrase for phrase in phrases if phrase in whole]
    if not said:
        return set()
    longest = max(map(len, said))
    left: list[int] = []
    for at in range(len(words)):
        left.append(at)
        tail = "".join(words[i] for i in left[-longest:])
        starts = [tail.find(phrase) for phrase in said if phrase in tail]
        over = len(tail) - min(starts, default=len(tail))
        while over > 0:
            over -= len(words[left.pop()])
    return set(range(len(words))).difference(left)


def is_everyday(text: str) -> bool:
    """Return whether a text says nothing but clinical words, levels, and numbers with a unit."""
    words = [fold(match[0]) for match in _TOKEN.finditer(text)]
    return bool(words) and all(
        _is_everyday(word, after) for word, after in zip(words, [*words[1:], ""], strict=True)
    )


def _is_everyday(word: str, after: str) -> bool:
    if _LEVEL.fullmatch(word) or (_NUMBER.fullmatch(word) and after in _COUNTED):
        return True
    within = _COUNT_WITHIN.fullmatch(word)  # LSPINE2V
    bare = within[1] if within and within[2] in _COUNTED else word
    return not bare or (bare.isalpha() and (bare in clinical().words or bare in _COUNTED))


def reaches_somebody(text: str) -> bool:
    """Return whether a text holds an address, a telephone or what else no make and model holds."""
    return _REACHING.search(text) is not None


def forbidden_words(identifiers: Iterable[str]) -> frozenset[str]:
    """Return the folded words of identifiers that must not stay in any text.

    Single letters are left out, for an initial L would take every side marker along; names of one
    character, in scripts without capitals, are not.
    """
    said = {match[0] for value in identifiers for match in _TOKEN.finditer(value)}
    words = {fold(word) for word in said} | {fold(respelled(word)) for word in said}
    words |= {part for word in words for part in word.split("'")}
    return frozenset(word for word in words if len(word) > 1 or _is_character(word))


def _is_character(letter: str) -> bool:
    """Return whether a letter is of a script without capitals, in which it may be a name."""
    return letter.isalpha() and letter.upper() == letter.lower()


def respelled(text: str) -> str:
    """Return text with umlauts and their like written in two letters."""
    return unicodedata.normalize("NFKC", text.casefold()).translate(_RESPELLED)


def spells(raw: bytes) -> bool:
    """Return whether bytes read as a word or number of six letters or digits, wide ones too."""
    return _SPELLED.search(raw) is not None


def squeezed(text: str) -> str:
    """Return the folded letters and digits alone, as identifiers are compared."""
    return _NO_LETTER.sub("", fold(text))
