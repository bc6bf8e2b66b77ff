"""Names are found however they are encoded, escaped or packed, and short ones as well."""

import base64
import bz2
import gzip
import io
import json
import lzma
import tarfile
import zipfile
import zlib
from pathlib import Path
from urllib.parse import quote

import matplotlib as mpl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import typst
from matplotlib.figure import Figure

from tasks.second_look import _everyday
from tasks.verify import Originals, verify

NAMES = ("Wang^XiaoDong=王^小東", "Li^Wei", "Müller^Änne", "Иванов^Пётр", "김^민수", "O'Brien^Pat")
PEOPLE = tuple(("name", name) for name in NAMES)
ORIGINALS = Originals({"I-1": (*PEOPLE, ("birth_date", "19480217"))}, everyday=_everyday())
SOUGHT = (*NAMES, "19480217", "Zarquen^Vilt", "4711-0815")


def is_found(folder: Path, content: bytes, name: str = "run.log") -> bool:
    (folder / name).write_bytes(content)
    return bool(verify(folder, identifiers=SOUGHT, originals=ORIGINALS))


def a_line(said: str) -> str:
    return f"12:00 could not read film of {said}, no answer\n"


@pytest.mark.parametrize(
    "said",
    [
        *("王小東", "王^小東", "患者王小東の", "Wang XiaoDong", "Li Wei", "Li^Wei", "Wei, Li"),
        *("liwei", "Müller Änne", "Mueller Aenne", "MUELLER", "Иванов Пётр", "Иванов", "김민수"),
        *("김^민수", "OBrien", "O'BRIEN", "Pat OBrien", "Vilt, Zarquen"),
    ],
)
def test_a_name_is_found_in_a_log(tmp_path: Path, said: str):
    assert is_found(tmp_path, a_line(said).encode())


@pytest.mark.parametrize("said", ["17. Februar 1948", "17 février 1948", "17 Feb 1948"])
def test_a_birth_date_is_found_in_other_languages(tmp_path: Path, said: str):
    assert is_found(tmp_path, a_line(said).encode())


def test_what_only_holds_the_parts_of_a_short_name_is_no_leak(tmp_path: Path):
    said = "life weighs, Wei or Li, Liwe I, delivery weight, 王 alone, a brine, 17 Feb 2020, 1948"
    assert not is_found(tmp_path, a_line(said).encode())


@pytest.mark.parametrize(
    ("said", "encoding"),
    [
        ("王^小東", "gb18030"),
        ("王^小東", "big5"),
        ("王^小東", "iso2022_jp_2"),
        ("김^민수", "euc_kr"),
        ("Иванов^Пётр", "cp1251"),
        ("Иванов^Пётр", "koi8_r"),
        ("Иванов^Пётр", "utf-16"),
        ("Иванов^Пётр", "utf-16-le"),
        ("王^小東", "utf-16-be"),
        ("Änne Müller", "cp1252"),
        ("Müller", "latin-1"),
    ],
)
def test_a_name_is_found_in_the_encodings_of_its_script(tmp_path: Path, said: str, encoding: str):
    assert is_found(tmp_path, a_line(said).encode(encoding))


@pytest.mark.parametrize("said", ["Müller", "Иванов", "王小東", "김^민수"])
def test_a_name_is_found_beside_a_line_in_another_encoding(tmp_path: Path, said: str):
    assert is_found(tmp_path, a_line(said).encode() + "größer\n".encode("latin-1"))
    assert not is_found(tmp_path, a_line("nobody").encode() + "größer\n".encode("latin-1"))


@pytest.mark.parametrize("said", ["Müller^Änne", "Иванов^Пётр", "王^小東", "Li Wei"])
@pytest.mark.parametrize(
    "write",
    [
        lambda said: json.dumps({"message": said}),
        lambda said: json.dumps(json.dumps({"message": said})),
        lambda said: repr(said.encode()),
        quote,
        lambda said: said.encode("ascii", "xmlcharrefreplace").decode(),
        lambda said: base64.b64encode(a_line(said).encode()).decode(),
    ],
    ids=["json", "json in json", "bytes", "address", "html", "base64"],
)
def test_a_name_is_found_behind_escapes(tmp_path: Path, said: str, write):
    assert is_found(tmp_path, a_line(write(said)).encode())


def test_a_name_is_found_behind_entities(tmp_path: Path):
    assert is_found(tmp_path, b"<p>film of M&uuml;ller &Auml;nne</p>", "index.html")


def zipped(content: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", content)
    return file.getvalue()


def a_table(content: bytes) -> bytes:
    file = io.BytesIO()
    pq.write_table(pa.table({"note": [content.decode()]}), file)
    return file.getvalue()


def in_png(content: bytes) -> bytes:
    return b"\x89PNG\r\n\x1a\n\0\0\0\0zTXtComment\0\0" + zlib.compress(content)


@pytest.mark.parametrize(
    "pack",
    [
        gzip.compress,
        bz2.compress,
        lzma.compress,
        zipped,
        in_png,
        lambda content: zlib.compress(content, 1),
        lambda content: b"x: " + base64.b64encode(zlib.compress(content)).rstrip(b"=") + b"\nx\n",
        lambda content: gzip.compress(b"first") + gzip.compress(content),
        lambda content: zipped(gzip.compress(zipped(content))),
        lambda content: zipped(a_table(content)),
    ],
)
def test_a_name_is_found_in_what_is_packed(tmp_path: Path, pack):
    assert is_found(tmp_path, pack(a_line("Zarquen Vilt").encode() * 9), "a.bin")
    assert is_found(tmp_path, pack(a_line("Li Wei").encode()), "a.bin")
    assert not is_found(tmp_path, pack(a_line("nobody").encode()), "a.bin")


@pytest.mark.parametrize(
    "content",
    [
        zipped(b"a" * 9)[:40],
        gzip.compress(b"a" * 99)[:20] + b"\xff" * 20,
        gzip.compress(b"abc" * 99)[:-4],
        gzip.compress(b"abc" * 99) + b"more",
        bz2.compress(b"abc" * 99)[:30],
        gzip.compress(gzip.compress(gzip.compress(gzip.compress(gzip.compress(b"a"))))),
        b"%PDF-1.7 and nothing more",
    ],
    # what is packed holds the time
    ids=["zip", "gzip", "gzip cut", "gzip and more", "bz2", "too deep", "pdf"],
)
def test_what_cannot_be_looked_into_is_a_finding(tmp_path: Path, content: bytes):
    assert is_found(tmp_path, content, "a.bin")


def test_an_archive_that_unpacks_to_too_much_is_a_finding(tmp_path: Path, monkeypatch):
    monkeypatch.setattr("tasks.verify.unpacking.MAX_BYTES", 1000)
    packs = (zipped, gzip.compress, bz2.compress, lambda said: gzip.compress(said[:600]) * 2)
    for number, pack in enumerate(packs):
        (tmp_path / f"{number}.bin").write_bytes(pack(bytes(10_000)))
    found = verify(tmp_path, identifiers=SOUGHT, originals=ORIGINALS)
    assert [finding.kind for finding in found] == ["unreadable"] * 4


def sparse(_: bytes) -> bytes:
    """Return an archive of many files, each of which is hardly there."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for number in range(9):
            info = tarfile.TarInfo(str(number))
            info.size = 900
            archive.addfile(info, io.BytesIO(bytes(900)))
    return file.getvalue()


@pytest.mark.parametrize(
    "pack",
    [lambda said: b"head\n" + gzip.compress(said) * 9, lambda said: in_png(said) * 9, sparse],
)
def test_what_unpacks_to_too_much_in_many_parts_is_a_finding(tmp_path: Path, monkeypatch, pack):
    content = pack(bytes(900))
    (tmp_path / "a.bin").write_bytes(content)
    assert not verify(tmp_path, identifiers=SOUGHT, originals=ORIGINALS)
    monkeypatch.setattr("tasks.verify.unpacking.MAX_BYTES", 1000)
    (found,) = verify(tmp_path, identifiers=SOUGHT, originals=ORIGINALS)
    assert found.kind == "unreadable"


def typeset(said: str) -> bytes:
    fonts = [str(Path(mpl.get_data_path()) / "fonts/ttf")]
    text = f'#set document(title: "T")\n#set text(font: "DejaVu Sans")\nFilm of {said} was read.'
    return bytes(typst.compile({"main": text.encode()}, format="pdf", font_paths=fonts))


def plotted(said: str, fonttype: int) -> bytes:
    file = io.BytesIO()
    with mpl.rc_context({"pdf.fonttype": fonttype}):
        figure = Figure(figsize=(3, 2))
        figure.text(0.1, 0.5, f"Film of {said}")
        figure.savefig(file, format="pdf")
    return file.getvalue()


@pytest.mark.parametrize(
    "draw", [typeset, lambda said: plotted(said, 3), lambda said: plotted(said, 42)]
)
@pytest.mark.parametrize("said", ["Zarquen Vilt", "Änne Müller", "Li Wei", "4711-0815", "Иванов"])
def test_what_a_pdf_says_is_read(tmp_path: Path, draw, said: str):
    assert is_found(tmp_path, draw(said), "report.pdf")
    assert not is_found(tmp_path, draw("nobody, 12 345 of 19 48 02 17"), "report.pdf")
