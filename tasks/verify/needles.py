"""Identifiers as needles: folded, without punctuation, looked up by their first characters.

A study has thousands of identifiers and gigabytes of text; each text is walked once, and only where
its next characters begin some identifier is more compared.
"""

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

_PREFIX: Final = 5
# Shorter ones occur by chance; they are searched as whole words in their own film only.
MIN_LENGTH: Final = 6
_MIN_WORD: Final = 3
_MIN_PART: Final = 5
_WORD: Final = re.compile(r"[^\W_]+")
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
_RUNS: Final = re.compile(rb"[\x20-\x7e\x80-\xff]{5,}")
_WIDE_RUNS: Final = re.compile(
    rb"(?:[\x20-\x7e\xa0-\xff][\x00\x01]){4,}|(?:\x00[\x20-\x7e\xa0-\xff]){4,}"
)


def squeeze(text: str) -> str:
    """Return the letters and digits of a text, without case, diacritics and punctuation."""
    decomposed = unicodedata.normalize("NFKD", text).casefold().replace("ß", "ss")
    return "".join(char for char in decomposed if char.isalnum())


def words_of(text: str) -> set[str]:
    """Return the words of a text, squeezed."""
    return {squeeze(match[0]) for match in _WORD.finditer(text)} - {""}


class Needles:
    """Identifiers that must not occur anywhere.

    Parameters
    ----------
    identifiers
        Original values. Person names are also sought with their parts in reverse order, and part
        by part where ``named_in`` looks.
    everyday
        Words that a study writes anyway: as a part of a name they mean nobody.
    """

    def __init__(self, identifiers: Iterable[str], everyday: frozenset[str] = frozenset()) -> None:
        self._by_prefix: dict[str, list[str]] = {}
        values = set(identifiers)
        for needle in sorted({form for value in values for form in _forms(value)}):
            if len(needle) >= MIN_LENGTH and needle not in _NOBODY:
                self._by_prefix.setdefault(needle[:_PREFIX], []).append(needle)
        parts = {word for value in values if "^" in value for word in words_of(value)}
        usual = _NOBODY | _COMMON | everyday
        self._parts = {word for word in parts if len(word) >= _MIN_PART and word not in usual}

    def named_in(self, text: str) -> bool:
        """Return whether a part of somebody's name is a word of a text."""
        return bool(self._parts) and not self._parts.isdisjoint(words_of(text))

    def found_in(self, text: str) -> bool:
        """Return whether a text holds one of the identifiers, whatever its punctuation and case."""
        if not self._by_prefix:
            return False
        hay = squeeze(text)
        candidates = self._by_prefix
        for at in range(len(hay) - _PREFIX):
            for needle in candidates.get(hay[at : at + _PREFIX], ()):
                if hay.startswith(needle, at):
                    return True
        return False

    def found_in_bytes(self, content: bytes) -> bool:
        """Return whether bytes hold one, in UTF-8, Latin-1 or UTF-16 of either order."""
        for run in _RUNS.findall(content):
            if self.found_in(run.decode("latin-1")) or self.found_in(run.decode("utf-8", "ignore")):
                return True
        wide = (run.replace(b"\0", b"") for run in _WIDE_RUNS.findall(content))
        return any(self.found_in(run.decode("latin-1")) for run in wide)


def own_words(identifiers: Iterable[str]) -> frozenset[str]:
    """Return the words of one film's identifiers that are long enough to mean its people."""
    words = {word for value in identifiers for word in words_of(value)}
    return frozenset(
        word for word in words if len(word) >= _MIN_WORD and word not in _NOBODY | _COMMON
    )


def _forms(value: str) -> set[str]:
    """Return the squeezed spellings of one identifier; a number is not read backwards."""
    forms = {squeeze(value)}
    if not any(char.isdigit() for char in value):
        forms.add(squeeze("".join(reversed(re.split(r"[\^= ,]+", value)))))
    return forms
