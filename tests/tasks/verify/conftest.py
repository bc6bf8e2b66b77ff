"""One clean study for all tests here, and a copy of it for each."""

import shutil
from pathlib import Path

import pytest

from tests.tasks.verify.verify_builders import write_study


@pytest.fixture(scope="session")
def clean_study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    study = tmp_path_factory.mktemp("study")
    write_study(study)
    return study


@pytest.fixture
def study(clean_study: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(clean_study, tmp_path / "study"))
