"""However a program writes letters down, or what it puts between them, a leak is found."""

import base64
import json
import quopri
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest

from tasks.verify.coded import coded_in
from tasks.verify.escapes import unescaped
from tests.tasks.verify.test_containers import NOBODY, SAID, a_line, is_found


def each(write: str, said: str) -> str:
    return "".join(write.format(ord(letter)) for letter in said)


def octal(said: str) -> str:
    return "".join(f"\\{byte:03o}" if byte > 0x7F else chr(byte) for byte in said.encode())


def spoiled(said: str, encoding: str) -> str:
    return said.encode().decode(encoding, "replace")


def in_token(said: str) -> str:
    parts = ({"alg": "HS256"}, {"sub": said, "n": "??>"})
    coded = (base64.urlsafe_b64encode(json.dumps(part).encode()) for part in parts)
    return ".".join(part.decode().rstrip("=") for part in coded)


def in_mail(said: str) -> str:
    return quopri.encodestring(f"{'x' * 69} {said}".encode()).decode()


WAYS = {
    "numbers of HTML, long": lambda said: each("&#x{:06x};", said),
    "numbers of HTML, bare": lambda said: each("&#{}", said),
    "HTML in HTML": lambda said: each("&amp;#{};", said),
    "address in an address": lambda said: quote(quote(said, safe=""), safe=""),
    "numbers of JSON": lambda said: each("\\u{:04x}", said),
    "numbers of Python": lambda said: each("\\U{:08x}", said),
    "numbers of JavaScript": lambda said: each("\\u{{{:x}}}", said),
    "octal": octal,
    "line of JSON": lambda said: json.dumps(f"first\n{said}\tand"),
    "UTF-7": lambda said: said.encode("utf-7").decode(),
    "mail": in_mail,
    "mail in Latin-1": lambda said: quopri.encodestring(said.encode("latin-1")).decode(),
    "mail, every letter": lambda said: "".join(f"={byte:02X}" for byte in said.encode()),
    "header of a mail": lambda said: f"=?utf-8?b?{base64.b64encode(said.encode()).decode()}?=",
    "Latin-1 for UTF-8": lambda said: spoiled(said, "latin-1"),
    "Windows for UTF-8, twice": lambda said: spoiled(spoiled(said, "cp1252"), "cp1252"),
    "Base64": lambda said: f"id={base64.b64encode(said.encode()).decode()}",
    "Base64, bare": lambda said: base64.b64encode(said.encode()).decode().rstrip("="),
    "Base64 of addresses": lambda said: base64.urlsafe_b64encode(f"~~~ {said}".encode()).decode(),
    "Base64 in a path": lambda said: f"/a/{base64.b64encode(said.encode()).decode()}",
    "Base64 in lines": lambda said: base64.encodebytes(f"{'x ' * 26} {said} {'y' * 90}".encode()),
    "Base64 of UTF-16": lambda said: base64.b64encode(a_line(said).decode().encode("utf-16-le")),
    "Base64 of Latin-1": lambda said: base64.b64encode(a_line(said).decode().encode("latin-1")),
    "Base64 in Base64": lambda said: base64.b64encode(base64.b64encode(a_line(said))),
    "token": in_token,
    "hexadecimal": lambda said: said.encode().hex(),
    "hexadecimal of a database": lambda said: f"X'{said.encode().hex().upper()}'",
    "colors": lambda said: f"\x1b[1;31m{said}\x1b[0m",
    "directions": lambda said: f"\u202a{said[:3]}\u200e{said[3:]}\u202c",
    "no width, by name": lambda said: f"{said[:3]}&ZeroWidthSpace;{said[3:]}",
    "remark": lambda said: f"<p>{said[:3]}<!-- -->{said[3:]}</p>",
    "bold beginning": lambda said: f"<p><b>{said[:2]}</b>{said[2:]}</p>",
    "bold end": lambda said: f"<p>{said[:2]}<b>{said[2:]}</b></p>",
    "bold middle": lambda said: f"<p>{said[:2]}<b>{said[2:4]}</b>{said[4:]}</p>",
    "letter by letter": lambda said: "".join(f"<span>{letter}</span>" for letter in said),
}


@pytest.mark.parametrize("write", WAYS.values(), ids=WAYS)
def test_a_leak_is_found_in_whichever_way_it_is_written(
    tmp_path: Path, write: Callable[[str], str | bytes]
):
    def written(said: str) -> bytes:
        text = write(said)
        return b"12:00 of " + (text.encode() if isinstance(text, str) else text) + b", no answer\n"

    for said in SAID:
        assert is_found(tmp_path, written(said)), said
    assert not is_found(tmp_path, written(NOBODY))


def test_numbers_beside_each_other_are_no_number(tmp_path: Path):
    for said in (
        "<td><b>48</b></td><td><b>1102</b></td><span>48</span><b>1102</b>",
        "<li><i>48</i><i>1102</i></li>",
        "48<br>1102",
        "48=\n\n1102",
    ):
        assert not is_found(tmp_path, said.encode()), said


def test_what_is_not_written_in_another_way_is_left_alone():
    said = "plain words_of_a_program SHA256 0123456789abcdef0123 a+b=c 2026-11-30"
    assert coded_in(said) == ""
    assert unescaped("50 % of x & y, C:\\users, a=b") == ""


@pytest.mark.parametrize(
    "part", ["a1B+", "=C3", "&#x1", "\\u00", "<b>1", "\xc3\x9f", "ab <a ", "=\n"]
)
def test_a_long_text_is_read_once(tmp_path: Path, part: str):
    """Patterns that try every end of a run for each of its beginnings never come to an end."""
    content = part.encode() * 20_000
    assert not is_found(tmp_path, content)
    assert is_found(tmp_path, content + b"\n" + a_line("Zarquen"))
