"""The second look finds a planted leak of every kind in a film, and nothing in a clean one."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont
from pydicom import Dataset
from pydicom.sequence import Sequence

from tasks.deid.profile import Profile
from tasks.deid.text import clinical
from tasks.originals import identifiers_of
from tasks.second_look import allowed_by
from tasks.verify import Allowed, look_at_written, verify_all
from tasks.verify.needles import Needles
from tasks.verify.one_film import look_at_header, open_film
from tests.tasks.verify.verify_builders import (
    a_film,
    a_secret,
    edit,
    look,
    originals,
)

# Words that films are described with.
WORDS = clinical().words


def test_a_clean_study_has_no_finding_and_every_file_was_looked_at(study: Path):
    assert look(study) == []
    result = verify_all([study], identifiers_of(originals(study).entries()))
    assert (result.n_files, result.n_films) == (5, 3)


def nested(ds, secret: str) -> None:
    ds.DeidentificationMethodCodeSequence[0].CodeMeaning = secret


def in_private(ds, _: str) -> None:
    ds.private_block(0x29, "ACME", create=True).add_new(1, "LO", "anything")


LEAKS = [
    lambda ds, secret: setattr(ds, "ImageComments", f"seen by {secret.upper()}"),
    lambda ds, secret: setattr(ds, "ImageComments", secret.split("^")[0]),
    lambda ds, secret: setattr(ds, "StudyDescription", " ".join(secret.split("^")[1::-1])),
    lambda ds, _: setattr(ds, "OperatorsName", "Somebody"),
    lambda ds, _: setattr(ds, "PatientBirthDate", "19700101"),
    lambda ds, _: setattr(ds, "PatientID", "4711"),
    lambda ds, _: setattr(ds, "PatientIdentityRemoved", "NO"),
    lambda ds, _: setattr(ds, "FrameOfReferenceUID", "1.2.3.4.5.6"),
    lambda ds, _: setattr(ds, "FrameOfReferenceUID", "1.2.840.10008.99.7"),
    lambda ds, _: setattr(ds, "DeviceUID", "1.2.3.4.5.6"),
    lambda ds, _: setattr(ds, "PatientAge", "093Y"),
    lambda ds, _: setattr(ds, "BurnedInAnnotation", "YES"),
    lambda ds, _: ds.add_new(0x60003000, "OW", b"\0\0"),
    lambda ds, _: setattr(ds, "OriginalAttributesSequence", Sequence([Dataset()])),
    lambda ds, _: setattr(ds, "PixelData", ds.PixelData + b"tail"),
    lambda ds, _: setattr(ds, "PixelData", b"\xff" * len(ds.PixelData)),
    lambda ds, _: setattr(ds, "preamble", b"A".ljust(128, b"\0")),
    lambda ds, _: setattr(ds.file_meta, "MediaStorageSOPInstanceUID", "2.25.1"),
    nested,
    in_private,
]


@pytest.mark.parametrize("change", LEAKS)
def test_a_leak_in_a_film_is_found(study: Path, change: Callable):
    secret = a_secret(study)
    edit(study, lambda ds: change(ds, secret))
    assert look(study)


@pytest.mark.parametrize("change", [lambda *_: None, *LEAKS])
def test_pixels_left_in_the_file_hide_nothing_from_the_look_at_what_was_written(
    study: Path, change: Callable
):
    secret = a_secret(study)
    edit(study, lambda ds: change(ds, secret))
    content = a_film(study).read_bytes()
    own = (("name", secret),)
    needles = Needles([secret])
    whole = look_at_header(open_film(content), "", needles, own, Allowed(), needles)
    assert look_at_written(content, own, Allowed(), frozenset()) == whole
    for tail in (b"\0", b"\xfe\x7f\x10\0LO\4\0Anna"):
        assert look_at_written(content + tail, own, Allowed(), frozenset())


@pytest.mark.parametrize("kind", ["id", "place", "device", "contact", "uid"])
def test_identifiers_of_every_kind_are_found_in_a_film(study: Path, kind: str):
    secret = a_secret(study, kind)
    edit(study, lambda ds: setattr(ds, "SeriesDescription", f"x {secret} y"))
    assert "identifier" in {finding.kind for finding in look(study)}


def test_what_the_options_let_stay_is_no_finding(study: Path):
    def keep(ds) -> None:
        ds.FrameOfReferenceUID = "1.2.3.4.5"
        ds.private_block(0x29, "ACME", create=True).add_new(0x10, "DS", "1.5")

    edit(study, keep)
    assert {finding.kind for finding in look(study)} == {"element", "reference"}
    assert look(study, Allowed(uids=True, private=frozenset({"ACME|002910"}))) == []


def test_devices_keep_their_uids_where_they_keep_their_numbers(study: Path):
    edit(study, lambda ds: setattr(ds, "DeviceUID", "1.2.3.4.5"))
    assert {finding.kind for finding in look(study)} == {"reference"}
    assert look(study, allowed_by(Profile(retain_serial_numbers=True))) == []
    edit(study, lambda ds: setattr(ds, "FrameOfReferenceUID", "1.2.3.4.5"))
    assert look(study, allowed_by(Profile(retain_serial_numbers=True)))


def test_a_film_may_say_that_it_shows_text_where_pixels_stay(study: Path):
    edit(study, lambda ds: setattr(ds, "BurnedInAnnotation", "YES"))
    assert {finding.kind for finding in look(study)} == {"pixel_text"}
    assert look(study, allowed_by(Profile(pixels="keep"))) == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("at", [0, 401, -1])
def test_an_identifier_among_the_pixels_bytes_is_found(study: Path, encoding: str, at: int):
    secret = a_secret(study, "id").upper().encode(encoding)

    def hide(ds) -> None:
        before = at if at >= 0 else len(ds.PixelData) - len(secret)
        behind = ds.PixelData[before + len(secret) :]
        ds.PixelData = ds.PixelData[:before] + secret + behind

    edit(study, hide)
    what = {finding.what for finding in look(study)}
    assert "an identifier among the pixels' bytes" in what


def test_a_broken_film_is_a_finding(study: Path):
    film = a_film(study)
    film.write_bytes(film.read_bytes()[:700])
    assert look(study)


@pytest.mark.parametrize("padding", [(), (-32768,), (65535,), (65535, 60000)])
@pytest.mark.parametrize("declared", [True, False])
def test_a_name_written_into_the_picture_is_found_beside_padding_too(
    study: Path, padding: tuple[int, ...], declared: bool
):
    def burn(ds) -> None:
        canvas = Image.new("L", (400, 300))
        font = ImageFont.load_default(36)
        ImageDraw.Draw(canvas).text((20, 200), "Zarquen Vilt 1948", fill=255, font=font)
        noise = np.random.default_rng(1).integers(500, 3000, (300, 400))
        burned = np.where(np.asarray(canvas) > 127, 4095, noise)
        burned[:, :12] = padding[0] if padding else noise[:, :12]
        ds.Rows, ds.Columns, ds.PixelData = 300, 400, burned.astype("<i4").astype("<u2").tobytes()
        if padding:
            ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 15, int(padding[0] < 0)
        keywords = ("PixelPaddingValue", "PixelPaddingRangeLimit")
        for keyword, value in zip(keywords, padding if declared else (), strict=False):
            ds.add_new(keyword, "SS" if value < 0 else "US", value)

    edit(study, burn)
    assert [finding.kind for finding in look(study)] == ["pixel_text"]


@pytest.mark.parametrize(
    ("name", "said", "is_leak"),
    [
        ("Wang^XiaoDong=王^小東", "DR 王小東", True),
        ("김민수", "김민수 X-Ray", True),
        ("Li^Wei", "LiWei DR-1", True),
        ("Li^Wei", "DR Weinberg", False),
        ("Ng^Al", "Digital", False),
    ],
)
def test_a_short_name_run_together_is_found_in_its_own_film(
    study: Path, name: str, said: str, is_leak: bool
):
    def tell(ds) -> None:
        ds.SpecificCharacterSet, ds.ManufacturerModelName = "ISO_IR 192", said

    edit(study, tell)
    content = a_film(study).read_bytes()
    found = look_at_written(content, (("name", name),), Allowed(), frozenset())
    assert [finding.kind for finding in found if "1090" in finding.place] == [
        "identifier"
    ] * is_leak


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("O'Brien^Pat", "DR OBrien"),
        ("Smith-Jones^Ann", "SmithJones 2"),
        ("van der Berg^Ann", "DR VanderBerg"),
        ("de la Cruz^Ann", "Delacruz DR"),
        ("Mc Kay^Ann", "McKay DR"),
        ("Roux^Jean-Luc", "JEANLUC"),
        ("Müller^Änne", "Mueller DR"),
        ("Zarquen Vilt", "DR-VILTZARQUEN"),
    ],
)
def test_a_name_of_several_words_is_found_run_together(study: Path, name: str, said: str):
    edit(study, lambda ds: setattr(ds, "ManufacturerModelName", said))
    found = look_at_written(a_film(study).read_bytes(), (("name", name),), Allowed(), WORDS)
    assert any("1090" in finding.place for finding in found)


@pytest.mark.parametrize("keyword", ["BodyPartExamined", "ClinicalTrialSiteName", "ViewPosition"])
@pytest.mark.parametrize("part", ["Zarquen", "ZARQUEN VILT", "VILT"])
def test_a_name_in_a_code_string_or_among_what_trials_say_is_found(
    study: Path, keyword: str, part: str
):
    edit(study, lambda ds: setattr(ds, keyword, part.upper()))
    own = (("name", "Zarquen^Vilt"),)
    assert look_at_written(a_film(study).read_bytes(), own, Allowed(), WORDS)


def test_a_name_in_the_claim_is_found_and_the_claim_names_nobody(study: Path):
    own = (("name", "Table^Deny"), ("name", "Zarquen^Vilt"))
    assert look_at_written(a_film(study).read_bytes(), own, Allowed(), WORDS) == []
    edit(study, lambda ds: setattr(ds, "DeidentificationMethod", "by Zarquen"))
    assert look_at_written(a_film(study).read_bytes(), own, Allowed(), WORDS)


def test_a_defined_term_is_nobodys_name(study: Path):
    edit(study, lambda ds: setattr(ds, "BodyPartExamined", "CHEST"))
    own = (("name", "Chest^Ada"),)
    assert look_at_written(a_film(study).read_bytes(), own, Allowed(), WORDS) == []


@pytest.mark.parametrize(
    ("tag", "vr", "write"),
    [
        (0x00420011, "OB", str.encode),
        (0x00189999, "UN", str.encode),
        (0x00420011, "OB", lambda said: b"\1\2" + said.encode("utf-16-le")),
        (0x00104000, "LT", lambda said: "".join(f"&#{ord(letter)};" for letter in said)),
        (0x00104000, "LT", lambda said: said.encode("utf-16-be").decode("latin-1")),
        (0x00104000, "LT", lambda said: said.replace("e", "%65")),
    ],
)
def test_a_name_is_found_in_bytes_and_behind_escapes_of_an_element(
    study: Path, tag: int, vr: str, write: Callable
):
    for name, is_leak in (("Zarquen^Vilt", True), ("Somebody^Else", False)):
        edit(study, lambda ds: ds.add_new(tag, vr, write("Zarquen ")))
        own = (("name", name),)
        found = look_at_written(a_film(study).read_bytes(), own, Allowed(), WORDS)
        assert [finding.kind for finding in found] == ["identifier"] * is_leak


@pytest.mark.parametrize(
    ("keyword", "said"),
    [
        ("SeriesNumber", "480217"),
        ("AcquisitionNumber", "170248"),
        ("SeriesNumber", "200614"),
        ("SoftwareVersions", "17.02.48"),
        ("ManufacturerModelName", "DR 17FEB48"),
        ("ManufacturerModelName", "DR 17. Februar 1948"),
        ("ManufacturerModelName", "DR 17 février 1948"),
        ("ManufacturerModelName", "DR 480217"),
    ],
)
def test_a_day_is_found_in_its_film_in_other_spellings(study: Path, keyword: str, said: str):
    def tell(ds) -> None:
        ds.SpecificCharacterSet = "ISO_IR 192"
        setattr(ds, keyword, said)

    own = (("birth_date", "19480217"), ("date", "20200614"))
    assert look_at_written(a_film(study).read_bytes(), own, Allowed(), WORDS) == []
    edit(study, tell)
    assert look_at_written(a_film(study).read_bytes(), own, Allowed(), WORDS)
