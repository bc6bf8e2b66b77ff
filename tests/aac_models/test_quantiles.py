"""Sorted pixels have the medians and percentiles that NumPy finds, to the last digit."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aac_models.quantiles import median, percentiles


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.float32, np.float64])
@given(
    seed=st.integers(0, 2**32 - 1),
    size=st.integers(1, 400),
    percents=st.lists(st.floats(0, 100), min_size=2, max_size=3),
)
def test_they_are_those_of_numpy(kind: type, seed: int, size: int, percents: list[float]):
    values = (np.random.default_rng(seed).random((size, 3)) * 255).astype(kind)
    assert median(values) == np.median(values)
    found = percentiles(values, percents)
    np.testing.assert_array_equal(found, np.percentile(values, percents))
    assert found.dtype == np.float64
