"""Who and what is named: compound names and days in every spelling go, everyday words stay."""

import pytest
from pydicom.dataset import Dataset

from tasks.deid.dates import days_said, spellings
from tasks.deid.names import run_together, words_of
from tasks.deid.text import clean_text
from tests.tasks.deid.deid_builders import cleaned
from tests.tasks.dicom.dicom_builders import a_film, as_bytes

COMPOUND = [
    ("O'Brien^Pat", "DR OBrien"),
    ("Smith-Jones^Ann", "DR SmithJones 2"),
    ("van der Berg^Jan", "DR VanderBerg"),
    ("de la Cruz^Ana", "Delacruz DR"),
    ("van Wex Vilt^Al", "WexVilt DR"),
    ("Mc Kay^Al", "McKay DR"),
    ("Xi^Jean-Luc", "DR JeanLuc"),
    ("Müller-Lüth^Jo", "DR MuellerLueth"),
]
MODEL = "ManufacturerModelName"


def clean(**header) -> Dataset:
    return cleaned(as_bytes(a_film(**{"SpecificCharacterSet": "ISO_IR 192"} | header))).dataset


@pytest.mark.parametrize(("name", "model"), COMPOUND)
def test_a_compound_name_run_together_is_not_a_model(name: str, model: str):
    assert clean(**{MODEL: model})[MODEL].value == model
    assert not clean(PatientName=name, **{MODEL: model}).get(MODEL)


@pytest.mark.parametrize(
    "said",
    [
        *("17.02.1948", "17. Februar 1948", "17 février 1948", "17.02.48", "480217", "170248"),
        *("021748", "17FEB48", "1948-2-17", "Feb 17, 1948", "17/02/48", "17021948", "1721948"),
    ],
)
@pytest.mark.parametrize("keyword", ["PatientBirthDate", "StudyDate"])
def test_a_day_of_the_film_is_no_model_or_version_however_it_is_spelled(keyword: str, said: str):
    kept = {MODEL: f"DR {said}", "SoftwareVersions": f"V {said}"}
    for there, value in kept.items():
        assert clean(**kept)[there].value == value
        assert not clean(**kept | {keyword: "19480217"}).get(there)


@pytest.mark.parametrize("number", ["480217", "170248", "021748", "1721948", "2171948"])
@pytest.mark.parametrize("keyword", ["SeriesNumber", "AcquisitionNumber", "KVP"])
def test_a_day_of_the_film_is_no_number(keyword: str, number: str):
    assert clean(**{keyword: number})[keyword].value == int(number)
    assert not clean(PatientBirthDate="19480217", **{keyword: number}).get(keyword)
    assert not clean(AcquisitionDateTime="19480217101010", **{keyword: number}).get(keyword)


def test_a_measurement_or_version_that_is_no_day_of_the_film_stays():
    said = {"SoftwareVersions": "4.10.15", MODEL: "DR 17.02.48", "StudyTime": "131415.170248"}
    ds = clean(PatientBirthDate="19480218", StudyDate="20151005", **said)
    assert {keyword: str(ds[keyword].value) for keyword in said} == said
    ds = clean(PatientBirthDate="19480217", StudyTime=said["StudyTime"], OrganDose="0.170248")
    assert (str(ds.StudyTime), float(ds.OrganDose)) == (said["StudyTime"], 0.170248)


def test_a_code_schemes_version_is_no_day_of_the_film():
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = "T-11503", "SRT", "lumbar spine"
    code.CodingSchemeVersion = "20200614"
    film = {"AnatomicRegionSequence": [code]}
    assert clean(**film).AnatomicRegionSequence[0].CodingSchemeVersion == "20200614"
    assert (
        not clean(StudyDate="20200614", **film).AnatomicRegionSequence[0].get("CodingSchemeVersion")
    )


@pytest.mark.parametrize("person", ["Zarquen^Vilt^^Dr", "Zarquen^Vilt^^Dr.^II", "Dr Zarquen^Vilt"])
def test_titles_cost_neither_model_nor_word(person: str):
    said = {MODEL: "KODAK DR 7500", "Manufacturer": "Carestream DR Systems"}
    ds = clean(ReferringPhysicianName=person, StudyDescription="Meyerding grade II", **said)
    assert {keyword: ds[keyword].value for keyword in said} == said
    assert ds.StudyDescription == "Meyerding grade II"
    assert not clean(ReferringPhysicianName=person, **{MODEL: "DR Zarquen"}).get(MODEL)


def test_initials_cost_neither_maker_nor_word():
    ds = clean(OperatorsName="GE", Manufacturer="GE Healthcare", StudyDescription="lumbar AP")
    assert ds.Manufacturer == "GE Healthcare"
    assert clean(OperatorsName="AP", StudyDescription="lumbar AP").StudyDescription == "lumbar AP"
    assert clean(PatientName="Ge^Wei", Manufacturer="GE Healthcare").Manufacturer == "GE Healthcare"
    assert not clean(PatientName="Ng^Al", **{MODEL: "DR Ng 2"}).get(MODEL)


def test_a_name_has_its_words_without_titles_and_its_compounds():
    assert words_of(["van der Berg^Jan^^Dr^II"]) == {
        *("van", "der", "berg", "derberg", "vanderberg", "jan"),
    }
    assert words_of(["Herr^Md"]) == {"herr", "md"}
    assert run_together("O'Brien^Pat") == {"obrienpat", "patobrien", "obrien"}
    assert "vander" not in run_together("van der Berg^Jan")


def test_a_name_of_thousands_of_words_is_sought_in_pieces():
    model = f"DR {'Wex' * 12}ViltZarq"
    assert clean(**{MODEL: model})[MODEL].value == model
    assert not clean(PatientName="Wex " * 5000 + "Vilt Zarq", **{MODEL: model}).get(MODEL)


@pytest.mark.parametrize("word", ["Pagets", "Paget's", "Paget\u2019s", "pagetsche", "Paget1"])
def test_a_name_that_became_an_adjective_is_the_name(word: str):
    ds = clean(PatientName="Paget^Al", StudyDescription=f"lumbar {word} spine")
    assert ds.StudyDescription == "lumbar spine"


def test_a_number_with_zeros_in_front_is_found_without_them():
    assert clean(**{MODEL: "DR 48392"})[MODEL].value == "DR 48392"
    for number in ("0048392", "A-48392/B"):
        assert not clean(PatientID=number, **{MODEL: "DR 48392"}).get(MODEL)


@pytest.mark.parametrize(
    ("keyword", "said"),
    [
        ("InstitutionalDepartmentName", "Diagnostic Radiology"),
        ("InstitutionName", "Spine Center"),
        ("StudyID", "XR LSPINE"),
        ("PerformedProcedureStepID", "LSPINE AP LAT"),
        ("PerformedProcedureStepID", "XR LSPINE 2V"),
        ("StationName", "WALL BUCKY"),
        ("ClinicalTrialTimePointID", "12 months"),
    ],
)
def test_everyday_words_stay_whatever_is_called_by_them(keyword: str, said: str):
    said_too = f"{said} lateral"
    assert clean(**{keyword: said, "StudyDescription": said_too}).StudyDescription == said_too


@pytest.mark.parametrize(
    ("keyword", "device", "model"),
    [
        ("StationName", "XG5000", "FCR XG-5000"),
        ("PlateID", "7400", "KODAK CR 7400"),
        ("DetectorID", "PIXIUM4343", "PIXIUM 4343"),
    ],
)
def test_a_device_called_like_its_model_costs_no_model(keyword: str, device: str, model: str):
    assert clean(**{keyword: device, MODEL: model})[MODEL].value == model
    assert not clean(**{keyword: "48392", MODEL: "DR 48392"}).get(MODEL)


def test_a_code_of_everyday_words_and_a_count_costs_none_of_them():
    ds = clean(PerformedProcedureStepID="LSPINE2V", StudyDescription="XR LSPINE 2V")
    assert ds.StudyDescription == "XR LSPINE 2V"


def test_a_term_stays_whatever_number_is_the_same():
    assert clean(StudyID="LSPINE", BodyPartExamined="LSPINE").BodyPartExamined == "LSPINE"


def test_words_that_make_up_an_identifier_together_go_together():
    ds = clean(StationName="Spine ROOM9 2", StudyID="LUMBAR2VWX", StudyDescription="lumbar 2 views")
    assert ds.StudyDescription == "lumbar 2 views"
    ds = clean(StudyID="APLAT2VIEWSX", StudyDescription="AP lat 2 views x")
    assert not ds.get("StudyDescription")


def test_phrases_that_share_a_word_go_alike_in_every_process_however_often_they_are_said():
    phrases = frozenset({"lumbarspine", "spinelateral"})
    assert clean_text("lumbar spine / lateral view", phrases=phrases) == ("lateral view", 2)
    many = " ".join(["AP", *["lumbar"] * 2000, *["spine"] * 2000])
    assert clean_text(many, phrases=phrases) == ("AP", 4000)


def test_days_are_read_as_people_write_them():
    days = spellings("20200614")
    for said in ("14.06.2020", "14. Juni 2020", "14 juin 20", "June 14, 2020", "2020/06/14"):
        assert not days.isdisjoint(days_said(said)), said
    for said in ("14.06", "L4 14.6.20 cm", "4.14.06.21", "juillet 14 2020", "DR 7500"):
        assert days.isdisjoint(days_said(said)), said
    assert not spellings("unknown")


def patient_of(number: str, **header) -> str:
    return cleaned(as_bytes(a_film(PatientID=number, **header))).key.patient_id


def test_an_id_that_came_apart_at_a_backslash_is_taken_whole():
    numbers = ["DOM\\12345", "DOM\\67890", "DOM", "12345", "\\12345"]
    assert len({patient_of(number) for number in numbers}) == len(numbers)
    assert patient_of("DOM\\") == patient_of("DOM")
    issuers = [{"IssuerOfPatientID": issuer} for issuer in ("A\\B", "A\\C", "A")]
    assert len({patient_of("7", **issuer) for issuer in issuers}) == len(issuers)


@pytest.mark.parametrize("number", ["UNKNOWN", "0", "000000", "n/a", "None", "---", "XXXX", "?"])
def test_a_placeholder_is_one_person_a_study_and_nobodys_number(number: str):
    assert patient_of(number) == patient_of("")
    assert patient_of(number) != patient_of(number, StudyInstanceUID="1.2.9")
    ds = clean(PatientID=number, StudyID=number, Grid="NONE", **{MODEL: "DR UNKNOWN 000000"})
    assert (ds.Grid, ds[MODEL].value) == ("NONE", "DR UNKNOWN 000000")


def test_a_pseudonym_that_was_given_before_stays():
    assert patient_of("4711") == "P-f5568ef275ff3256"
    assert patient_of(" mrn-0012 ", IssuerOfPatientID="KIEL") == "P-3881114950787bcf"


@pytest.mark.parametrize(
    "said",
    [
        *("call +49 431 597-1234", "(555) 867-5309", "0431/5971234", "431-597-1234", "tel 5971234"),
        *("a.zarq@kiel.example", "http://kiel.example/zarq", "www.kiel.example", "078-05-1120"),
        *("1.2.840.113619.2.48392.17", "00:1A:2B:3C:4D:5E", "DR \x1b$B;3ED\x1b(B"),
    ],
)
def test_how_to_reach_somebody_is_no_make_or_model_though_nothing_else_names_them(said: str):
    assert not clean(**{MODEL: said}).get(MODEL, "").strip("a/ DR")


@pytest.mark.parametrize(
    "said",
    [
        *("DRX-Evolution Plus 4.1.2.345", "5.7.412.7000.1.2", "V 10.8.0.1 Build 20190312"),
        *(
            "VA20A_20180523",
            "Ysio (2014)",
            "RADspeed Pro+ 0100/2",
            "VB30J 123-45-678",
            "島津製作所",
        ),
    ],
)
def test_makes_models_and_versions_stay_as_they_are(said: str):
    assert clean(**{MODEL: said})[MODEL].value == said


@pytest.mark.parametrize(("name", "part"), [("Wang^Dong=王^小東", "王"), ("김^민수", "김")])
def test_a_name_of_one_character_is_a_name(name: str, part: str):
    assert clean(**{MODEL: f"{part} DR"})[MODEL].value == f"{part} DR"
    assert not clean(PatientName=name, **{MODEL: f"{part} DR"}).get(MODEL)


@pytest.mark.parametrize(
    ("said", "left"),
    [
        *(("CAUCASIAN", "CAUCASIAN"), ("Hispanic/Latino", "Hispanic/Latino"), ("W", "W")),
        *(("Not stated", "Not stated"), ("White of Zarquen", None), ("4839201", None)),
    ],
)
def test_an_ethnic_group_is_a_characteristic(said: str, left: str | None):
    assert clean(EthnicGroup=said).get("EthnicGroup") == left
    assert clean(EthnicGroup=said, PatientName="White^Latino^Caucasian^W").get("EthnicGroup") in (
        *(None, "W", "Not stated"),
    )


@pytest.mark.parametrize("said", ["DR 0431 5971234", "4315971234", "DR 0431.597.1234"])
def test_a_telephone_is_known_whatever_code_is_dialed_before_it(said: str):
    assert clean(**{MODEL: said})[MODEL].value == said
    kept = str(clean(PatientTelephoneNumbers="+49 (431) 597-1234", **{MODEL: said}).get(MODEL, ""))
    assert kept in ("", "DR")
