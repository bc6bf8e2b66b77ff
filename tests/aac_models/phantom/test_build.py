"""Bodies built beyond what is typical, in training alone."""

from dataclasses import fields
from itertools import pairwise

import numpy as np
import pytest

from aac_models.phantom.build import TYPICAL, build_of
from aac_models.phantom.cohort import looked_at_again, plan
from aac_models.phantom.film import draw


def test_test_films_are_typical_and_randomized_films_are_not():
    assert {build_of(film) for film in plan({"test": 5, "C": 5, "D": 5}, 3)} == {TYPICAL}
    builds = [build_of(film) for film in plan({"train": 40}, 3, randomized=1.0)]
    assert TYPICAL not in builds
    for field in fields(TYPICAL):
        drawn = {getattr(build, field.name) for build in builds}
        assert len(drawn) > 10, field.name


def test_films_of_one_patient_share_the_build():
    films = plan({"train": 200}, 4)
    pairs = [(a, b) for a, b in pairwise(films) if a.patient == b.patient]
    assert pairs
    assert all(build_of(a) == build_of(b) for a, b in pairs)
    assert any(build_of(a) != TYPICAL for a, _ in pairs)


def test_a_patient_keeps_the_build_on_every_machine():
    films = plan({"train": 40}, 4)
    assert {build_of(film) == TYPICAL for film in films} == {True, False}
    for look in (1, 2, 3):
        again = [looked_at_again(film, look) for film in films]
        assert all(one.style.is_randomized for one in again)
        assert [build_of(one) for one in again] == [build_of(film) for film in films]


@pytest.mark.parametrize("seed", range(4))
def test_the_truth_of_an_unusual_body_lies_where_it_is_drawn(seed):
    film = plan({"train": 1}, 100 + seed, randomized=1.0)[0]
    phantom = draw(film)
    corners = phantom.anatomy.corners_px
    middles = corners.mean(axis=1)
    assert np.all(np.diff(middles[:, 0]) > 0)
    walls = phantom.anatomy.walls_px
    assert walls.shape[0] == len(phantom.shares[0])
    assert np.isfinite(phantom.radiograph.pixels).all()
