"""Films of another origin: drawn alike by the same seed, true to their grades, and judged."""

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))

from aac_models.predictor import Predictor
from aac_models.radiograph import Side
from benchmarks.other_origin import __main__ as benchmark
from benchmarks.other_origin.film import draw
from benchmarks.other_origin.patient import grow_spine, lay_aorta


@pytest.fixture(scope="module")
def film():
    return draw("cartoon", 1)


def test_the_same_seed_draws_the_same_film_and_another_one_another(film):
    again, other = draw("cartoon", 1), draw("cartoon", 2)
    assert np.array_equal(film.radiograph.pixels, again.radiograph.pixels)
    assert np.array_equal(film.grades, again.grades)
    assert film.radiograph.pixels.shape != other.radiograph.pixels.shape


def test_a_film_shows_its_vertebrae_where_it_says_and_facing_as_it_says(film):
    pixels, corners = film.radiograph.pixels, film.corners_px
    assert pixels.dtype == np.float32
    assert 0 <= pixels.min() < pixels.max() <= 1
    middles = corners.mean(axis=1)
    assert (np.diff(middles[:, 0]) > 0).all()
    forward = (corners[:, 0] - corners[:, 1])[:, 1]
    assert ((forward > 0) == (film.anterior is Side.RIGHT)).all()
    row, column = np.rint(middles[2]).astype(int)
    assert pixels[row, column] > np.median(pixels) + 0.1


def test_grades_rise_with_the_burden_from_none_to_all():
    spine = grow_spine(np.random.default_rng(0))
    none, some, all_ = (lay_aorta(np.random.default_rng(1), spine, at) for at in (-9, 0, 9))
    assert none.grades.sum() == 0
    assert not none.pieces
    assert 0 < some.grades.sum() < 24
    assert all_.grades.sum() == 24


def test_films_are_judged_and_told_style_by_style():
    by_style = {
        style: benchmark.score(style, 1, Predictor.load(), ("lvlcrnet",))
        for style in ("cartoon", "flat")
    }
    places = benchmark.places_table(by_style)
    assert [row[0] for row in places.rows] == list(by_style)
    told = benchmark.agreement_table(by_style, ("lvlcrnet",))
    assert len(told.rows) == 4
    assert "kappa posterior" in told.markdown()
