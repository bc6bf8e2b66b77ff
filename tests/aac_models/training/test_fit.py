import numpy as np
import pytest
import torch

from aac_models import weights
from aac_models.arms import TABLE
from aac_models.phantom.cohort import plan
from aac_models.predictor import Predictor
from aac_models.radiograph import Radiograph
from aac_models.training import data, phantoms, scorers
from aac_models.training.fit import TrainSettings, fit


def test_settings_that_cannot_be_trained_are_refused():
    with pytest.raises(ValueError, match=r"arms must be of .* got \['nonet'\]"):
        TrainSettings(arms=("nonet",))
    with pytest.raises(ValueError, match="lvlnet"):
        TrainSettings(epochs={"localizer": 1, "lvlcrnet": 1, "baseline": 1})


def test_a_groups_own_films_refine_the_shipped_weights(tmp_path):
    own = [_without_corners(film) for film in plan({"val": 6}, 11)]
    chosen = TrainSettings(
        epochs={"localizer": 1, "lvlnet": 1}, batch=4, arms=("lvlnet",), work=tmp_path / "work"
    )
    told = []
    out = fit(chosen, tmp_path / "out", lambda *news: told.append(news[0]), data.split(own, 3))
    assert told == ["lvlnet"]  # nothing there teaches the localizer, which stays as shipped
    assert set(Predictor.load(out).weights_digest) == {"lvlnet"}
    kept = weights.load(out, "localizer").tensors
    shipped = weights.load(weights.SHIPPED, "localizer").tensors
    assert all(torch.equal(value, shipped[name]) for name, value in kept.items())
    assert "films given by the user" in (out / "MODEL_CARD.md").read_text()


def _without_corners(film):
    sample = phantoms.sample(film)
    if film.film % 2:
        return data.Sample(sample.radiograph, total=float(np.clip(sample.grades, 0, 3).sum()))
    return data.Sample(sample.radiograph, grades=sample.grades)


def test_films_on_which_no_spine_is_found_cannot_train_a_strip_scorer():
    pixels = Radiograph(np.zeros((80, 60), dtype=np.float32))
    film = data.prepare(data.Sample(pixels, total=3.0))
    with pytest.raises(ValueError, match="lvlnet needs scored films with vertebrae found"):
        scorers.ScorerPart(TABLE["lvlnet"], [film], [film])
