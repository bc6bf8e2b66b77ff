"""Figures: the numbers they show are the numbers of the tables, and nothing is clipped."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.figures import (
    bland_altman,
    bubbles,
    calibration,
    canvas,
    confusion,
    distribution,
    forest,
)
from reports.figures.flow import Stage
from reports.figures.flow import draw as draw_flow
from reports.sections import films
from reports.view import Pairs

scores = st.lists(
    st.tuples(st.integers(0, 24), st.floats(0, 24, allow_nan=False)), min_size=1, max_size=60
)


def some_pairs(values) -> Pairs:
    names = tuple(f"I-{i}" for i in range(len(values)))
    reference, prediction = (
        np.array(column, dtype=np.float64) for column in zip(*values, strict=True)
    )
    return Pairs(names, names, reference, prediction)


@given(scores)
def test_the_axis_of_differences_holds_every_film(values):
    pairs = some_pairs(values)
    low, high = bland_altman.reach([pairs], [])
    assert low < pairs.difference.min()
    assert high > pairs.difference.max()


@given(scores)
def test_bubbles_count_every_film_once(values):
    pairs = some_pairs(values)
    assert bubbles.count_ties(pairs.reference, pairs.prediction).n.sum() == pairs.n


def test_ten_thousand_films_make_no_more_bubbles_than_there_are_cells():
    rng = np.random.default_rng(1)
    reference = rng.integers(0, 25, 10_000).astype(np.float64)
    prediction = np.clip(reference + rng.normal(0, 2, 10_000), 0, 24)
    cells = bubbles.count_ties(reference, prediction)
    assert cells.n.sum() == 10_000
    assert cells.n.size < 800


@given(scores)
def test_calibration_groups_hold_every_film(values):
    pairs = some_pairs(values)
    groups = calibration.bins(pairs)
    assert sum(group.n for group in groups) == pairs.n
    means = [group.prediction for group in groups]
    assert means == sorted(means)


@given(scores)
def test_the_histogram_counts_every_total(values):
    pairs = some_pairs(values)
    assert sum(distribution.histogram(pairs.prediction)) == pairs.n


def test_labels_that_would_cover_one_another_are_moved_apart():
    placed = bland_altman._apart([0.0, 0.01, 0.02], 1.0)
    assert all(b - a >= 1.0 - 1e-9 for a, b in pairwise(placed))


def test_a_confusion_matrix_shows_its_counts_and_escapes_its_labels():
    svg = confusion.draw([[12, 3], [0, 7]], ["0", "<1&"]).decode()
    assert ">12<" in svg
    assert "&lt;1&amp;" in svg


def test_the_flow_names_every_stage_and_reason():
    svg = draw_flow([Stage("Files", 9, "Left", (("torn & wet", 2),)), Stage("Kept", 7)]).decode()
    assert "torn &amp; wet" in svg
    assert "n = 7" in svg


@given(st.text(max_size=200), st.floats(20, 400))
def test_wrapped_lines_keep_to_their_width(text, width):
    most = max(4, int(width / (12 * 0.60)))
    assert all(len(line) <= most for line in canvas.wrapped(text, width, 12))


def test_best_typical_and_worst_are_different_films():
    rng = np.random.default_rng(3)
    pairs = some_pairs([(int(r), float(p)) for r, p in rng.integers(0, 25, (30, 2))])
    chosen = dict(films.choose(pairs, list(range(pairs.n))))
    picked = [index for indices in chosen.values() for index in indices]
    assert len(picked) == len(set(picked))
    error = np.abs(pairs.difference)
    assert error[chosen["Worst"]].min() >= error[chosen["Typical"]].max()
    assert error[chosen["Typical"]].min() >= error[chosen["Best"]].min()


@pytest.mark.parametrize("n", [0, 1, 2])
def test_few_films_are_drawn_without_complaint(n):
    pairs = some_pairs([(3, 4.0)] * n) if n else Pairs((), (), np.zeros(0), np.zeros(0))
    assert bland_altman.draw(pairs, [], None, "#000000").startswith(b"<?xml")
    groups = calibration.bins(pairs)
    assert calibration.draw(pairs, groups, None, "#000000").startswith(b"<?xml")


def test_a_forest_row_says_how_many_films_each_model_has_where_they_differ():
    points = [
        forest.Point("A", model, n, 0.9, 0.8, 0.95, is_pooled=False)
        for model, n in (("lvlcrnet", 28), ("baseline", 29))
    ]
    assert forest._row_label("A", points).endswith("(n 28\N{EN DASH}29)")
    assert forest._row_label("A", points[:1]).endswith("(n 28)")
