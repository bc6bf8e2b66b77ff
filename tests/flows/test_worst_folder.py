"""The worst folder that a hospital could send, and what a data manager is told about it."""

import csv
import io
import os
import stat
import zipfile
from pathlib import Path

import pytest
import yaml
from pydicom.data import get_testdata_file
from pydicom.uid import RLELossless

from data_contracts.reasons import Reason
from flows.checking import check_study
from flows.cli_views import show_check
from tests.tasks.catalogue_builders import a_film, as_bytes, uid

HUGE = 600 << 20


def packed(*members: tuple[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as pack:
        for name, raw in members:
            pack.writestr(name, raw)
    return file.getvalue()


def lying(raw: bytes, **claims: int) -> bytes:
    """Give a zip whose directory claims something else of its first file."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as pack:
        pack.writestr("IM1", raw)
        for name, value in claims.items():
            setattr(pack.filelist[0], name, value)
    return file.getvalue()


def nested(depth: int) -> bytes:
    raw = as_bytes(a_film(70))
    for _ in range(depth):
        raw = packed(("inside.zip", raw))
    return raw


def worst(folder: Path, outside: Path) -> int:
    """Fill a folder and return how many rows it must give."""
    rle = a_film(5)
    rle.compress(RLELossless, generate_instance_uid=False)
    files = {
        b"Planted Name/IM0001": as_bytes(a_film(1)),
        b"Planted Name/IM0001 (copy).dcm": as_bytes(a_film(1)),
        b"Planted Name/same film, other UID": as_bytes(a_film(2, seed=1)),
        b"Planted Name/damaged copy": as_bytes(a_film(1))[:-5000],
        "größe/ünïcode \N{GRINNING FACE}".encode(): as_bytes(a_film(4)),
        b"latin1/b\xf6se \n name": as_bytes(rle),
        b"deep/" * 40 + b"IM": as_bytes(a_film(6)),
        b"other uid/a": as_bytes(a_film(7)),
        b"other uid/b": as_bytes(a_film(7, seed=99)),
        b"ct.dcm": as_bytes(a_film(8, Modality="CT")),
        b"ap.dcm": as_bytes(a_film(9, ViewPosition="AP")),
        b"knee.dcm": as_bytes(a_film(10, BodyPartExamined="KNEE")),
        b"thumbnail.dcm": as_bytes(a_film(11, Rows=32, Columns=32, PixelData=bytes(2048))),
        b"two frames.dcm": as_bytes(a_film(12, NumberOfFrames="2")),
        b"born after the film.dcm": as_bytes(a_film(13, PatientBirthDate="20300101")),
        b"short.dcm": as_bytes(a_film(14))[:300],
        b"empty": b"",
        b"AUTORUN.INF": b"[autorun]\r\nopen=viewer.exe\r\n",
        b"viewer.exe": b"MZ" + bytes(3000),
        b".DS_Store": b"Bud1",
        b"Thumbs.db": b"\xd0\xcf\x11\xe0",
        b"DICOMDIR": Path(get_testdata_file("DICOMDIR")).read_bytes(),
        b"good.zip": packed(("a/IM1", as_bytes(a_film(20))), ("README.txt", b"hello")),
        b"bomb.zip": lying(as_bytes(a_film(21)), file_size=1 << 31),
        b"locked.zip": lying(as_bytes(a_film(22)), flag_bits=1),
        b"broken.zip": packed(("IM1", as_bytes(a_film(23))))[:-60],
        b"matryoshka.zip": nested(5),
    }
    for name, raw in files.items():
        path = Path(os.fsdecode(os.fsencode(folder) + b"/" + name))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(raw)
    with (folder / "huge.raw").open("wb") as file:
        file.truncate(HUGE)
    os.mkfifo(folder / "pipe")
    outside.mkdir()
    (outside / "secret").write_bytes(as_bytes(a_film(30)))
    (folder / "link out").symlink_to(outside)
    (folder / "link in").symlink_to(folder / "Planted Name")
    (folder / "dangling").symlink_to(folder / "nowhere")
    # The good zip holds two files; a link to the inside is no file of its own.
    return len(files) + 1 + len(("huge", "pipe", "link out", "dangling"))


@pytest.fixture(scope="module")
def checked(tmp_path_factory):
    root = tmp_path_factory.mktemp("worst")
    (root / "incoming").mkdir()
    n = worst(root / "incoming", root / "outside")
    key = f"sop_instance_uid,reader,total,read_at\n{uid(1)},r1,3,31/3/24\n9.9,r1,2,\n"
    (root / "annotations.csv").write_text(key)
    said = {
        "name": "worst",
        "annotations": "annotations.csv",
        "centers": {"A": {"dicom": "incoming"}, "B": {"dicom": "not mounted"}},
    }
    (root / "study.yaml").write_text(yaml.safe_dump(said))
    return root, n, check_study(root / "study.yaml")


def test_every_file_is_accounted_for_with_its_reason(checked):
    _, n, found = checked
    counts = dict(found["centers"]["A"])
    assert sum(counts.values()) == n
    assert counts == {
        "to_score": 5,
        "duplicate": 3,
        "conflicting_duplicate": 2,
        "not_dicom": 5,
        "not_an_image": 3,
        "truncated": 1,
        "unreadable_file": 5,
        "too_large": 2,
        "not_a_radiograph": 1,
        "wrong_view": 1,
        "wrong_body_part": 1,
        "multi_frame": 1,
        "header_implausible": 2,
    }


def test_no_name_of_a_file_or_person_is_said_but_in_the_private_folder(checked, capsys):
    root, _, found = checked
    show_check(found, Path("study"), as_json=False)
    page = Path(found["page"]).read_text(encoding="utf-8")
    for text in (capsys.readouterr().out, page, str(found)):
        for planted in ("Planted", "IM0001", "secret", "knee.dcm", "MRN", "Test^", uid(1)):
            assert planted not in text
    names = Path(found["files"])
    assert names.parent == root / "private"
    assert stat.S_IMODE(names.stat().st_mode) == 0o600
    rows = list(csv.DictReader(io.StringIO(names.read_text(encoding="utf-8-sig"))))
    by_file = {row["file"]: row for row in rows}
    assert by_file["knee.dcm"]["observed"] == "body_part_examined KNEE"
    assert by_file["knee.dcm"]["image_id"].startswith("I")
    assert by_file["locked.zip/IM1"]["observed"] == "archive member is locked by a password"
    assert by_file["good.zip/README.txt"]["reason"] == "not_dicom"
    assert len(rows) == sum(row["n"] for row in found["set_aside"]["A"])


def test_the_data_manager_reads_what_is_wrong_how_often_and_what_to_do(checked, capsys):
    _, _, found = checked
    show_check(found, Path("study"), as_json=False)
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("! centers.B.dicom: folder not found (mount it") for line in lines)
    assert any("column read_at is no date" in line for line in lines)
    wrong = '1 wrong view ("View, when named, is not frontal or oblique" does not hold; '
    assert f"   {wrong}view_position AP): {Reason.WRONG_VIEW.remedy}" in lines
    assert lines[-1] == "needs mending"


def test_a_folder_that_cannot_be_listed_and_a_file_that_cannot_be_read_are_rows(tmp_path):
    """Run as somebody without rights, since root has them all."""
    (tmp_path / "incoming" / "shut").mkdir(parents=True)
    (tmp_path / "incoming" / "shut" / "IM1").write_bytes(as_bytes(a_film(1)))
    (tmp_path / "incoming" / "IM2").write_bytes(as_bytes(a_film(2)))
    (tmp_path / "incoming" / "IM2").chmod(0)
    (tmp_path / "incoming" / "shut").chmod(0)
    opened = [path for path in (tmp_path, *tmp_path.parents) if not path.stat().st_mode & 0o005]
    modes = [stat.S_IMODE(path.stat().st_mode) for path in opened]
    child = os.fork()
    if child == 0:
        from tasks.catalogue import catalogue
        from tests.tasks.catalogue_builders import PSEUDONYMS

        try:
            if os.geteuid() == 0:
                for path, mode in zip(opened, modes, strict=True):
                    path.chmod(mode | 0o055)
                os.seteuid(65534)
            found = catalogue(tmp_path / "incoming", "A", pseudonyms=PSEUDONYMS, cache=None)
            reasons = [one.reason.value for one in found.rejections]
            os._exit(0 if reasons == ["unreadable_file"] * 2 else 1)
        except BaseException:  # noqa: BLE001 - a child that must not run the parent's tests
            os._exit(2)
    _, status = os.waitpid(child, 0)
    (tmp_path / "incoming" / "shut").chmod(0o700)
    for path, mode in zip(opened, modes, strict=True):
        path.chmod(mode)
    assert os.waitstatus_to_exitcode(status) == 0
