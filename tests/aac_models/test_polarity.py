"""A film that shows black for white, whatever its header says."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from aac_models import localization
from aac_models.anatomy import Anatomy
from aac_models.phantom import off_protocol
from aac_models.phantom.cohort import plan
from aac_models.phantom.film import draw
from aac_models.predictor import Predictor
from aac_models.radiograph import Side


@pytest.fixture(scope="module")
def predictor():
    torch.set_num_threads(1)
    return Predictor.load()


def test_a_negative_is_read_as_the_film_it_is_the_negative_of(predictor):
    for film in plan({"test": 3}, 21):
        shown = draw(film).radiograph
        turned = replace(shown, pixels=1 - shown.pixels)
        one, other = predictor.predict([shown, turned], ["lvlcrnet"])
        assert not one.is_negative
        assert other.is_negative
        assert other.scores["lvlcrnet"].total == pytest.approx(
            one.scores["lvlcrnet"].total, abs=0.05
        )
        assert np.allclose(one.anatomy.corners_px, other.anatomy.corners_px, atol=0.5)


def test_what_is_no_lateral_lumbar_film_is_refused_either_way(predictor):
    for kind in off_protocol.KINDS:
        image = off_protocol.draw(kind, 3)
        for shown in (image, replace(image, pixels=1 - image.pixels)):
            assert predictor.predict([shown], [])[0].refusal


def test_bodies_are_brighter_than_discs_and_darker_on_the_negative():
    rows = np.arange(6)[:, None, None] * 30.0
    square = np.array([[0, 20], [0, 0], [20, 20], [20, 0]], dtype=np.float32)
    corners = (square[None] + rows * [1, 0] + 10).astype(np.float32)
    film = np.full((200, 60), 0.3, dtype=np.float32)
    for top in range(10, 180, 30):
        film[top : top + 20, 10:30] = 0.6
    found = localization.Found(Anatomy(corners, np.ones(6, np.float32)), 1.0, "", Side.RIGHT)
    shown = localization.with_contrast(found, film)
    turned = localization.with_contrast(found, 1 - film)
    on_device = localization.with_contrast(found, torch.from_numpy(film))
    assert shown.bone_contrast > 0 > turned.bone_contrast
    assert shown.bone_contrast == on_device.bone_contrast
    assert not localization.is_doubtful(shown)
    assert localization.is_doubtful(turned)
    assert localization.righted(turned, shown).is_negative
    assert not localization.righted(shown, turned).is_negative
