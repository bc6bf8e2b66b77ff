"""What is planted, and the answer key.

All people, numbers and places are drawn at random. Every planted value carries its own marks
(syllables and digits that occur nowhere else), so that a survivor is told from a coincidence.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from pydicom.dataset import Dataset

_SYLLABLES = ("zar", "quen", "vilt", "morg", "thak", "brux", "jelv", "ploth", "wex", "grish", "ünd")
_CLINICAL = ("lumbar spine lateral", "LWS seitlich stehend", "L1-L4 standing", "Cobb angle view")


@dataclass(slots=True)
class Key:
    """What was planted into one film, and what has to stay.

    Attributes
    ----------
    secrets
        (class of place, value): none may be left anywhere.
    kept
        Keyword to value that the profile keeps.
    words
        (keyword, clinical word) that has to stay in a descriptor.
    uids
        Original UIDs.
    dates
        Keyword to original day.
    """

    secrets: list[tuple[str, str]] = field(default_factory=list)
    kept: dict[str, str] = field(default_factory=dict)
    words: list[tuple[str, str]] = field(default_factory=list)
    uids: list[str] = field(default_factory=list)
    dates: dict[str, str] = field(default_factory=dict)


class Planter:
    """Draws secrets and remembers them."""

    def __init__(self, rng: np.random.Generator, key: Key | None = None) -> None:
        self.rng = rng
        self.key = key or Key()

    def word(self) -> str:
        """Draw a name-like word."""
        return "".join(self.rng.choice(_SYLLABLES, 3)).capitalize()

    def syllable(self) -> str:
        """Draw a part of a compound name, too short to be sought within words."""
        return str(self.rng.choice([part for part in _SYLLABLES if part.isascii()]))

    def name(self, place: str) -> str:
        """Plant a person name."""
        family, given = self.word(), self.word()
        self.key.secrets += [(place, family), (place, given)]
        return f"{family}^{given}^^Dr"

    def secret(self, place: str, length: int = 9) -> str:
        """Plant an identifier of letters and digits."""
        value = "Q" + "".join(map(str, self.rng.integers(0, 10, length - 1)))
        self.key.secrets.append((place, value))
        return value

    def place(self, place: str) -> str:
        """Plant the name of a place."""
        word = self.word()
        self.key.secrets.append((place, word))
        return f"{word} Hospital"

    def uid(self) -> str:
        """Plant a UID."""
        value = f"1.3.6.1.4.1.99999.{self.rng.integers(10**9, 10**10)}.{self.rng.integers(10**6)}"
        self.key.uids.append(value)
        return value

    def day(self, keyword: str) -> str:
        """Plant a day."""
        value = (
            f"{self.rng.integers(2001, 2024)}{self.rng.integers(1, 13):02d}"
            f"{self.rng.integers(1, 29):02d}"
        )
        self.key.dates[keyword] = value
        return value

    def text(self, keyword: str) -> str:
        """Plant a name into a clinical descriptor."""
        clinical = str(self.rng.choice(_CLINICAL))
        self.key.words += [(keyword, word) for word in clinical.split()]
        return f"{clinical} {self.word_secret(keyword)} {self.secret(keyword)}"

    def word_secret(self, place: str) -> str:
        """Plant a single word."""
        word = self.word()
        self.key.secrets.append((place, word))
        return word


# A file and its answer key; a seed decides both.
Planted = tuple[bytes, Key]
# Fills one class of places of a film or document, and notes in the planter's key what is there.
Plant = Callable[[Dataset, Planter], None]
