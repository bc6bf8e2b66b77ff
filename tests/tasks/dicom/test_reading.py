import os
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.data import get_testdata_file, get_testdata_files
from pydicom.uid import DeflatedExplicitVRLittleEndian, ImplicitVRLittleEndian

from data_contracts.errors import FilmRejected
from data_contracts.reasons import Reason
from tasks.dicom import reading
from tests.tasks.dicom.dicom_builders import a_film, as_bytes

WHOLE = as_bytes(a_film())


def reason_of(call, *args) -> Reason:
    with pytest.raises(FilmRejected) as caught:
        call(*args)
    return caught.value.reason


def verdict_on(content: bytes) -> FilmRejected | None:
    try:
        reading.read_film(content)
    except FilmRejected as verdict:
        return verdict
    return None


def test_a_header_comes_without_pixels_and_a_film_with_them(tmp_path: Path):
    path = tmp_path / "film"
    path.write_bytes(WHOLE)
    assert "PixelData" not in reading.read_header(path)
    assert "PixelData" not in reading.read_header(WHOLE)
    assert reading.read_header(path).Rows == 6
    assert len(reading.read_film(WHOLE).PixelData) == 96


def test_a_header_longer_than_its_first_read_is_read_whole(tmp_path: Path):
    path = tmp_path / "film"
    path.write_bytes(as_bytes(a_film(ICCProfile=b"x" * 200_000)))
    assert len(reading.read_header(path).ICCProfile) == 200_000
    assert reading.read_header(path).Rows == 6


@pytest.mark.parametrize(
    "content", [b"", b"\0" * 4000, b"plain text " * 50, b"\x08\x00" + bytes(99)]
)
def test_what_is_no_dicom_is_said_to_be_none(content: bytes):
    assert reason_of(reading.read_header, content) is Reason.NOT_DICOM


def test_a_file_without_preamble_is_read_if_it_is_a_data_set():
    assert reading.read_film(WHOLE[132:]).Rows == 6


def test_every_truncation_of_an_image_ends_in_a_verdict():
    ends = range(0, len(WHOLE), 3)
    read = [end for end in ends if verdict_on(WHOLE[:end]) is None]
    # A cut between two elements before the image module cannot be told from an object without one.
    assert all("Rows" not in reading.read_film(WHOLE[:end]) for end in read)
    reasons = {verdict.reason for end in ends if (verdict := verdict_on(WHOLE[:end]))}
    assert reasons <= {Reason.TRUNCATED, Reason.NOT_DICOM, Reason.CORRUPT}
    assert Reason.TRUNCATED in reasons


def test_what_stands_behind_the_pixels_is_left_out():
    ds = reading.read_film(WHOLE + b"Jane Doe was here")
    assert len(ds.PixelData) == 96
    assert max(ds.keys()) == 0x7FE00010


def test_a_deflated_film_is_read_and_a_bomb_is_not(monkeypatch: pytest.MonkeyPatch):
    assert reading.read_film(as_bytes(a_film(), DeflatedExplicitVRLittleEndian)).Rows == 6
    deflated = as_bytes(a_film(), DeflatedExplicitVRLittleEndian)
    start = reading._deflated_from(deflated[:8192])
    engine = zlib.compressobj(9, zlib.DEFLATED, -15)
    bomb = engine.compress(bytes(1 << 22)) + engine.flush()
    monkeypatch.setattr(reading, "MAX_FILM_BYTES", 1 << 20)
    assert reason_of(reading.read_film, deflated[:start] + bomb) is Reason.TOO_LARGE


def test_a_missing_file_is_unreadable(tmp_path: Path):
    assert reason_of(reading.read_header, tmp_path / "gone") is Reason.UNREADABLE_FILE


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_forbidden_file_is_unreadable(tmp_path: Path):
    path = tmp_path / "film"
    path.write_bytes(WHOLE)
    path.chmod(0)
    assert reason_of(reading.read_header, path) is Reason.UNREADABLE_FILE


def test_every_file_of_pydicom_is_read_or_refused_with_a_reason():
    paths = [Path(name) for name in get_testdata_files() if Path(name).is_file()]
    assert len(paths) > 100
    verdicts = [verdict_on(path.read_bytes()) for path in paths]
    assert all(verdict is None or verdict.reason.remedy for verdict in verdicts)
    assert verdicts.count(None) > 100


def test_header_values_never_reach_a_message():
    content = as_bytes(a_film(PatientID="SECRET4711"), ImplicitVRLittleEndian)
    said = [str(verdict_on(content[:end])) for end in range(132, len(content), 7)]
    assert not [text for text in said if "SECRET" in text]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)), max_size=6))
def test_flipped_bytes_are_read_or_refused(flips: list[tuple[int, int]]):
    content = bytearray(WHOLE)
    for at, byte in flips:
        content[at] = byte
    try:
        reading.read_header(bytes(content))
        reading.read_film(bytes(content))
    except FilmRejected:
        pass


def test_a_big_endian_file_without_meta_is_refused_or_read_without_a_crash():
    content = Path(get_testdata_file("ExplVR_BigEndNoMeta.dcm")).read_bytes()
    assert reading.read_header(content).SOPClassUID
