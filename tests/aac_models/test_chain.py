import numpy as np
import pytest

from aac_models.chain import read_spine

SIDE = 64


def a_spine(lean=0.1):
    """Six bodies of 6 x 7 map pixels, the first corner at (5.3, 40.6)."""
    corners = np.empty((6, 4, 2))
    top = 5.3 + np.arange(6) * 8.5
    corners[:, :2, 0] = top[:, None]
    corners[:, 2:, 0] = top[:, None] + 6.4
    corners[:, [0, 2], 1] = 40.6
    corners[:, [1, 3], 1] = 33.2
    corners[..., 1] -= lean * corners[..., 0]
    return corners


def a_peak(place, height=1.0):
    row, column = np.mgrid[:SIDE, :SIDE]
    return height * np.exp(-((row - place[0]) ** 2 + (column - place[1]) ** 2) / 2)


def maps_of(corners):
    return np.stack([a_peak(place) for place in corners.reshape(24, 2)])


def normal(maps):
    return (maps / maps.sum((1, 2), keepdims=True)).astype(np.float32)


def test_sharp_maps_are_read_between_pixels():
    corners = a_spine()
    found, mass = read_spine(normal(maps_of(corners)))
    assert found == pytest.approx(corners, abs=0.1)
    assert mass.min() > 0.9


def test_a_peak_at_the_border_is_read_there():
    corners = a_spine()
    corners[..., 0] -= corners[0, 0, 0]
    found, _ = read_spine(normal(maps_of(corners)))
    assert found[0, 0] == pytest.approx(corners[0, 0], abs=0.6)


def test_a_corner_that_prefers_the_next_vertebra_is_brought_back():
    corners = a_spine()
    maps = maps_of(corners)
    for vertebra, corner in ((2, 0), (3, 3)):
        maps[vertebra * 4 + corner] += a_peak(corners[vertebra + 1, corner], 1.6)
    found, mass = read_spine(normal(maps))
    assert found == pytest.approx(corners, abs=0.2)
    assert mass[2, 0] < mass[2, 1]


def test_a_mirrored_map_gives_the_mirrored_spine():
    maps = normal(maps_of(a_spine()) + np.random.default_rng(0).random((24, SIDE, SIDE)) * 1e-4)
    here, _ = read_spine(maps)
    there, _ = read_spine(np.ascontiguousarray(maps[..., ::-1]))
    there[..., 1] = SIDE - 1 - there[..., 1]
    assert there == pytest.approx(here, abs=1e-4)


def test_empty_maps_give_some_spine_and_no_warning():
    flat = np.full((24, SIDE, SIDE), 1 / SIDE**2, dtype=np.float32)
    found, mass = read_spine(flat)
    assert np.isfinite(found).all()
    assert mass.max() < 0.05


def test_no_vertebra_is_read_two_bodies_long():
    corners = a_spine()
    maps = maps_of(corners)
    for vertebra, corner in [(3, 2), (3, 3), *((v, c) for v in (4, 5) for c in range(4))]:
        maps[vertebra * 4 + corner] += a_peak(corners[vertebra, corner] + (8.5, -0.85), 2.4)
    found, _ = read_spine(normal(maps))
    assert found == pytest.approx(corners, abs=0.2)
