import numpy as np
import pytest

from aac_models import look, strip
from aac_models.anatomy import Anatomy
from aac_models.localization import Found
from aac_models.radiograph import Side


def a_look(confidence=1.0):
    """A noisy strip, wholly on the film."""
    shape = (280, strip.COLUMNS)
    pixels = np.random.default_rng(0).random(shape).astype(np.float32)
    sure = np.full(6, confidence, dtype=np.float32)
    found = Found(Anatomy(np.zeros((6, 4, 2), np.float32), sure), 1.0, "", Side.RIGHT)
    points = np.zeros((*shape, 2), dtype=np.float32)
    inside = np.ones(shape, dtype=bool)
    return look.Look(found, strip.AorticStrip(pixels, strip.LEVEL_ROWS, points, inside), {})


def test_a_whole_field_is_assessable():
    assert look.unseen(a_look()) == {}


def test_a_level_off_the_film_or_under_the_shutter_is_not():
    seen = a_look()
    seen.strip.inside[250:, 20:] = False
    seen.strip.pixels[:30] = 0.4
    assert look.unseen(seen) == {"L1": "outside the field", "L4": "outside the field"}


def test_what_is_cut_beyond_the_aorta_harms_no_level():
    seen = a_look()
    seen.strip.inside[:, 80:] = False
    assert look.unseen(seen) == {}


@pytest.mark.parametrize(
    ("vertebra", "expected"),
    [
        (0, {"L1": "limit of the level not found"}),
        (
            2,
            {
                "L1": "limit of the level not found",
                "L2": "vertebra not found",
                "L3": "limit of the level not found",
            },
        ),
        (5, {"L4": "limit of the level not found"}),
    ],
)
def test_a_vertebra_not_found_takes_the_levels_it_limits(vertebra, expected):
    seen = a_look()
    seen.found.anatomy.confidence[vertebra] = 0.01
    assert look.unseen(seen) == expected


def test_without_a_scorer_of_the_strip_there_are_no_walls():
    assert look.with_walls(a_look()).walls_px is None
