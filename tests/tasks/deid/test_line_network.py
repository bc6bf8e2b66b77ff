"""What the network that judges lines is shown, and what it says of print and of shadows."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from tasks.deid import text_network
from tasks.deid.cut_lines import cores_in
from tasks.deid.line_network import log_odds, shown, thickness
from tasks.deid.text_lines import SURE
from tests.tasks.deid.text_builders import written


def in_grain(strength: float) -> np.ndarray:
    grain = ndimage.gaussian_filter(np.random.default_rng(5).normal(0, 1, (320, 800)), 1.0)
    return (0.4 + grain * (0.02 / grain.std()) * strength).astype(np.float32)


def likeliest(picture: np.ndarray) -> float:
    """The highest log odds of a picture's lines."""
    believed = text_network.beliefs(picture, [(0, 0, *picture.shape)])
    lines = list(cores_in(believed, 0.3))
    return max((log_odds(picture, believed, core, place) for place, core in lines), default=-9.0)


@given(
    place=st.tuples(*[st.integers(0, 19)] * 2),
    sides=st.tuples(*[st.integers(1, 20)] * 2),
    share=st.floats(0.3, 1),
)
def test_a_line_is_shown_lengthwise_in_whole_cells_wherever_it_lies(place, sides, share):
    rows, columns = (
        slice(first, min(first + side, 20)) for first, side in zip(place, sides, strict=True)
    )
    believed = np.random.default_rng(1).uniform(0, 1, (20, 20)).astype(np.float32)
    core = np.random.default_rng(2).uniform(0, 1, believed[rows, columns].shape) <= share
    core.flat[0] = True
    # the film ends within the last cells
    planes = shown(np.ones((157, 154), np.float32), believed, core, (rows, columns))
    assert planes.dtype == np.float32
    assert planes.flags["C_CONTIGUOUS"]
    assert planes.shape[0] == 3
    assert planes.shape[2] >= planes.shape[1] >= 16
    assert planes.shape[1] % 8 == planes.shape[2] % 8 == 0
    assert planes[0].min() == planes[0].max() == 1
    assert set(np.unique(planes[2])) <= {0.0, 1.0}


def test_print_of_any_size_is_shown_at_one():
    def of(cells: int) -> np.ndarray:
        believed = np.zeros((40, 100), np.float32)
        believed[10 : 10 + cells, 20 : 20 + 6 * cells] = 1
        ((place, core),) = cores_in(believed, 0.5)
        return shown(np.zeros((320, 800), np.float32), believed, core, place)

    assert all(24 <= of(cells)[2].any(1).sum() <= 48 for cells in range(3, 15))


def test_a_line_that_runs_into_anatomy_in_one_place_is_shown_no_smaller():
    believed = np.zeros((40, 100), np.float32)
    believed[10:15, 20:80] = 1
    ((place, core),) = cores_in(believed, 0.5)
    alone = shown(np.zeros((320, 800), np.float32), believed, core, place)
    believed[10:21, 70:80] = 1
    ((place, core),) = cores_in(believed, 0.5)
    grown = shown(np.zeros((320, 800), np.float32), believed, core, place)
    assert thickness(core) > 8
    assert grown.shape[2] > 0.8 * alone.shape[2]


def test_a_core_is_as_thick_as_where_it_is_thickest():
    core = np.zeros((12, 12), bool)
    core[:3, :] = core[:, :3] = True
    assert thickness(core) == 3
    core[4:11, 4:11] = True
    assert thickness(core) == 7


@pytest.mark.parametrize("turns", [0, 1])
@pytest.mark.parametrize("strength", [0.5, 1.0, 1.5])
def test_print_as_faint_as_its_grain_is_likely_text_and_grain_is_not(strength: float, turns: int):
    ground = in_grain(strength)
    words, _ = written(np.zeros((320, 800), np.uint16), "Vilt 12.03.1950", (140, 150), size=40)
    burned = ground + words / np.float32(4095) * np.float32(0.05 * strength)
    assert likeliest(np.ascontiguousarray(np.rot90(burned, turns))) >= SURE.odds
    assert likeliest(np.ascontiguousarray(np.rot90(ground, turns))) < SURE.odds / 3


def test_a_chain_of_shadows_is_no_text():
    chain = np.zeros((320, 800))
    chain[150:170, 100:700:45] = chain[155:165, 110:700:45] = 1
    burned = in_grain(0.5) + 0.25 * ndimage.gaussian_filter(chain, (6, 9)).astype(np.float32)
    assert likeliest(burned) < SURE.odds / 3
