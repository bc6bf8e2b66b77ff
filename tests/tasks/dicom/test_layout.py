"""What a header claims of its pixels, and how little of it is said where that is refused."""

import pytest

from data_contracts.errors import FilmRejected
from data_contracts.reasons import Reason
from tasks.dicom.layout import read_layout
from tests.tasks.dicom.dicom_builders import a_film


@pytest.mark.parametrize(
    ("keyword", "reason"),
    [
        ("Rows", Reason.TOO_LARGE),
        ("Columns", Reason.TOO_LARGE),
        ("NumberOfFrames", Reason.MULTI_FRAME),
        ("SamplesPerPixel", Reason.NOT_GRAYSCALE),
        ("BitsAllocated", Reason.HEADER_IMPLAUSIBLE),
        ("BitsStored", Reason.HEADER_IMPLAUSIBLE),
        ("HighBit", Reason.HEADER_IMPLAUSIBLE),
    ],
)
@pytest.mark.parametrize("number", ["48392017", "-48392017"])
def test_a_number_that_no_film_has_is_not_repeated(keyword: str, reason: Reason, number: str):
    ds = a_film()
    ds.add_new(keyword, "IS", number)
    with pytest.raises(FilmRejected) as caught:
        read_layout(ds)
    assert caught.value.reason in (reason, Reason.HEADER_IMPLAUSIBLE)
    assert "48392" not in caught.value.observed
