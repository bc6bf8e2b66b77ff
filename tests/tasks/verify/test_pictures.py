"""A name is found in the bytes of a picture, wherever a study keeps it, and chance is no leak."""

import base64
import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from tasks.verify import Finding, Originals, verify
from tasks.verify.needles import Needles
from tasks.verify.pictures import runs_of_coded

NAME = "Zarquen^Vilt"
PEOPLE = Originals({"I-1": (("name", NAME), ("name", "Иванов^Пётр"), ("name", "Wang^Min=王^敏"))})
SOUGHT = (NAME, "Иванов^Пётр", "Wang^Min=王^敏", "4711-0815", "19480217")
JPEG, PNG = "JPEG", "PNG"


def a_picture(kind: str, seed: int = 0, side: int = 160, **options: object) -> bytes:
    pixels = np.random.default_rng(seed).normal(128, 30, (side, side)).clip(0, 255)
    file = io.BytesIO()
    Image.fromarray(pixels.astype(np.uint8)).save(file, format=kind, **options)
    return file.getvalue()


def in_exif(tag: int, value: object, kind: str = JPEG) -> bytes:
    exif = Image.Exif()
    exif[tag] = value
    return a_picture(kind, exif=exif)


def in_a_thumbnail(said: str) -> bytes:
    inner = a_picture(JPEG, side=16, comment=said.encode())
    return a_picture(JPEG, exif=b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0" + inner)


def amid(picture: bytes, said: bytes) -> bytes:
    """Write something over coded pixels."""
    at = len(picture) // 2
    return picture[:at] + said + picture[at + len(said) :]


def in_png(key: str, said: str, *, is_packed: bool, is_international: bool = False) -> bytes:
    info = PngInfo()
    add = info.add_itxt if is_international else info.add_text
    add(key, said, zip=is_packed)
    return a_picture(PNG, pnginfo=info)


def zipped(said: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", said)
    return file.getvalue()


PLANTED = {
    "alone": lambda said: said.encode(),
    "comment": lambda said: a_picture(JPEG, comment=said.encode()),
    "comment in UTF-16": lambda said: a_picture(JPEG, comment=b"\1" + said.encode("utf-16-le")),
    "Exif": lambda said: in_exif(0x013B, said.encode()),
    "Exif of Windows": lambda said: in_exif(0x9C9D, said.encode("utf-16-le")),
    "Exif's comment": lambda said: in_exif(0x9286, b"UNICODE\0" + said.encode("utf-16-be")),
    "thumbnail": in_a_thumbnail,
    "XMP": lambda said: a_picture(JPEG, xmp=f"<x><dc:creator>{said}</dc:creator></x>".encode()),
    "behind a JPEG": lambda said: a_picture(JPEG) + b"\0\1" + said.encode(),
    "packed behind a JPEG": lambda said: a_picture(JPEG) + zipped(said),
    "second JPEG": lambda said: a_picture(JPEG) + a_picture(JPEG, comment=said.encode()),
    "progressive": lambda said: a_picture(JPEG, progressive=True) + said.encode(),
    "tEXt": lambda said: in_png("Author", said, is_packed=False, is_international=True),
    "zTXt": lambda said: in_png("Author", said, is_packed=True, is_international=True),
    "Exif of a PNG": lambda said: in_exif(0x9C9D, said.encode("utf-16-le"), PNG),
    "behind a PNG": lambda said: a_picture(PNG) + said.encode(),
}


def in_a_table(folder: Path, *cells: bytes) -> list[Finding]:
    table = pa.table({"picture": pa.array(cells, pa.large_binary())})
    pq.write_table(table, folder / "a.parquet")
    return verify(folder, identifiers=SOUGHT, originals=PEOPLE)


@pytest.mark.parametrize("said", ["Zarquen", "film of 4711-0815", "Пётр Иванов", "患者王敏の"])
@pytest.mark.parametrize("plant", PLANTED.values(), ids=PLANTED)
def test_what_a_picture_says_beside_its_pixels_is_found(
    tmp_path: Path, said: str, plant: Callable[[str], bytes]
):
    (found,) = in_a_table(tmp_path, a_picture(JPEG), plant(said))
    assert (found.place, found.kind) == ("a.parquet column picture", "identifier")


@pytest.mark.parametrize("plant", PLANTED.values(), ids=PLANTED)
def test_what_a_picture_says_of_nobody_is_no_leak(tmp_path: Path, plant: Callable[[str], bytes]):
    assert in_a_table(tmp_path, plant("Agreement of 12 readers, 0815")) == []


@pytest.mark.parametrize("kind", [JPEG, PNG])
@pytest.mark.parametrize(
    "said",
    [
        NAME.encode(),
        b"VILT, ZARQUEN",
        b" Zarquen ",
        b"film of 4711-0815",
        "Иванов^Пётр".encode(),
        "王敏".encode(),
        NAME.encode("utf-16-le"),
        NAME.encode("utf-16-be"),
    ],
)
def test_what_is_written_over_coded_pixels_is_found(tmp_path: Path, kind: str, said: bytes):
    assert in_a_table(tmp_path, amid(a_picture(kind), b"\0" + said + b"\0"))
    (tmp_path / "a.parquet").unlink()
    (tmp_path / "a.bin").write_bytes(amid(a_picture(kind), b"\0" + said + b"\0"))
    assert verify(tmp_path, identifiers=SOUGHT, originals=PEOPLE)


@pytest.mark.parametrize(
    "page",
    [
        lambda coded: f'<p>A figure</p><img src="data:image/png;base64,{coded.decode()}">',
        lambda coded: f"figure,{coded.decode()}\n",
        lambda coded: f'{{"figure": "{coded.decode()}"}}',
        lambda coded: f"<xmpGImg:image>{base64.encodebytes(base64.b64decode(coded)).decode()}</x>",
    ],
    ids=["html", "csv", "json", "in lines"],
)
@pytest.mark.parametrize("plant", ["comment", "zTXt", "Exif of Windows", "behind a JPEG"])
def test_a_picture_in_a_page_is_unpacked_and_is_no_text_itself(
    tmp_path: Path, page: Callable[[bytes], str], plant: str
):
    for said, is_leak in (("Zarquen Vilt", True), ("nobody", False)):
        (tmp_path / "a.txt").write_text(page(base64.b64encode(PLANTED[plant](said))))
        assert bool(verify(tmp_path, identifiers=SOUGHT, originals=PEOPLE)) is is_leak


def test_what_stands_behind_a_picture_in_a_log_is_searched(tmp_path: Path):
    (tmp_path / "run.log").write_text("got base64,AAAA of\nZarquen\nat noon")
    assert verify(tmp_path, identifiers=SOUGHT, originals=PEOPLE)


def test_coded_pixels_are_no_leak_for_thousands_of_patients():
    """Read as text in any encoding they spell names of six letters and six-digit numbers."""
    rng = np.random.default_rng(5)
    letters, vowels = list("bdfgklmnrstz"), list("aeiou")
    names = [
        "".join(np.ravel([rng.choice(letters, 3), rng.choice(vowels, 3)], "F")) for _ in range(3000)
    ]
    numbers = [str(number) for number in rng.integers(100_000, 1_000_000, 3000)]
    needles = Needles([*names, *numbers, "456789"], names=names)
    for seed in range(8):
        for kind in (JPEG, PNG):
            picture = a_picture(kind, seed, side=512)
            for run in runs_of_coded(picture):
                assert not needles.found_in(run)


def test_the_standards_own_table_of_codes_is_nobodys_number(tmp_path: Path):
    (tmp_path / "a.jpg").write_bytes(a_picture(JPEG))
    assert verify(tmp_path, identifiers=["456789"]) == []


def test_a_table_of_pictures_may_be_larger_than_other_files(tmp_path: Path, monkeypatch):
    monkeypatch.setattr("tasks.verify.looking.MAX_BYTES", 10_000)
    assert in_a_table(tmp_path, *(a_picture(JPEG, seed) for seed in range(9))) == []
    assert in_a_table(tmp_path, *(a_picture(JPEG, seed) for seed in range(9)), NAME.encode())
