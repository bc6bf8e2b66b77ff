"""The second look holds films against each other as their originals were."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from pydicom import DataElement, dcmread

from tasks.verify.days import without_chance
from tests.tasks.verify.verify_builders import a_film, a_secret, edit, look, looking_back


def test_a_day_of_the_original_is_found_in_its_film_alone(study: Path):
    day = a_secret(study, "date")[:8]
    edit(study, lambda ds: setattr(ds, "StudyDate", day))
    found = {finding.what for finding in look(study)} - {"an identifier in the raw header"}
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
        (lambda ds: setattr(ds, "ContentDate", "18991231"), "an interval was changed"),
        (
            lambda ds: setattr(ds, "AcquisitionDateTime", "18991231101500"),
            "an interval was changed",
        ),
        (lambda ds: setattr(ds, "DateOfSecondaryCapture", "18991231"), "an interval was changed"),
    ],
)
def test_what_no_longer_ties_films_together_is_found(study: Path, change: Callable, what: str):
    edit(study, change, looking_back(study))
    assert what in {finding.what for finding in look(study)}


@pytest.mark.parametrize("keyword", ["ContentDate", "DateOfSecondaryCapture"])
def test_what_stands_for_no_day_is_no_changed_interval(study: Path, keyword: str):
    edit(study, lambda ds: setattr(ds, keyword, "19000101"), looking_back(study))
    assert not look(study)


def test_two_people_under_one_pseudonym_are_found(study: Path):
    films = [dcmread(path) for path in (study / "deidentified").rglob("*.dcm")]
    for path, ds in zip((study / "deidentified").rglob("*.dcm"), films, strict=True):
        ds.PatientID = ds.PatientName = films[0].PatientID
        ds.save_as(path)
    assert "two PatientID became one" in {finding.what for finding in look(study)}


def test_a_film_in_another_patients_folder_is_found(study: Path):
    film = a_film(study)
    other = next(path for path in film.parents[1].iterdir() if path != film.parent)
    film.rename(other / film.name)
    assert {finding.what for finding in look(study)} == {
        "the film lies in another patient's folder"
    }


def test_two_people_whose_pseudonyms_were_exchanged_are_found(study: Path):
    first, second = (
        next(folder.iterdir()) for folder in sorted(a_film(study).parents[1].iterdir())
    )
    names = [path.parent.name for path in (first, second)]
    for path, name in ((first, names[1]), (second, names[0])):
        for film in path.parent.iterdir():
            edit(study, lambda ds, name=name: rename(ds, name), film)
    folders = [path.parent for path in (first, second)]
    folders[0].rename(study / "aside")
    folders[1].rename(folders[0])
    (study / "aside").rename(folders[1])
    found = {finding.what for finding in look(study)}
    assert found == {"filed under another patient's pseudonym"}


def rename(ds, name: str) -> None:
    ds.PatientID = ds.PatientName = name


def test_a_day_that_moving_leads_to_by_chance_is_no_leak():
    def said(*days: str) -> list[DataElement]:
        return [DataElement(0x00080020, "DA", day) for day in days]

    own = (("date", "20120101"), ("date", "20100101"), ("name", "Zarquen^Vilt"))
    assert without_chance(own, said("20100101", "20080102")) == (own[0], own[2])
    for kept in (("20100101", "20080103"), ("20120101", "20100101"), ("20100101",)):
        assert without_chance(own, said(*kept)) == own


def test_a_film_that_no_delivered_file_became_is_found(study: Path):
    film = a_film(study)
    edit(study, lambda ds: setattr(ds, "SOPInstanceUID", "2.25.8"))
    film.rename(film.with_name("I-0123456789abcdef0123.dcm"))
    assert "a film that no delivered file became" in {finding.what for finding in look(study)}
