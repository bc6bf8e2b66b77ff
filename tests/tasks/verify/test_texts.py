"""The second look finds a leak in whatever a study writes beside its films."""

import base64
import gzip
import io
import json
import os
import sqlite3
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image
from pydicom import Dataset

from tasks.originals import identifiers_of
from tasks.verify import Originals, is_signed_by, sign, verify, verify_all
from tests.tasks.verify.verify_builders import a_film, a_secret, edit, look, originals


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "utf-16-le", "utf-16-be", "gzip"])
@pytest.mark.parametrize("spell", [str, str.upper, lambda text: text.replace("^", ", ")])
def test_a_leak_in_a_log_is_found_in_every_encoding(study: Path, encoding: str, spell: Callable):
    said = f"could not read film of {spell(a_secret(study))} at 12:00"
    content = (
        gzip.compress(said.encode()) if encoding == "gzip" else said.encode(encoding, "ignore")
    )
    (study / "run.log").write_bytes(b"\x01\x02" + content if encoding != "gzip" else content)
    assert [finding.place for finding in look(study)] == ["run.log"]


@pytest.mark.parametrize("part", [0, 1])
@pytest.mark.parametrize("name", ["run.log", "prefect.db", "table"])
def test_a_part_of_a_name_is_found_where_people_write(study: Path, part: int, name: str):
    said = f"called {a_secret(study).split('^')[part].upper()}, no answer"
    if name == "table":
        pq.write_table(pa.table({"note": [said]}), study / "results/note.parquet")
    elif name == "prefect.db":
        with sqlite3.connect(study / name) as database:
            database.execute("create table log (message text)")
            database.execute("insert into log values (?)", (said,))
    else:
        (study / name).write_text(said, encoding="utf-8")
    assert [finding.kind for finding in look(study)] == ["identifier"]


@pytest.mark.parametrize(
    "column",
    [
        lambda secret: pa.array([secret]),
        lambda secret: pa.array([{"deep": [secret]}]),
        lambda secret: pa.array([secret.encode()]),
        lambda secret: pa.array([secret]).dictionary_encode(),
    ],
)
def test_a_leak_in_a_table_is_found(study: Path, column: Callable):
    table = pa.table({"note": column(a_secret(study, "id"))})
    pq.write_table(table, study / "results/predictions/center=A/part-1.parquet")
    (finding,) = look(study)
    assert finding.place.endswith("column note")


@pytest.mark.parametrize("kind", [pa.binary(), pa.large_binary(), pa.list_(pa.binary())])
@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_a_name_in_bytes_of_a_table_is_found_in_either_encoding(
    tmp_path: Path, kind: pa.DataType, encoding: str
):
    said = "Müller".encode(encoding)
    value = [said] if pa.types.is_nested(kind) else said
    pq.write_table(pa.table({"note": pa.array([value], kind)}), tmp_path / "a.parquet")
    (finding,) = verify(tmp_path, identifiers=["Müller^Änne"])
    assert finding.place == "a.parquet column note"


def test_a_picture_in_a_drawing_in_a_page_spells_nobody_and_is_read(tmp_path: Path):
    def a_page(comment: bytes) -> bytes:
        file = io.BytesIO()
        noise = np.random.default_rng(3).integers(0, 256, (80, 80), np.uint8)
        Image.fromarray(noise).save(file, format="JPEG", comment=comment)
        embedded = base64.b64encode(file.getvalue()).decode()
        for name in ("/Melle+", "/MELLE/"):  # as chance has it
            embedded = embedded[:400] + name + embedded[400 + len(name) :]
        drawing = f'<svg xmlns="x"><image href="data:image/jpeg;base64,{embedded}"/></svg>'
        return b"<img src=data:image/svg+xml;base64,%s>" % base64.b64encode(drawing.encode())

    for comment, is_leak in ((b"nobody at all", False), (b"film of Melle^Zarquen", True)):
        (tmp_path / "index.html").write_bytes(a_page(comment))
        assert bool(verify(tmp_path, identifiers=["Melle^Zarquen"])) is is_leak


@pytest.mark.parametrize(
    "said",
    [
        "a schedule element, both entries; </li><li>Wei and others",
        "chen nations, thorough enough; patient transonic",
    ],
)
def test_short_names_are_not_made_of_parts_of_words(tmp_path: Path, said: str):
    names = ["Li^Wei", "Le^Elem", "Chen^Na", "Son^Tran", "Do^Ugh"]
    own = Originals({"I-1": tuple(("name", name) for name in names)})
    (tmp_path / "index.html").write_text(said)
    assert verify(tmp_path, identifiers=names, originals=own) == []
    for name in ("Na Chen", "filmOfTranSon.dcm", "DO UGH", "SON-TRAN2", "le elem", "WeiLi"):
        (tmp_path / "index.html").write_text(f"{said}; {name}")
        assert verify(tmp_path, identifiers=names, originals=own), name


def test_a_maker_is_nobodys_name_in_a_table(study: Path):
    names = ["Fischer^Jo", "FISCHER", "Fischer^Zarquen"]
    own = Originals({"I-1": tuple(("name", name) for name in names)})

    def made_by(ds: Dataset) -> None:
        ds.Manufacturer = "Fischer Imaging"

    edit(study, made_by)
    for said, is_leak in (("Fischer Imaging", False), ("Fischer, Jo", True), ("Zarquen", True)):
        pq.write_table(pa.table({"said": [said]}), study / "results/a.parquet")
        assert bool(verify(study, identifiers=names, originals=own)) is is_leak, said


@pytest.mark.parametrize("part", [0, 1])
def test_a_part_of_a_name_is_found_wherever_a_table_is_described(study: Path, part: int):
    said = a_secret(study).split("^")[part]
    long = pa.field("t", pa.int64(), metadata={"source": "x" * 300 + " " + said})
    deep = pa.field("t", pa.struct([pa.field(said, pa.int64())]))
    for number, schema in enumerate(
        (
            pa.schema([long]),
            pa.schema([deep]),
            pa.schema([(said, pa.int64())]),
            pa.schema([("t", pa.int64())], metadata={"source": said}),
        )
    ):
        table = pa.Table.from_arrays([pa.nulls(1, schema.field(0).type)], schema=schema)
        pq.write_table(table, study / f"results/{number}.parquet")
    found = look(study)
    assert len({finding.place.partition(" ")[0] for finding in found}) == 4
    assert not any(said in finding.place for finding in found)


def test_a_leak_in_table_metadata_is_found(study: Path):
    table = pa.table({"total": [1]}).replace_schema_metadata({"source": a_secret(study, "id")})
    pq.write_table(table, study / "results/predictions/center=A/part-1.parquet")
    assert look(study)


def test_a_leak_in_the_name_of_a_file_or_folder_is_found_and_not_repeated(study: Path):
    secret = a_secret(study, "id")
    (study / "reports" / secret).mkdir()
    (study / "reports" / secret / "figure.svg").write_text("<svg/>")
    (finding,) = look(study)
    assert finding.kind == "name"
    assert secret not in finding.place


def test_findings_never_hold_the_value(study: Path):
    secret = a_secret(study)
    edit(study, lambda ds: setattr(ds, "ImageComments", secret))
    (study / f"{secret}.txt").write_text(secret)
    said = json.dumps([finding.as_row() for finding in look(study)])
    assert secret not in said
    assert secret.split("^")[0] not in said


def test_the_private_folder_and_links_are_left_alone(study: Path, tmp_path: Path):
    (study / "private/notes.txt").write_text(a_secret(study))
    (tmp_path / "outside.txt").write_text(a_secret(study))
    (study / "link.txt").symlink_to(tmp_path / "outside.txt")
    assert look(study) == []


def test_a_private_folder_elsewhere_is_searched_like_any_other(study: Path):
    for folder in ("reports/private", "results/incoming", "reports/2/private"):
        (study / folder).mkdir(parents=True)
        (study / folder / "run.log").write_text(a_secret(study))
    assert len(look(study)) == 3
    found = verify(study / "reports", identifiers=identifiers_of(originals(study).entries()))
    assert [finding.place for finding in found] == ["2/private/run.log", "private/run.log"]


@pytest.mark.parametrize("kind", ["id", "name"])
@pytest.mark.parametrize("folder", ["deidentified/center=A", "reports"])
def test_the_name_of_an_empty_folder_and_where_a_link_leads_are_looked_at(
    study: Path, kind: str, folder: str
):
    secret = a_secret(study, kind)
    (study / folder / secret).mkdir()
    (study / folder / "latest").symlink_to(f"/data/{secret}/x")
    found = look(study)
    assert [finding.kind for finding in found] == ["name", "name"]
    assert not any(secret in finding.place for finding in found)


def test_a_part_of_a_name_is_found_in_a_files_name(study: Path):
    (study / f"reports/{a_secret(study).split('^')[0]}.svg").write_text("<svg/>")
    assert [finding.kind for finding in look(study)] == ["name"]


@pytest.mark.parametrize("name", ["{}01.png", "IMG_2{}", "{}Lumbar.png", "lumbar{}2.png"])
def test_a_part_of_a_name_is_found_beside_digits_and_capitals(tmp_path: Path, name: str):
    for said, is_leak in (("Zarquen", True), ("Zarque", False)):
        path = tmp_path / name.format(said)
        path.touch()
        assert bool(verify(tmp_path, identifiers=["Zarquen^Vilt"])) is is_leak
        path.unlink()


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "cp850"])
def test_a_files_name_may_be_in_any_encoding(tmp_path: Path, encoding: str):
    for said, is_leak in (("Müller.txt", True), ("Mühle.txt", False)):
        path = os.fsencode(tmp_path) + b"/" + said.encode(encoding)
        os.close(os.open(path, os.O_CREAT))
        assert bool(verify(tmp_path, identifiers=["Müller^Änne"])) is is_leak
        os.unlink(path)  # noqa: PTH108 - its name is none that a path has


@pytest.mark.parametrize("place", ["a.txt", "a"])
@pytest.mark.parametrize("name", ["user.from", "user.Zarquen"])
def test_what_is_attached_to_a_file_or_folder_is_found(tmp_path: Path, place: str, name: str):
    (tmp_path / "a").mkdir()
    (tmp_path / "a.txt").touch()
    try:
        os.setxattr(tmp_path / place, "user.from", b"/films/nobody")
    except OSError:
        pytest.skip("this disk attaches nothing to files")
    assert verify(tmp_path, identifiers=["Zarquen^Vilt"]) == []
    os.setxattr(tmp_path / place, name, b"" if "Z" in name else b"/films/Zarquen/1")
    (found,) = verify(tmp_path, identifiers=["Zarquen^Vilt"])
    assert (found.place, found.kind) == (f"{place} attributes", "identifier")


@pytest.mark.parametrize("said", ["Li^Wei", "Wei Li"])
def test_a_short_name_is_found_in_a_files_name(tmp_path: Path, said: str):
    (tmp_path / f"{said}.svg").write_text("<svg/>")
    found = verify(tmp_path, identifiers=["Li^Wei"])
    assert [finding.kind for finding in found] == ["name"]


@pytest.mark.parametrize("name", ["scan.jpg", "film.dcm", "I-0123456789abcdef0123.tmp"])
def test_what_is_no_film_among_the_clean_films_is_found(study: Path, name: str):
    film = a_film(study)
    film.with_name(name).write_bytes(film.read_bytes()[132:])
    assert {finding.kind for finding in look(study)} == {"container"}


def test_what_a_killed_run_left_half_written_says_what_takes_it_away(study: Path):
    film = a_film(study)
    film.with_suffix(".tmp").write_bytes(film.read_bytes())  # whole, but nobody looked it over
    (found,) = look(study)
    assert "aac run --fresh takes it away" in found.what


def test_a_signed_result_cannot_be_changed(study: Path):
    signed = sign(verify_all([study], identifiers_of(originals(study).entries())), b"key")
    assert is_signed_by(signed, b"key")
    assert not is_signed_by(signed | {"n_films": 4}, b"key")
    assert not is_signed_by(signed, b"other")


def a_pdf(stream: bytes) -> bytes:
    """Return a PDF of an empty page that holds a stream."""
    packed = zlib.compress(stream)
    return b"\n".join(
        (
            b"%PDF-1.7",
            b"1 0 obj\n<</Type /Catalog /Pages 2 0 R>>\nendobj",
            b"2 0 obj\n<</Type /Pages /Kids [4 0 R] /Count 1>>\nendobj",
            b"3 0 obj\n<</Filter /FlateDecode /Length %d>>" % len(packed),
            b"stream\n" + packed + b"\nendstream\nendobj",
            b"4 0 obj\n<</Type /Page /Parent 2 0 R /MediaBox [0 0 9 9]>>\nendobj",
            b"trailer\n<</Root 1 0 R>>\n%%EOF",
        )
    )


def test_the_strokes_and_parts_of_a_pdf_are_no_dates_and_its_words_are_searched(tmp_path: Path):
    drawn = b"q 0.67 0 0 -0.67 131.94504 296.31165 cm 0 m S"  # 1945-04-29 across two numbers
    drawn += b" <</K[1945 0 R 429 0 R 2904 1945]/Length 29041945>>"
    for name, stream in (("drawn", drawn), ("told", drawn + b" BT (born 29.04.1945) Tj ET")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "report.pdf").write_bytes(a_pdf(stream))
    assert not verify(tmp_path / "drawn", identifiers=["19450429", "29041945"])
    (found,) = verify(tmp_path / "told", identifiers=["19450429", "29041945"])
    assert (found.place, found.kind) == ("report.pdf", "identifier")
