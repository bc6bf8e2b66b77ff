"""Names of people as they are written: part by part, whole however short, or run together.

A part of a name means somebody where people write freely. A whole name means somebody anywhere,
even where each of its parts is too short to tell.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from itertools import chain
from typing import Final

from tasks.verify.spelling import respelled, squeeze, word_list, words_respelled

Words = tuple[str, ...]
_MIN_PART: Final = 5
# A name run together, in plain letters and in others.
_MIN_JOINED: Final = {True: 5, False: 2}
_BEGINNING: Final = _MIN_JOINED[False]
# Scripts that write names without capitals, and often without a space before what follows.
_CASELESS: Final = re.compile(r"[\u0590-\U0010ffff]+")


class People:
    """Names that are sought as words.

    Parameters
    ----------
    names
        Person names as headers write them.
    usual
        Words that mean nobody: such a part tells nothing, nor does a name of nothing else.
    """

    def __init__(self, names: Iterable[str], usual: frozenset[str]) -> None:
        names = set(names)
        whole = {words: _told(words) for name in names for words in spoken(name)}
        whole = {words: said for words, said in whole.items() if said and said not in usual}
        parts = {word for name in names for word in words_respelled(name)}
        self._parts = {word for word in parts if len(word) >= _MIN_PART} - usual
        self._joined = frozenset(whole.values())
        self._from: dict[str, list[Words]] = {}
        for words in whole:
            if not usual.issuperset(words):
                self._from.setdefault(words[0], []).append(words)
        self._caseless: dict[str, list[str]] = {}
        for name in filter(_CASELESS.match, self._joined):
            self._caseless.setdefault(name[:_BEGINNING], []).append(name)

    def part_in(self, words: Iterable[str], models: str = "") -> bool:
        """Return whether a part of a name is one of some words, and in no make or model."""
        return any(part not in models for part in self._parts.intersection(words))

    def whole_in(self, text: str, words: list[str]) -> bool:
        """Return whether a text, or the words of it in their order, say a whole name."""
        if not self._joined.isdisjoint(words):
            return True
        for at, word in enumerate(words) if self._from else ():
            for name in self._from.get(word, ()):
                if name == tuple(words[at : at + len(name)]):
                    return True
        if text.isascii() or not self._caseless:
            return False
        hay = squeeze("".join(_CASELESS.findall(unicodedata.normalize("NFC", text))))
        return any(
            hay.startswith(name, at)
            for at in range(len(hay) - 1)
            for name in self._caseless.get(hay[at : at + _BEGINNING], ())
        )

    def inside(self, words: Iterable[str]) -> bool:
        """Return whether a word holds a whole name, as a model that is called after somebody."""
        told = "\n".join(words)
        return any(name in told for name in self._joined)


@lru_cache(maxsize=1 << 12)
def spoken(name: str) -> frozenset[Words]:
    """Return the words of a whole name in either order, and of a part that has several."""
    parts = (word_list(part) for group in _groups(name) for part in group.split("^")[:2])
    return whole_names(name).union(tuple(words) for words in parts if len(words) > 1)


@lru_cache(maxsize=1 << 12)
def whole_names(name: str) -> frozenset[Words]:
    """Return the words of family and given name in either order; of one word, where it tells."""
    found = set[Words]()
    for group in _groups(name):
        fields = [words for field in group.split("^")[:2] if (words := word_list(field))]
        if len(fields) == 1 and "^" not in group:
            fields = [[word] for word in fields[0]]
        if len(fields) > 1 or group.upper() == group.lower():
            found |= {tuple(chain(*fields)), tuple(chain(*reversed(fields)))}
    return frozenset(found)


def _groups(name: str) -> set[str]:
    """Return a name as each of its scripts has it, and as a keyboard without umlauts."""
    return {said for group in name.split("=") for said in respelled(group)}


def _told(words: Words) -> str:
    """Return a name run together, "" where it is too short to mean somebody, or a number."""
    joined = "".join(words)
    length = len(unicodedata.normalize("NFC", joined))
    is_name = length >= _MIN_JOINED[joined.isascii()] and not joined.isdigit()
    return joined if is_name else ""
