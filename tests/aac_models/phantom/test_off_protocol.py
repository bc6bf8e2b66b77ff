import numpy as np
import pytest

from aac_models.phantom import off_protocol


@pytest.mark.parametrize("kind", off_protocol.KINDS)
def test_each_kind_draws_a_reproducible_image(kind):
    first, again = off_protocol.draw(kind, 3), off_protocol.draw(kind, 3)
    pixels = first.pixels
    assert pixels.dtype == np.float32
    assert min(pixels.shape) >= 200
    assert np.isfinite(pixels).all()
    assert pixels.min() >= 0
    assert pixels.max() <= 1
    assert pixels.tobytes() == again.pixels.tobytes()
    assert first.pixel_spacing_mm is None
    assert first.anterior is None


@pytest.mark.parametrize("kind", off_protocol.KINDS)
def test_another_seed_draws_another_image(kind):
    first, other = off_protocol.draw(kind, 1).pixels, off_protocol.draw(kind, 2).pixels
    assert first.shape != other.shape or not np.array_equal(first, other)


def test_an_unknown_kind_is_refused_with_the_list():
    with pytest.raises(ValueError, match="chest"):
        off_protocol.draw("spaceship", 1)
