import shutil

import pytest

from aac_models import weights
from data_contracts.errors import StudyFileError
from tasks.deid.profile import Profile
from tasks.film_context import FilmContext


def with_weights(folder):
    return FilmContext(Profile(), folder, folder, ("lvlcrnet", "baseline"), weights=folder)


def test_a_folder_without_weights_is_one_line_that_names_the_file(tmp_path):
    with pytest.raises(
        StudyFileError, match=r"^weights: localizer\.safetensors: .* got no file"
    ) as said:
        with_weights(tmp_path).predictor()
    assert str(tmp_path) not in str(said.value)


def test_a_model_that_the_weights_lack_is_named_before_a_film_is_scored(tmp_path):
    for name in ("localizer.safetensors", "baseline.safetensors", "digests.json"):
        shutil.copy(weights.SHIPPED / name, tmp_path)
    with pytest.raises(StudyFileError, match=r"^weights: no lvlcrnet in the folder"):
        with_weights(tmp_path).weights_digest()


def test_noted_digests_that_are_no_json_are_one_line(tmp_path):
    (tmp_path / "localizer.safetensors").write_bytes(b"x")
    (tmp_path / "digests.json").write_text("{", encoding="utf-8")
    with pytest.raises(StudyFileError, match=r"^weights: "):
        with_weights(tmp_path).predictor()


def test_the_digest_that_a_run_records_is_that_of_the_networks_it_loads(tmp_path):
    shipped = FilmContext(Profile(), tmp_path, tmp_path, ("lvlcrnet", "lvlnet", "baseline"))
    assert shipped.weights_digest() == shipped.predictor().weights_digest
