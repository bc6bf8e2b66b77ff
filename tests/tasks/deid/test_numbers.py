"""Numbers and codes written as text: mended where it is sure how, each in its place."""

import pytest
from pydicom import config
from pydicom.dataset import Dataset

from tasks.dicom.pixels import decode, to_radiograph
from tasks.dicom.reading import read_film
from tests.tasks.deid.deid_builders import cleaned
from tests.tasks.dicom.dicom_builders import a_film, as_bytes


def clean(**header) -> Dataset:
    return cleaned(as_bytes(a_film(**header))).dataset


def faulty(monkeypatch: pytest.MonkeyPatch, keyword: str, vr: str, said: str) -> Dataset:
    """Return what is left of a film with a value that its VR does not allow."""
    monkeypatch.setattr(config.settings, "_writing_validation_mode", config.IGNORE)
    ds = a_film()
    ds.add_new(keyword, "LO", said)
    tag = ds[keyword].tag
    head = b"".join(part.to_bytes(2, "little") for part in (tag.group, tag.element))
    content = as_bytes(ds)
    assert content.count(head + b"LO") == 1
    return cleaned(content.replace(head + b"LO", head + vr.encode())).dataset


@pytest.mark.parametrize(
    ("vr", "keyword", "said", "written"),
    [
        ("DS", "PixelSpacing", "0.14300000000000002\\0.14300000000000002", [0.143, 0.143]),
        ("DS", "ImagerPixelSpacing", "0.1430000000000000\\0.1430000000000000", [0.143, 0.143]),
        ("DS", "KVP", "-1.234567890123456e-05", -1.234567890e-05),
        ("IS", "Exposure", "12.0", 12),
        ("IS", "ExposureTime", "+7.", 7),
        ("AS", "PatientAge", "45Y", "045Y"),
        ("AS", "PatientAge", "7M", "007M"),
        ("AS", "PatientAge", "93Y", "090Y"),
    ],
)
def test_a_number_in_the_wrong_shape_is_written_in_the_right_one(
    monkeypatch: pytest.MonkeyPatch, vr: str, keyword: str, said: str, written: object
):
    value = faulty(monkeypatch, keyword, vr, said)[keyword].value
    assert value == written if isinstance(written, str) else value == pytest.approx(written)
    values = value if isinstance(written, list) else [value]
    assert all(len(str(one)) <= 16 for one in values)


@pytest.mark.parametrize(
    ("vr", "said"), [("IS", "12.5"), ("DS", "1e999"), ("DS", "0.1" + "0" * 20 + "x"), ("AS", "45")]
)
def test_what_is_no_number_goes(monkeypatch: pytest.MonkeyPatch, vr: str, said: str):
    keyword = {"IS": "Exposure", "DS": "KVP", "AS": "PatientAge"}[vr]
    assert not faulty(monkeypatch, keyword, vr, said).get(keyword)


@pytest.mark.parametrize("keyword", ["PixelSpacing", "ImagerPixelSpacing"])
@pytest.mark.parametrize("said", ["wide\\wide", "", "139214.0\\139214.0"])
def test_a_spacing_that_cannot_stay_is_left_out_and_never_zero(keyword: str, said: str):
    ds = a_film(PatientID="139214")
    ds.add_new(keyword, "LO", said)
    assert keyword not in cleaned(as_bytes(ds)).dataset


@pytest.mark.parametrize("number", ["143000", "1430000", "14300000"])
def test_zeros_behind_a_measurement_do_not_make_it_somebodys_number(number: str):
    ds = clean(PatientID=number, ImagerPixelSpacing=[f"0.{number}", f"0.{number}"])
    assert list(ds.ImagerPixelSpacing) == [0.143, 0.143]
    assert "143000" not in str(ds.ImagerPixelSpacing)


def test_a_measurement_of_nobody_is_written_as_it_came():
    ds = clean(PatientID="1024", ImagerPixelSpacing=["0.143000"] * 2, WindowCenter="1024.0")
    assert [one.original_string for one in ds.ImagerPixelSpacing] == ["0.143000"] * 2
    assert ds.WindowCenter == 1024


@pytest.mark.parametrize("said", ["0.4839201", "0.48392010000", "4839201.000", "-.4839201"])
def test_a_number_behind_the_point_is_somebodys_whatever_zeros_follow(said: str):
    assert clean(OrganDose=said).OrganDose
    assert not clean(OrganDose=said, PatientID="4839201").get("OrganDose")


@pytest.mark.parametrize(
    ("keyword", "said"),
    [
        *(("OrganDose", said) for said in ("2171948.0", "2.171948E6", "217194.8E1", "5.032019E6")),
        *(("OrganDose", said) for said in ("1.9480217E7", "00170248.0", "170248E0")),
        *(("AcquisitionNumber", said) for said in ("00170248", "+00480217", "00050319", "3052019")),
        ("DistanceSourceToEntrance", "02171948"),
    ],
)
def test_a_day_goes_in_whatever_way_a_number_says_it(keyword: str, said: str):
    days = {"PatientBirthDate": "19480217", "AcquisitionDateTime": "20190305101500"}
    assert clean(**{keyword: said}).get(keyword)
    assert not clean(**{keyword: said}, **days).get(keyword)


@pytest.mark.parametrize("said", ["00170249", "0.170248", "170248.5", "50319", "1000000"])
def test_a_measurement_is_no_day(said: str):
    days = {"PatientBirthDate": "19480217", "AcquisitionDateTime": "20190305101500"}
    assert clean(OrganDose=said, **days).OrganDose == float(said)


@pytest.mark.parametrize(
    ("keyword", "said", "written"),
    [
        ("ImageType", ["DERIVED", "PRIMARY", "", "LATERAL"], ["DERIVED", "PRIMARY", "", "LATERAL"]),
        ("ImageType", ["DERIVED", "PRIMARY", "", ""], ["DERIVED", "PRIMARY"]),
        ("ImageType", ["DERIVED", "", "ZARQUEN", "LATERAL"], "DERIVED"),
        ("PatientOrientation", ["", "A"], ["", "A"]),
        ("PatientOrientation", ["A", ""], "A"),
        ("ImagerPixelSpacing", ["", "0.143"], ["", 0.143]),
        ("FieldOfViewOrigin", ["", "7"], ["", 7]),
        ("WindowCenterWidthExplanation", ["HARDER", "NORMAL"], ["", "NORMAL"]),
        ("WindowCenterWidthExplanation", ["NORMAL", "HARDER", "SOFT"], ["NORMAL", "", "SOFT"]),
    ],
)
def test_an_empty_value_holds_its_place(keyword: str, said: list, written: object):
    value = clean(**{keyword: said})[keyword].value
    assert (value if isinstance(written, str) else list(value)) == written


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("L-SPINE", "L SPINE"),
        ("LUMBAR SPINE (LAT)", "LUMBAR SPINE LAT"),
        ("SPINE, LUMBAR", "SPINE LUMBAR"),
        ("ZARQUEN-SPINE", None),
        ("A-12-SPINE", None),
    ],
)
def test_a_term_with_characters_that_no_code_string_has_is_written_without_them(
    said: str, written: str | None
):
    assert (clean(BodyPartExamined=said).get("BodyPartExamined") or None) == written


@pytest.mark.parametrize("said", [["", "A"], ["ZARQUEN", "F"], ["LATERAL", "HEAD"]])
def test_no_direction_is_made_up(said: list):
    content = as_bytes(a_film(PatientOrientation=said))
    film = read_film(content)
    after = to_radiograph(cleaned(content).dataset, decode(film))
    assert after.anterior == to_radiograph(film, decode(film)).anterior


@pytest.mark.parametrize(
    ("keyword", "said"),
    [("LossyImageCompressionRatio", "48.3921"), ("FieldOfViewRotation", "483921")],
)
def test_a_number_that_cannot_stay_is_left_out_and_never_zero(keyword: str, said: str):
    assert clean(**{keyword: said})[keyword].value == float(said)
    assert keyword not in clean(PatientID="483921", **{keyword: said})


@pytest.mark.parametrize("syntax", ["1.2.840.10008.1.2.1", "1.2.840.10008.1.2"])
def test_a_long_look_up_table_of_a_signed_film_stays_whole(syntax: str):
    table = Dataset()
    table.add_new("LUTDescriptor", "US", [40000, 64512, 16])
    table.add_new("LUTData", "OW", b"".join(n.to_bytes(2, "little") for n in range(40000)))
    film = a_film(VOILUTSequence=[table])
    film.PixelRepresentation = 1
    content = as_bytes(film, syntax).replace(b"\x28\0\x02\x30US", b"\x28\0\x02\x30SS")
    (left,) = cleaned(content).dataset.VOILUTSequence
    assert list(left.LUTDescriptor) == [40000, 64512, 16]
    assert left["LUTDescriptor"].VR == "US"
    assert left.LUTData == table.LUTData


@pytest.mark.parametrize(
    ("vr", "keyword"), [("DS", "KVP"), ("IS", "Exposure"), ("TM", "StudyTime")]
)
def test_digits_of_another_script_are_no_number(vr: str, keyword: str):
    digits = "\u0668\u0665\u0661\u0662\u0663\u0664"
    said = "1" * len(digits.encode())
    ds = a_film(SpecificCharacterSet="ISO_IR 192")
    ds.add_new(keyword, "LO", said)
    content = as_bytes(ds).replace(
        b"LO\x0c\0" + said.encode(), vr.encode() + b"\x0c\0" + digits.encode()
    )
    assert digits.encode() in content
    assert not cleaned(content).dataset.get(keyword)


@pytest.mark.parametrize("number", [19480217.0, -48392017.0, 2.5e8])
def test_eight_digits_are_no_measurement_in_binary_either(number: float):
    assert "AcquisitionDuration" not in clean(AcquisitionDuration=number)
    assert clean(AcquisitionDuration=4839201.0).AcquisitionDuration == 4839201


def test_a_negative_number_is_somebodys_too():
    assert "AcquisitionDuration" not in clean(PatientID="4839201", AcquisitionDuration=-4839201.0)


@pytest.mark.parametrize("number", [48392017, 4839201, 19480217, 17021948])
def test_a_number_among_a_tables_values_is_somebodys_where_it_is_long(number: int):
    counts = Dataset()
    counts.HistogramNumberOfBins, counts.HistogramData = 6, [0, 1024, 48392, number, 31507712, 7]
    counts.HistogramFirstBinValue, counts.HistogramLastBinValue = 0, 5
    short = {"PatientID": "48392", "PatientBirthDate": "19500102"}
    kept = clean(HistogramSequence=[counts], **short).HistogramSequence
    assert list(kept[0].HistogramData) == counts.HistogramData
    own = {"PatientID": "48392017", "AccessionNumber": "A4839201", "PatientBirthDate": "19480217"}
    assert "HistogramSequence" not in clean(HistogramSequence=[counts], **own)


@pytest.mark.parametrize(
    ("keyword", "vr", "said"),
    [
        ("EntranceDose", "FD", float("inf")),
        ("FrameIncrementPointer", "SL", -1),
        ("RedPaletteColorLookupTableData", "UL", [1, 2]),
    ],
)
def test_a_number_that_another_was_due_for_costs_the_element_and_not_the_film(
    keyword: str, vr: str, said: object
):
    film = a_film()
    film.add_new(keyword, vr, said)
    assert keyword not in cleaned(as_bytes(film)).dataset
