"""Identifiers spelled by the values of pixels, one or two letters a pixel.

Such pixels show nothing, so that nothing tells them from anatomy but what they spell: the film is
refused, not changed. What is searched is what would be written.
"""

from collections.abc import Iterable
from typing import Final

import numpy as np
import numpy.typing as npt

MIN_LETTERS: Final = 6
_MIN_DISTINCT: Final = 3  # a level surface of one value spells 000000
_MANY: Final = 10_000


def is_spelled_in(raw: bytes, values: Iterable[str]) -> bool:
    """Return whether bytes hold one of some values, as it is, in capitals or in none.

    Parameters
    ----------
    raw
        Native pixels, little endian.
    values
        Those of fewer than six letters occur by chance and are not sought.
    """
    needles = {needle for value in values for needle in _needles(value)}
    top = int(_words(raw).max(initial=0))
    low = {needle for needle in needles if _words(needle).max() <= top}
    # Begun between two words, every other byte of a needle is a word's upper one.
    between = {needle for needle in needles if max(needle[::2]) <= top >> 8}
    return _holds(raw, 0, low) or _holds(raw, 1, between)


def _needles(value: str) -> set[bytes]:
    """Return the bytes that spell a value; of wide letters, from the first one's to the last's."""
    if len(value) < MIN_LETTERS or len(set(value)) < _MIN_DISTINCT:
        return set()
    forms = {value, value.upper(), value.lower()}
    little = {form.encode("utf-16-le", "replace")[:-1] for form in forms}
    big = {form.encode("utf-16-be", "replace")[1:] for form in forms}
    return little | big | {form.encode("utf-8", "replace") for form in forms}


def _words(raw: bytes, offset: int = 0) -> npt.NDArray[np.uint16]:
    return np.frombuffer(raw, "<u2", (len(raw) - offset) // 2, offset)


def _holds(raw: bytes, offset: int, needles: set[bytes]) -> bool:
    """Return whether a needle begins at one of every two bytes."""
    if not needles:
        return False
    begin = [offset + 2 * place for place in _places(_words(raw, offset), needles)]
    if len(begin) > _MANY:
        return any(needle in raw for needle in needles)
    return any(raw.startswith(tuple(needles), place) for place in begin)


def _places(words: npt.NDArray[np.uint16], needles: set[bytes]) -> list[int]:
    """Return where words stand with which needles begin.

    Wherever a needle begins, one of its first words stands at a multiple of their number: all
    others are looked at only around those.
    """
    depth = min(map(len, needles)) // 2
    spelled = np.array([_words(needle[: 2 * depth]) for needle in needles])
    tables = np.zeros((depth, 1 << 16), np.bool_)
    for table, column in zip(tables, spelled.T, strict=True):
        table[column] = True
    each = words[::depth]
    met = np.flatnonzero(tables.any(axis=0).take(each))
    said = each[met]
    found: list[int] = []
    for ahead, anchor in enumerate(tables):
        near = depth * met[anchor[said]] - ahead
        near = near[(near >= 0) & (near <= len(words) - depth)]
        for behind, table in enumerate(tables):
            if behind != ahead:
                near = near[table[words[near + behind]]]
        found += near.tolist()
    return found
