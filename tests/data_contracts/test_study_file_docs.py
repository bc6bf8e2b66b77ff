from pathlib import Path

import pytest

from data_contracts import study_file

TEXT = (Path(__file__).parents[2] / "docs" / "study-file.md").read_text(encoding="utf-8")
PARTS = [
    study_file.StudyFile,
    study_file.Center,
    study_file.Deidentification,
    study_file.DeviceRegion,
    study_file.Cluster,
    study_file.Statistics,
    study_file.About,
]


@pytest.mark.parametrize("key", [key for part in PARTS for key in part.model_fields])
def test_every_key_is_documented(key):
    assert f"`{key}`" in TEXT or f".{key}`" in TEXT or f"### `{key}`" in TEXT or f"`{key}:" in TEXT
