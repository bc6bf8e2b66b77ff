import csv
import hashlib
import io
import json

import numpy as np
import pydicom
import pytest

from aac_models.kauppila import grade_of_share
from aac_models.phantom import cohort
from aac_models.phantom.film import draw
from data_contracts.study_file import load
from tasks import phantom_cohort, phantom_dicom, phantom_strays
from tasks.dicom.pixels import decode, to_radiograph
from tasks.dicom.reading import read_film
from tasks.phantom_people import person_of


def digests(folder):
    return {
        path.relative_to(folder): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def film_of(center, number, *, has_banner=False):
    split = center if center in "CD" else "test"
    plan = next(one for one in cohort.plan({split: 20}, 5) if one.center == center)
    phantom = draw(plan, mm_per_px=0.8)
    return phantom_dicom.Film(
        center=center,
        number=number,
        person=person_of(center, 0, age_years=70, sex="F"),
        pixels=phantom.radiograph.pixels,
        age_years=70,
        header=phantom.header,
        has_banner=has_banner,
    )


@pytest.mark.parametrize("center", "ABCD")
@pytest.mark.parametrize("number", [0, 2])
def test_what_was_drawn_is_what_is_read_in_every_transfer_syntax(center, number):
    film = film_of(center, number)
    ds = read_film(phantom_dicom.encode(film))
    seen = to_radiograph(ds, decode(ds)).pixels
    if "WindowWidth" in ds:
        assert np.abs(seen - film.pixels).max() < 2 / (1 << film.header.bits_stored)
    else:  # shown over its own range
        assert np.corrcoef(seen.ravel(), film.pixels.ravel())[0, 1] > 0.99


def test_the_transfer_syntaxes_of_real_archives_are_there():
    syntaxes = {
        read_film(phantom_dicom.encode(film_of(c, n))).file_meta.TransferSyntaxUID.name
        for c in "ABCD"
        for n in (0, 2)
    }
    assert len(syntaxes) == 5


def test_headers_follow_the_standard_closely_enough_for_a_strict_reader():
    with pydicom.config.strict_reading():
        ds = pydicom.dcmread(io.BytesIO(phantom_dicom.encode(film_of("B", 1))))
        values = [str(element.value) for element in ds.iterall() if element.keyword != "PixelData"]
    assert ds.PatientName
    assert ds.private_creators(0x0011)
    assert values


def test_a_banner_lies_in_the_corner_and_leaves_the_rest_alone():
    with_banner, without = (
        phantom_dicom._stored(film_of("A", 1, has_banner=has)) for has in (True, False)
    )
    rows, columns = np.nonzero(with_banner != without)
    assert len(rows) > 100
    assert rows.max() < with_banner.shape[0] / 5
    assert columns.min() > 5


def test_an_honest_chest_says_so_and_another_claims_a_spine():
    for is_honest, part in ((True, "CHEST"), (False, "LSPINE")):
        chest = phantom_strays.chest("D", 1, is_honest=is_honest)
        assert read_film(phantom_dicom.encode(chest)).BodyPartExamined == part


def test_a_study_is_the_same_bytes_whatever_the_number_of_workers(tmp_path):
    sizes = {"A": 3, "C": 1}
    for name, workers in (("one", 1), ("two", 2)):
        phantom_cohort.write(tmp_path / name, sizes, 3, mm_per_px=1.5, workers=workers)
    assert digests(tmp_path / "one") == digests(tmp_path / "two")


def test_a_delivery_holds_its_films_and_what_must_be_set_aside(delivery):
    incoming = delivery.parent / "incoming"
    names = [path.name for path in (incoming / "A").rglob("*") if path.is_file()]
    assert len(names) == 4 + 4
    assert {"README.txt", "chest.dcm", "copy_of_first.dcm", "cut_short.dcm"} <= set(names)
    study = load(delivery)
    assert study.about.synthetic
    assert {name: center.role for name, center in study.centers.items()} == {
        "A": "internal",
        "D": "external",
    }


def test_the_grades_are_of_delivered_films_and_of_one_that_nobody_sent(delivery):
    with (delivery.parent / "annotations.csv").open() as file:
        rows = list(csv.DictReader(file))
    delivered = set()
    for path in (delivery.parent / "incoming").rglob("*"):
        if path.is_file() and path.name not in ("README.txt", "cut_short.dcm"):
            delivered.add(pydicom.dcmread(path, stop_before_pixels=True).SOPInstanceUID)
    graded = {row["sop_instance_uid"] for row in rows}
    assert len(graded - delivered) == 1
    assert {row["reader"] for row in rows} == {"consensus", "reader_1", "reader_2"}
    marks = {row[name] for row in rows for name in row if name.startswith("l")}
    assert marks <= {"", "0", "1", "2", "3"}


def test_sizes_that_cannot_be_are_refused(tmp_path):
    for sizes in ({"E": 3}, {"A": -1}):
        with pytest.raises(ValueError, match="sizes must count films of A, B, C, D"):
            phantom_cohort.write(tmp_path, sizes, 1)
    assert not list(tmp_path.iterdir())


def test_progress_is_told_film_by_film(tmp_path):
    told = []
    phantom_cohort.write(
        tmp_path, {"D": 2}, 1, mm_per_px=2.0, workers=1, progress=lambda *n: told.append(n)
    )
    assert told == [(1, 2), (2, 2)]


def test_patients_are_invented_once_and_stay_who_they_are():
    one, again, other = (person_of("A", n, age_years=60, sex="M") for n in (1, 1, 2))
    assert one == again
    assert one.record_number != other.record_number


def test_the_truth_stands_beside_the_films(tmp_path):
    phantom_cohort.write(tmp_path, {"A": 2}, seed=4, workers=1)
    lines = (tmp_path / "truth.jsonl").read_text(encoding="utf-8").splitlines()
    said = [json.loads(line) for line in lines]
    assert len(said) == 2
    assert phantom_cohort.sizes_in(tmp_path) == {"A": 2}
    assert phantom_cohort.sizes_in(tmp_path / "incoming") == {}
    for film in said:
        assert np.asarray(film["corners_px"]).shape == (6, 4, 2)
        assert grade_of_share(film["shares"]).tolist() == film["grades"]
