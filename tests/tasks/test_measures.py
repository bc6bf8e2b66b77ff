import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aac_models.radiograph import Radiograph, Side
from data_contracts.schemas import SCHEMAS
from tasks.measures import measure


def a_film(rows=1000, columns=800, noise=0.01, blur=1, seed=0):
    """A bright spine before soft tissue, dark air on both sides."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:rows, 0:columns]
    at = x / columns
    tissue = np.clip(1 - np.abs(at - 0.5) * 2.4, 0, 1) * 0.5
    blocks = (np.sin(y / rows * 40) > 0) & (np.abs(at - 0.6) < 0.1)
    pixels = tissue + 0.3 * blocks + 0.08
    for _ in range(blur - 1):
        pixels = (pixels + np.roll(pixels, 3, 0) + np.roll(pixels, -3, 0)) / 3
    return np.clip(pixels + rng.normal(0, noise, pixels.shape), 0.01, 0.99).astype(np.float32)


def look(pixels, spacing=(0.35, 0.35), **changes):
    return measure(Radiograph(pixels, spacing, **changes))


def test_the_columns_are_those_of_the_table_and_numbers_are_shares():
    measured = look(a_film(), anterior=Side.LEFT)
    assert set(measured) < set(SCHEMAS["image_quality"].names)
    assert measured["anterior_side_header"] == "left"
    for name in ("dynamic_range", "saturated_share", "blank_share", "collimated_share"):
        assert 0 <= measured[name] <= 1


def test_noise_is_measured_in_shares_of_full_scale():
    for noise in (0.005, 0.02):
        assert look(a_film(noise=noise))["noise"] == pytest.approx(noise, rel=0.15)


def test_a_blurred_film_is_less_sharp():
    assert look(a_film(blur=6))["sharpness"] < look(a_film())["sharpness"]


def test_a_blank_film_is_blank():
    measured = look(np.full((900, 700), 0.5, np.float32))
    assert measured["blank_share"] == 1
    assert measured["dynamic_range"] == 0
    assert measured["sharpness"] == 0


def test_blades_count_as_collimated():
    pixels = a_film()
    pixels[:, :200] = 0
    pixels[:250] = 0
    measured = look(pixels)
    assert measured["collimated_share"] == pytest.approx(1 - 0.75 * 0.75, abs=0.03)
    assert measured["saturated_share"] == pytest.approx(1 - 0.75 * 0.75, abs=0.03)


def test_an_inverted_film_is_noticed():
    assert look(a_film())["inverted_against_header"] is False
    assert look(1 - a_film())["inverted_against_header"] is True


def test_measures_hardly_depend_on_the_size_in_pixels():
    small, large = look(a_film()), look(a_film(2000, 1600), spacing=(0.175, 0.175))
    for name in ("dynamic_range", "mean_level", "collimated_share", "saturated_share"):
        assert small[name] == pytest.approx(large[name], abs=0.02)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 300), st.integers(1, 300), st.sampled_from([None, (0.02, 2.0), (0.15, 0.15)]))
def test_films_of_any_shape_are_measured(rows, columns, spacing):
    pixels = np.random.default_rng(0).random((rows, columns), dtype=np.float32)
    measured = look(pixels, spacing)
    assert all(np.isfinite(v) for v in measured.values() if isinstance(v, float))
