"""Bytes as the texts that they may be."""

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Final

from tasks.verify.databases import AHEAD, SQLITE
from tasks.verify.masks import without_pictures
from tasks.verify.unpacking import PACKED

# Code pages of what can be written in the character sets of DICOM (PS3.3 C.12.1.1.2), as systems
# of those countries write their logs.
_PAGES: Final = (
    *("cp1250", "cp1251", "koi8_r", "cp1253", "cp1254", "cp1255", "cp1256", "cp874"),
    *("gb18030", "big5", "shift_jis", "euc_jp", "euc_kr"),
)
_WESTERN: Final = ("cp1252", "cp850")  # windows, and their consoles
_SWITCHED: Final = ("iso2022_jp_2", "iso2022_kr")
# Pictures and fonts spell names by chance, PDFs are read by ``tasks.verify.pdf_text``.
_NO_TEXTS: Final = (
    *PACKED,
    *(b"GIF8", b"wOFF", b"wOF2", b"\0\1\0\0", b"OTTO"),
)
_CONTROL: Final = re.compile(rb"[\x00-\x08]")
_MIN_PRINTABLE: Final = 0.9


def pages_of(names: Iterable[str]) -> tuple[str, ...]:
    """Return the code pages in which some names can be written, but not in Latin-1."""
    found = set[str]()
    for name in names:
        for group in name.split("="):
            if not _is_written(group, "latin-1"):
                found |= {page for page in _PAGES if _is_written(group, page)}
    return tuple(page for page in _PAGES if page in found)


def _is_written(name: str, page: str) -> bool:
    """Return whether a code page has all letters of a name."""
    try:
        name.encode(page)
    except UnicodeEncodeError:
        return False
    return True


def is_plain(content: bytes) -> bool:
    """Return whether a content is a text in UTF-8, and nothing else."""
    if content.startswith(_NO_TEXTS) or _CONTROL.search(content):
        return False
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def is_packed(content: bytes) -> bool:
    """Return whether a content is no text in itself: packed, a picture or a font."""
    return content.startswith(_NO_TEXTS)


def is_database(content: bytes) -> bool:
    """Return whether a content is a database of SQLite, or what it writes ahead."""
    return content.startswith((SQLITE, *AHEAD))


def texts_of(content: bytes, pages: Iterable[str]) -> Iterator[str]:
    """Yield what was written to be read, in each encoding that it may be in.

    Parameters
    ----------
    content
        A file, or what was packed in one.
    pages
        Code pages in which it may be, where it is no Unicode.
    """
    if is_database(content):
        yield content.decode("latin-1")
        yield content.decode("utf-8", "ignore")
    elif not content.startswith(_NO_TEXTS):
        yield from map(without_pictures, _decoded(content, pages))


def _decoded(content: bytes, pages: Iterable[str]) -> Iterator[str]:
    """Yield a content in each encoding that it may be in."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        yield content.decode("utf-16", "ignore")
        return
    has_control = _CONTROL.search(content) is not None
    try:
        yield content.decode("utf-8")
    except UnicodeDecodeError:
        if not has_control:
            # One line of another program is enough for a log to be no UTF-8 as a whole.
            yield content.decode("utf-8", "replace")
            yield from (content.decode(page, "ignore") for page in (*_WESTERN, *pages))
    if has_control:
        yield from _wide(content)
    if b"\x1b$" in content:
        yield from (content.decode(page, "ignore") for page in _SWITCHED)


def _wide(content: bytes) -> Iterator[str]:
    """Yield a content as UTF-16 of either order, where it then is a text."""
    for order in ("utf-16-le", "utf-16-be"):
        with suppress(UnicodeDecodeError):
            text = content[: len(content) // 2 * 2].decode(order)
            if sum(map(is_readable, text)) >= _MIN_PRINTABLE * len(text):
                yield text


def is_readable(char: str) -> bool:
    """Return whether a letter is one that a text holds."""
    return char.isprintable() or char.isspace()
