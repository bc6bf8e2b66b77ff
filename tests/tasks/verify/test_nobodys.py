"""What films rightly say is no leak, neither where a film is written nor in the whole study."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pydicom import Dataset, dcmread
from pydicom.sr.codedict import codes

from tasks.deid.text import clinical
from tasks.dicom.reading import read_film
from tasks.originals import identifiers_of, originals_of
from tasks.second_look import _everyday
from tasks.verify import Allowed, Finding, claims, look_at_written, verify
from tests.tasks.verify.verify_builders import edit, originals, planted_film, write_film


def written(study: Path, number: int, header: dict[str, str]) -> Path:
    """Clean a film that says something, and return the file."""
    ds = read_film(planted_film(number)[0])
    for keyword, value in header.items():
        setattr(ds, keyword, value)
    return write_film(study, ds, number)


def looked_at(study: Path) -> list[Finding]:
    """Look at the study as ``aac verify`` does, and at each film as where it is written."""
    entries = originals(study).entries()
    facts = originals_of(entries, Allowed(), _everyday())
    found = verify(study, identifiers=identifiers_of(entries), originals=facts)
    for path in study.rglob("*.dcm"):
        own = facts.by_image[path.stem]
        found += look_at_written(path.read_bytes(), own, Allowed(), clinical().words)
    return found


SAID = [
    ({"StationName": "THORAX"}, {"SeriesDescription": "Thorax seitlich"}),
    ({"InstitutionName": "Wirbelsäule Nord"}, {"SeriesDescription": "Wirbelsäule"}),
    ({"StationName": "MULTIX"}, {"ManufacturerModelName": "MULTIX 2"}),
    ({"RequestingService": "Acme Viewer"}, {"Manufacturer": "Acme"}),
    ({"InstitutionalDepartmentName": "Lumbar Spine"}, {"StudyDescription": "Lumbar Spine 2 views"}),
    (
        {"InstitutionalDepartmentName": "Diagnostic Radiology"},
        {"StudyDescription": "Diagnostic Radiology lateral"},
    ),
    ({"InstitutionName": "Spine Center"}, {"StudyDescription": "Spine Center lumbar"}),
    ({"StudyID": "XR LSPINE"}, {"StudyDescription": "XR LSPINE 2 views"}),
    ({"PerformedProcedureStepID": "LSPINE2V"}, {"StudyDescription": "XR LSPINE 2V"}),
    ({"StationName": "WALL BUCKY"}, {"SeriesDescription": "wall bucky lateral"}),
    ({"ClinicalTrialTimePointID": "12 months"}, {"SeriesDescription": "follow-up 12 months"}),
    ({"StudyID": "120"}, {"ProtocolName": "lumbar 120 kV"}),
    ({"InstitutionAddress": "8000 Vilt"}, {"ManufacturerModelName": "Definium 8000"}),
    ({"StationName": "DEFINIUM 8000-2"}, {"ManufacturerModelName": "Definium 8000"}),
    ({"StationName": "XR 8000"}, {"SoftwareVersions": "Definium 8000"}),
    ({"StationName": "Definium 8000"}, {"SoftwareVersions": "DR 8000"}),
    ({"DeviceSerialNumber": "DEF-8000-77"}, {"SoftwareVersions": "Dm_release_8000"}),
    ({"InstitutionName": "Clinic 8000"}, {"SoftwareVersions": "DEFINIUM 8000-2"}),
    ({"StudyID": "80-8000"}, {"SecondaryCaptureDeviceSoftwareVersions": "8000"}),
    ({"DeviceSerialNumber": "1717-00231"}, {"ManufacturerModelName": "REGIUS 1717"}),
    ({"PatientName": "Bašić^Patient", "SpecificCharacterSet": "ISO_IR 192"}, {}),
    ({"PatientName": "Pixel^Data"}, {}),
    ({"OperatorsName": "Modified Dates"}, {"StudyDescription": "lumbar"}),
    ({"StudyID": "113100"}, {}),
    ({"StudyID": "MRN 00113107"}, {}),
    ({"StudyID": "131415"}, {"StudyTime": "131415"}),
    ({"StudyID": "131415"}, {"StudyTime": "131415.25"}),
    ({"PatientBirthDate": "19480217"}, {"StudyTime": "170248"}),
    ({}, {"TimezoneOffsetFromUTC": "-0400"}),
    ({"StudyID": "0100"}, {"TimezoneOffsetFromUTC": "+0100"}),
    ({"OperatorsName": "DCM"}, {}),
]


@pytest.mark.parametrize(("header", "kept"), SAID)
def test_what_films_rightly_say_is_no_leak(tmp_path: Path, header: dict, kept: dict):
    film = dcmread(written(tmp_path, 9, header | kept))
    assert {keyword: str(film.get(keyword) or "") for keyword in kept} == kept
    assert looked_at(tmp_path) == []


def test_a_phantom_called_by_a_term_costs_the_term_and_is_no_leak(tmp_path: Path):
    said = {"PatientName": "Lumbar^Spine", "BodyPartExamined": "LUMBAR SPINE"}
    film = dcmread(written(tmp_path, 9, said))
    assert not film.get("BodyPartExamined")
    assert looked_at(tmp_path) == []


def test_a_maker_whose_name_is_the_hospitals_is_not_kept_and_no_leak(tmp_path: Path):
    film = dcmread(written(tmp_path, 9, {"InstitutionName": "Offis", "Manufacturer": "OFFIS"}))
    assert not film.get("Manufacturer")
    assert looked_at(tmp_path) == []


@pytest.mark.parametrize("number", ["8000", "MRN 8000", "A8000"])
@pytest.mark.parametrize("keyword", ["SoftwareVersions", "ManufacturerModelName"])
def test_the_whole_number_of_an_id_is_nobodys_model(tmp_path: Path, keyword: str, number: str):
    film = dcmread(written(tmp_path, 9, {"StudyID": number, keyword: "Definium 8000"}))
    assert not film.get(keyword)
    assert looked_at(tmp_path) == []


@pytest.mark.parametrize(
    ("header", "kept"),
    [
        ({"InstitutionalDepartmentName": "Lumbar Spine"}, {"StudyDescription": "lumbar spine"}),
        ({"StudyID": "XR LSPINE"}, {"StudyDescription": "XR LSPINE 2 views"}),
        ({"StationName": "XG5000"}, {"ManufacturerModelName": "FCR XG-5000"}),
    ],
)
def test_what_one_film_is_filed_under_another_may_say_and_a_table_too(
    tmp_path: Path, header: dict, kept: dict
):
    written(tmp_path, 9, header)
    film = dcmread(written(tmp_path, 10, kept))
    assert {keyword: str(film.get(keyword) or "") for keyword in kept} == kept
    (tmp_path / "results").mkdir()
    pq.write_table(pa.table({"said": list(kept.values())}), tmp_path / "results/films.parquet")
    assert looked_at(tmp_path) == []


def test_a_code_of_the_standard_is_no_leak_where_another_patient_has_its_number(tmp_path: Path):
    written(tmp_path, 9, {"StudyID": "121320"})
    film = dcmread(written(tmp_path, 10, {}))
    code = film.SourceImageSequence[0].PurposeOfReferenceCodeSequence[0]
    assert code.CodeValue == "121320"
    assert looked_at(tmp_path) == []


def test_a_version_is_no_leak_where_another_patient_has_its_digits(tmp_path: Path):
    written(tmp_path, 9, {"StudyID": "4127005"})
    film = dcmread(written(tmp_path, 10, {"SoftwareVersions": "5.7.412.7005"}))
    assert film.SoftwareVersions == "5.7.412.7005"
    assert looked_at(tmp_path) == []


@pytest.mark.parametrize("number", ["113100", "121320", "4839201"])
def test_a_number_of_the_film_as_a_code_is_found(tmp_path: Path, number: str):
    film = written(tmp_path, 9, {"StudyID": number})

    def leak(ds: Dataset) -> None:
        ds.AnatomicRegionSequence[0].CodeValue = number
        ds.AnatomicRegionSequence[0].CodingSchemeDesignator = "DCM"

    edit(tmp_path, leak, film)
    is_in_study = {finding.place.startswith("deidentified") for finding in looked_at(tmp_path)}
    assert is_in_study == {True, False}  # both looks


@pytest.mark.parametrize(
    ("header", "keyword", "said"),
    [
        ({"PatientName": "Zarquen^Vilt"}, "StudyDescription", "lumbar vilt zarquen"),
        ({"PatientName": "Pixel^Data"}, "StudyDescription", "lumbar data pixel"),
        ({"InstitutionName": "St. Vortigern Clinic"}, "StudyDescription", "Vortigern Clinic"),
        ({"InstitutionName": "St. Vortigern Clinic"}, "ManufacturerModelName", "VORTIGERN"),
        ({"PatientID": "PAT012"}, "StudyDescription", "lumbar PAT012"),
        ({"StationName": "ROOM481102"}, "ManufacturerModelName", "ROOM481102"),
        ({"StationName": "DR 48110277"}, "ManufacturerModelName", "DR 48110277"),
        ({"StudyID": "MRN 8000"}, "SoftwareVersions", "Definium 8000"),
        ({"StudyID": "MRN 8000"}, "ManufacturerModelName", "Definium 8000"),
        ({"StudyID": "131415"}, "StudyTime", "12.131415"),
        ({"StudyID": "131415"}, "StudyTime", "000000.131415"),
        ({"StudyID": "131415"}, "SeriesNumber", "131415"),
    ],
)
def test_somebody_is_found_beside_what_is_nobodys(
    tmp_path: Path, header: dict, keyword: str, said: str
):
    film = written(tmp_path, 9, header)

    def leak(ds: Dataset) -> None:
        setattr(ds, keyword, said)

    edit(tmp_path, leak, film)
    is_in_study = {finding.place.startswith("deidentified") for finding in looked_at(tmp_path)}
    assert is_in_study == {True, False}  # both looks


def test_the_codes_of_what_was_done_are_those_of_the_standard():
    listed = codes.cid7050.concepts.values()
    assert {code.value: code.meaning for code in listed} == claims._OPTIONS
