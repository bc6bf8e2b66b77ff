"""The second look holds films against each other as their originals were."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from pydicom import dcmread

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
