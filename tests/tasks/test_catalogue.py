import io
import os
import stat
import tarfile
import zipfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pydicom
import pytest

from data_contracts.errors import FilmRejected
from data_contracts.reasons import Reason
from tasks import header_pool
from tasks.archives import Place, read_bytes
from tasks.catalogue import Catalogue, catalogue
from tasks.deid.deidentify import deidentify
from tasks.deid.profile import Profile
from tasks.dicom.reading import read_film
from tasks.headers import Facts, facts_of, unread
from tasks.listing import walk
from tests.tasks.catalogue_builders import PSEUDONYMS, a_film, as_bytes, uid

SHARED = Path(__file__).parents[2] / "../shared/dicom"
PYDICOM = Path(pydicom.__file__).parent / "data"


def look(folder: Path, **changes) -> Catalogue:
    return catalogue(folder, "A", pseudonyms=PSEUDONYMS, **{"cache": None, "workers": 1} | changes)


def reasons(found: Catalogue) -> Counter[str]:
    return Counter(rejection.reason.value for rejection in found.rejections)


def test_every_kind_of_file_ends_in_one_row(tmp_path):
    film = as_bytes(a_film(1))
    (tmp_path / "deep/er").mkdir(parents=True)
    (tmp_path / "deep/er/IM0001").write_bytes(film)
    (tmp_path / "notes.txt").write_text("no film")
    (tmp_path / "empty").touch()
    (tmp_path / ".DS_Store").write_bytes(b"x")
    (tmp_path / "cut.dcm").write_bytes(as_bytes(a_film(2))[:-100])
    report = a_film(
        3, PixelData=None, Rows=None, Columns=None, SOPClassUID="1.2.840.10008.5.1.4.1.1.88.11"
    )
    (tmp_path / "report.dcm").write_bytes(as_bytes(report))
    found = look(tmp_path)
    assert found.table.num_rows == 6
    assert reasons(found) == {"not_dicom": 2, "not_an_image": 2, "truncated": 1}
    assert found.table.column("outcome").to_pylist().count(None) == 1
    assert set(found.places) == set(found.table.column("source_digest").to_pylist())


def test_odd_names_pipes_and_links_are_neither_lost_nor_followed(tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.dcm").write_bytes(as_bytes(a_film(9)))
    folder = tmp_path / "in"
    folder.mkdir()
    odd = os.fsencode(folder) + b"/b\xf6se \n name"
    Path(os.fsdecode(odd)).write_bytes(as_bytes(a_film(1)))
    (folder / "away").symlink_to(outside)
    (folder / "loop").symlink_to(folder)
    os.mkfifo(folder / "pipe")
    found = look(folder)
    assert reasons(found) == {"unreadable_file": 2}
    assert found.table.column("outcome").to_pylist().count(None) == 1
    assert len(set(found.table.column("source_digest").to_pylist())) == 3


def test_archives_are_read_through_and_films_in_them_can_be_read_again(tmp_path):
    films = [as_bytes(a_film(n)) for n in range(1, 5)]
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as pack:
        pack.writestr("a/three", films[2])
    with zipfile.ZipFile(tmp_path / "one.zip", "w", zipfile.ZIP_DEFLATED) as pack:
        pack.writestr("x/one.dcm", films[0])
        pack.writestr("inner.zip", inner.getvalue())
    with tarfile.open(tmp_path / "two.tgz", "w:gz") as pack:
        for name, raw in (("two", films[1]), ("note.txt", b"hello")):
            info = tarfile.TarInfo(name)
            info.size = len(raw)
            pack.addfile(info, io.BytesIO(raw))
    (tmp_path / "four").write_bytes(films[3])
    found = look(tmp_path)
    assert found.table.num_rows == 5
    assert reasons(found) == {"not_dicom": 1}
    films_found = [d for d in found.places.values() if read_bytes(d) in films]
    assert len(films_found) == 4
    assert found.annotation_keys["file:one.zip/inner.zip/a/three"] == PSEUDONYMS.image_id(uid(3))


@pytest.mark.parametrize("name", ["broken.zip", "broken.tar.gz"])
def test_a_damaged_archive_is_a_row_and_ends_nothing(tmp_path, name):
    head = b"PK\x03\x04" if name.endswith("zip") else b"\x1f\x8b\x08\x00"
    (tmp_path / name).write_bytes(head + bytes(range(256)) * 8)
    (tmp_path / "film").write_bytes(as_bytes(a_film(1)))
    found = look(tmp_path)
    assert reasons(found) == {"unreadable_file": 1}
    assert found.table.num_rows == 2


def test_threads_may_read_one_archive_at_once(tmp_path):
    films = [as_bytes(a_film(n)) for n in range(1, 9)]
    with tarfile.open(tmp_path / "all.tgz", "w:gz") as pack:
        for n, raw in enumerate(films):
            info = tarfile.TarInfo(f"IM{n}")
            info.size = len(raw)
            pack.addfile(info, io.BytesIO(raw))
    places = [Place(tmp_path / "all.tgz", (n,)) for n in range(8)] * 3
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(read_bytes, places)) == films * 3


def test_a_file_that_says_no_size_or_a_wrong_one_is_read_whole(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    said = bytes(range(256)) * 300
    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(pipe.write_bytes, said)
        assert read_bytes(Place(pipe)) == said
        writing.result()


def test_a_file_that_is_gone_is_refused_not_raised(tmp_path):
    with pytest.raises(FilmRejected) as refused:
        read_bytes(Place(tmp_path / "gone"))
    assert refused.value.reason is Reason.UNREADABLE_FILE
    assert "gone" not in str(refused.value)


def test_nothing_that_identifies_leaves_in_table_rejections_or_cache(tmp_path):
    folder = tmp_path / "Planted Name"
    folder.mkdir()
    odd = {
        "BodyPartExamined": "PLANTED",
        "Manufacturer": "Dr. Planted^Name",
        "ViewPosition": "MRN1",
    }
    (folder / "Planted.dcm").write_bytes(as_bytes(a_film(1, **odd)))
    (folder / "Planted.txt").write_text("Planted")
    cache = tmp_path / "cache.parquet"
    found = look(folder, cache=cache)
    said = str(found.table.to_pylist()) + str(found.rejections)
    said += str(list(found.annotation_keys.items())) + cache.read_bytes().decode("latin-1")
    for planted in ("lanted", "PLANTED", "MRN1", "ACC1", uid(1), uid(1001), "19500101"):
        assert planted not in said
    assert stat.S_IMODE(cache.stat().st_mode) == 0o600
    row = next(row for row in found.table.to_pylist() if row["image_id"])
    assert row["body_part_examined"] == "OTHER"
    assert row["manufacturer"] is None


def test_the_second_night_opens_only_what_is_new_and_says_the_same(tmp_path):
    folder, cache = tmp_path / "in", tmp_path / "cache.parquet"
    folder.mkdir()
    for n in range(1, 6):
        (folder / f"IM{n}").write_bytes(as_bytes(a_film(n)))
    (folder / "copy").write_bytes(as_bytes(a_film(6, seed=1)))
    (folder / "note").write_text("x")
    first = look(folder, cache=cache)
    second = look(folder, cache=cache)
    assert (first.n_read, second.n_read) == (7, 0)
    assert second.table.equals(first.table)
    assert second.rejections == first.rejections
    assert dict(second.annotation_keys.items()) == dict(first.annotation_keys.items())
    (folder / "IM3").write_bytes(as_bytes(a_film(3, PatientAge="071Y")))
    (folder / "IM9").write_bytes(as_bytes(a_film(9)))
    (folder / "IM1").unlink()
    third = look(folder, cache=cache)
    assert third.n_read == 2
    assert third.table.equals(look(folder).table)


@pytest.mark.parametrize("damage", ["cut", "other center", "text"])
def test_a_useless_cache_is_a_cache_not_used(tmp_path, damage):
    folder, cache = tmp_path / "in", tmp_path / "cache.parquet"
    folder.mkdir()
    (folder / "IM1").write_bytes(as_bytes(a_film(1)))
    if damage == "other center":
        catalogue(folder, "B", pseudonyms=PSEUDONYMS, cache=cache, workers=1)
    else:
        look(folder, cache=cache)
        raw = cache.read_bytes()
        cache.write_bytes(raw[: len(raw) // 2] if damage == "cut" else b"no table")
    assert look(folder, cache=cache).n_read == 1


def test_processes_and_one_process_catalogue_alike(tmp_path):
    for n in range(1, 421):
        (tmp_path / f"IM{n:03d}").write_bytes(
            as_bytes(a_film(n, Rows=2, Columns=2, PixelData=bytes(8)))
        )
    assert look(tmp_path, workers=2).table.equals(look(tmp_path).table)


def _die_on_third(job: header_pool.Job) -> list[Facts]:
    if job[1] == "IM3":
        os._exit(9)
    return [unread(job[1], job[2], Reason.NOT_DICOM, "")]


def test_a_file_that_ends_its_process_costs_that_file_alone(tmp_path, monkeypatch):
    # Forked workers inherit the replaced reader; the pool itself is the real one.
    monkeypatch.setattr(header_pool, "_read", _die_on_third)
    monkeypatch.setattr(header_pool, "WORTH_A_POOL", 2)
    monkeypatch.setattr(header_pool, "START", "fork")
    jobs = [(tmp_path, f"IM{n}", 0) for n in range(5)]
    found = [facts.reason for (facts,) in header_pool.read_all(jobs, 2)]
    assert found == [Reason.NOT_DICOM] * 3 + [Reason.DECODER_DIED, Reason.NOT_DICOM]


def test_a_file_that_hangs_is_interrupted(tmp_path, monkeypatch):
    import time

    monkeypatch.setattr(header_pool, "SECONDS", 0.1)
    monkeypatch.setattr(header_pool, "facts_of_file", lambda *_: time.sleep(30))
    ((facts,),) = header_pool.read_all([(tmp_path, "IM", 0)], 1)
    assert facts.reason is Reason.DECODER_DIED


def test_the_order_is_that_of_names_whatever_the_disk_says(tmp_path):
    for name in ("b", "a", "c/d", "Z"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert [found.relative for found in walk(tmp_path)] == ["Z", "a", "b", "c/d"]


@pytest.mark.parametrize(
    ("changes", "age"),
    [
        ({"PatientAge": "070Y"}, 70),
        ({"PatientAge": "018M"}, 1),
        ({"PatientAge": None}, 70),
        ({"PatientAge": "", "PatientBirthDate": "19500103"}, 69),
        ({"PatientAge": "095Y"}, 90),
        ({"PatientAge": "130Y"}, 130),
        ({"PatientAge": None, "PatientBirthDate": "20210101"}, -1),
        ({"PatientAge": None, "PatientBirthDate": ""}, None),
        ({"PatientAge": "070Y", "PatientBirthDate": "20210101"}, -1),
        ({"PatientAge": "old"}, 70),
    ],
)
def test_age_comes_from_the_age_or_the_dates_and_hides_the_oldest(changes, age):
    assert facts_of(as_bytes(a_film(1, **changes)), "IM").columns["patient_age_years"] == age


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"PatientID": ""},
        {"PatientID": " mrn 1 "},
        {"PatientID": "UNKNOWN"},
        {"PatientID": "DOM\\12345", "IssuerOfPatientID": "A\\B"},
        {"PatientID": "\\12345"},
        {"PatientID": "12345\\"},
    ],
)
def test_films_and_patients_are_named_as_de_identification_names_them(tmp_path, changes):
    ds = a_film(1, SeriesInstanceUID=uid(5), **changes)
    (tmp_path / "film").write_bytes(as_bytes(ds))
    (row,) = look(tmp_path).table.to_pylist()
    clean = deidentify(
        read_film(as_bytes(ds)),
        ds.pixel_array,
        center="A",
        source_digest=row["source_digest"],
        profile=Profile(pixels="keep"),
        pseudonyms=PSEUDONYMS,
    )
    assert (row["image_id"], row["patient_id"]) == (clean.key.image_id, clean.key.patient_id)


@pytest.mark.parametrize(
    ("keyword", "column"),
    [
        ("Rows", "rows"),
        ("Columns", "columns"),
        ("NumberOfFrames", "number_of_frames"),
        ("SamplesPerPixel", "samples_per_pixel"),
        ("BitsAllocated", "bits_allocated"),
        ("BitsStored", "bits_stored"),
    ],
)
@pytest.mark.parametrize("number", ["48392017", "-48392017", "48392"])
def test_a_number_that_no_film_has_is_not_published(keyword: str, column: str, number: str):
    ds = a_film(1)
    ds.add_new(keyword, "IS", number)
    facts = facts_of(as_bytes(ds), "IM")
    assert facts.columns[column] in (-1, 999, 20_000)
    assert "48392" not in f"{facts.columns} {facts.observed}"
