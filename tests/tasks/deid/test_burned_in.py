"""Burned-in text on phantom films: found and blanked, markers and anatomy left alone."""

import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from scipy import ndimage

from aac_models.phantom.cohort import plan
from aac_models.phantom.film import draw
from data_contracts.errors import FilmRejected
from tasks.deid import burned_in, text_lines
from tasks.deid.burned_in import clean_pixels, find_text
from tasks.deid.profile import DeviceRegion, Profile
from tests.tasks.deid.text_builders import covered, phantoms, written
from tests.tasks.dicom.dicom_builders import a_film


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
@pytest.mark.parametrize("inverted", [False, True])
def test_a_name_is_covered_in_both_senses_and_turned(turns: int, inverted: bool):
    film = phantoms()[turns]
    film = film.max() - film if inverted else film
    burned, strokes = written(film, "Zarquen Vilt", (-60, 60), turns=turns)
    assert covered(film.shape, find_text(burned))[strokes].mean() > 0.97


@pytest.mark.parametrize("size", [26, 40])
def test_numbers_are_covered_at_every_size(size: int):
    burned, strokes = written(phantoms()[0], "12.03.1950", (8, 40), size=size)
    assert covered(burned.shape, find_text(burned))[strokes].mean() > 0.97


def test_a_film_without_text_stays_bit_exact():
    for film in phantoms():
        cleaned, boxes = clean_pixels(a_film(), film, Profile())
        assert boxes == ()
        np.testing.assert_array_equal(cleaned, film)


@pytest.mark.parametrize(("seed", "number"), [(5, 49), (6, 13), (7, 7), (7, 44)])
def test_a_spine_in_coarse_pixels_is_no_text(seed: int, number: int):
    spine = plan({"test": 20, "D": 20, "C": 20}, seed)[number]
    assert find_text((draw(spine).radiograph.pixels * 4095).astype(np.uint16)) == []


@pytest.mark.parametrize("turns", [0, 1])
def test_tall_text_in_coarse_pixels_is_covered(turns: int):
    burned, strokes = written(phantoms()[3], "Zarquen Vilt", (60, 20), size=60, turns=turns)
    assert covered(burned.shape, find_text(burned))[strokes].mean() > 0.97


def test_only_the_text_is_changed():
    burned, strokes = written(phantoms()[1], "ID 4711081", (10, 10))
    cleaned, boxes = clean_pixels(a_film(), burned, Profile())
    mask = covered(burned.shape, boxes)
    np.testing.assert_array_equal(cleaned[~mask], burned[~mask])
    assert mask.mean() < 0.05
    assert len(np.unique(cleaned[strokes])) <= len(boxes)


@pytest.mark.parametrize("marker", ["L", "R", "LAT", "AP"])
def test_markers_stay(marker: str):
    burned, strokes = written(phantoms()[2], marker, (-40, -60), size=36)
    assert covered(burned.shape, find_text(burned))[strokes].mean() < 0.05


@pytest.mark.parametrize(("marker", "size"), [("LAT", 200), ("L", 230), ("AP", 230)])
def test_tall_markers_stay(marker: str, size: int):
    film = film_of_full_size(seed=4)
    burned, strokes = written(film, marker, (300, 60), size=size)
    assert covered(film.shape, find_text(burned))[strokes].mean() < 0.05


def test_a_declared_region_of_the_device_is_blanked():
    film = phantoms()[3]
    region = DeviceRegion("acme", "", (0.9, 0.0, 1.0, 0.5))
    profile = Profile(device_regions=(region,))
    _, boxes = clean_pixels(a_film(Manufacturer="ACME"), film, profile)
    assert (
        int(0.9 * film.shape[0]),
        0,
        film.shape[0],
        film.shape[1] // 2 + film.shape[1] % 2,
    ) in boxes
    assert clean_pixels(a_film(Manufacturer="Other"), film, profile)[1] == ()


def test_a_film_full_of_text_is_set_aside():
    region = DeviceRegion("", "", (0.0, 0.0, 1.0, 1.0))
    with pytest.raises(FilmRejected, match="text_not_cleared"):
        clean_pixels(a_film(), phantoms()[0], Profile(device_regions=(region,)))


def film_of_full_size(seed: int) -> np.ndarray:
    """A part of a film with vertebrae, at a detector's resolution and with its noise."""
    pixels = draw(plan({"test": 1}, seed)[0]).radiograph.pixels
    rows, columns = (side // 4 for side in pixels.shape)
    part = Image.fromarray(pixels[rows : rows + 480, columns : columns + 400])
    large = np.asarray(part.resize((1000, 1200), Image.Resampling.BICUBIC)) * 4095
    noise = np.random.default_rng(seed).normal(0, 8, large.shape)
    return np.clip(large + noise, 0, 4095).astype(np.uint16)


def faintly_written(film: np.ndarray, words: str, share: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the film with words a share of its range brighter, across its middle."""
    text, mask = written(np.zeros(film.shape, np.uint16), words, (film.shape[0] // 2, 120), size=40)
    added = film + text * (share * (float(film.max()) - float(film.min())) / 4095)
    return np.clip(added, 0, 4095).astype(np.uint16), mask


@pytest.mark.parametrize("inverted", [False, True])
@pytest.mark.parametrize("share", [0.1, -0.1])
def test_faint_text_across_vertebrae_is_covered(share: float, inverted: bool):
    film = film_of_full_size(seed=3) // 2 + 1000
    film = film.max() + film.min() - film if inverted else film
    burned, strokes = faintly_written(film, "Zarquen Vilt 12.03.1950", share)
    assert covered(film.shape, find_text(burned))[strokes].mean() > 0.95
    assert find_text(film) == []


def a_collimated_film(tilt: float) -> np.ndarray:
    """Gray in noise, black beyond a collimator's edge, and a bright line along it, tilted."""
    rows, columns = np.mgrid[:900, :1100]
    beyond = rows - 600 - np.tan(np.radians(tilt)) * (columns - 550)
    noise = np.random.default_rng(4).normal(0, 20, rows.shape)
    film = (2600 - columns / 2) * np.clip(0.5 - beyond / 3, 0, 1)
    film += 1200 * np.clip(5 - np.abs(beyond), 0, 1)
    return np.clip(film + 200 + noise, 0, 4095).astype(np.uint16)


@pytest.mark.parametrize("tilt", [0, 0.6])
@pytest.mark.parametrize("turns", [0, 1, 2])
def test_faint_text_across_the_edge_of_a_collimator_is_covered(turns: int, tilt: float):
    film = a_collimated_film(tilt)
    text, strokes = written(np.zeros_like(film), "Zarquen Vilt 1950", (572, 250), size=26)
    burned = np.rot90(film + text // 12, turns)
    boxes = find_text(np.ascontiguousarray(burned))
    assert covered(burned.shape, boxes)[np.rot90(strokes, turns)].mean() > 0.95


def a_film_in_grain(seed: int) -> np.ndarray:
    """Soft shadows under noise as coarse as thin strokes."""
    grain = ndimage.gaussian_filter(np.random.default_rng(seed).normal(0, 1, (1000, 900)), 1.1)
    shadows = 1800 + 500 * np.sin(np.arange(1000) / 90)[:, None]
    return (shadows + grain * (75 / grain.std())).astype(np.uint16)


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_faint_text_in_grain_is_covered_whichever_way_it_runs(turns: int):
    film = a_film_in_grain(seed=turns)
    text, strokes = written(np.zeros_like(film), "Vilt 12.03.1950", (480, 200), size=38)
    burned = np.rot90(film + text // 12, turns)
    boxes = find_text(np.ascontiguousarray(burned))
    assert covered(burned.shape, boxes)[np.rot90(strokes, turns)].mean() > 0.95
    assert find_text(np.ascontiguousarray(np.rot90(film, turns))) == []


def test_what_may_be_text_sets_the_film_aside_unless_its_region_is_declared(
    monkeypatch: pytest.MonkeyPatch,
):
    film = film_of_full_size(seed=5) // 2 + 1000
    burned, strokes = faintly_written(film, "Zarquen Vilt 12.03.1950", 0.04)
    assert covered(film.shape, find_text(burned))[strokes].mean() > 0.95
    monkeypatch.setattr(text_lines, "SURE", text_lines.Rule(cells=60, odds=99.0))
    with pytest.raises(FilmRejected, match="text_not_cleared: may be text"):
        find_text(burned)
    assert find_text(film) == []
    region = DeviceRegion("", "", (0.45, 0.0, 0.6, 1.0))
    _, boxes = clean_pixels(a_film(), burned, Profile(device_regions=(region,)))
    assert boxes == ((540, 0, 720, 1000),)


def test_print_that_copies_show_as_well_is_boxed_no_wider(monkeypatch):
    film = film_of_full_size(seed=4)
    burned, strokes = written(film, "Vilt 1950, 17.02.1948", (300, 60), size=66)
    boxes = find_text(burned)
    assert covered(film.shape, boxes)[strokes].all()
    monkeypatch.setattr(text_lines, "COPIES", ())
    assert find_text(burned) == boxes


@pytest.mark.parametrize("size", [16, 100, 120, 140, 160, 200])
def test_small_print_and_tall_letters_are_covered(size: int):
    film = film_of_full_size(seed=4)
    burned, strokes = written(film, "Vilt 19" if size > 20 else "Vilt 1950", (300, 60), size=size)
    assert covered(film.shape, find_text(burned))[strokes].mean() > 0.97


@pytest.mark.parametrize("size", [120, 160])
def test_faint_tall_letters_are_covered(size: int):
    phantom = Image.fromarray(phantoms()[1].astype(np.float32))
    large = np.asarray(phantom.resize([side * 5 // 2 for side in phantom.size]))
    film = np.clip(large + np.random.default_rng(size).normal(0, 8, large.shape), 0, 3800)
    film = film.astype(np.uint16)
    text, strokes = written(np.zeros_like(film), "Vilt 19", (1200, 60), size=size)
    assert covered(film.shape, find_text(film + text // 16))[strokes].mean() > 0.95
    assert find_text(film) == []


def test_a_marker_beside_a_name_stays_and_the_name_goes():
    burned, name = written(phantoms()[0], "Zarquen Vilt", (20, 40), size=40)
    burned, marker = written(burned, "LAT", (20, 420), size=40)
    mask = covered(burned.shape, find_text(burned))
    assert mask[name].mean() > 0.97
    assert mask[marker].mean() < 0.05


def a_gray_film(rows: int, columns: int, seed: int = 1) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(0, 12, (rows, columns))
    return np.clip(1500 + noise, 0, 4095).astype(np.uint16)


def test_a_shadow_larger_than_its_letters_does_not_spare_a_block_of_lines():
    film = a_gray_film(900, 1000).astype(float)
    rows, columns = np.mgrid[:900, :1000]
    film += 900 / (1 + np.exp((np.hypot(rows - 320, columns - 450) - 100) / 4))
    film, mask = film.astype(np.uint16), np.zeros((900, 1000), bool)
    for number in range(5):
        film, one = written(film, "Zarquen Vilt 1950", (230 + 36 * number, 330), size=20)
        mask |= one
    assert covered(film.shape, find_text(film))[mask].mean() > 0.95


def test_the_start_of_a_name_is_no_marker():
    for words in ("ID     RIGHI Elisabetta", "PARKER^Zarquen 1950", "LLOYD, Zarquen Vilt"):
        burned, strokes = written(a_gray_film(300, 1200), words, (120, 60), size=30)
        assert covered(burned.shape, find_text(burned))[strokes].mean() > 0.97


@given(
    box=st.tuples(*[st.integers(0, 20)] * 2, *[st.integers(21, 40)] * 2),
    holes=st.lists(st.tuples(*[st.integers(0, 25)] * 2, *[st.integers(5, 45)] * 2), max_size=3),
)
def test_what_is_spared_is_all_that_a_box_loses(box, holes):
    before = covered((45, 45), [box])
    after = covered((45, 45), burned_in._sparing([box], holes))
    np.testing.assert_array_equal(after, before & ~covered((45, 45), holes))


def test_the_benchmark_plants_what_it_says():
    sys.path.insert(0, str(Path(__file__).parents[3] / "benchmarks/deidentification"))
    from plant_text import a_line

    assert len({a_line(np.random.default_rng(seed)) for seed in range(20)}) > 15


def test_screws_and_rods_are_no_text():
    fused = plan({"test": 40}, seed=7)[18]
    film = (draw(fused).radiograph.pixels * 4095).astype(np.uint16)
    boxes = [box for box in find_text(film) if box[2] - box[0] > 100 or box[3] - box[1] > 100]
    assert boxes == []


def test_strokes_that_the_film_cannot_show_are_not_counted_as_planted():
    sys.path.insert(0, str(Path(__file__).parents[3] / "benchmarks/deidentification"))
    from plant_text import plant

    film = np.zeros((900, 1800), np.uint16)
    film[:, :900] = 4000
    for seed in range(6):
        burned, one = plant(film, "ID 4711081", "faint", np.random.default_rng(seed))
        assert (burned != film)[one.strokes].all()
