"""Stretching expected grades so that totals spread as the readers' do."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from aac_models import spread

GRADES = np.arange(4.0)
weights = arrays(np.float64, (5, 4), elements=st.floats(0.01, 1))
limits = st.tuples(st.floats(0, 0.4), st.floats(2.5, 3))


@given(weights, limits)
def test_probabilities_stay_probabilities_and_expect_the_stretched_grade(shares, limits):
    before = shares / shares.sum(axis=1, keepdims=True)
    after = spread.spread(before, limits)
    assert np.allclose(after.sum(axis=1), 1)
    assert after.min() >= 0
    assert np.allclose(after @ GRADES, spread.stretched(before @ GRADES, limits))


@given(weights)
def test_nothing_moves_without_limits(shares):
    before = shares / shares.sum(axis=1, keepdims=True)
    assert np.allclose(spread.spread(before, spread.UNCHANGED), before)


def test_certain_grades_stay():
    certain = np.eye(4)
    assert np.array_equal(spread.spread(certain, (0.1, 2.9))[[0, 3]], certain[[0, 3]])


def test_totals_get_the_mean_and_the_spread_of_the_readers():
    rng = np.random.default_rng(1)
    truth = rng.integers(0, 4, (400, 4, 2)).astype(float)
    shrunk = 0.1 + truth * (2.7 / 3) + rng.normal(0, 0.05, truth.shape)
    found = spread.fit(np.clip(shrunk, 0, 3), truth.sum((1, 2)))
    totals = spread.stretched(shrunk, found).sum((1, 2))
    assert found == pytest.approx((0.1, 2.8), abs=0.06)
    assert totals.mean() == pytest.approx(truth.sum((1, 2)).mean(), abs=0.05)
    assert totals.std() == pytest.approx(truth.sum((1, 2)).std(), rel=0.01)


def test_few_films_change_nothing():
    assert spread.fit(np.ones((29, 4, 2)), np.arange(29.0)) == spread.UNCHANGED
    assert spread.fit(np.ones((40, 4, 2)), np.full(40, 8.0)) == spread.UNCHANGED


@given(weights, limits)
def test_a_grade_is_the_one_nearest_before_the_stretch(shares, limits):
    before = shares / shares.sum(axis=1, keepdims=True)
    nearest = np.digitize(before @ GRADES, (0.5, 1.5, 2.5))
    after = spread.stretched(before @ GRADES, limits)
    unsure = np.abs((before @ GRADES) % 1 - 0.5) < 1e-9
    assert np.array_equal(np.digitize(after, spread.cuts(limits))[~unsure], nearest[~unsure])
