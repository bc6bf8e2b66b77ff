"""A broken archive costs itself alone, whatever its reader raises."""

import io
import struct
import tarfile
import zipfile

import pytest

from data_contracts.errors import FilmRejected
from data_contracts.reasons import Reason
from tasks import archives, header_pool, headers
from tasks.archives import Place, members_of, read_bytes
from tasks.catalogue import catalogue
from tasks.header_limit import TooSlow
from tests.tasks.catalogue_builders import PSEUDONYMS, a_film, as_bytes


def zip64(offset: int) -> bytes:
    """A zip whose one member is said to lie at a place that no file has."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as pack:
        pack.writestr("a.dcm", b"x" * 2000)
    whole = file.getvalue()
    listed, end = whole.find(b"PK\x01\x02"), whole.find(b"PK\x05\x06")
    entry, tail = bytearray(whole[listed:end]), bytearray(whole[end:])
    (name,) = struct.unpack_from("<H", entry, 28)
    extra = struct.pack("<HHQ", 1, 8, offset)
    struct.pack_into("<I", entry, 42, 0xFFFFFFFF)
    struct.pack_into("<H", entry, 30, len(extra))
    entry = entry[: 46 + name] + extra
    struct.pack_into("<I", tail, 12, len(entry))
    return whole[:listed] + bytes(entry) + bytes(tail)


def huge_tar(size: int, kind: bytes) -> bytes:
    """A tar whose one member is said to be larger than any memory."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=tarfile.GNU_FORMAT) as pack:
        info = tarfile.TarInfo("a.dcm")
        info.size = 2000
        pack.addfile(info, io.BytesIO(bytes(2000)))
    whole = bytearray(file.getvalue())
    whole[124:136] = b"\x80" + size.to_bytes(11, "big")
    whole[156:157] = kind
    whole[148:156] = b" " * 8
    whole[148:156] = b"%06o\0 " % sum(whole[:512])
    return bytes(whole)


def in_a_zip(content: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as pack:
        pack.writestr("x", content)
    return file.getvalue()


BROKEN = {
    "zip64": zip64(1 << 63),
    "tar": huge_tar(1 << 70, b"0"),
    "long name": huge_tar(1 << 40, b"L"),
    "longer name": huge_tar(1 << 63, b"L"),
    "pax": huge_tar(1 << 70, b"x"),
    "sparse": huge_tar(1 << 70, b"S"),
}


@pytest.mark.parametrize("nested", [False, True])
@pytest.mark.parametrize("kind", BROKEN)
def test_a_length_that_no_memory_holds_is_one_row_beside_the_sound_film(tmp_path, kind, nested):
    (tmp_path / "a.dcm").write_bytes(as_bytes(a_film(1)))
    (tmp_path / "b").write_bytes(in_a_zip(BROKEN[kind]) if nested else BROKEN[kind])
    found = catalogue(tmp_path, "A", pseudonyms=PSEUDONYMS, cache=None, workers=1)
    assert [one.reason for one in found.rejections] == [Reason.UNREADABLE_FILE]
    assert found.table.column("outcome").to_pylist() == [None, "quarantined"]


@pytest.mark.parametrize("kind", ["zip64", "longer name"])
def test_a_film_of_a_broken_archive_is_refused_not_raised(tmp_path, kind):
    (tmp_path / "b").write_bytes(in_a_zip(BROKEN[kind]))
    with pytest.raises(FilmRejected) as refused:
        read_bytes(Place(tmp_path / "b", (0, 0)))
    assert refused.value.reason is Reason.UNREADABLE_FILE


def test_time_that_is_up_is_not_taken_for_damage(tmp_path, monkeypatch):
    def too_slow(*_):
        raise TooSlow

    (tmp_path / "b").write_bytes(in_a_zip(b"x"))
    monkeypatch.setattr(archives._Archive, "read", too_slow)
    for look in (
        lambda: list(members_of(tmp_path / "b")),
        lambda: read_bytes(Place(tmp_path, (0,))),
    ):
        monkeypatch.setattr(archives, "_opened", lambda *_: archives._Archive(tmp_path / "b"))
        with pytest.raises(TooSlow):
            look()
    ((facts,),) = header_pool.read_all([(tmp_path / "b", "b", 100)], 1)
    assert facts.reason is Reason.DECODER_DIED


def test_whatever_else_a_file_provokes_is_one_row(tmp_path, monkeypatch):
    def surprise(*_):
        raise KeyError("Planted")

    (tmp_path / "film").write_bytes(as_bytes(a_film(1)))
    job = (tmp_path / "film", "film", 1)
    monkeypatch.setattr(headers, "columns_of", surprise)
    ((facts,),) = header_pool.read_all([job], 1)
    assert (facts.reason, facts.observed) == (Reason.CORRUPT, "KeyError")
    assert len(facts.source_digest) == 64
    monkeypatch.setattr(header_pool, "facts_of_file", surprise)
    ((facts,),) = header_pool.read_all([job], 1)
    assert (facts.reason, facts.observed) == (Reason.CORRUPT, "KeyError")
