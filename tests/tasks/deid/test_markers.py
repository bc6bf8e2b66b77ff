"""Side and view markers are read, whatever is behind and beside them, and nothing else is."""

from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from tasks.deid.ink import holds_small_print
from tasks.deid.markers import _apart, is_marker, markers_in
from tests.tasks.deid.text_builders import written


def test_a_marker_is_read_turned_and_mirrored_and_a_name_is_not_one():
    black = np.zeros((200, 260), np.uint16)
    marker, _ = written(black + 5, "LAT", (60, 60), size=40)
    name, _ = written(black + 5, "PAT", (60, 60), size=40)
    for turns in range(4):
        assert is_marker(np.rot90(marker, turns))
        assert is_marker(np.rot90(marker, turns)[:, ::-1])
        assert not is_marker(np.rot90(name, turns))


def test_a_letter_beside_a_name_is_no_marker():
    black = np.zeros((90, 900), np.uint16)
    marker, _ = written(black + 5, "L", (25, 30), size=40)
    assert not is_marker(marker)
    assert is_marker(marker[:, :110])


def test_a_marker_across_the_edge_of_the_field_is_read():
    film = np.zeros((120, 200), np.uint16)
    film[:40] = 2500
    marker, _ = written(film, "LAT", (45, 50), size=40)
    assert is_marker(marker)


def test_a_sliver_of_the_fields_edge_beside_a_marker_is_no_letter():
    marker, _ = written(np.zeros((80, 250), np.uint16) + 5, "ERECT", (22, 40), size=36)
    beside = marker.copy()
    beside[24:40, 20] = 4095
    assert is_marker(beside)
    beside[22:58, 20] = 4095  # as tall as the letters it is one
    assert not is_marker(beside)


def test_a_scrap_of_a_glyph_in_a_tall_line_is_no_marker():
    _, strokes = written(np.full((100, 420), 5, np.uint16), "LAT", (25, 200), size=40)
    assert _apart(strokes)
    assert _apart(np.pad(strokes, 80)) == []


@pytest.mark.parametrize("seed", [9, 14, 31, 42])
def test_a_number_on_a_plate_at_the_edge_of_the_field_is_no_marker(seed: int):
    chance = np.random.default_rng(seed)
    first, last = chance.uniform(1000, 2500, 2)
    steep = chance.uniform(-3, 3)
    film = np.linspace(first, last, 394) + steep * np.arange(112)[:, None]
    film += chance.normal(0, 8, (112, 394))
    edge = int(chance.integers(340, 394))
    if chance.random() < 0.7:
        film[:, edge:] = chance.uniform(0, 500)
    top, left = int(chance.integers(15, 40)), int(chance.integers(10, 40))
    plate = Image.new("L", (322, 54))
    fonts = Path(mpl.get_data_path(), "fonts/ttf")
    font = ImageFont.truetype(str(fonts / "DejaVuSans-Bold.ttf"), 65)
    ImageDraw.Draw(plate).text((4, -9), "7366793", fill=255, font=font)
    film = np.clip(film, 0, 4095).astype(np.uint16)
    film[top : top + 54, left : left + 322] = np.asarray(plate).astype(np.uint16) * 16
    assert not is_marker(film)
    assert markers_in(film) == []


def test_markers_are_found_in_a_line_only_where_they_stand_apart():
    black = np.full((130, 900), 5, np.uint16)
    near, _ = written(black, "Zarquen LAT", (25, 30), size=40)
    assert markers_in(near) == []
    apart, strokes = written(written(black, "Zarquen", (25, 30), size=40)[0], "LAT", (25, 500), 40)
    found = markers_in(apart)
    assert found
    for rows, columns in found:
        assert strokes[rows, columns].sum() > 0.95 * strokes.sum()


def test_a_marker_whose_upper_half_hardly_shows_is_read():
    film = np.full((120, 260), 5, np.uint16)
    film[:60] = 3400
    marker, _ = written(film, "ERECT", (40, 50), size=40)
    marker[(marker < 100) & (np.indices(marker.shape)[0] < 60)] = 4095
    assert is_marker(marker)


@pytest.mark.parametrize(("words", "is_read"), [("EREC", True), ("ERE", False), ("RONE", False)])
def test_a_long_marker_may_lose_a_letter_at_the_edge_of_the_field(words: str, is_read: bool):
    marker, _ = written(np.full((100, 220), 5, np.uint16), words, (30, 40), size=40)
    assert is_marker(marker) is is_read


@pytest.mark.parametrize("marker", ["RIGHT", "LAT", "ERECT"])
def test_markers_in_slanted_serifs_are_read(marker: str):
    fonts = Path(mpl.get_data_path(), "fonts/ttf")  # a machine may have none of its own
    font = ImageFont.truetype(str(fonts / "DejaVuSerif-BoldItalic.ttf"), 60)
    box = [int(side) for side in font.getbbox(marker)]
    tile = Image.new("L", (box[2] + 60, box[3] + 50))
    ImageDraw.Draw(tile).text((30, 20), marker, fill=255, font=font)
    assert is_marker(np.asarray(tile).astype(np.uint16) * 16)


@pytest.mark.parametrize("turns", [0, 1])
def test_small_print_stands_on_a_line_and_scraps_beside_a_tall_letter_do_not(turns: int):
    tall, _ = written(np.full((300, 300), 1500, np.uint16), "E", (10, 20), size=180)
    words, _ = written(tall, "Vilt", (220, 200), size=24, turns=turns)
    scraps = tall.copy()
    for row, column in ((20, 190), (75, 215), (120, 175), (163, 203), (205, 183)):
        scraps[row : row + 13, column : column + 9] = 4095
    assert holds_small_print(words)
    assert not holds_small_print(scraps)
    assert not holds_small_print(tall)
