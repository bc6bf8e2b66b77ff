"""A film that shows black for white, whatever its header says."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from aac_models.phantom import off_protocol
from aac_models.phantom.cohort import plan
from aac_models.phantom.film import draw
from aac_models.predictor import Predictor


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
