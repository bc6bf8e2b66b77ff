"""Pictures of films: corners, walls by grade, the places that made them, nothing unasked."""

import io
import re
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from reports.blocks import Page, Section, figures_of, plain
from reports.figures import film_pictures, gallery, style
from reports.sections import films
from reports.view import View
from tests.reports.report_builders import a_film_view, a_study


def pictures(inputs) -> list:
    view = View(inputs)
    blocks = films.build(view, view.scopes()[0])
    return figures_of(Page("", "", "", "", (), (Section("films", "", tuple(blocks)),)))


@pytest.fixture(scope="module")
def shown():
    return pictures(a_study({"A": 14}))


def test_every_picture_has_the_corners_of_four_vertebrae(shown):
    assert shown
    assert {figure.svg.count(b"<circle") for figure in shown} == {16}


def test_walls_of_model_and_reference_carry_the_color_of_each_grade(shown):
    for figure in shown:
        drawn = set(re.findall(r'stroke="(#\w+)" stroke-width="(?:2|3\.2)"', figure.svg.decode()))
        grades = {row[column] for row in figure.data.rows for column in (2, 3)}
        assert drawn == {style.GRADE_COLORS[grade] for grade in grades}


def test_a_wall_is_thick_where_the_model_found_calcium_and_nowhere_else():
    clear, full = np.zeros((4, 2), int), np.full((4, 2), 3)
    assert b'stroke-width="6"' not in _drawn(a_film_view(clear), clear)
    assert _drawn(a_film_view(full), full).count(b'stroke-width="6"') == 8


def _drawn(view: dict, grades: np.ndarray) -> bytes:
    keys = [(level, wall) for level in films.LEVELS for wall in films.WALLS]
    graded = dict(zip(keys, grades.ravel().tolist(), strict=True))
    walls = {w: films._places(view, f"{w}_wall") for w in films.WALLS}
    levels = zip(view["level_start_rows"], view["level_stop_rows"], strict=True)
    calcium = {one["wall"]: tuple(one["percent"]) for one in view["calcium"]}
    return gallery.draw(
        gallery.Picture(view["picture"], 280, 160, films._places(view, "corner")),
        gallery.Aorta(tuple(levels), walls),
        gallery.Reading("Model", graded, calcium),
        gallery.Reading("Reference", graded, {}),
    )


def test_a_model_that_marks_no_place_is_drawn_without_thick_walls():
    inputs = a_study({"A": 8})
    study = {**inputs.study, "models": ["baseline", "lvlnet", "lvlcrnet"]}
    assert all(b'stroke-width="6"' not in f.svg for f in pictures(replace(inputs, study=study)))


def test_the_whole_film_is_drawn_only_where_the_study_file_allows_it(shown):
    allowed = pictures(a_study({"A": 8}, whole_films_in_report=True))
    assert all(b"Whole film" in figure.svg for figure in allowed)
    assert not any(b"Whole film" in figure.svg for figure in shown)
    assert {figure.svg.count(b"<image") for figure in shown} == {1}


def test_the_page_says_what_part_of_a_film_is_shown():
    for whole, said in ((False, "no other part"), (True, "the study file allows it")):
        view = View(a_study({"A": 6}, whole_films_in_report=whole))
        assert said in plain(films.build(view, view.scopes()[0])[0].text)


def test_an_enhanced_picture_keeps_its_size_and_its_bytes():
    view = a_film_view(np.ones((4, 2), int))
    once, again = (film_pictures.enhanced(view["picture"]) for _ in range(2))
    assert once == again
    assert Image.open(io.BytesIO(once)).size == (160, 280)
