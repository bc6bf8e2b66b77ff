"""The picture of a film: the spine and the aortic region, and nothing else of it."""

import io

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image

from aac_models import strip
from aac_models.anatomy import Anatomy
from aac_models.phantom.cohort import plan
from aac_models.phantom.film import draw
from aac_models.predictor import FilmPrediction
from aac_models.radiograph import Radiograph
from aac_models.strip import LEVEL_ROWS, AorticStrip
from data_contracts.records import ImageKey
from data_contracts.schemas import SCHEMAS, conform
from tasks.film_picture import picture_of

KEY = ImageKey("A", "P-0", "I-0", "0" * 64)


@pytest.fixture(scope="module")
def phantom():
    return draw(plan({"test": 1}, 5)[0], mm_per_px=0.5)


def said_of(phantom, *, presence=0.0):
    """A prediction that found what the phantom drew."""
    points = strip.strip_points(phantom.anatomy.corners_px)
    pixels, inside = strip.sample(phantom.radiograph.pixels, points)
    straight = AorticStrip(pixels, LEVEL_ROWS, points, inside)
    # walls as a network gives them: on the strip's own grid
    rows = np.arange(0, 280, 5)
    walls = np.stack([points[rows, 60], points[rows, 30]])
    anatomy = Anatomy(phantom.anatomy.corners_px, phantom.anatomy.confidence, walls)
    shares = np.full((2, 280), presence, dtype=np.float32)
    return FilmPrediction(anatomy, 0.9, "", None, strip=straight, presence={"lvlcrnet": shares})


def seen(view, name="picture"):
    return np.asarray(Image.open(io.BytesIO(view[name])))


def test_corners_and_walls_stand_on_the_picture_where_they_stand_on_the_film(phantom):
    view = picture_of(KEY, said_of(phantom), phantom.radiograph)[0]
    corners = np.stack([view["corner_rows"], view["corner_columns"]], axis=-1).reshape(4, 4, 2)
    levels = list(zip(view["level_start_rows"], view["level_stop_rows"], strict=True))
    for (start, stop), body in zip(levels, corners, strict=True):
        assert ((body[:, 0] >= start - 6) & (body[:, 0] <= stop + 6)).all()
        front, back = body[[0, 2], 1], body[[1, 3], 1]
        assert (front > back + 30).all()
        assert (back >= 0).all()
    assert view["anterior_wall_columns"] == pytest.approx([124.0] * 56, abs=0.3)
    assert view["posterior_wall_columns"] == pytest.approx([94.0] * 56, abs=0.3)
    assert view["anterior_wall_rows"] == pytest.approx(list(range(0, 280, 5)), abs=1)


def test_the_picture_holds_the_strip_beside_the_vertebrae(phantom):
    said = said_of(phantom)
    view = picture_of(KEY, said, phantom.radiograph)[0]
    picture = seen(view).astype(float)
    assert picture.shape == (view["picture_rows"], view["picture_columns"])
    beside = said.strip.pixels
    assert np.corrcoef(picture[:, 64:].ravel(), beside.ravel())[0, 1] > 0.97


def test_what_stands_at_the_border_of_a_film_is_not_on_its_picture(phantom):
    pixels = phantom.radiograph.pixels.copy()
    columns = np.indices(pixels.shape)[1]
    at = phantom.anatomy.corners_px.reshape(-1, 2)
    far = columns < at[:, 1].min() - 180
    far |= columns > at[:, 1].max() + 180
    assert far.any()
    pixels[far] = 1.0
    marked = Radiograph(pixels, phantom.radiograph.pixel_spacing_mm)
    plain, other = (
        picture_of(KEY, said_of(phantom), film)[0]["picture"]
        for film in (phantom.radiograph, marked)
    )
    assert plain == other


def test_the_whole_film_is_kept_only_where_it_may_be_shown(phantom):
    said = said_of(phantom)
    assert "film" not in picture_of(KEY, said, phantom.radiograph)[0]
    view = picture_of(KEY, said, phantom.radiograph, whole=True)[0]
    film = seen(view, "film")
    assert film.shape == (view["film_rows"], view["film_columns"])
    assert max(film.shape) <= 640
    factor = film.shape[0] / phantom.radiograph.pixels.shape[0]
    wanted = phantom.anatomy.corners_px[1:5].reshape(-1, 2) * factor
    assert view["film_corner_rows"] == pytest.approx(wanted[:, 0].tolist(), abs=1)


def test_the_probability_along_each_wall_is_kept_in_percent(phantom):
    view = picture_of(KEY, said_of(phantom, presence=0.505), phantom.radiograph)[0]
    walls = [(one["model"], one["wall"], set(one["percent"])) for one in view["calcium"]]
    assert walls == [("lvlcrnet", "anterior", {50}), ("lvlcrnet", "posterior", {50})]
    table = conform("film_views", [view])
    assert table.num_rows == 1


def test_a_film_without_anatomy_has_no_picture(phantom):
    assert picture_of(KEY, FilmPrediction(None, 0.1, "a hand", None), phantom.radiograph) == []


def test_a_picture_is_small_and_a_center_of_many_films_breaks_no_column(phantom):
    view = picture_of(KEY, said_of(phantom), phantom.radiograph)[0]
    assert len(view["picture"]) < 16_000
    kinds = {field.name: field.type for field in SCHEMAS["film_views"]}
    assert kinds["picture"] == kinds["film"] == pa.large_binary()
