"""Arrays held to each other whole: ``pytest.approx`` walks over them number by number."""

import numpy as np


def alike(one, other, limit, *, nan_ok=False):
    """Fail where shapes differ or two numbers lie further apart than the limit."""
    np.testing.assert_allclose(one, other, rtol=0, atol=limit, equal_nan=nan_ok)
