"""Search texts for every identifier of a study and for parts of its people's names."""

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Final

from tasks.verify.decoding import texts_of
from tasks.verify.masks import masked
from tasks.verify.needles import Needles, Own
from tasks.verify.readings import readings

SAID: Final = "an identifier of an original"
NAMED: Final = "a part of somebody's name"
LEADS_BACK: Final = "the study's key, or its crosswalk"
# So long a word, or two letters of East Asia, is no chance among random bytes.
_LONG_WORD: Final = re.compile(r"[^\W\d_]{7}|[\u3040-\ud7ff]{2}")
# An item of a list in a page is no Mrs Li.
_ITEM: Final = re.compile(r"</?li(?:\s[^<>]*)?>")

# Where names of files begin a word without a space: MuellerLumbar01.png.
_BEGINS: Final = re.compile(
    r"(?<=[a-z\xdf-\xff])(?=[A-Z\xc0-\xde])|(?<=\d)(?=[^\W\d_])|(?<=[^\W\d_])(?=\d)"
)


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
    secrets
        What leads from pseudonyms back to people.
    """

    needles: Needles
    pages: tuple[str, ...] = ()
    models: str = ""
    people: Mapping[str, Own] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()

    def finds(self, text: str) -> str:
        """Return what a text says, in whichever way it is written, "" for nothing."""
        return self._finds_plain(readings(_ITEM.sub("<>", text)))

    def finds_any(self, *texts: Iterable[str]) -> str:
        """Return what the first of some texts says that says anything."""
        return _first(map(self.finds, chain(*texts)))

    def names(self, text: str) -> str:
        """Return NAMED where a text names somebody, else ""."""
        return NAMED if self.needles.named_in(text, self.models) else ""

    def finds_behind(self, text: str) -> str:
        """Return what a text names, or hides in another way; numbers in it were searched."""
        return self.names(text) or self._finds_plain(islice(readings(text), 1, None))

    def finds_in_name(self, name: str) -> str:
        """Return what the name of a file, a folder or an attribute says, in any encoding."""
        said = [name] if name.isprintable() else texts_of(os.fsencode(name), self.pages)
        return _first(self.finds(text) or self.names(_parted(text)) for text in said)

    def _finds_plain(self, texts: Iterable[str]) -> str:
        """Return what the first of some plain texts says that says anything."""
        for said in texts:
            if any(secret in said for secret in self.secrets):
                return LEADS_BACK
            if self.needles.found_in(said, self.models):
                return SAID
            if self.needles.named_in(said, self.models):
                return NAMED
        return ""

    def finds_coded(self, runs: Iterable[str]) -> str:
        """Return what is said by runs of letters among bytes that are as good as random."""
        for run in runs:
            if self.needles.found_in(run, self.models):
                return SAID
            if _LONG_WORD.search(run) and self.needles.named_in(run, self.models):
                return NAMED
        return ""


def _parted(name: str) -> str:
    """Return the name of a file with a space between its words, without what is ours."""
    return _BEGINS.sub(" ", masked(name))


def _first(said: Iterable[str]) -> str:
    """Return the first answer that is one, "" for none."""
    return next(filter(None, said), "")
