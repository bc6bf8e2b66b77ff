"""Who is named in one file of a patient is unnamed in all of them."""

import os
import time
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest

from tasks import header_pool
from tasks.deid import gather as gathering
from tasks.deid.crosswalk import Crosswalk, StudyKey
from tasks.deid.deidentify import deidentify
from tasks.deid.gather import gather, named_in
from tasks.deid.people import check_people
from tasks.deid.profile import Profile
from tasks.deid.pseudonyms import Pseudonymizer
from tasks.dicom.pixels import decode
from tasks.dicom.reading import read_film
from tasks.originals import identifiers_of
from tests.tasks.dicom.dicom_builders import a_film, as_bytes

STUDY = {"StudyInstanceUID": "1.2.7", "PatientID": "4711"}


@dataclass
class Context:
    private: Path
    profile: Profile = field(default_factory=lambda: Profile(pixels="keep"))

    def pseudonyms(self) -> Pseudonymizer:
        return StudyKey.load_or_create(self.private).pseudonymizer()

    def crosswalk(self) -> Crosswalk:
        return Crosswalk(self.private, StudyKey.load_or_create(self.private))


@pytest.fixture
def context(tmp_path: Path) -> Context:
    return Context(tmp_path / "private")


def gathered(context, files: dict[str, bytes], forgotten: list | None = None) -> dict:
    asked = forgotten.append if forgotten is not None else lambda _: None
    readers = {name: partial(bytes, raw) for name, raw in files.items()}
    return gather(readers, center="A", context=context, forget=asked)


def described(context, raw: bytes, relatives) -> str:
    ds = read_film(raw)
    clean = deidentify(
        ds,
        decode(ds),
        center="A",
        source_digest="x",
        profile=context.profile,
        pseudonyms=context.pseudonyms(),
        relatives=named_in(context.crosswalk(), relatives),
    )
    return str(clean.dataset.get("SeriesDescription", ""))


@pytest.mark.parametrize(
    "shared", [{"StudyInstanceUID": "1.2.7"}, {"PatientID": "88", "StudyInstanceUID": "1.2.8"}]
)
def test_a_name_in_one_file_is_unnamed_in_another_of_the_study_or_the_patient(context, shared):
    film = as_bytes(
        a_film(SeriesDescription="Long leg view", PatientID="88", StudyInstanceUID="1.2.7")
    )
    other = a_film(SOPInstanceUID="1.2.99", PatientName="Long^Ada", **{"PatientID": "89"} | shared)
    del other.PixelData, other.Rows
    assert described(context, film, ()) == "Long leg view"
    lines = gathered(context, {"film": film, "report": as_bytes(other)})
    assert described(context, film, lines["film"]) == "leg view"


def test_a_namesake_elsewhere_changes_nothing(context):
    film = as_bytes(a_film(SeriesDescription="Long leg view", **STUDY))
    other = as_bytes(a_film(PatientID="9", StudyInstanceUID="1.2.9", PatientName="Long^Ada"))
    lines = gathered(context, {"film": film, "other": other})
    assert described(context, film, lines["film"]) == "Long leg view"


def test_a_name_that_comes_later_has_the_films_cleaned_again(context):
    film = as_bytes(a_film(**STUDY))
    stranger = as_bytes(a_film(PatientID="9", StudyInstanceUID="1.2.9"))
    gathered(context, {"film": film, "stranger": stranger})
    same, more = (
        as_bytes(a_film(SOPInstanceUID=uid, PatientName=name, **STUDY))
        for uid, name in (("1.2.20", "Doe^Jane"), ("1.2.21", "Long^Ada"))
    )
    forgotten: list[set[str]] = []
    gathered(context, {"film": film, "same": same}, forgotten)
    assert not any(forgotten)
    gathered(context, {"film": film, "same": same, "more": more}, forgotten)
    assert set().union(*forgotten) == {"film", "same"}


def test_a_known_file_is_not_read_again_and_a_new_policy_reads_all(context):
    raw = as_bytes(a_film(InstitutionName="St Elsewhere", **STUDY))
    gathered(context, {"film": raw})
    gather({"film": pytest.fail}, center="A", context=context, forget=lambda _: None)
    assert "St Elsewhere" in identifiers_of(context.crosswalk().entries())
    context.profile = Profile(pixels="keep", retain_institution_identity=True)
    gathered(context, {"film": raw})
    assert "St Elsewhere" not in identifiers_of(context.crosswalk().entries())


def test_files_that_are_set_aside_are_known_to_the_second_look_and_broken_ones_do_no_harm(context):
    report = a_film(PatientName="Quill^Ada", ContentSequence=[])
    del report.PixelData
    gathered(context, {"report": as_bytes(report), "noise": b"\0" * 999, "empty": b""})
    assert "Quill^Ada" in identifiers_of(context.crosswalk().entries())
    assert [entry.source_digest for entry in context.crosswalk().entries()] == ["report"]


def test_numbers_of_two_people_and_people_of_two_numbers_end_in_rows_with_a_reason(context):
    born = {"PatientBirthDate": "19480217", "PatientName": "Quill^Ada"}
    said = {
        "a": {"PatientID": "1"} | born,
        "other birth date": {"PatientID": "1", "PatientBirthDate": "19500101"},
        "same, ACR": {"PatientID": "1", "PatientBirthDate": "1950.01.01"},
        "other ID": {"PatientID": "2", "StudyInstanceUID": "1.2.8"} | born,
        "study of the first": {"PatientID": "3", "PatientBirthDate": "19600101"},
        "not delivered any more": {"PatientID": "2", "PatientBirthDate": "19000101"},
    }
    films = {
        name: as_bytes(a_film(**{"StudyInstanceUID": "1.2.7"} | f)) for name, f in said.items()
    }
    gathered(context, films)
    other = {"b": partial(bytes, as_bytes(a_film(PatientID="1", StudyInstanceUID="1.2.9")))}
    gather(other, center="B", context=context, forget=lambda _: None)
    delivered = {"A": {*films} - {"not delivered any more"}, "B": {"b"}}
    found = check_people(context.crosswalk(), delivered)
    table, findings = found["A"]
    rows = table.to_pylist()
    assert [(row["n_checked"], row["n_failed"], row["success"]) for row in rows] == [
        (3, 1, False),
        (2, 1, False),
        (3, 1, False),
        (3, 0, True),
    ]
    assert [row["observed"].partition(" ")[0] for row in rows] == ["1", "1", "1", "1"]
    assert len(findings) == 3
    assert not {"Quill", "1948", "1.2.7"} & {*str(rows).replace("'", " ").split()}
    assert found["B"][1] == []


def test_a_file_that_ends_or_holds_up_its_reader_costs_itself_alone(context, monkeypatch):
    monkeypatch.setattr(header_pool, "WORTH_A_POOL", 2)
    monkeypatch.setattr(header_pool, "START", "fork")
    monkeypatch.setattr(gathering, "_SECONDS", 2.0)
    films = {
        str(at): partial(bytes, as_bytes(a_film(SOPInstanceUID=f"1.2.{at}"))) for at in range(3)
    }
    awful = {"deadly": partial(os._exit, 3), "endless": partial(time.sleep, 60)}
    gather(films | awful, center="A", context=context, forget=lambda _: None)
    known = {entry.source_digest for entry in context.crosswalk().entries()}
    assert known == {*films}
