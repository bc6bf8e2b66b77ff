"""A leak is found wherever a PDF has strings and streams, in each way of writing them."""

import base64
import gzip
import io
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from tasks.verify.pdf_parts import around_streams, parts_of_pdf
from tests.tasks.verify.test_containers import NOBODY, SAID, a_line, is_found, zipped

STRINGS = {
    "plain": lambda said: b"(%s)" % said.encode("latin-1"),
    "octal": lambda said: b"(%s)" % b"".join(b"\\%03o" % one for one in said.encode("latin-1")),
    "hexadecimal": lambda said: b"<%s>" % said.encode("latin-1").hex().encode(),
    "two bytes": lambda said: b"<%s>" % ("\ufeff" + said).encode("utf-16-be").hex().encode(),
    "two bytes, bare": lambda said: b"(%s)" % ("\ufeff" + said).encode("utf-16-be"),
}


def a_pdf(*objects: bytes, page: bytes = b"") -> bytes:
    parts = (
        b"1 0 obj\n<</Type /Catalog /Pages 2 0 R>>\nendobj",
        b"2 0 obj\n<</Type /Pages /Kids [4 0 R] /Count 1>>\nendobj",
        b"4 0 obj\n<</Type /Page /Parent 2 0 R /MediaBox [0 0 99 99] %s>>\nendobj" % page,
        *objects,
        b"trailer\n<</Root 1 0 R /Info 9 0 R>>\n%%EOF",
    )
    return b"\n".join((b"%PDF-1.7", *parts))


def a_stream(content: bytes, told: bytes = b"") -> bytes:
    return b"6 0 obj\n<<%s>>\nstream\n%s\nendstream\nendobj" % (told, content)


PLACES = {
    "note": lambda said: a_pdf(
        b"5 0 obj\n<</Type /Annot /Subtype /Text /Rect [0 0 9 9] /Contents %s>>\nendobj" % said,
        page=b"/Annots [5 0 R]",
    ),
    "author": lambda said: a_pdf(b"9 0 obj\n<</Author %s>>\nendobj" % said),
    "entry of its own": lambda said: a_pdf(b"9 0 obj\n<</Patient %s>>\nendobj" % said),
    "file's name": lambda said: a_pdf(b"5 0 obj\n<</Type /Filespec /UF %s>>\nendobj" % said),
    "packed objects": lambda said: a_pdf(
        a_stream(zlib.compress(b"7 0 <</Contents %s>>" % said), b"/Type /ObjStm /N 1 /First 4")
    ),
}


@pytest.mark.parametrize("write", STRINGS.values(), ids=STRINGS)
@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_a_string_is_read_however_it_is_written(
    tmp_path: Path, place: Callable[[bytes], bytes], write: Callable[[str], bytes]
):
    for said in SAID:
        assert is_found(tmp_path, place(write(said)), "a.pdf"), said
    assert not is_found(tmp_path, place(write(NOBODY)), "a.pdf")


def a_jpeg(said: str) -> bytes:
    file = io.BytesIO()
    Image.effect_noise((64, 64), 50).save(file, format="JPEG", comment=said.encode())
    return file.getvalue()


@pytest.mark.parametrize(
    "stream",
    [
        a_line,
        lambda said: zlib.compress(a_line(said)),
        lambda said: zlib.compress(gzip.compress(a_line(said))),
        lambda said: zipped(a_line(said)),
        lambda said: base64.a85encode(zlib.compress(a_line(said))) + b"~>",
        lambda said: a_line(said).hex().encode() + b">",
        lambda said: zlib.compress(b"drawn") + a_line(said),
        a_jpeg,
    ],
    ids=["bare", "deflated", "gzip", "zip", "ASCII85", "hexadecimal", "behind", "picture"],
)
def test_a_stream_is_read_however_it_is_packed(tmp_path: Path, stream: Callable[[str], bytes]):
    for said in SAID:
        assert is_found(tmp_path, a_pdf(a_stream(stream(said))), "a.pdf"), said
    assert not is_found(tmp_path, a_pdf(a_stream(stream(NOBODY))), "a.pdf")


def test_an_encrypted_one_is_a_finding(tmp_path: Path):
    assert is_found(tmp_path, a_pdf(b"9 0 obj\n<</Encrypt 8 0 R>>\nendobj"), "a.pdf")


def test_streams_that_never_end_are_passed_in_one_go():
    """A pattern that looks for the end from each beginning takes minutes for this."""
    content = b"(Film of Zarquen)" + b"stream\nBT ET " * 30_000
    assert around_streams(content, ()) == content
    assert next(parts_of_pdf(content, (), 1000)).startswith(b"Film of Zarquen")
