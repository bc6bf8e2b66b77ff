"""A film made by somebody who wants a name to get through."""

import json
import re
from collections.abc import Iterable
from contextlib import suppress
from importlib.resources import files

import numpy as np
import pytest
from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.sr._concepts_dict import concepts

from tasks.deid.coded import is_code, is_code_string
from tasks.deid.crosswalk import Identifier
from tasks.deid.profile import Profile
from tasks.deid.text import clean_text
from tasks.dicom.writing import save_bytes
from tests.tasks.deid.deid_builders import cleaned
from tests.tasks.dicom.dicom_builders import a_film, as_bytes

NEEDED = {"SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID"}
NEEDED |= {"Rows", "Columns", "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation"}
NEEDED |= {"SamplesPerPixel", "PhotometricInterpretation", "PixelData", "NumberOfFrames"}
NEEDED |= {"SpecificCharacterSet"}
# Make and model stay word by word by an option that says so; that no film's own name is among
# them is another test.
MAKES = {"Manufacturer", "ManufacturerModelName", "SoftwareVersions", "DetectorManufacturerName"}
MAKES |= {"DetectorManufacturerModelName", "SecondaryCaptureDeviceManufacturer"}
MAKES |= {"SecondaryCaptureDeviceManufacturerModelName", "SecondaryCaptureDeviceSoftwareVersions"}
KEYWORDS = [
    keyword
    for keyword in json.loads(files("tasks.deid").joinpath("iod_radiograph.json").read_text())[
        "keywords"
    ]
    if tag_for_keyword(keyword) and keyword not in NEEDED | MAKES
]
NAME = "Zarquenvilt"
SECRETS = {
    **dict.fromkeys(("LO", "SH", "ST", "LT", "UT", "UC", "PN"), NAME),
    **dict.fromkeys(("CS", "AE"), NAME.upper()),
    **dict.fromkeys(("OB", "OW", "UN"), NAME.encode() + b" "),
    "UR": f"http://{NAME}.example",
    "IS": "483920175",
    "DS": "483920175",
    "UI": "1.2.3.483920175",
    "DA": "19480217",
    "DT": "19480217101010",
}


def clean(ds: Dataset, relatives: Iterable[Identifier] = (), **options) -> Dataset:
    profile = Profile(pixels="keep", **options)
    return cleaned(as_bytes(ds), profile, relatives=relatives).dataset


def filled(vr: str) -> Dataset:
    """Return a data set with a secret in every attribute that an IOD of a radiograph defines."""
    ds = Dataset()
    for keyword in KEYWORDS:
        known = dictionary_VR(tag_for_keyword(keyword))
        used = vr or known.split(" or ")[-1]
        fits = (known in SECRETS and known not in ("IS", "DS", "DA", "DT")) or vr != "UN"
        if known != "SQ" and used in SECRETS and fits:
            with suppress(ValueError, TypeError):  # pydicom makes a few wrong VRs impossible
                ds.add_new(tag_for_keyword(keyword), used, SECRETS[used])
    return ds


@pytest.mark.parametrize("vr", ["", "UN", "OB", "PN", "LO", "ST"])
def test_no_attribute_lets_a_stranger_through_at_any_depth_under_any_vr(vr: str):
    film = a_film()
    film.update(filled(vr))
    deep = filled(vr)
    deep.AnatomicRegionModifierSequence = Sequence([filled(vr)])
    film.AnatomicRegionSequence = Sequence([filled(vr), deep])
    film.ReferencedImageSequence = Sequence([filled(vr)])
    film.ContributingEquipmentSequence = Sequence([filled(vr)])
    content = save_bytes(clean(film)).lower()
    for secret in (NAME.lower().encode(), b"483920175", b"19480217"):
        assert secret not in content


def test_items_where_a_value_was_due_are_not_written_as_text():
    hidden = Dataset()
    hidden.add_new("PatientComments", "LT", NAME)
    film = a_film()
    for keyword in ("Manufacturer", "BodyPartExamined", "StudyDescription"):
        film.add_new(tag_for_keyword(keyword), "SQ", Sequence([hidden]))
    assert NAME not in str(clean(film))


@pytest.mark.parametrize("keyword", sorted(MAKES - {"DetectorManufacturerName"}))
def test_make_and_model_do_not_name_the_films_own_people_and_places(keyword: str):
    own = {"InstitutionName": "Quellmark Hospital", "AccessionNumber": "AC-99812"}
    for said in ("Unit of Doe", "Quellmark Hospital 2", "DX ac99812"):
        kept = str(clean(a_film(**{keyword: said} | own)).get(keyword, ""))
        assert not {"doe", "quellmark", "ac99812"} & {*kept.lower().split()}


def test_a_number_of_few_digits_is_a_number_whoever_has_it_as_an_id():
    ds = clean(a_film(StudyID="1", PatientID="7", SeriesNumber="1", InstanceNumber="7", KVP="85"))
    assert (ds.SeriesNumber, ds.InstanceNumber, ds.KVP) == (1, 7, 85)


@pytest.mark.parametrize("keyword", ["SeriesNumber", "KVP", "ExposureTime", "AcquisitionNumber"])
@pytest.mark.parametrize("number", ["19480217", "4839201", "0004839201"])
def test_a_number_that_is_somebodys_goes(keyword: str, number: str):
    ds = clean(a_film(PatientID=number, PatientBirthDate="19480217", **{keyword: number}))
    assert not ds.get(keyword)


@pytest.mark.parametrize(
    ("keyword", "said"),
    [
        ("DistanceSourceToPatient", "4839201.0"),
        ("DistanceSourceToPatient", "4.839201e6"),
        ("OrganDose", "0.4839201"),
        ("EntranceDose", 48392),
        ("AcquisitionDuration", 4839201.0),
        ("ExposureInuAs", "04839201"),
    ],
)
def test_a_number_goes_however_it_is_written_and_measured_ones_stay(keyword: str, said: object):
    ids = {"PatientID": "MRN 004839201-7", "AccessionNumber": "A-48392/B"}
    assert not clean(a_film(**{keyword: said} | ids)).get(keyword)
    assert clean(a_film(**{keyword: said})).get(keyword)


@pytest.mark.parametrize("time", ["752300", "131415.483920", "256060"])
def test_what_is_no_time_of_day_or_hides_a_number_goes(time: str):
    assert not clean(a_film(StudyTime=time, PatientID="483920")).get("StudyTime")


def test_tables_and_arrays_that_spell_go_and_curves_stay():
    spelled, curve = Dataset(), Dataset()
    ramp = bytes(48 + at // 2 for at in range(32))  # up, through the codes of digits and letters
    for table, data in ((spelled, NAME.encode().ljust(32, b"x")), (curve, ramp)):
        table.LUTDescriptor = [16, 0, 16]
        table.add_new("LUTData", "OW", data)
    counts = Dataset()
    counts.HistogramNumberOfBins, counts.HistogramData = 3, [0x7172615A, 0x766E6575, 0x20746C69]
    ds = clean(a_film(VOILUTSequence=[spelled, curve], HistogramSequence=[counts]))
    assert len(ds.VOILUTSequence) == 1
    assert ds.VOILUTSequence[0].LUTData[:4] == bytes((48, 48, 49, 49))
    assert "HistogramSequence" not in ds


@pytest.mark.parametrize(
    "model", ["FP DOEJANE", "Mueller 43", "FP sn99812x4", "Quellmark 2", "D 99812-4"]
)
def test_make_and_model_are_cut_where_they_name_somebody_in_other_letters(model: str):
    own = {
        "PatientName": "Doe-Janeway^Doejane",
        "OperatorsName": "Müller",
        "DeviceSerialNumber": "SN99812X4",
        "InstitutionName": "Quellmark Hospital",
        "AccessionNumber": "00998124",
    }
    other = a_film(ManufacturerModelName=model, PatientName="Roe^Max")
    assert clean(other).ManufacturerModelName == model
    assert not clean(a_film(ManufacturerModelName=model, **own)).get("ManufacturerModelName")


def test_more_values_than_an_element_may_have_are_cut_off():
    film = a_film()
    film.add_new("KVP", "DS", ["85", "74", "111"])
    film.add_new("PixelPaddingValue", "US", list(b"Zarquen"))
    ds = clean(film)
    assert ds.KVP == 85
    assert "PixelPaddingValue" not in ds


@pytest.mark.parametrize(
    "text",
    ["LSPINE", "LL", "POST_PROCESSED", "FOR PRESENTATION", "14INX17IN", "ISO_10918_1", "T12", "M"],
)
def test_code_strings_of_defined_terms_stay(text: str):
    assert is_code_string(text, "CassetteSize")


@pytest.mark.parametrize("text", ["ZARQUEN", "LSPINE SMITH", "48392", "1948 02 17", "lspine", ""])
def test_code_strings_with_any_other_word_go(text: str):
    assert not is_code_string(text)


def test_an_image_type_keeps_what_stands_before_a_word_nobody_knows():
    film = a_film(ImageType=["ORIGINAL", "PRIMARY", "ZARQUEN", "POST_PROCESSED"])
    assert list(clean(film).ImageType) == ["ORIGINAL", "PRIMARY"]


@pytest.mark.parametrize(
    ("value", "scheme"),
    [
        *(("T-11503", "SRT"), ("113100", "DCM"), ("421060004", "SCT"), ("mm", "UCUM")),
        *(("M54.5", "I10"), ("DX", "DCM"), ("dGy.cm2", "UCUM"), ("{counts}/s", "UCUM")),
    ],
)
def test_codes_of_registered_schemes_stay(value: str, scheme: str):
    assert is_code(value, scheme)


def test_codes_of_letters_are_those_that_pydicom_knows_of_the_standard():
    known = {code for codes in concepts["DCM"].values() for code in codes}
    shipped = json.loads(files("tasks.deid").joinpath("code_strings.json").read_text("utf-8"))
    assert shipped["dcm_codes"] == sorted(c for c in known if re.fullmatch("[A-Z]{2,8}", c))


@pytest.mark.parametrize(
    ("value", "scheme"),
    [
        ("ZARQUEN", "SRT"),
        ("73310842", "SCT"),
        ("VILT^ADA", "DCM"),
        ("Zarquen", "SCT"),
        ("T-11503", "99LOCAL"),
        ("ZARQUEN", "DCM"),
        ("Zarquen", "UCUM"),
        ("Schneider", "UCUM"),
        ("{vilt}", "UCUM"),
        ("\u0663\u0660\u0663\u0660\u0663\u0660", "DCM"),
    ],
)
def test_what_no_scheme_could_have_goes(value: str, scheme: str):
    assert not is_code(value, scheme)


def test_safe_private_numbers_of_the_standard_stay_by_option_alone():
    film = a_film()
    block = film.private_block(0x0045, "GEMS_HELIOS_01", create=True)
    block.add_new(0x01, "SS", 4)
    block.add_new(0x02, "FL", 1.25)
    block.add_new(0x03, "FL", 9.75)
    assert not [element for element in clean(film) if element.tag.is_private]
    ds = clean(film, retain_safe_private=True)
    kept = [element.value for element in ds if element.tag.is_private]
    assert kept == ["GEMS_HELIOS_01", 4, 1.25]
    assert "113111" in {code.CodeValue for code in ds.DeidentificationMethodCodeSequence}


@pytest.mark.parametrize("clean_graphics", [True, False])
def test_nothing_of_curves_and_overlays_stays_whatever_the_option(clean_graphics: bool):
    film = a_film()
    for tag, vr, value in (
        (0x50000005, "US", 2),
        (0x50000022, "LO", "lumbar spine"),
        (0x60000010, "US", 8),
        (0x60000022, "LO", "lumbar spine"),
        (0x60000102, "US", 0),
        (0x60001500, "LO", "lateral"),
        (0x60004000, "LT", "lateral"),
    ):
        film.add_new(tag, vr, value)
    cleaned = clean(film, clean_graphics=clean_graphics)
    assert not [element.tag for element in cleaned if element.tag.group >> 8 in (0x50, 0x60)]


RUN_TOGETHER = [
    ("Wang^XiaoDong=王^小東", "DR 王小東", "王"),
    ("王^小東", "小東王 2", "王"),
    ("Kim^Minsu=김^민수", "김민수 X-Ray", "김"),
    ("김민수", "DR김민수", "김"),
    ("Yamada^Tarou=山田^太郎", "山田太郎号", "山田"),
    ("Ли^Ан", "DX АнЛи", "Ли"),
    ("Li^Wei", "LiWei DR-1", "Wei"),
    ("Lee^Ann", "DR annlee", "lee"),
    ("Mül^Jo", "JoMuel DR", "Muel"),
]


@pytest.mark.parametrize(("name", "model", "part"), RUN_TOGETHER)
def test_a_short_name_run_together_is_not_a_make_or_model(name: str, model: str, part: str):
    said = {"ManufacturerModelName": model, "SpecificCharacterSet": "ISO_IR 192"}
    assert clean(a_film(**said)).ManufacturerModelName == model
    assert part not in str(clean(a_film(PatientName=name, **said)).get("ManufacturerModelName", ""))


@pytest.mark.parametrize("name", sorted({name for name, *_ in RUN_TOGETHER} | {"Doe^J", "Ng^Al"}))
@pytest.mark.parametrize(
    "make", ["SIEMENS", "Canon Inc.", "FUJIFILM", "GE Healthcare", "島津製作所", "DRX-Evolution 2"]
)
def test_a_make_that_names_nobody_stays(name: str, make: str):
    ds = a_film(PatientName=name, Manufacturer=make, SpecificCharacterSet="ISO_IR 192")
    assert clean(ds).Manufacturer == make


@pytest.mark.parametrize(
    ("value", "scheme"),
    [("KER", "DCM"), ("mol", "UCUM"), ("LI", "ISO3166_1")],
)
def test_a_name_is_no_code_whatever_its_scheme(value: str, scheme: str):
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = value, scheme, "lumbar spine"
    film = a_film(ViewCodeSequence=[code])
    assert len(clean(film).ViewCodeSequence) == 1
    film.PatientName = "Ker^Li^Mol"
    assert "ViewCodeSequence" not in clean(film)
    film.PatientName = "Doe^Jane"
    relatives = {Identifier("name", "Ker^Li^Mol")}
    assert "ViewCodeSequence" not in clean(film, relatives=relatives)


def test_a_clinical_word_is_a_code_whoever_is_called_by_it():
    unit = Dataset()
    unit.CodeValue, unit.CodingSchemeDesignator, unit.CodeMeaning = "mm", "UCUM", "mm"
    film = a_film(PatientName="Mm^Cobb", AnatomicRegionSequence=[unit])
    assert [item.CodeValue for item in clean(film).AnatomicRegionSequence] == ["mm"]


def test_safe_private_numbers_that_spell_or_are_somebodys_go():
    film = a_film(PatientID="4839201", PatientBirthDate="19480217")
    block = film.private_block(0x0029, "ACME", create=True)
    block.add_new(0x10, "FD", float(np.frombuffer(b"Zarquen ", "<f8")[0]))
    block.add_new(0x11, "UL", [0x7172615A, 0x766E6575])
    block.add_new(0x12, "DS", ["1.5", "4839201"])
    block.add_new(0x13, "IS", "170248")
    block.add_new(0x14, "FD", 1.25)
    named = tuple(f"ACME|0029{number:02x}" for number in range(0x10, 0x15))
    ds = clean(film, retain_safe_private=True, safe_private=named)
    assert [e.value for e in ds if e.tag.is_private] == ["ACME", 1.25]


def test_a_number_without_end_is_read_once():
    assert clean_text("lumbar " + "1" * 300_000 + "x") == ("lumbar", 1)
