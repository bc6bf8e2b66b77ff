"""Bytes as the texts that they may be, and texts without their escapes."""

import base64
import binascii
import html
import json
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Final
from urllib.parse import unquote

from tasks.verify.databases import SQLITE
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
_DATABASES: Final = (SQLITE, b"\x37\x7f\x06\x82", b"\x37\x7f\x06\x83")
# Pictures and fonts spell names by chance, PDFs are read by ``tasks.verify.pdf_text``.
_NO_TEXTS: Final = (
    *PACKED,
    *(b"GIF8", b"wOFF", b"wOF2", b"\0\1\0\0", b"OTTO"),
)
_CONTROL: Final = re.compile(rb"[\x00-\x08]")
_MIN_PRINTABLE: Final = 0.9
_UNICODE: Final = re.compile(r"\\+((?:u[0-9a-fA-F]{4})(?:\\+u[0-9a-fA-F]{4})*)")
_BYTES: Final = re.compile(r"(?:\\+x[0-9a-fA-F]{2})+")
# A letter of UTF-8 as mails write it.
_QUOTED: Final = re.compile(r"=(?:[CD][0-9A-F]|E[0-9A-F]=[89AB][0-9A-F])=[89AB][0-9A-F]")
_ESCAPE: Final = re.compile(
    r"=[CDE][0-9A-F]=[89AB][0-9A-F]|\\u[0-9a-f]{4}|\\x[0-9a-f]{2}|%[0-9a-f]{2}|&(?:#\w{2,6}|[a-z]{2,8});",
    re.IGNORECASE,
)
_UNSEEN: Final = re.compile(
    r"[\u00ad\u200b-\u200d\u2060\ufeff]+|(?<=[^<>\n])(?:</?(?:tspan|w:[rt]|w:rPr)\b[^<>]*>)+(?=[^<>\n])"
    r"|(?<=[^\W\d_]|\s)(?:</?(?:a|b|em|font|i|mark|small|span|strong|u|wbr)\b[^<>]*>)+(?=[^\W\d_])"
)
# What a line, a tag or a string ends at: pages and logs of one line are searched in part.
_PARTS: Final = re.compile(r'[\r\n<>"]')
_BASE64: Final = re.compile(
    rb"(?<![\w+/=-])(?:[A-Za-z0-9+/]{4}){3,}(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?(?![\w+/=-])"
)


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


def is_database(content: bytes) -> bool:
    """Return whether a content is a database of SQLite, or what it writes ahead."""
    return content.startswith(_DATABASES)


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
            if sum(map(_is_readable, text)) >= _MIN_PRINTABLE * len(text):
                yield text


def _is_readable(char: str) -> bool:
    """Return whether a letter is one that a text holds."""
    return char.isprintable() or char.isspace()


def unescaped(text: str) -> str:
    r"""Return the parts of a text that hold escapes, with the letters that these stand for.

    What JSON and Python write as ``\u00fc`` or ``\xc3\xbc``, HTML as ``&uuml;`` and an address
    as ``%C3%BC``.
    """
    if not _ESCAPE.search(text):
        return ""
    said = "\n".join(part for part in _PARTS.split(text) if _ESCAPE.search(part))
    said = _UNICODE.sub(_from_json, said)
    said = _BYTES.sub(_from_bytes, said)
    said = _QUOTED.sub(lambda match: match[0].replace("=", "%"), said)
    return html.unescape(unquote(said))


def joined(text: str) -> str:
    """Return a text without what readers do not see within a word, "" where there is none.

    Soft hyphens, spaces of no width, and tags that only change how the letters around them look; a
    drawing has each letter in a tag of its own.
    """
    return _UNSEEN.sub("", text) if _UNSEEN.search(text) else ""


def _from_json(match: re.Match[str]) -> str:
    """Return the letters of an escape of JSON, whatever number of backslashes it has."""
    told = re.sub(r"\\+u", r"\\u", "\\" + match[1])
    return str(json.loads(f'"{told}"'))


def _from_bytes(match: re.Match[str]) -> str:
    """Return the letters of bytes as Python writes them."""
    raw = bytes.fromhex(re.sub(r"\\+x", "", match[0]))
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def from_base64(content: bytes) -> Iterator[str]:
    """Yield texts that are written in Base64; digests and pictures are none."""
    if content.startswith(_NO_TEXTS):
        return
    for match in _BASE64.finditer(content):
        with suppress(UnicodeDecodeError, binascii.Error):
            text = base64.b64decode(match[0]).decode("utf-8")
            if all(map(_is_readable, text)):
                yield without_pictures(text)
