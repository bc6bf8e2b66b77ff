"""Texts that are written as Base64, hexadecimal digits or UTF-7 within others."""

import base64
import binascii
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

from tasks.verify.decoding import is_readable
from tasks.verify.masks import without_pictures

# Base64 of either alphabet (RFC 4648 4, 5): a word, or lines as mails break them.
_WORD: Final = r"[A-Za-z0-9+/_-]"
_BASE64: Final = re.compile(
    rf"{_WORD}{{60,}}(?:\r?\n[ \t]*{_WORD}{{60,}})*(?:\r?\n[ \t]*{_WORD}+)?|{_WORD}{{7,}}"
)
_BREAKS: Final = re.compile(r"\s+")
_BESIDE: Final = re.compile(r"[/_+-]+|\s+")
_COMMON: Final = str.maketrans("-_", "+/")
_HEX: Final = re.compile(r"(?<![0-9A-Za-z])(?:0?x)?((?:[0-9a-fA-F]{2}){5,})(?![0-9A-Za-z])")
# What UTF-7 (RFC 2152) writes for other letters than plain ones, but not within Base64.
_UTF_7: Final = re.compile(r"(?<![A-Za-z0-9+/]{12})\+[A-Za-z0-9/]{3,64}-?")
_BY: Final = 40  # letters of a name on either side


def coded_in(text: str) -> str:
    """Return the texts that are written in another way within one, one a line.

    Digests, pictures and plain words are none.
    """
    return "\n".join([*_from_base64(text), *_from_hex(text), *_from_utf_7(text)])


def _from_base64(text: str) -> Iterator[str]:
    """Yield what is written in Base64, whole or beside something else in an address or a name."""
    for word in dict.fromkeys(_BASE64.findall(text)):
        if word in (word.lower(), word.upper()):
            continue  # a word or a digest
        for said in {_BREAKS.sub("", word), *_BESIDE.split(word)}:
            letters = said.translate(_COMMON)
            with suppress(binascii.Error):
                yield from _read(base64.b64decode(letters + "=" * (-len(letters) % 4)))


def _from_hex(text: str) -> Iterator[str]:
    """Yield what is written in hexadecimal digits."""
    for digits in _HEX.findall(text):
        yield from _read(bytes.fromhex(digits))


def _from_utf_7(text: str) -> Iterator[str]:
    """Yield what has letters in UTF-7, and what is beside them: a name begins or ends there."""
    for match in _UTF_7.finditer(text):
        if _letters(match) != match[0]:
            start, end = match.span()
            yield _UTF_7.sub(_letters, text[max(start - _BY, 0) : end + _BY])


def _letters(match: re.Match[str]) -> str:
    """Return the letters that a part of UTF-7 stands for; as it is what is none."""
    with suppress(UnicodeDecodeError):
        said = match[0].encode().decode("utf-7")
        if said.isalpha() and said.encode("utf-7").strip(b"-") == match[0].encode().strip(b"-"):
            return said
    return match[0]


def _read(raw: bytes) -> Iterator[str]:
    """Yield the text that bytes are, in whichever encoding; nothing for what is none."""
    encodings = ("utf-16-le", "utf-16-be") if b"\0" in raw else ("utf-8", "latin-1")
    for encoding in encodings:
        with suppress(UnicodeDecodeError):
            said = raw.decode(encoding)
            if said and all(map(is_readable, said)):
                yield without_pictures(said)
                return
