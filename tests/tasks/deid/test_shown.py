"""What decides how a film is shown is kept as it came, or the film says that it is not."""

import numpy as np
import pytest
from pydicom.dataset import Dataset

from data_contracts.errors import FilmRejected
from data_contracts.reasons import Reason
from tasks.dicom.elements import decimals
from tasks.dicom.pixels import decode, to_radiograph
from tasks.dicom.reading import read_film
from tasks.dicom.spacing import pixel_spacing
from tests.tasks.deid.deid_builders import cleaned
from tests.tasks.dicom.dicom_builders import a_film, as_bytes

SHUTTER = {
    "ShutterShape": "RECTANGULAR",
    "ShutterLeftVerticalEdge": "1",
    "ShutterRightVerticalEdge": "6",
    "ShutterUpperHorizontalEdge": "1",
    "ShutterLowerHorizontalEdge": "1024",
}


def clean(**header) -> Dataset:
    return cleaned(as_bytes(a_film(**header))).dataset


def a_table(**header) -> Dataset:
    table = Dataset()
    table.LUTDescriptor = [4096, 0, 12]
    curve = (np.sqrt(np.arange(4096) / 4095) * 4095).astype("<u2")
    table.add_new("LUTData", "OW", curve.tobytes())
    for keyword, value in header.items():
        setattr(table, keyword, value)
    return table


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("2048", {"WindowCenter": "2048", "WindowWidth": "3000"}),
        ("3000", {"WindowCenter": "2048", "WindowWidth": "3000"}),
        ("40960", {"WindowCenter": "2048", "WindowWidth": "40960"}),
        ("1024", {"RescaleIntercept": "-1024", "RescaleSlope": "1", "RescaleType": "US"}),
        ("100000", {"RescaleIntercept": "0", "RescaleSlope": "1.00000", "RescaleType": "US"}),
        ("4095", {"PixelPaddingValue": 4095}),
        ("65535", {"PixelPaddingValue": 4000, "PixelPaddingRangeLimit": 65535}),
        ("1024", SHUTTER),
        ("4096", {"VOILUTSequence": [a_table()]}),
        ("4096", {"ModalityLUTSequence": [a_table(ModalityLUTType="US")]}),
    ],
)
@pytest.mark.parametrize("keyword", ["AccessionNumber", "StudyID", "PatientID"])
def test_a_short_number_that_is_an_id_too_changes_no_picture(
    keyword: str, number: str, shown: dict
):
    pixels = np.linspace(0, 4095, 60 * 40).reshape(60, 40).astype(np.uint16)
    content = as_bytes(a_film(pixels, **shown | {keyword: number}))
    film = read_film(content)
    found = cleaned(content)
    for one in shown:
        assert found.dataset[one].value == film[one].value
    before = to_radiograph(film, decode(film)).pixels
    assert np.array_equal(to_radiograph(found.dataset, found.stored).pixels, before)


@pytest.mark.parametrize(
    "shown",
    [
        {"WindowCenter": "483920", "WindowWidth": "3000"},
        {"WindowCenter": "2048.4839201", "WindowWidth": "3000"},
        {"RescaleSlope": "0.48392", "RescaleIntercept": "-483920.0"},
    ],
)
def test_a_long_number_of_somebodys_is_shown_by_no_film(shown: dict):
    with pytest.raises(FilmRejected) as caught:
        clean(PatientID="0483920", AccessionNumber="A4839201", **shown)
    assert caught.value.reason is Reason.NOT_DEIDENTIFIED
    assert "48392" not in caught.value.observed


@pytest.mark.parametrize(
    ("shown", "left"),
    [
        ({"WindowCenter": "2048", "WindowWidth": "123456789"}, set()),
        ({"RescaleSlope": "2", "RescaleIntercept": "123456789", "RescaleType": "US"}, set()),
        ({"RescaleSlope": "2", "RescaleIntercept": ""}, {"RescaleSlope"}),
        ({"CollimatorShape": "RECTANGULAR", "CollimatorRightVerticalEdge": "123456789"}, set()),
        ({"CollimatorShape": "ZARQUEN", "CollimatorRightVerticalEdge": "2500"}, set()),
        (SHUTTER | {"ShutterShape": "ZARQUEN"}, set()),
        (SHUTTER | {"ShutterLeftVerticalEdge": "123456789"}, set()),
    ],
)
def test_a_group_of_which_a_part_cannot_stay_goes_whole_and_never_reads_zero(
    shown: dict, left: set
):
    ds = clean(**shown)
    assert {keyword for keyword in shown if keyword in ds} == left
    assert ds.get("RescaleSlope", 2) == 2


@pytest.mark.parametrize(
    ("number", "measured"),
    [
        ("1150", {"DistanceSourceToDetector": "1150"}),
        ("2500", {"CollimatorShape": "RECTANGULAR", "CollimatorRightVerticalEdge": "2500"}),
        ("1150", {"EstimatedRadiographicMagnificationFactor": "1.150"}),
        ("01391", {"PixelSpacing": ["0.1391"] * 2, "ImagerPixelSpacing": ["0.15"] * 2}),
    ],
)
def test_a_short_number_that_is_an_id_too_changes_no_measure(number: str, measured: dict):
    ds = clean(PatientID=number, **measured)
    for keyword, value in measured.items():
        assert ds[keyword].value == a_film(**{keyword: value})[keyword].value


SPACINGS = {"PixelSpacing": ["0.139214"] * 2, "ImagerPixelSpacing": ["0.15"] * 2}


@pytest.mark.parametrize(
    ("number", "measured"),
    [
        ("139214", SPACINGS),
        ("0139214", SPACINGS),
        ("139214", SPACINGS | {"ImagerPixelSpacing": ["1.39214e-1"] * 2}),
        ("1392144", {"ImagerPixelSpacing": ["0.1392144"] * 2}),
        ("139214", {"ImagerPixelSpacing": ["0.139"] * 2, "DistanceSourceToDetector": "1392.14"}),
        ("139214", {"NominalScannedPixelSpacing": [".139214", "0.139214"]}),
        (
            "139214",
            SPACINGS | {"EstimatedRadiographicMagnificationFactor": "1.39214"},
        ),
    ],
)
def test_a_measure_that_spells_a_long_id_is_rounded_and_measures_the_same(
    number: str, measured: dict
):
    """Nothing is measured by another attribute, nor by more than 0.005 % otherwise."""
    content = as_bytes(a_film(PatientID=number, **measured))
    film, found = read_film(content), cleaned(content)
    assert set(measured) <= {element.keyword for element in found.dataset}
    for keyword in measured:
        assert number.strip("0") not in str(found.dataset[keyword].value).replace(".", "")
        assert decimals(found.dataset, keyword) == pytest.approx(decimals(film, keyword), rel=5e-5)
    (before, said), (after, says) = pixel_spacing(film), pixel_spacing(found.dataset)
    assert (says, after) == (said, pytest.approx(before, rel=1e-4))


@pytest.mark.parametrize("spelled", ["0.139214", "1.39214e-1", "0.1392140"])
def test_two_equal_spacings_stay_equal_and_the_film_uncalibrated(spelled: str):
    ds = clean(
        PatientID="139214",
        PixelSpacing=["0.139214"] * 2,
        ImagerPixelSpacing=[spelled] * 2,
        EstimatedRadiographicMagnificationFactor="1.1",
    )
    assert ds.PixelSpacing == ds.ImagerPixelSpacing == [0.13921] * 2
    assert pixel_spacing(ds)[1] == "EstimatedRadiographicMagnificationFactor"


def test_a_film_that_would_be_measured_by_another_attribute_is_refused():
    """The number is somebody's however it is rounded."""
    ids = {"PatientID": "0239214", "AccessionNumber": "0023921", "StudyID": "002392"}
    with pytest.raises(FilmRejected, match="PixelSpacing") as caught:
        clean(**ids, PixelSpacing=["0.0239214"] * 2, ImagerPixelSpacing=["0.15"] * 2)
    assert caught.value.reason is Reason.NOT_DEIDENTIFIED


def test_a_collimators_shape_is_no_number_of_somebodys():
    said = {"CollimatorShape": "AB123", "CollimatorLeftVerticalEdge": "12"}
    assert clean(**said).CollimatorShape == "AB123"
    assert "CollimatorShape" not in clean(PatientID="AB123", **said)
