"""Padding makes a film's range many times as wide, and hides no text by that."""

import numpy as np
import pytest

from tasks.deid.burned_in import clean_pixels, find_text
from tasks.deid.padding import declared_padding, without_padding
from tasks.deid.profile import Profile
from tests.tasks.deid.text_builders import covered, phantoms, written
from tests.tasks.dicom.dicom_builders import a_film


def faintly_written() -> tuple[np.ndarray, np.ndarray]:
    """A film with words a thirteenth of its range brighter, and the pixels they cover."""
    film = phantoms()[1]
    text, strokes = written(np.zeros_like(film), "Zarquen Vilt 4711081", (8, 40), size=34)
    return np.clip(film + text // 13, 0, 4095).astype(np.uint16), strokes


def padded(film: np.ndarray, value: int) -> np.ndarray:
    film = film.astype(np.int16 if value < 0 else np.uint16)
    film[:, -film.shape[1] // 25 :] = value
    return film


@pytest.mark.parametrize("value", [-32768, 65535])
@pytest.mark.parametrize("declared", [True, False])
def test_text_on_a_padded_film_is_covered(value: int, declared: bool):
    film, strokes = faintly_written()
    film = padded(film, value)
    ds = a_film(film)
    if declared:
        ds.add_new("PixelPaddingValue", "SS" if value < 0 else "US", value)
    cleaned, boxes = clean_pixels(ds, film, Profile())
    assert covered(film.shape, boxes)[strokes].mean() > 0.95
    np.testing.assert_array_equal(cleaned[140:], film[140:])


@pytest.mark.parametrize("value", [-32768, 65535])
def test_a_padded_film_without_text_stays_bit_exact(value: int):
    film = padded(phantoms()[0], value)
    cleaned, boxes = clean_pixels(a_film(film), film, Profile())
    assert boxes == ()
    np.testing.assert_array_equal(cleaned, film)


@pytest.mark.parametrize("ends", [(-30000, -20000), (-20000, -30000)])
def test_a_range_of_padding_may_be_told_from_either_end(ends: tuple[int, int]):
    film = padded(phantoms()[1], -32768)
    strip = film[:, -20:]
    strip[:] = np.random.default_rng(1).integers(-30000, -20000, strip.shape)
    ds = a_film(film)
    ds.add_new("PixelPaddingValue", "SS", ends[0])
    ds.add_new("PixelPaddingRangeLimit", "SS", ends[1])
    bare = without_padding(film, declared_padding(ds, film))
    assert bare.min() >= 0
    assert abs(int(bare.max()) - int(phantoms()[1].max())) < 100


def test_padding_of_the_other_sign_is_read_as_the_pixels_would_be():
    ds = a_film()
    ds.add_new("PixelPaddingValue", "US", 32768)
    assert declared_padding(ds, np.zeros((2, 2), np.int16)) == (-32768, -32768)
    assert declared_padding(a_film(), np.zeros((2, 2), np.int16)) is None


@pytest.mark.parametrize("film", phantoms(), ids=range(4))
def test_a_film_without_padding_is_looked_at_once_as_it_is(film: np.ndarray):
    assert without_padding(film) is None
    assert without_padding(film.max() - film, (0, 0)) is None
    one_bright = film.copy()
    one_bright[16, 16] = 65535
    assert without_padding(one_bright) is None


@pytest.mark.parametrize("declared", [(0, 4000), (0, 65535)])
def test_padding_that_is_most_of_the_film_hides_no_text(declared: tuple[int, int]):
    film, strokes = written(phantoms()[1], "Zarquen Vilt", (10, 10))
    assert covered(film.shape, find_text(film, declared))[strokes].mean() > 0.97


def test_text_in_the_value_of_padding_is_covered():
    film, strokes = written(np.zeros_like(phantoms()[1]), "Zarquen Vilt", (300, 40))
    burned = padded(np.where(film > 2000, 65535, phantoms()[1]), 65535)
    assert covered(film.shape, find_text(burned, (65535, 65535)))[strokes].mean() > 0.95


@pytest.mark.parametrize("shape", [(2, 3), (9, 9), (20, 30)])
def test_a_film_of_few_values_has_no_padding(shape: tuple[int, int]):
    assert without_padding(np.zeros(shape, np.uint16), (0, 0)) is None
    assert without_padding(np.eye(*shape, dtype=np.int8)) is None
