"""Random effects against metafor's printed example, and what few centers do not allow."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.statistics.across_centers import LINKS, linked, random_effects
from reports.statistics.precision import (
    icc_width,
    images_for,
    images_for_loa,
    loa_width,
    mean_width,
    share_width,
)

COMMON = settings(max_examples=40, deadline=None, derandomize=True)

# BCG vaccine trials (Colditz et al., JAMA 1994;271:698-702): tuberculosis and no tuberculosis,
# vaccinated and not. Log risk ratios; results as printed in Viechtbauer, J Stat Softw 2010;36(3)
# (doi:10.18637/jss.v036.i03) and in metafor's help for rma.
BCG = [
    (4, 119, 11, 128), (6, 300, 29, 274), (3, 228, 11, 209), (62, 13536, 248, 12619),
    (33, 5036, 47, 5761), (180, 1361, 372, 1079), (8, 2537, 10, 619), (505, 87886, 499, 87892),
    (29, 7470, 45, 7232), (17, 1699, 65, 1600), (186, 50448, 141, 27197), (5, 2493, 3, 2338),
    (27, 16886, 29, 17825),
]  # fmt: skip


def log_risk_ratios():
    a, b, c, d = (np.array(x, dtype=float) for x in zip(*BCG, strict=True))
    value = np.log(a / (a + b)) - np.log(c / (c + d))
    return value, np.sqrt(1 / a - 1 / (a + b) + 1 / c - 1 / (c + d))


def test_reml_matches_metafor():
    found = random_effects(*log_risk_ratios())
    assert found.tau2 == pytest.approx(0.3132, abs=5e-5)
    assert (found.mean, found.se) == pytest.approx((-0.7145, 0.1798), abs=5e-5)
    assert found.q == pytest.approx(152.2330, abs=5e-5)
    assert found.q_p < 1e-4
    assert found.k == 13
    assert found.caveat == "13 centers"


def test_dersimonian_laird_matches_metafor():
    found = random_effects(*log_risk_ratios(), method="dl")
    assert found.tau2 == pytest.approx(0.3088, abs=5e-5)
    assert found.i2 == pytest.approx(0.9212, abs=5e-5)
    assert (found.mean, found.se) == pytest.approx((-0.7141, 0.1787), abs=5e-5)


def test_equal_centers_pool_to_the_fixed_mean():
    found = random_effects([1.0, 1.0, 1.0], [0.1, 0.2, 0.4])
    assert found.mean == pytest.approx(1)
    assert found.tau2 == found.i2 == found.q == 0
    assert found.ci_high - found.mean == pytest.approx(4.3027 * found.se, rel=1e-4)
    assert "hardly estimable" in found.caveat


def test_few_centers_are_told():
    assert random_effects([1.0], [0.1]) is None
    two = random_effects([1.0, 2.0], [0.1, 0.1])
    assert two.prediction_low is None
    three = random_effects([1.0, 2.0, 3.0], [0.1, 0.1, 0.1])
    assert three.prediction_low < three.ci_low < three.ci_high < three.prediction_high


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: random_effects([1, 2], [1]), "differ in shape"),
        (lambda: random_effects([1, 2], [1, 0]), "above 0"),
        (lambda: random_effects([1, 2], [1, 1], method="pm"), "method must be one of"),
        (lambda: images_for(0, lambda n: 1 / n), "width must be above 0"),
    ],
)
def test_impossible_input_raises(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@COMMON
@given(
    st.lists(st.tuples(st.floats(-5, 5), st.floats(0.05, 3)), min_size=2, max_size=6),
    st.floats(-10, 10),
)
def test_pooling_is_within_the_centers_and_moves_with_them(rows, shift):
    values, errors = (np.array(x) for x in zip(*rows, strict=True))
    for method in ("reml", "dl"):
        found = random_effects(values, errors, method=method)
        assert values.min() - 1e-9 <= found.mean <= values.max() + 1e-9
        assert found.tau2 >= 0
        assert 0 <= found.i2 <= 1
        moved = random_effects(values + shift, errors, method=method)
        assert moved.mean == pytest.approx(found.mean + shift, abs=1e-3)
        assert moved.q == pytest.approx(found.q, abs=1e-6)


@COMMON
@given(st.sampled_from(sorted(LINKS)), st.floats(0.01, 0.99))
def test_links_invert_and_carry_errors_by_their_slope(link, value):
    forward, back, slope = LINKS[link]
    assert back(forward(value)) == pytest.approx(value)
    step = 1e-6
    rise = (forward(value + step) - forward(value - step)) / (2 * step)
    assert slope(value) == pytest.approx(rise, rel=1e-3)


def test_centers_at_the_end_of_a_scale_are_left_out():
    assert linked([1.0, 0.9, None], [0.1, 0.1, 0.1], "fisher_z")[0] == [np.arctanh(0.9)]
    assert linked([0.5, 0.9], [0.0, None], "logit") == ([], [], [False, False])
    assert linked([0.5, 1.0, 0.8], [0.1, 0.1, 0.2], "logit")[2] == [True, False, True]


WIDTHS = {
    "mean": lambda n: mean_width(n, 2.0),
    "loa": lambda n: loa_width(n, 2.0),
    "icc": lambda n: icc_width(n, 0.9),
    "share": lambda n: share_width(n, 0.8),
}


@pytest.mark.parametrize("name", WIDTHS)
@pytest.mark.parametrize("target", [0.05, 0.3, 1.5])
def test_the_number_of_images_is_the_smallest_that_does(name, target):
    width = WIDTHS[name]
    n = images_for(target, width)
    assert width(n) <= target
    assert n == 1 or width(n - 1) > target


def test_images_for_an_icc_follow_bonetts_formula():
    z = 1.959964
    wanted = 8 * z**2 * 0.2**2 * (1 + 2 * 0.8) ** 2 / (3 * 2 * 0.2**2) + 1
    assert images_for(0.2, lambda n: icc_width(n, 0.8, k=3)) == int(np.ceil(wanted))


def test_widths_below_two_images_are_infinite_and_a_target_can_be_out_of_reach():
    assert {f(0) for f in WIDTHS.values()} == {float("inf")}
    assert images_for(1e-9, WIDTHS["mean"]) is None
    assert images_for_loa(0.5, 2.0) == images_for(0.5, WIDTHS["loa"])


def test_limit_width_is_about_seven_standard_errors():
    """Standard error of a limit is about 1.7 s / sqrt(n)."""
    assert loa_width(400, 2.0) == pytest.approx(2 * 1.96 * 1.71 * 2 / 20, rel=0.02)
