import hypothesis.strategies as st
import numpy as np
import pytest
import torch
from hypothesis import given, settings

from aac_models import gpu, normalise
from tests.arrays import alike


@settings(max_examples=25, deadline=None)
@given(rows=st.integers(20, 300), columns=st.integers(20, 300), side=st.integers(32, 256))
def test_points_come_back_from_the_canvas_to_where_they_were(rows, columns, side):
    placement, _ = normalise.letterbox_placement((rows, columns), side, side)
    points = np.array([[0.0, 0.0], [rows - 1, columns - 1], [rows / 3, columns / 2]])
    assert placement.to_film(placement.to_canvas(points)) == pytest.approx(points, abs=1e-3)


def test_a_bright_spot_is_found_where_the_placement_says():
    film = np.zeros((300, 200), dtype=np.float32)
    film[198:203, 58:63] = 1
    canvas, placement = normalise.letterbox(film, 128, 128)
    peak = np.unravel_index(canvas.argmax(), canvas.shape)
    assert placement.to_canvas([200, 60]) == pytest.approx(peak, abs=1)


def test_shrinking_averages_and_does_not_skip():
    stripes = np.tile(np.array([0.0, 1.0], dtype=np.float32), (400, 200))
    small, _ = normalise.shrink(stripes, longest=100)
    assert small.shape == (100, 100)
    alike(small, 0.5, 0.05)


def test_a_film_smaller_than_the_limit_stays_as_it_is():
    film = np.random.default_rng(0).random((50, 40)).astype(np.float32)
    small, placement = normalise.shrink(film)
    assert small is film
    assert placement.scale == (1, 1)


def test_stretching_forgives_brightness_and_contrast():
    film = np.random.default_rng(1).random((90, 70)).astype(np.float32)
    alike(normalise.stretch(film * 0.2 + 0.4), normalise.stretch(film), 1e-4)


def test_a_flat_film_gives_no_contrast_and_no_warning():
    flat = np.full((40, 30), 0.7, dtype=np.float32)
    assert np.abs(normalise.local_contrast(normalise.stretch(flat), 5)).max() == 0


def test_local_contrast_sees_a_step_on_a_flat_and_on_a_steep_background_alike():
    ramp = np.linspace(0, 0.9, 200, dtype=np.float32)[None].repeat(200, 0)
    noise = np.random.default_rng(2).normal(0, 0.02, (200, 200)).astype(np.float32)
    flat = np.full((200, 200), 0.5, dtype=np.float32) + noise
    steep = ramp + noise
    for film in (flat, steep):
        film[95:105, 95:105] += 0.08
    values = [normalise.local_contrast(film, 10)[100, 100] for film in (flat, steep)]
    assert values[0] == pytest.approx(values[1], abs=0.15)


@pytest.mark.parametrize("gain", [1.0, 0.2])
def test_local_contrast_does_not_depend_on_how_flat_the_film_was_processed(gain):
    noise = np.random.default_rng(2).normal(0, 0.02, (200, 200)).astype(np.float32)
    noise[95:105, 95:105] += 0.08
    whole = normalise.local_contrast(0.5 + noise, 10)
    alike(normalise.local_contrast(0.5 + gain * noise, 10), whole, 1e-3)


def test_black_borders_do_not_change_the_contrast_of_the_film_between_them():
    film = 0.5 + np.random.default_rng(2).normal(0, 0.02, (200, 400)).astype(np.float32)
    boxed = np.pad(film, [(0, 0), (300, 300)])
    inner = normalise.local_contrast(boxed, 10)[:, 350:650]
    alike(inner, normalise.local_contrast(film, 10)[:, 50:350], 0.02)


@pytest.mark.parametrize(
    ("make", "channels"), [(normalise.localizer_input, 2), (normalise.film_input, 2)]
)
def test_network_inputs_are_bounded(make, channels):
    picture = make(np.random.default_rng(3).random((64, 64)).astype(np.float32))
    assert picture.shape == (channels, 64, 64)
    assert picture.dtype == np.float32
    assert np.abs(picture).max() <= 1


def test_films_prepared_together_on_tensors_have_the_same_contrast():
    noise = np.random.default_rng(4).random((4, 320, 256)).astype(np.float32)
    films = noise * np.float32([0, 0.004, 0.05, 1])[:, None, None]
    films[2, :, 150:] = 0
    together = gpu.film_input(torch.from_numpy(films)).numpy()
    for film, seen in zip(films, together, strict=True):
        alike(seen, normalise.film_input(film), 2e-3)
