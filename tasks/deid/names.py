"""A person's name as it may be met elsewhere: word by word, and run together.

Titles and initials are no names: a Dr takes no model DR 400 along, an operator GE no maker.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final

from tasks.deid.text import forbidden_words, respelled, squeezed

# A whole name run together, as short as it still means somebody: Latin letters tell less.
_SHORT_LATIN: Final = 5
_SHORT_OTHER: Final = 2
_INITIALS: Final = 2
_NAMES: Final = 3  # of a name's components, family, given and middle (PS3.5 section 6.2.1)
# A compound of more words holds one of so many: names are sought within what was run together.
_MOST_WORDS: Final = 8
_PARTICLES: Final = frozenset(
    {"al", "bin", "da", "das", "de", "del", "della", "den", "der", "di", "do", "dos", "du", "e"}
    | {"el", "ibn", "la", "las", "le", "los", "ten", "ter", "van", "vom", "von", "y", "zu", "zum"}
    | {"zur"}
)
_BETWEEN: Final = re.compile(r"[\^\s,]+")
_WORD: Final = re.compile(r"[^\W_]+")
_TITLES: Final = frozenset({"dr", "mr", "ms", "md", "fr", "hr", "jr", "sr", "ii", "iv"})
# Of two letters, and on a machine of no one's.
_ON_MACHINES: Final = frozenset(
    {"ag", "ap", "bv", "co", "cr", "ct", "dr", "dx", "fp", "ge", "hd", "hf", "id", "mr", "pa"}
    | {"rf", "sa", "se", "sp", "us", "xr"}
)


def words_of(names: Iterable[str]) -> frozenset[str]:
    """Return the folded words of people's names, compound ones also as one word."""
    return frozenset(word for name in names for group in name.split("=") for word in _said(group))


def words_on_machines(words: frozenset[str]) -> frozenset[str]:
    """Return those of people's words that a make or model says for no other reason."""
    return words - _ON_MACHINES


@lru_cache(maxsize=1 << 10)
def _said(group: str) -> frozenset[str]:
    """Return the words of one component group."""
    fields = group.split("^")
    names = [_without_titles(field) for field in fields[:_NAMES]]
    others = [" ".join(w for w in _WORD.findall(f) if not _is_short(w)) for f in fields[_NAMES:]]
    if _is_short("".join(names)) and sum(map(bool, names)) == 1:
        names = []
    forms = [form for name in names for form in (name, respelled(name))]
    compounds = frozenset(word for form in forms for word in _compounds(form))
    return forbidden_words([*names, *others]) | compounds


def _compounds(name: str) -> Iterator[str]:
    """Yield neighboring words of one component as one word, particles not among themselves."""
    words = [squeezed(word) for word in _WORD.findall(name)]
    for first in range(len(words) - 1):
        for last in range(first + 2, min(first + _MOST_WORDS, len(words)) + 1):
            part = words[first:last]
            if part == words or not _PARTICLES.issuperset(part):
                yield "".join(part)


def _without_titles(field: str) -> str:
    """Return a component without titles, unless it is nothing else."""
    words = field.split()
    left = [word for word in words if squeezed(word) not in _TITLES]
    return " ".join(left or words)


def _is_short(word: str) -> bool:
    """Return whether a word is as long as initials; other scripts write whole names so."""
    bare = squeezed(word)
    return 0 < len(bare) <= _INITIALS and _is_latin(bare)


@lru_cache(maxsize=1 << 10)
def run_together(name: str) -> frozenset[str]:
    """Return each component group of a name, family and given name run together both ways.

    One word alone is sought as a word, unless its script has no capitals: such scripts write names
    without a space before what follows. A compound is sought by itself, too.
    """
    return frozenset(_run_together(name))


def _run_together(name: str) -> Iterator[str]:
    for group in {form for said in name.split("=") for form in (said, respelled(said))}:
        fields = [field for field in group.split("^")[:2] if squeezed(field)]
        parts = fields if len(fields) > 1 else [p for p in _BETWEEN.split(group) if squeezed(p)]
        whole = [] if len(parts) == 1 and group.upper() != group.lower() else [parts, parts[::-1]]
        compounds = (word for field in group.split("^")[:_NAMES] for word in _compounds(field))
        for joined in (*(squeezed("".join(order)) for order in whole), *compounds):
            least = _SHORT_LATIN if _is_latin(joined) else _SHORT_OTHER
            if len(unicodedata.normalize("NFC", joined)) >= least:
                yield joined


def _is_latin(word: str) -> bool:
    return word.isascii() or all(
        "LATIN" in unicodedata.name(char, "") for char in word if char.isalpha()
    )
