"""A text as it stands, and as it is read once escapes, tags and codes are undone."""

from collections.abc import Iterator
from typing import Final

from tasks.verify.coded import coded_in
from tasks.verify.escapes import joined, quoted, unescaped, unmangled

_WAYS: Final = (unescaped, quoted, unmangled, joined, coded_in)
# How often a text may be escaped or coded, one way within another.
_DEPTH: Final = 3


def readings(text: str, depth: int = _DEPTH) -> Iterator[str]:
    """Yield a text, then what it, or a part of it, says in another way.

    Parameters
    ----------
    depth
        How often it may be escaped, one way within another.
    """
    yield text
    for read in _WAYS if depth else ():
        if (said := read(text)) and said != text:
            yield from readings(said, depth - 1)
