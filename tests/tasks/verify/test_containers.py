"""A leak is found in what else programs of a hospital write, and packing hides nothing."""

import base64
import gzip
import io
import pickle
import sqlite3
import tarfile
import unicodedata
import zipfile
import zlib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image
from pyarrow import feather, orc

from tasks.second_look import _everyday
from tasks.verify import Originals, verify

PEOPLE = (("name", "Zarquen^Vilt"), ("name", "Müller^Änne"), ("name", "Li^Wei"))
ORIGINALS = Originals({"I-1": (*PEOPLE, ("birth_date", "19480217"))}, everyday=_everyday())
SOUGHT = (*(name for _, name in PEOPLE), "19480217", "4711-0815", "481102")
SAID = ("Zarquen", "Müller", "Li Wei", "4711-0815", "1948-02-17", "481102")
NOBODY = "Agreement of 12 345"


def is_found(folder: Path, content: bytes, name: str = "a.bin") -> bool:
    (folder / name).write_bytes(content)
    return bool(verify(folder, identifiers=SOUGHT, originals=ORIGINALS))


def a_line(said: str) -> bytes:
    return f"12:00 could not read film of {said}, no answer\n".encode()


def tarred(content: bytes, mode: str = "w", **told: str) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode=mode) as archive:
        info = tarfile.TarInfo("logs/run.log")
        for name, value in told.items():
            setattr(info, name, value)
        info.size = len(content)
        archive.addfile(info, io.BytesIO(content))
    return file.getvalue()


def zipped(content: bytes, comment: str = "") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", content)
        archive.comment = comment.encode()
    return file.getvalue()


def gzipped_as(name: str) -> bytes:
    return b"\x1f\x8b\x08\x08\0\0\0\0\0\xff" + name.encode() + b"\0" + gzip.compress(b"x")[10:]


def by_arrow(codec: str, content: bytes) -> bytes:
    file = pa.BufferOutputStream()
    with pa.CompressedOutputStream(file, codec) as stream:
        stream.write(content)
    return file.getvalue().to_pybytes()


PACKS = {
    "tar": lambda said: tarred(a_line(said).decode().encode("latin-1")),
    "tar.gz": lambda said: tarred(a_line(said), "w:gz"),
    "gzip in tar": lambda said: tarred(gzip.compress(a_line(said))),
    "owner in tar": lambda said: tarred(b"x", uname=said),
    "zip behind a program": lambda said: b"#!/bin/sh\n\0\1" + zipped(a_line(said)),
    "comment of zip": lambda said: zipped(b"x", said),
    "gzip behind a line": lambda said: b"first\n\0" + gzip.compress(a_line(said)),
    "name in gzip": gzipped_as,
    "zlib": lambda said: zlib.compress(a_line(said)),
    "zstd": lambda said: by_arrow("zstd", a_line(said)),
    "lz4": lambda said: by_arrow("lz4", a_line(said)),
    "pickle": lambda said: pickle.dumps({"message": a_line(said).decode()}),
    "pickle in Base64": lambda said: b'{"x": "%s"}' % base64.b64encode(pickle.dumps(a_line(said))),
    "gzip in Base64": lambda said: b'{"x": "%s"}' % base64.b64encode(gzip.compress(a_line(said))),
}


@pytest.mark.parametrize("pack", PACKS.values(), ids=PACKS)
def test_packing_hides_nothing(tmp_path: Path, pack: Callable[[str], bytes]):
    for said in SAID:
        assert is_found(tmp_path, pack(said)), said
    assert not is_found(tmp_path, pack(NOBODY))


@pytest.mark.parametrize("magic", [b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07\0"])
def test_an_archive_that_nothing_here_opens_is_a_finding(tmp_path: Path, magic: bytes):
    assert is_found(tmp_path, magic + bytes(64))


def as_parquet(column: pa.Array) -> bytes:
    file = io.BytesIO()
    pq.write_table(pa.table({"c": column}), file)
    return file.getvalue()


def as_feather(column: pa.Array, codec: str) -> bytes:
    file = io.BytesIO()
    feather.write_feather(pa.table({"c": column}), file, compression=codec)
    return file.getvalue()


def as_stream(column: pa.Array) -> bytes:
    table, file = pa.table({"c": column}), io.BytesIO()
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    with pa.ipc.new_stream(file, table.schema, options=options) as writer:
        writer.write_table(table)
    return file.getvalue()


def as_orc(column: pa.Array) -> bytes:
    file = io.BytesIO()
    orc.write_table(pa.table({"c": column}), file, compression="zlib")
    return file.getvalue()


TABLES = {
    "list": lambda said: as_parquet(pa.array([[said], ["x"]])),
    "list of dictionary": lambda said: as_parquet(
        pa.array([[said]], pa.list_(pa.dictionary(pa.int32(), pa.string())))
    ),
    "struct": lambda said: as_parquet(pa.array([{"a": {"b": said}, "n": 1.5}])),
    "parts of a row": lambda said: as_parquet(pa.array([[*said.split(), "x"]])),
    "map": lambda said: as_parquet(pa.array([[("k", said)]], pa.map_(pa.string(), pa.string()))),
    "key of a map": lambda said: as_parquet(
        pa.array([[(said, 1)]], pa.map_(pa.string(), pa.int64()))
    ),
    "gzip": lambda said: as_parquet(pa.array([gzip.compress(a_line(said))])),
    "Parquet": lambda said: as_parquet(pa.array([as_parquet(pa.array([said]))])),
    "UTF-16": lambda said: as_parquet(pa.array([a_line(said).decode().encode("utf-16-le")])),
    "Base64": lambda said: as_parquet(pa.array([base64.b64encode(a_line(said)).decode()])),
    "Feather": lambda said: as_feather(pa.array([said]), "uncompressed"),
    "Feather, packed": lambda said: as_feather(pa.array([said] * 50), "zstd"),
    "Feather, unused": lambda said: as_feather(
        pa.DictionaryArray.from_arrays([0], ["x", said]), "lz4"
    ),
    "Arrow stream": lambda said: as_stream(pa.array([said] * 50)),
    "ORC": lambda said: as_orc(pa.array([said] * 50)),
}


@pytest.mark.parametrize("write", TABLES.values(), ids=TABLES)
def test_a_leak_is_found_in_any_kind_of_table_and_column(
    tmp_path: Path, write: Callable[[str], bytes]
):
    for said in SAID:
        assert is_found(tmp_path, write(said)), said
    assert not is_found(tmp_path, write(NOBODY))


@pytest.mark.parametrize("content", [b"ORCHARD\n", b"\xff\xff\xff\xff and more", b"PAR 1"])
def test_what_only_begins_like_a_table_is_read_as_what_it_is(tmp_path: Path, content: bytes):
    assert not is_found(tmp_path, content)
    assert is_found(tmp_path, content + a_line("Zarquen Vilt"))


def a_database(folder: Path, cell: object, encoding: str = "UTF-8") -> bytes:
    path = folder / f"{len(list(folder.iterdir()))}.db"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(f"pragma encoding = '{encoding}'")
        database.execute("pragma journal_mode = wal")
        database.execute("create table log (cell)")
        database.execute("insert into log values (?)", (cell,))
    content = path.read_bytes()
    path.unlink()
    return content


@pytest.mark.parametrize(
    "cell",
    [
        a_line,
        lambda said: "x" * 4000 + f" {said} " + "y" * 4000,
        lambda said: gzip.compress(a_line(said)),
        lambda said: zlib.compress(a_line(said)),
        lambda said: base64.b64encode(a_line(said)).decode(),
        lambda said: base64.b64encode(pickle.dumps(a_line(said))).decode(),
    ],
    ids=["bytes", "several pages", "gzip", "zlib", "Base64", "pickle"],
)
def test_a_leak_in_the_cell_of_a_database_is_found(tmp_path: Path, cell: Callable[[str], object]):
    for said in SAID:
        assert is_found(tmp_path, a_database(tmp_path, cell(said))), said
    assert not is_found(tmp_path, a_database(tmp_path, cell(NOBODY)))


@pytest.mark.parametrize("said", SAID)
def test_a_database_may_hold_texts_in_two_bytes(tmp_path: Path, said: str):
    assert is_found(tmp_path, a_database(tmp_path, a_line(said).decode(), "UTF-16le"))


@pytest.mark.parametrize(
    ("cell", "is_leak"), [(481102, True), (19480217.0, True), (481102.5, False), (481103, False)]
)
def test_a_number_in_a_database_is_found(tmp_path: Path, cell: float, is_leak: bool):
    assert is_found(tmp_path, a_database(tmp_path, cell)) is is_leak


def test_a_damaged_database_is_searched_as_it_is(tmp_path: Path):
    content = a_database(tmp_path, "nobody")
    assert not is_found(tmp_path, content[:5000])
    assert is_found(tmp_path, content[:5000] + a_line("Zarquen"))


def each_in(tag: str, said: str) -> str:
    return "".join(f'<{tag} x="{at}">{letter}</{tag}>' for at, letter in enumerate(said))


TEXTS = {
    "letters of a drawing": lambda said: f"<svg><text>{each_in('tspan', said)}</text></svg>",
    "runs of a document": lambda said: (
        f"<w:r><w:t>{said[:3]}</w:t></w:r><w:r><w:t>{said[3:]}</w:t>"
    ),
    "soft hyphen": lambda said: f"<p>{said[:3]}&shy;{said[3:]}</p>",
    "no width": lambda said: f"<p>{said[:3]}\u200b{said[3:]}</p>",
    "numbers": lambda said: "".join(f"&#{ord(letter)};" for letter in said),
    "letters and marks apart": lambda said: unicodedata.normalize("NFD", f"film of {said}"),
    "mail": lambda said: f"film of {said}".replace("ü", "=C3=BC"),
}


@pytest.mark.parametrize("write", TEXTS.values(), ids=TEXTS)
def test_what_a_reader_sees_is_found(tmp_path: Path, write: Callable[[str], str]):
    for said in SAID:
        assert is_found(tmp_path, write(said).encode()), said
    assert not is_found(tmp_path, write(NOBODY).encode())


@pytest.mark.parametrize("said", ["Zarquen", "Müller", "Li Wei"])
def test_a_name_is_found_though_a_part_of_it_is_bold(tmp_path: Path, said: str):
    assert is_found(tmp_path, f"<p>{said[:3]}<b>{said[3:]}</b></p>".encode())
    assert not is_found(
        tmp_path, b"<td><b>48</b></td><td><b>1102</b></td><span>48</span><b>1102</b>"
    )


def as_picture(kind: str, **told: object) -> bytes:
    file = io.BytesIO()
    Image.new("L", (64, 64)).save(file, format=kind, **told)
    return file.getvalue()


@pytest.mark.parametrize(
    "write",
    [
        lambda said: as_picture("TIFF", tiffinfo={270: a_line(said).decode()}).replace(
            b"M?ller", "Müller".encode("latin-1")
        ),
        lambda said: as_picture("GIF", comment=a_line(said)),
        lambda said: as_picture("WEBP", xmp=a_line(said)),
        lambda said: np.array([a_line(said).decode()]).tobytes(),
        lambda said: a_line(said).decode().encode("cp850"),
    ],
    ids=["TIFF", "GIF", "WebP", "NumPy", "console"],
)
@pytest.mark.parametrize("said", SAID)
def test_a_leak_is_found_in_other_files(tmp_path: Path, write: Callable[[str], bytes], said: str):
    assert is_found(tmp_path, write(said))
    assert not is_found(tmp_path, write(NOBODY))


def test_a_long_text_among_other_bytes_is_read_once(tmp_path: Path):
    """Patterns that try every end of a run for each of its beginnings never come to an end."""
    content = b"\0\1" + b"plain words, 12 < (a) " * 6_000
    assert not is_found(tmp_path, content)
    assert is_found(tmp_path, content + a_line("Zarquen"))
