import numpy as np
import pytest

from aac_models.radiograph import Side
from tasks.dicom import pixels
from tests.tasks.dicom.dicom_builders import a_film


@pytest.mark.parametrize(
    ("header", "spacing", "source"),
    [
        ({"PixelSpacing": ["0.14", "0.15"]}, (0.14, 0.15), "PixelSpacing"),
        ({"PixelSpacing": ["0", "0"]}, None, ""),
        ({"ImagerPixelSpacing": ["0.2", "0.2"]}, (0.2, 0.2), "ImagerPixelSpacing"),
        (
            {
                "ImagerPixelSpacing": ["0.2", "0.2"],
                "PixelSpacing": ["0.2", "0.2"],
                "EstimatedRadiographicMagnificationFactor": "1.25",
            },
            (0.16, 0.16),
            "EstimatedRadiographicMagnificationFactor",
        ),
        (
            {
                "ImagerPixelSpacing": ["0.143", "0.143"],
                "PixelSpacing": ["0.14300000000001"] * 2,
                "EstimatedRadiographicMagnificationFactor": "1.1",
            },
            (0.13, 0.13),
            "EstimatedRadiographicMagnificationFactor",
        ),
        (
            {"ImagerPixelSpacing": ["0.143", "0.143"], "PixelSpacing": ["0.1429", "0.143"]},
            (0.1429, 0.143),
            "PixelSpacing",
        ),
        ({"PixelSpacing": ["0.1", "0.9"]}, None, ""),
        ({}, None, ""),
    ],
)
def test_spacing_is_plausible_and_says_where_it_is_from(header: dict, spacing, source: str):
    ds = a_film(**header)
    radiograph = pixels.to_radiograph(ds, np.zeros((6, 8), np.uint16))
    assert radiograph.pixel_spacing_mm == (spacing and pytest.approx(spacing))
    assert radiograph.spacing_source == source


@pytest.mark.parametrize(
    ("orientation", "side"),
    [(["A", "F"], Side.RIGHT), (["P", "F"], Side.LEFT), (["L", "F"], None), (None, None)],
)
def test_the_anterior_side_is_what_the_header_says(orientation, side):
    ds = a_film(**({"PatientOrientation": orientation} if orientation else {}))
    assert pixels.to_radiograph(ds, np.zeros((6, 8), np.uint16)).anterior is side
