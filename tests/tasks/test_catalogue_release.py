"""What an option keeps back is null where it is published, and there before."""

import pytest

from tasks import catalogue_release
from tasks.catalogue import catalogue
from tasks.deid.profile import Profile
from tests.tasks.catalogue_builders import PSEUDONYMS, a_film, as_bytes

PATIENT = ("patient_sex", "patient_age_years")
DEVICE = ("manufacturer", "manufacturer_model_name")


@pytest.mark.parametrize(
    ("options", "columns"),
    [
        ({}, ()),
        ({"retain_patient_characteristics": False}, PATIENT),
        ({"retain_device_identity": False}, DEVICE),
        (
            {"retain_patient_characteristics": False, "retain_device_identity": False},
            PATIENT + DEVICE,
        ),
    ],
)
def test_an_option_that_is_off_empties_its_columns_alone(tmp_path, options, columns):
    (tmp_path / "IM").write_bytes(as_bytes(a_film(1, ManufacturerModelName="Model 1")))
    whole = catalogue(tmp_path, "A", pseudonyms=PSEUDONYMS, cache=None, workers=1).table
    (before,) = whole.to_pylist()
    assert all(before[name] is not None for name in PATIENT + DEVICE)
    published = catalogue_release.as_published(whole, Profile(**options))
    assert published.to_pylist() == [before | dict.fromkeys(columns)]
    assert published.schema == whole.schema
    assert catalogue_release.withheld(Profile(**options)) == columns
