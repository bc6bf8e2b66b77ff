"""What decides how a film is shown is kept as it came, or the film says that it is not."""

import numpy as np
import pytest
from pydicom.dataset import Dataset

from data_contracts.errors import FilmRejected
from data_contracts.reasons import Reason
from tasks.dicom.pixels import decode, to_radiograph
from tasks.dicom.reading import read_film
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
        ("1150", {"EstimatedRadiographicMagnificationFactor": "1.150"}),
        ("01391", {"PixelSpacing": ["0.1391"] * 2, "ImagerPixelSpacing": ["0.15"] * 2}),
    ],
)
def test_a_short_number_that_is_an_id_too_changes_no_measure(number: str, measured: dict):
    ds = clean(PatientID=number, **measured)
    for keyword, value in measured.items():
        assert ds[keyword].value == a_film(**{keyword: value})[keyword].value
