r"""Texts without what programs put for their letters, or between them.

Escapes of JSON, Python, C, HTML, addresses and mails, letters that were read in a wrong encoding,
and what a reader does not see within a word: tags, colors of a terminal, marks of no width.
"""

import html
import re
from typing import Final
from urllib.parse import unquote

# Of numbers as JSON, Python, JavaScript and Rust write them; whatever number of backslashes.
_UNICODE: Final = re.compile(
    r"\\+U(000[0-9a-fA-F]{5}|0010[0-9a-fA-F]{4})"
    r"|(?i:\\+u(d[89ab][0-9a-f]{2})\\+u(d[c-f][0-9a-f]{2})|\\+u([0-9a-f]{4})|\\+u\{([0-9a-f]{1,6})\})"
)
_LINES: Final = re.compile(r"\\+[nrt]")
_BYTES: Final = re.compile(r"(?:\\+(?:x[0-9a-fA-F]{2}|[0-3][0-7]{2}))+")
_BYTE: Final = re.compile(r"\\+(?:x([0-9a-fA-F]{2})|([0-7]{3}))")
_ESCAPE: Final = re.compile(
    r"\\(?:u[0-9a-f{]|x[0-9a-f]{2}|[0-3][0-7]{2}|[nrt])|%[0-9a-f]{2}|&(?:#x?[0-9a-f]{2,10}|[a-z]\w{1,30};)",
    re.IGNORECASE,
)
# What a line, a tag or a string ends at: pages and logs of one line are searched in part.
_PARTS: Final = re.compile(r'[\r\n<>"]')
_LINE: Final = re.compile(r"[\x00-\x1a\x1c-\x1f\x85]+")
# Bytes as mails write them (RFC 2045 6.7), and where they break a line.
_QUOTED: Final = re.compile(r"(?:=[0-9A-F]{2})+")
_BROKEN: Final = re.compile(r"=[ \t]*\r?\n")
_SOFT: Final = "\x7f"
# UTF-8 that was read as a code page of one byte a letter.
_MANGLED: Final = re.compile(r"(?:[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2})+")
_WINDOWS: Final = {
    ord(bytes([byte]).decode("cp1252")): byte
    for byte in range(0x80, 0xA0)
    if byte not in (0x81, 0x8D, 0x8F, 0x90, 0x9D)
}
_INLINE: Final = r"(?:a|b|em|font|i|mark|small|span|strong|u|wbr)\b[^<>]*>"
_UNSEEN: Final = re.compile(
    r"[\u00ad\u034f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]+"
    r"|\x1b\[[0-9;]*[A-Za-z]|<!--[^<>]*-->"
    r"|(?<=[^<>\n])(?:</?(?:tspan|w:[rt]|w:rPr)\b[^<>]*>)+(?=[^<>\n])"
    rf"|(?<=[^\W\d_]|\s)(?:</?{_INLINE})+(?=[^\W\d_]|\s)"
    # Digits of two cells are two numbers: what lies between ends nothing, or begins nothing.
    rf"|(?<=[\w./-])(?:(?:<{_INLINE})+|(?:</{_INLINE})+)(?=[\w./-])"
    rf"|(?<=>[\w./-])(?:</{_INLINE})+(?:<{_INLINE})+(?=[\w./-]<)"
)


def unescaped(text: str) -> str:
    r"""Return the parts of a text that hold escapes, with the letters that these stand for.

    What JSON and Python write as ``\u00fc`` or ``\xc3\xbc``, C as ``\303\274``, HTML as ``&uuml;``
    and an address as ``%C3%BC``; a line's end between words is one, and no letter.
    """
    if not _ESCAPE.search(text):
        return ""
    said = "\n".join(part for part in _PARTS.split(text) if _ESCAPE.search(part))
    said = _UNICODE.sub(_from_number, said)
    said = _BYTES.sub(_from_bytes, said)
    said = _LINES.sub(" ", said)
    return html.unescape(unquote(said))


def quoted(text: str) -> str:
    """Return the lines of a text that are written as mails are, as they are read."""
    if "=" not in text:
        return ""
    whole = _BROKEN.sub(_SOFT, text)
    lines = (line for line in _LINE.split(whole) if _SOFT in line or _QUOTED.search(line))
    return "\n".join(_QUOTED.sub(_from_quoted, line.replace(_SOFT, "")) for line in lines)


def unmangled(text: str) -> str:
    """Return the lines of a text as they were before UTF-8 was read as another encoding."""
    if text.isascii():
        return ""
    lines = filter(_MANGLED.search, _LINE.split(text.translate(_WINDOWS)))
    return "\n".join(
        _MANGLED.sub(lambda match: _read(match[0].encode("latin-1")), line) for line in lines
    )


def joined(text: str) -> str:
    """Return the lines of a text without what readers do not see within a word.

    Soft hyphens, marks of no width, colors of a terminal, and tags that only change how the letters
    around them look; a drawing has each letter in a tag of its own.
    """
    return "\n".join(
        _UNSEEN.sub("", line)
        for line in _LINE.split(text)
        if (not line.isascii() or "<" in line or "\x1b" in line) and _UNSEEN.search(line)
    )


def _from_number(match: re.Match[str]) -> str:
    """Return the letter of an escape, of a pair of them where one is too small."""
    high, low = match[2], match[3]
    if high:
        return (bytes.fromhex(high) + bytes.fromhex(low)).decode("utf-16-be")
    number = int(match[1] or match[4] or match[5], 16)
    return chr(number) if number <= 0x10FFFF else match[0]  # noqa: PLR2004 - the last letter


def _from_bytes(match: re.Match[str]) -> str:
    """Return the letters of bytes as Python and C write them."""
    told = _BYTE.findall(match[0])
    return _read(bytes(int(six, 16) if six else int(eight, 8) for six, eight in told))


def _from_quoted(match: re.Match[str]) -> str:
    """Return the letters of bytes as mails write them."""
    return _read(bytes.fromhex(match[0].replace("=", "")))


def _read(raw: bytes) -> str:
    """Return bytes as UTF-8, or what is none as Latin-1."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")
