import numpy as np
import pytest

from aac_models import localization
from aac_models.radiograph import Side


def a_spine():
    top = 20 + np.arange(6) * 50.0
    corners = np.empty((6, 4, 2), dtype=np.float32)
    corners[:, :2, 0] = top[:, None]
    corners[:, 2:, 0] = top[:, None] + 40
    corners[:, [0, 2], 1] = 200
    corners[:, [1, 3], 1] = 150
    return corners


def test_a_lumbar_spine_is_possible_and_says_where_the_patient_faces():
    assert localization.impossibility(a_spine()) == ""
    assert localization.facing(a_spine()) is Side.RIGHT
    mirrored = a_spine()
    mirrored[..., 1] = 400 - mirrored[..., 1]
    assert localization.impossibility(mirrored) == ""
    assert localization.facing(mirrored) is Side.LEFT


def _upside_down(corners):
    corners[..., 0] = 400 - corners[..., 0]


def _uneven(corners):
    corners[4:, :, 0] += 120


def _thin(corners):
    corners[2, [1, 3], 1] = 190


def _stretched(corners):
    corners[..., 0] *= 4


def _one_turned(corners):
    corners[3, :, 1] = corners[3, [1, 0, 3, 2], 1]


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (_upside_down, "not in order"),
        (_uneven, "unevenly spaced"),
        (_thin, "uneven depth"),
        (_stretched, "impossible shape"),
        (_one_turned, "facing both ways"),
    ],
)
def test_what_no_spine_can_be_is_named(spoil, why):
    corners = a_spine()
    spoil(corners)
    assert why in localization.impossibility(corners)
