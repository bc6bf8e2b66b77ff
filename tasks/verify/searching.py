"""Search texts for every identifier of a study and for parts of its people's names."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Final

from tasks.verify.decoding import joined, unescaped
from tasks.verify.needles import Needles, Own

SAID: Final = "an identifier of an original"
NAMED: Final = "a part of somebody's name"
# So long a word, or two letters of East Asia, is no chance among random bytes.
_LONG_WORD: Final = re.compile(r"[^\W\d_]{7}|[\u3040-\ud7ff]{2}")
# An item of a list in a page is no Mrs Li.
_ITEM: Final = re.compile(r"</?li(?:\s[^<>]*)?>")


@dataclass(frozen=True, slots=True, eq=False)
class Search:
    """What is sought in files and their names.

    Attributes
    ----------
    needles
        Every identifier of the study.
    pages
        Code pages in which its people's names may be written.
    models
        Makes and models of its films, squeezed: devices and people may be called like one.
    people
        Originals by pseudonym, of films and of patients.
    """

    needles: Needles
    pages: tuple[str, ...] = ()
    models: str = ""
    people: Mapping[str, Own] = field(default_factory=dict)

    def finds(self, text: str) -> str:
        """Return what a text says, escapes undone, "" for nothing."""
        text = _ITEM.sub("<>", text)
        plain = unescaped(text)
        for said in filter(None, (text, plain, joined(text), joined(plain))):
            if self.needles.found_in(said, self.models):
                return SAID
            if self.needles.named_in(said, self.models):
                return NAMED
        return ""

    def finds_any(self, *texts: Iterable[str]) -> str:
        """Return what the first of some texts says that says anything."""
        return next(filter(None, map(self.finds, chain(*texts))), "")

    def names(self, text: str) -> bool:
        """Return whether a text names somebody, or hides an identifier behind escapes."""
        return self.needles.named_in(text, self.models) or bool(self.finds(unescaped(text)))

    def names_any(self, texts: Iterable[str]) -> str:
        """Return whether one of some texts names somebody, or hides an identifier."""
        return NAMED if any(map(self.names, texts)) else ""

    def finds_coded(self, runs: Iterable[str]) -> str:
        """Return what is said by runs of letters among bytes that are as good as random."""
        for run in runs:
            if self.needles.found_in(run, self.models):
                return SAID
            if _LONG_WORD.search(run) and self.needles.named_in(run, self.models):
                return NAMED
        return ""
