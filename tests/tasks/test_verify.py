"""The second look finds a planted leak of every kind, and nothing in a clean study."""

import gzip
import json
import shutil
import sqlite3
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image, ImageDraw, ImageFont
from pydicom import Dataset, dcmread
from pydicom.sequence import Sequence

from tasks.deid.crosswalk import Crosswalk, StudyKey
from tasks.deid.deidentify import deidentify
from tasks.deid.profile import Profile
from tasks.dicom.pixels import decode
from tasks.dicom.reading import read_film
from tasks.dicom.writing import save_bytes
from tasks.verify import Allowed, Finding, Originals, is_signed_by, sign, verify, verify_all
from tasks.verify.needles import Needles

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks/deidentification"))
from plant_header import planted_film


@pytest.fixture(scope="module")
def clean_study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    study = tmp_path_factory.mktemp("study")
    key = StudyKey.load_or_create(study / "private")
    crosswalk = Crosswalk(study / "private", key)
    first = read_film(planted_film(0)[0])
    for seed in range(3):
        ds = read_film(planted_film(seed)[0])
        if seed == 1:  # the same visit, looking back at the first film
            for keyword in ("PatientID", "IssuerOfPatientID", "StudyInstanceUID"):
                ds[keyword] = first[keyword]
            ds.SourceImageSequence[0].ReferencedSOPInstanceUID = first.SOPInstanceUID
        clean = deidentify(
            ds,
            decode(ds),
            center="A",
            source_digest=f"{seed:064d}",
            profile=Profile(pixels="keep"),
            pseudonyms=key.pseudonymizer(),
        )
        folder = study / "deidentified/center=A" / clean.key.patient_id
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{clean.key.image_id}.dcm").write_bytes(save_bytes(clean.dataset))
        crosswalk.append([clean.entry])
    table = study / "results/predictions/center=A"
    table.mkdir(parents=True)
    pq.write_table(pa.table({"image_id": ["I-1"], "total": [3.5]}), table / "part-0.parquet")
    (study / "reports").mkdir()
    (study / "reports/index.html").write_text("<h1>Agreement</h1>")
    return study


@pytest.fixture
def study(clean_study: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(clean_study, tmp_path / "study"))


def originals(study: Path) -> Crosswalk:
    return Crosswalk(study / "private", StudyKey.load_or_create(study / "private"))


def look(study: Path, allowed: Allowed | None = None) -> list[Finding]:
    known = originals(study)
    facts = Originals(
        known.by_image(), known.facts(), allowed or Allowed(), frozenset({"agreement"})
    )
    return verify(study, identifiers=known.identifiers(), originals=facts)


def looking_back(study: Path) -> Path:
    """Return the film that refers to another."""
    referring = next(
        entry for entry in originals(study).entries() if entry.source_digest.endswith("1")
    )
    return next((study / "deidentified").rglob(f"{referring.image_id}.dcm"))


def a_secret(study: Path, kind: str = "name") -> str:
    entry = next(e for e in originals(study).entries() if e.image_id == a_film(study).stem)
    # Plain letters: not every encoding that is tried here can spell the others.
    alike = (item.value for item in entry.identifiers if item.kind == kind)
    return next(value for value in alike if value.isascii())


def a_film(study: Path) -> Path:
    return min((study / "deidentified").rglob("*.dcm"))


def edit(study: Path, change: Callable, path: Path | None = None) -> None:
    path = path or a_film(study)
    ds = dcmread(path)
    change(ds)
    ds.save_as(path)


def test_a_clean_study_has_no_finding_and_every_file_was_looked_at(study: Path):
    assert look(study) == []
    result = verify_all([study], originals(study).identifiers())
    assert (result.n_files, result.n_films) == (5, 3)


def nested(ds, secret: str) -> None:
    ds.DeidentificationMethodCodeSequence[0].CodeMeaning = secret


def in_private(ds, _: str) -> None:
    ds.private_block(0x29, "ACME", create=True).add_new(1, "LO", "anything")


@pytest.mark.parametrize(
    "change",
    [
        lambda ds, secret: setattr(ds, "ImageComments", f"seen by {secret.upper()}"),
        lambda ds, secret: setattr(ds, "ImageComments", secret.split("^")[0]),
        lambda ds, secret: setattr(ds, "StudyDescription", " ".join(secret.split("^")[1::-1])),
        lambda ds, _: setattr(ds, "OperatorsName", "Somebody"),
        lambda ds, _: setattr(ds, "PatientBirthDate", "19700101"),
        lambda ds, _: setattr(ds, "PatientID", "4711"),
        lambda ds, _: setattr(ds, "PatientIdentityRemoved", "NO"),
        lambda ds, _: setattr(ds, "FrameOfReferenceUID", "1.2.3.4.5.6"),
        lambda ds, _: ds.add_new(0x60003000, "OW", b"\0\0"),
        lambda ds, _: setattr(ds, "OriginalAttributesSequence", Sequence([Dataset()])),
        lambda ds, _: setattr(ds, "PixelData", ds.PixelData + b"tail"),
        lambda ds, _: setattr(ds, "PixelData", b"\xff" * len(ds.PixelData)),
        lambda ds, _: setattr(ds, "preamble", b"A".ljust(128, b"\0")),
        lambda ds, _: setattr(ds.file_meta, "MediaStorageSOPInstanceUID", "2.25.1"),
        nested,
        in_private,
    ],
)
def test_a_leak_in_a_film_is_found(study: Path, change: Callable):
    secret = a_secret(study)
    edit(study, lambda ds: change(ds, secret))
    assert look(study)


@pytest.mark.parametrize("kind", ["id", "place", "device", "contact", "uid"])
def test_identifiers_of_every_kind_are_found_in_a_film(study: Path, kind: str):
    secret = a_secret(study, kind)
    edit(study, lambda ds: setattr(ds, "SeriesDescription", f"x {secret} y"))
    assert "identifier" in {finding.kind for finding in look(study)}


def test_a_day_of_the_original_is_found_in_its_film_alone(study: Path):
    day = a_secret(study, "date")[:8]
    edit(study, lambda ds: setattr(ds, "StudyDate", day))
    found = {finding.what for finding in look(study)}
    assert found == {"a day of the original", "an interval was changed"}


def test_trailing_bytes_and_a_second_copy_of_a_film_are_found(study: Path):
    film = a_film(study)
    shutil.copy(film, film.with_name("copy.dcm"))
    film.write_bytes(film.read_bytes() + b"\0\0\0\0")
    assert {finding.kind for finding in look(study)} == {"container", "name", "reference"}


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda ds: delattr(ds, "SourceImageSequence"), "a reference to another film was lost"),
        (lambda ds: setattr(ds, "StudyInstanceUID", "2.25.7"), "one StudyInstanceUID became two"),
        (lambda ds: setattr(ds, "PatientID", "P-0123456789abcdef"), "one PatientID became two"),
        (lambda ds: setattr(ds, "ContentDate", "19991231"), "an interval was changed"),
    ],
)
def test_what_no_longer_ties_films_together_is_found(study: Path, change: Callable, what: str):
    edit(study, change, looking_back(study))
    assert what in {finding.what for finding in look(study)}


def test_two_people_under_one_pseudonym_are_found(study: Path):
    films = [dcmread(path) for path in (study / "deidentified").rglob("*.dcm")]
    for path, ds in zip((study / "deidentified").rglob("*.dcm"), films, strict=True):
        ds.PatientID = ds.PatientName = films[0].PatientID
        ds.save_as(path)
    assert "two PatientID became one" in {finding.what for finding in look(study)}


def test_a_film_that_no_delivered_file_became_is_found(study: Path):
    film = a_film(study)
    edit(study, lambda ds: setattr(ds, "SOPInstanceUID", "2.25.8"))
    film.rename(film.with_name("I-0123456789abcdef0123.dcm"))
    assert "a film that no delivered file became" in {finding.what for finding in look(study)}


def test_what_the_options_let_stay_is_no_finding(study: Path):
    def keep(ds) -> None:
        ds.FrameOfReferenceUID = "1.2.3.4.5"
        ds.private_block(0x29, "ACME", create=True).add_new(0x10, "DS", "1.5")

    edit(study, keep)
    assert {finding.kind for finding in look(study)} == {"element", "reference"}
    assert look(study, Allowed(uids=True, private=frozenset({"ACME|002910"}))) == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le"])
def test_an_identifier_among_the_pixels_bytes_is_found(study: Path, encoding: str):
    secret = a_secret(study, "id").upper().encode(encoding)

    def hide(ds) -> None:
        ds.PixelData = ds.PixelData[:400] + secret + ds.PixelData[400 + len(secret) :]

    edit(study, hide)
    what = {finding.what for finding in look(study)}
    assert "an identifier among the pixels' bytes" in what


def test_a_broken_film_is_a_finding(study: Path):
    film = a_film(study)
    film.write_bytes(film.read_bytes()[:700])
    assert look(study)


def test_a_name_written_into_the_picture_is_found(study: Path):
    def burn(ds) -> None:
        canvas = Image.new("L", (400, 300))
        font = ImageFont.load_default(36)
        ImageDraw.Draw(canvas).text((20, 200), "Zarquen Vilt 1948", fill=255, font=font)
        noise = np.random.default_rng(1).integers(500, 900, (300, 400))
        burned = np.where(np.asarray(canvas) > 127, 4095, noise).astype("<u2")
        ds.Rows, ds.Columns, ds.PixelData = 300, 400, burned.tobytes()

    edit(study, burn)
    assert [finding.kind for finding in look(study)] == ["pixel_text"]


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


def test_a_signed_result_cannot_be_changed(study: Path):
    signed = sign(verify_all([study], originals(study).identifiers()), b"key")
    assert is_signed_by(signed, b"key")
    assert not is_signed_by(signed | {"n_films": 4}, b"key")
    assert not is_signed_by(signed, b"other")


def test_short_and_empty_identifiers_do_not_match_everything():
    needles = Needles(["", "7", "Li", "ANONYMOUS"])
    assert not needles.found_in("an anonymous film of level 7")


def test_the_strokes_of_a_pdf_are_no_dates_and_its_words_are_searched(tmp_path: Path):
    drawn = b"q 0.67 0 0 -0.67 131.94504 296.31165 cm 0 m S"  # 1945-04-29 across two numbers
    for name, stream in (("drawn", drawn), ("told", drawn + b" BT (born 29.04.1945) Tj ET")):
        packed = zlib.compress(stream)
        content = b"%PDF-1.7\n1 0 obj\n<<>>\nstream\n" + packed + b"\nendstream\nendobj\n"
        (tmp_path / name).mkdir()
        (tmp_path / name / "report.pdf").write_bytes(content)
    assert not verify(tmp_path / "drawn", identifiers=["19450429", "29041945"])
    (found,) = verify(tmp_path / "told", identifiers=["19450429", "29041945"])
    assert (found.place, found.kind) == ("report.pdf", "identifier")
