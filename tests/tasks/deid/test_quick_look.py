"""The first look at a film: it points out text of any size, and neither grain nor collimators."""

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from tasks.deid import text_network
from tasks.deid.burned_in import find_text
from tasks.deid.quick_look import _jumps, _jumps_down, merged, quick_look


def a_grainy_film(seed: int = 1) -> np.ndarray:
    """Quiet dark ground beside bright tissue whose noise is many times larger."""
    rng = np.random.default_rng(seed)
    columns = np.clip((np.arange(1200) - 300) / 400, 0, 1)
    film = np.tile(0.7 * columns, (1500, 1))
    noise = rng.normal(0, 1, film.shape)
    return np.clip(film + noise * (0.002 + 0.05 * film), 0, 1).astype(np.float32)


def with_text(film: np.ndarray, size: int, place: tuple[int, int], step: float) -> np.ndarray:
    font = ImageFont.load_default(size / 0.7)
    box = [int(side) for side in font.getbbox("Zarquen 1950")]
    tile = Image.new("L", (box[2] + 4, box[3] + 4))
    ImageDraw.Draw(tile).text((2, 2), "Zarquen 1950", fill=255, font=font)
    cover = np.asarray(tile, np.float32) / 255
    burned = film.copy()
    part = burned[place[0] : place[0] + cover.shape[0], place[1] : place[1] + cover.shape[1]]
    part += step * cover[: part.shape[0], : part.shape[1]]
    return np.clip(burned, 0, 1)


def test_grain_and_the_edges_of_a_collimator_are_not_pointed_out():
    film = a_grainy_film()
    film[:40], film[:, :25], film[-30:-26] = 0, 1, 1
    assert quick_look(film) == ()


@pytest.mark.parametrize("size", [26, 60, 140])
@pytest.mark.parametrize("place", [(60, 60), (1100, 20)])
def test_text_of_every_size_is_pointed_out(size: int, place: tuple[int, int]):
    (window,) = quick_look(with_text(a_grainy_film(), size, place, 0.6))
    assert window[0] <= place[0] + size / 2 <= window[2]
    assert window[3] - window[1] > 4 * size


def test_faint_text_in_quiet_ground_is_pointed_out_and_noise_beside_it_is_not():
    (window,) = quick_look(with_text(a_grainy_film(), 30, (500, 30), 0.06))
    assert window[3] < 400


def test_the_network_never_sees_a_film_without_sharp_edges(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(text_network, "session", lambda _: pytest.fail("the network was asked"))
    assert find_text((a_grainy_film() * 4095).astype(np.uint16)) == []


def test_a_film_smaller_than_a_cell_has_no_text():
    assert quick_look(np.zeros((3, 4), np.float32)) == ()
    assert quick_look(np.zeros((8, 700), np.float32)) == ()


def test_boxes_that_overlap_are_joined_until_none_do():
    boxes = [(0, 0, 4, 4), (10, 10, 12, 12), (8, 2, 11, 11), (3, 3, 9, 5)]
    assert merged(boxes) == ((0, 0, 12, 12),)
    assert merged([(0, 0, 2, 2), (2, 0, 4, 2)]) == ((0, 0, 2, 2), (2, 0, 4, 2))


@pytest.mark.parametrize(
    ("kind", "low", "high"),
    [(np.uint16, 0, 4095), (np.uint16, 9000, 61000), (np.int16, -2000, 12000), (np.float32, 0, 1)],
)
def test_the_type_of_the_values_makes_no_difference(kind: type, low: int, high: int):
    film = with_text(a_grainy_film(), 30, (500, 30), 0.06)
    stored = (low + film * (high - low)).astype(kind)
    wanted, seen = quick_look(film), quick_look(stored, high - low)
    assert len(seen) == len(wanted) == 1
    np.testing.assert_allclose(seen, wanted, atol=6)


def test_jumps_are_the_same_along_both_axes():
    lines = np.random.default_rng(1).random((7, 40), np.float32)
    np.testing.assert_array_equal(_jumps_down(np.ascontiguousarray(lines.T)), _jumps(lines).T)
    assert _jumps(np.tile(np.arange(40, dtype=np.float32), (2, 1)))[:, 2:-2].max() < 1e-5


def test_under_a_shutter_what_is_faint_is_pointed_out_though_the_field_is_noisy():
    noise = np.random.default_rng(4)
    film = np.full((900, 1200), 40 / 4095, np.float32)
    film[:780] = (2000 + noise.normal(0, 200, (780, 1200))) / 4095
    film = np.clip(film + noise.normal(0, 6 / 4095, film.shape), 0, 1).astype(np.float32)
    assert quick_look(film) == ()
    (window,) = quick_look(with_text(film, 40, (820, 300), 0.03))
    assert window[2] > 820
    assert window[0] > 700
