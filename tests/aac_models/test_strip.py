import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

from aac_models import strip
from tests.arrays import alike


def a_spine(height=40.0, gap=10.0, depth=50.0, lean=0.0):
    """Six boxes from above downward, facing right, the first corner at (20, 200)."""
    top = 20 + np.arange(6) * (height + gap)
    corners = np.empty((6, 4, 2))
    corners[:, :2, 0] = top[:, None]
    corners[:, 2:, 0] = top[:, None] + height
    corners[:, [0, 2], 1] = 200
    corners[:, [1, 3], 1] = 200 - depth
    corners[..., 1] += lean * corners[..., 0]
    return corners.astype(np.float32)


def test_the_strip_runs_from_mid_disc_to_mid_disc_and_from_the_body_forward():
    points = strip.strip_points(a_spine())
    rows, columns = 4 * strip.ROWS_PER_LEVEL, strip.COLUMNS
    assert points.shape == (rows, columns, 2)
    assert points[0, :, 0] == pytest.approx(65 + 25 / 70, abs=1e-3)  # half a row below mid-disc
    assert points[-1, :, 0] == pytest.approx(265 - 25 / 70, abs=1e-3)
    assert points[100, 0, 1] == pytest.approx(200 + strip.INNER_DEPTH * 50, abs=1e-3)
    assert points[100, -1, 1] == pytest.approx(200 + strip.OUTER_DEPTH * 50, abs=1e-3)


def test_each_level_has_its_rows():
    points = strip.strip_points(a_spine())
    for level, (start, stop) in enumerate(strip.LEVEL_ROWS):
        assert points[start, 0, 0] == pytest.approx(65 + 50 * level, abs=1)
        assert points[stop - 1, 0, 0] == pytest.approx(65 + 50 * (level + 1), abs=1)


@settings(max_examples=15, deadline=None)
@given(
    angle=st.floats(-0.6, 0.6),
    size=st.floats(0.3, 3.0),
    shift=st.tuples(st.floats(-50, 50), st.floats(-50, 50)),
    mirrored=st.booleans(),
    seed=st.integers(0, 1000),
)
def test_the_grid_moves_turns_and_mirrors_with_the_spine(angle, size, shift, mirrored, seed):
    corners = a_spine() + np.random.default_rng(seed).normal(0, 1.5, (6, 4, 2))
    turn = size * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    if mirrored:
        turn = turn @ np.diag([1.0, -1.0])
    moved = strip.strip_points(corners @ turn.T + shift)
    expected = strip.strip_points(corners) @ turn.T + shift
    alike(moved, expected, 0.02 * size)


def test_a_mirrored_film_gives_the_same_strip():
    film = np.random.default_rng(5).random((340, 320)).astype(np.float32)
    corners = a_spine(lean=0.05)
    mirrored = corners.copy()
    mirrored[..., 1] = film.shape[1] - 1 - mirrored[..., 1]
    here, inside = strip.sample(film, strip.strip_points(corners))
    there, _ = strip.sample(np.ascontiguousarray(film[:, ::-1]), strip.strip_points(mirrored))
    assert inside.all()
    alike(there, here, 1e-3)


def test_points_beyond_the_film_are_black_and_marked():
    film = np.ones((340, 230), dtype=np.float32)
    pixels, inside = strip.sample(film, strip.strip_points(a_spine()))
    assert not inside[:, -1].any()
    assert inside[:, 0].all()
    assert pixels[:, -1] == pytest.approx(0)


def test_a_strip_wholly_off_the_film_is_black_and_raises_nothing():
    film = np.ones((50, 50), dtype=np.float32)
    pixels, inside = strip.sample(film, strip.strip_points(a_spine() + 5000))
    assert not inside.any()
    assert pixels.max() == 0


def test_a_wall_is_found_in_the_column_where_it_was_drawn():
    points = strip.strip_points(a_spine(lean=0.1))
    walls = np.stack([points[::8, 60], points[::8, 20]])
    columns, steps = strip.wall_crossings(points, walls)
    assert np.array_equal(steps[0, 4:270:8], np.arange(4, 270, 8) // 8)
    assert columns[0, 2:270] == pytest.approx(60, abs=0.1)
    assert columns[1, 2:270] == pytest.approx(20, abs=0.1)


def test_a_wall_that_does_not_cross_is_unknown():
    points = strip.strip_points(a_spine())
    short = points[100:150:8, 30][None]
    columns, _ = strip.wall_crossings(points, short)
    assert np.isfinite(columns[0, 105:140]).all()
    assert np.isnan(columns[0, :90]).all()
