"""How the network's belief in text becomes lines, and what it learns from."""

import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.deid import cut_lines, text_lines, text_network
from tasks.deid.cut_lines import Line
from tasks.deid.quick_look import Box
from tasks.deid.strokes import stroke_heights
from tasks.deid.text_lines import text_lines as find_lines
from tests.tasks.deid.text_builders import written

EVERYWHERE = [(0, 0, 480, 640)]


@pytest.fixture
def as_believed(monkeypatch: pytest.MonkeyPatch):
    """A line is the likelier text the more the first network believes in it."""

    def log_odds(_picture, believed, core, place) -> float:
        return float(20 * (believed[place][core].mean() - 0.68))

    monkeypatch.setattr(cut_lines, "log_odds", log_odds)


def lines_of(
    believed: np.ndarray,
    monkeypatch: pytest.MonkeyPatch,
    picture: np.ndarray | None = None,
) -> tuple[list[Line], list[Line]]:
    """Lines of a film of 480 x 640 of which the network believes that, of its copies nothing."""
    empty = np.zeros((30, 40), np.float32)
    answers = iter([believed.astype(np.float32), empty, empty])
    monkeypatch.setattr(cut_lines, "beliefs", lambda *_: next(answers))
    film = np.zeros((480, 640), np.float32) if picture is None else picture
    return find_lines(film, EVERYWHERE)


def strokes_in(rows: slice, columns: slice, height: float) -> np.ndarray:
    """A gray film of 480 x 640 with a stroke of two pixels in every cell there."""
    film = np.full((480, 640), 0.4, np.float32)
    cells = film.reshape(60, 8, 80, 8)[rows, :, columns]
    cells[..., 3:5] += height
    return film


@pytest.mark.usefixtures("as_believed")
def test_a_line_reaches_as_far_as_there_are_hints_of_it(monkeypatch: pytest.MonkeyPatch):
    believed = np.zeros((60, 80))
    believed[20:24, 15:45] = 0.2
    believed[20:24, 20:40] = 0.78
    ((line,), doubtful) = lines_of(believed, monkeypatch)
    assert doubtful == []
    assert line.parts == (line.box,) == ((152, 112, 200, 368),)


@pytest.mark.usefixtures("as_believed")
def test_a_line_ends_where_what_is_hinted_at_has_no_strokes_like_its_own(
    monkeypatch: pytest.MonkeyPatch,
):
    believed = np.zeros((60, 80))
    believed[20:24, 15:45] = 0.2
    believed[20:24, 20:40] = 0.99
    film = strokes_in(np.s_[20:24], np.s_[20:43], 0.3) + strokes_in(np.s_[:], np.s_[:20], 0.1) - 0.4
    ((line,), _) = lines_of(believed, monkeypatch, film)
    assert line.parts == (line.box,) == ((152, 152, 200, 352),)


@pytest.mark.usefixtures("as_believed")
def test_lines_that_meet_at_an_angle_do_not_cover_what_is_between_them(
    monkeypatch: pytest.MonkeyPatch,
):
    believed = np.zeros((60, 80))
    believed[5:9, 5:75] = believed[5:55, 5:9] = 0.99
    ((line,), _) = lines_of(believed, monkeypatch)
    mask = np.zeros((480, 640), bool)
    for top, left, bottom, right in line.parts:
        mask[top:bottom, left:right] = True
    assert mask[40:72, 40:600].all()
    assert mask[40:440, 40:72].all()
    assert not mask[240:, 320:].any()


@pytest.mark.usefixtures("as_believed")
def test_what_goes_on_with_a_sure_line_goes_with_it(monkeypatch: pytest.MonkeyPatch):
    believed = np.zeros((60, 80))
    believed[20:24, 20:40] = 0.99
    believed[20:24, 45:50] = 0.6
    believed[40:44, 20:25] = 0.6
    sure, doubtful = lines_of(believed, monkeypatch)
    assert [line.cells for line in sure] == [80, 20]
    assert doubtful == []


@pytest.mark.usefixtures("as_believed")
def test_what_a_copy_shows_around_a_line_of_print_is_that_line_and_something_beside_it(
    monkeypatch: pytest.MonkeyPatch,
):
    def found(belief: float) -> list[Box]:
        maps = [np.zeros(shape, np.float32) for shape in ((60, 160), (30, 80), (15, 40))]
        maps[0][20:24, 20:60] = belief
        maps[1][8:15, 8:32] = 0.99
        monkeypatch.setattr(cut_lines, "beliefs", lambda *_: maps.pop(0))
        sure, _ = find_lines(np.zeros((480, 1280), np.float32), [(0, 0, 480, 1280)])
        return [line.box for line in sure]

    line, around = (152, 152, 200, 488), (112, 112, 256, 528)
    assert found(0.0) == [around]
    assert found(0.9) == [line, around]  # less than sure enough to say so
    assert found(0.99) == [line]


def test_strokes_stand_out_from_their_ground_and_what_is_wide_is_ground():
    ramp = np.broadcast_to(np.linspace(0.2, 0.6, 100, dtype=np.float32), (60, 100)).copy()
    ramp[:, 41:44] += 0.25
    ramp[10:30, 60:62] -= 0.1
    ramp[:, 80:] += 0.3  # anatomy
    heights = stroke_heights(ramp, (slice(0, 8), slice(2, 13)), thick=4)
    assert heights.shape == (8, 11)  # the last ones cut by the film's edge
    assert heights[:7, 3] == pytest.approx(0.25, abs=0.02)
    assert heights[1:3, 5] == pytest.approx(0.1, abs=0.02)
    assert np.delete(heights, [3, 5], axis=1).max() < 0.05


@pytest.mark.usefixtures("as_believed")
def test_what_is_less_certain_is_doubtful_and_the_least_is_nothing(
    monkeypatch: pytest.MonkeyPatch,
):
    believed = np.zeros((60, 80))
    believed[5:9, 5:35] = (text_lines.DOUBTFUL.odds + text_lines.SURE.odds) / 40 + 0.68
    believed[40:44, 5:35] = text_lines.DOUBTFUL.odds / 20 + 0.63
    sure, (doubtful,) = lines_of(believed, monkeypatch)
    assert sure == []
    assert doubtful.box[0] < 72


@pytest.mark.usefixtures("as_believed")
def test_tall_letters_are_found_on_a_small_copy_unless_they_are_as_high_as_the_film(
    monkeypatch: pytest.MonkeyPatch,
):
    small = np.zeros((15, 40))

    def found(wide: int, belief: float = 0.99) -> list[Box]:
        small[4:9, 1:19] = belief
        maps = iter([np.zeros((60, 2 * wide)), np.zeros((30, wide)), small[:, : wide // 2]])
        monkeypatch.setattr(cut_lines, "beliefs", lambda *_: next(maps).astype(np.float32))
        film = np.zeros((480, 16 * wide), np.float32)
        return [line.box for line in find_lines(film, [(0, 0, 480, 16 * wide)])[0]]

    assert found(80) == [(96, 0, 320, 640)]
    assert found(40) == []
    assert found(80, belief=0.78) == []  # enough of a line of print


def test_a_line_lies_in_boxes_as_far_as_its_parts_do():
    parts = ((0, 0, 40, 200), (0, 0, 200, 40))  # that meet at an angle, their margins of 8 included
    line = Line((0, 0, 200, 200), parts, cells=60, thick=3, odds=1.2)
    assert cut_lines.share_within(line, parts) == 1
    assert cut_lines.share_within(line, [(50, 50, 200, 200)]) == 0
    assert cut_lines.share_within(line, [(0, 0, 40, 200)]) == pytest.approx(0.558, abs=0.001)


@given(line=st.lists(st.tuples(st.integers(0, 29), st.integers(0, 29)), min_size=1, max_size=40))
def test_the_parts_of_a_line_cover_it(line):
    mask = np.zeros((30, 30), bool)
    mask[tuple(np.transpose(line))] = True
    left = mask.copy()
    for top, start, bottom, stop in cut_lines._parts(mask, (0, 0, 30, 30)):
        left[top:bottom, start:stop] = False
    assert not left.any()


def test_what_is_far_from_a_window_makes_no_difference_in_it():
    film = np.random.default_rng(3).normal(0.4, 0.01, (800, 640)).clip(0, 1).astype(np.float32)
    film += written(np.zeros((800, 640), np.uint16), "Vilt 1950", (400, 200))[0] / 12000
    window = (360, 160, 472, 520)
    part, whole = (
        text_network.beliefs(film, [window]),
        text_network.beliefs(film, [(0, 0, 800, 640)]),
    )
    assert whole.shape == (100, 80)
    assert part[:30].max() == 0
    assert whole.max() > 0.98
    inside = np.s_[45:59, 20:65]
    assert part[inside][whole[inside] > 0.95].min() > 0.8
    assert part[inside][whole[inside] < 0.05].max() < 0.2


def test_a_line_that_runs_out_of_its_window_is_followed():
    film = np.random.default_rng(3).normal(0.4, 0.01, (400, 1400)).clip(0, 1).astype(np.float32)
    words, strokes = written(
        np.zeros((400, 1400), np.uint16), "Zarquen Vilt 1950 1234567", (150, 60)
    )
    film += words / 12000
    cells = np.argwhere(strokes) // 8
    believed = text_network.beliefs(film, [(140, 300, 190, 400)])
    assert (believed[cells[:, 0], cells[:, 1]] > 0.15).mean() > 0.99


def test_crops_are_marked_where_something_was_written_and_seeds_repeat_them():
    sys.path.insert(0, str(Path(__file__).parents[3] / "benchmarks/deidentification"))
    from printed_words import typefaces
    from text_crops import TEXT, crop

    film = np.full((1024, 700), 120 * 257, np.uint16)
    fonts, shown = typefaces(), 0
    for seed in range(12):
        one, again = (crop(film, np.random.default_rng(seed), fonts) for _ in range(2))
        np.testing.assert_array_equal(one.picture, again.picture)
        np.testing.assert_array_equal(one.cells, again.cells)
        if (one.cells == TEXT).any():
            shown += 1
            inside = (one.cells == TEXT).repeat(8, 0).repeat(8, 1)
            assert np.ptp(one.picture[inside]) > 0.02
    assert 3 <= shown <= 11
