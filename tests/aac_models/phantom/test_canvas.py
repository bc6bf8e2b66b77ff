import numpy as np
import pytest

from aac_models.phantom.canvas import Canvas, smooth_noise, soften, spread


def mass(canvas, picture):
    return picture.sum() * canvas.mm_per_px**2


def draw_line(mm_per_px, slope):
    canvas = Canvas((round(40 / mm_per_px), round(40 / mm_per_px)), mm_per_px)
    y = canvas.axes()[1][:, 0].astype(float)
    ones = np.ones_like(y)
    canvas.stroke(canvas.other, 10 + slope * y, 0.2 * ones, 0.4 * ones, slope * ones)
    return mass(canvas, canvas.other)


def test_a_thin_line_keeps_its_mass_at_every_resolution():
    fine = draw_line(0.1, 0.0)
    for mm_per_px in (0.2, 0.4, 0.8):
        assert draw_line(mm_per_px, 0.0) == pytest.approx(fine, rel=0.03)


def test_a_slanting_line_is_as_wide_across_as_an_upright_one():
    """Per row it is wider by 1 / cosine, so that its mass per length stays the same."""
    assert draw_line(0.2, 0.5) == pytest.approx(draw_line(0.2, 0.0) * np.hypot(1, 0.5), rel=0.03)


def test_shapes_that_lie_off_the_sheet_leave_it_untouched():
    canvas = Canvas((50, 50), 1.0)
    canvas.blob(canvas.other, np.array([-40.0, 200.0]), (5, 4), 0.0, 1.0)
    canvas.tube(
        canvas.other,
        np.array([90.0, 0.0]),
        np.array([95.0, 20.0]),
        bend_mm=1.0,
        width_mm=3,
        amount=1,
    )
    far = np.full(50, 400.0)
    canvas.stroke(canvas.other, far, np.ones(50), np.ones(50), np.zeros(50))
    assert not canvas.other.any()


def test_a_blob_is_symmetric_about_its_center():
    canvas = Canvas((41, 41), 1.0)
    canvas.blob(canvas.other, np.array([20.5, 20.5]), (12, 7), 0.4, 1.0, rim=0.3)
    assert np.allclose(canvas.other, canvas.other[::-1, ::-1], atol=1e-5)
    assert canvas.other[20, 20] == pytest.approx(1.0, abs=0.05)


def test_spreading_keeps_a_constant_and_a_ramp():
    assert np.allclose(spread(np.full((3, 4), 2.5, np.float32), (17, 29)), 2.5)
    ramp = spread(np.tile(np.arange(8, dtype=np.float32), (4, 1)), (4, 80))
    assert np.allclose(np.diff(ramp[0, 10:70]), 0.1, atol=1e-4)


def test_softening_keeps_the_mean_level():
    rng = np.random.default_rng(0)
    image = rng.random((103, 91), dtype=np.float32)
    for sigma in (1.0, 7.0, 30.0):
        soft = soften(image, sigma)
        assert soft.shape == image.shape
        assert soft.mean() == pytest.approx(0.5, abs=0.03)
        assert soft.std() < image.std()


def test_a_smooth_field_is_the_same_field_at_every_resolution():
    coarse = smooth_noise(np.random.default_rng(4), (200, 100), 12, (100, 50))
    fine = smooth_noise(np.random.default_rng(4), (200, 100), 12, (400, 200))
    averaged = fine.reshape(100, 4, 50, 4).mean(axis=(1, 3))
    assert np.corrcoef(coarse.ravel(), averaged.ravel())[0, 1] > 0.999
