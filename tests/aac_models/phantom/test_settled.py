import pytest

from aac_models.phantom import cohort, film

# The shipped weights were trained on these very films: shape, mean and spread of the gray
# values, true total and the superior-anterior corner of L3 (row, column) at 0.8 mm, seed 2026.
SETTLED = {
    "train": ((460, 335), 0.2389, 0.2850, 1, [231.10000610351562, 156.39999389648438]),
    "test": ((514, 368), 0.4134, 0.2883, 0, [255.6999969482422, 193.5]),
    "C": ((470, 308), 0.6453, 0.3907, 4, [242.8000030517578, 132.10000610351562]),
    "D": ((511, 382), 0.4549, 0.2861, 8, [317.20001220703125, 181.60000610351562]),
}


@pytest.mark.parametrize("split", SETTLED)
def test_the_phantom_still_draws_the_films_the_networks_were_trained_on(split):
    """A failure here means: train again, or take the change back."""
    shape, mean, spread, total, corner = SETTLED[split]
    phantom = film.draw(cohort.plan({split: 1}, 2026)[0], mm_per_px=0.8)
    pixels = phantom.radiograph.pixels
    assert pixels.shape == shape
    assert pixels.mean() == pytest.approx(mean, abs=2e-3)
    assert pixels.std() == pytest.approx(spread, abs=2e-3)
    assert phantom.grades.sum() == total
    assert phantom.anatomy.corners_px[3, 0] == pytest.approx(corner, abs=0.1)
