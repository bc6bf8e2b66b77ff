"""Properties of ICC, Bland-Altman, ranks and errors; brute force on small samples."""

from itertools import product

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats
from statsmodels.api import OLS, add_constant

from reports.statistics.bland_altman import bland_altman, clustered_bias
from reports.statistics.error import errors, worst_case
from reports.statistics.hodges_lehmann import hodges_lehmann
from reports.statistics.icc import icc, mean_squares
from reports.statistics.proportional_bias import fit_line, proportional_bias
from reports.statistics.wilcoxon import signed_rank

# Small samples of coarse scores: forty examples meet ties, zeros and constant columns many times.
COMMON = settings(max_examples=40, deadline=None, derandomize=True)

TOTALS = st.integers(0, 24).map(float)


@st.composite
def scored(draw, low=3, high=14, columns=2):
    """Columns of totals, 0 to 24."""
    n = draw(st.integers(low, high))
    return tuple(np.array(draw(st.lists(TOTALS, min_size=n, max_size=n))) for _ in range(columns))


def same(a, b, **kwargs):
    if a is None or b is None:
        assert a is None
        assert b is None
    else:
        assert a == pytest.approx(b, **({"rel": 1e-7, "abs": 1e-9} | kwargs))


@COMMON
@given(arrays(np.float64, st.tuples(st.integers(2, 8), st.integers(2, 4)), elements=TOTALS))
def test_mean_squares_match_sums_written_out(ratings):
    n, k = ratings.shape
    grand = ratings.mean()
    found = mean_squares(ratings)
    rows, columns = ratings.mean(axis=1), ratings.mean(axis=0)
    between = sum(k * (r - grand) ** 2 for r in rows) / (n - 1)
    raters = sum(n * (c - grand) ** 2 for c in columns) / (k - 1)
    residual = sum(
        (ratings[i, j] - rows[i] - columns[j] + grand) ** 2 for i in range(n) for j in range(k)
    ) / ((n - 1) * (k - 1))
    same(found.targets, between)
    same(found.raters, raters)
    same(found.residual, residual)


@COMMON
@given(
    arrays(np.float64, st.tuples(st.integers(3, 8), st.integers(2, 4)), elements=TOTALS),
    st.floats(0.1, 5),
    st.floats(-9, 9),
    st.randoms(use_true_random=False),
)
def test_icc_ignores_units_order_of_images_and_of_raters(ratings, scale, shift, random):
    forms = icc(ratings)
    columns = list(range(ratings.shape[1]))
    random.shuffle(columns)
    for changed in (ratings * scale + shift, ratings[::-1], ratings[:, columns]):
        for name, form in icc(changed).items():
            same(form.estimate.value, forms[name].estimate.value, rel=1e-5, abs=1e-7)
    for form in forms.values():
        said = form.estimate
        if said.value is not None:
            assert said.value <= 1 + 1e-12
        if said.ci_low is not None:
            assert said.ci_low - 1e-9 <= said.value <= said.ci_high + 1e-9


@COMMON
@given(scored(), st.floats(-5, 5))
def test_consistency_forgives_a_constant_shift_and_agreement_does_not(pair, shift):
    reference, prediction = pair
    shifted = icc(np.stack([reference, prediction + shift], axis=1))
    plain = icc(np.stack([reference, prediction], axis=1))
    same(shifted["icc_c1"].estimate.value, plain["icc_c1"].estimate.value, rel=1e-5, abs=1e-6)
    centered = prediction - prediction.mean() + reference.mean()
    best = icc(np.stack([reference, centered], axis=1))["icc_a1"].estimate.value
    found = shifted["icc_a1"].estimate.value
    assume(best is not None and found is not None and best > 0)
    assert found <= best + 1e-9


@COMMON
@given(scored(), st.floats(-5, 5))
def test_limits_move_with_a_shift_and_turn_with_the_sign(pair, shift):
    reference, prediction = pair
    plain = bland_altman(reference, prediction)
    moved = bland_altman(reference, prediction + shift)
    turned = bland_altman(prediction, reference)
    for name in ("bias", "loa_lower", "loa_upper"):
        same(moved[name].value, plain[name].value + shift, abs=1e-7)
    same(turned["loa_lower"].value, -plain["loa_upper"].value)
    same(turned["loa_lower"].ci_low, -plain["loa_upper"].ci_high)
    assert plain["loa_lower"].ci_low <= plain["loa_lower"].value <= plain["loa_upper"].value


@COMMON
@given(scored())
def test_clustered_bias_is_the_t_interval_when_each_patient_has_one_image(pair):
    plain, clustered = bland_altman(*pair)["bias"], clustered_bias(*pair, None)
    same(clustered.ci_low, plain.ci_low)
    same(clustered.ci_high, plain.ci_high)


@COMMON
@given(scored(low=4))
def test_proportional_bias_matches_statsmodels(pair):
    reference, prediction = pair
    mean, difference = (reference + prediction) / 2, prediction - reference
    assume(np.ptp(mean) > 0)
    found = proportional_bias(reference, prediction)
    fit = OLS(difference, add_constant(mean)).fit()
    same(found["ba_slope_ols"].value, fit.params[1], abs=1e-7)
    line = fit_line(mean, difference)
    assume(np.abs(fit.resid).max() > 1e-6 and line.leverage.max() < 1 - 1e-6)
    same(line.se_ols, fit.bse[1], rel=1e-5)
    same(line.se_hc3, fit.get_robustcov_results("HC3").bse[1], rel=1e-5)


@COMMON
@given(scored(low=1, high=9), st.sampled_from(["pratt", "wilcox"]))
def test_exact_signed_rank_matches_every_sign_written_out(pair, zero_method):
    found = signed_rank(*pair, zero_method=zero_method)
    d = pair[1] - pair[0]
    d = d if zero_method == "pratt" else d[d != 0]
    ranks = stats.rankdata(np.abs(d))[d != 0] if d.size else np.zeros(0)
    center = ranks.sum() / 2
    sums = [np.dot(signs, ranks) for signs in product((0, 1), repeat=ranks.size)]
    observed = abs(found.w_plus - center)
    same(found.p_exact, np.mean([abs(s - center) >= observed - 1e-9 for s in sums]))


@COMMON
@given(scored(low=5, high=30))
def test_asymptotic_signed_rank_matches_scipy(pair):
    d = pair[1] - pair[0]
    assume(np.any(d != 0))
    for zero_method in ("pratt", "wilcox"):
        said = stats.wilcoxon(d, zero_method=zero_method, method="asymptotic", correction=False)
        same(signed_rank(*pair, zero_method=zero_method).p_asymptotic, said.pvalue)


@COMMON
@given(scored())
def test_signed_rank_turns_with_the_sign_and_its_effect_is_bounded(pair):
    one, other = signed_rank(*pair), signed_rank(*pair[::-1])
    same(one.p, other.p)
    same(one.rank_biserial, -other.rank_biserial)
    assert -1 <= one.rank_biserial <= 1
    assert 0 < one.p <= 1
    nonzero = [i for i, (a, b) in enumerate(zip(*pair, strict=True)) if a != b]
    assert one.n_zero + len(nonzero) == one.n == one.n_zero + one.n_positive + one.n_negative


@COMMON
@given(scored(low=1, high=40), st.floats(-3, 3))
def test_shift_is_the_median_of_walsh_averages_written_out(pair, shift):
    d = np.round(pair[1] + shift - pair[0], 9)
    walsh = [(d[i] + d[j]) / 2 for i in range(d.size) for j in range(i, d.size)]
    found = hodges_lehmann(pair[0], pair[1] + shift)
    same(found.value, np.median(walsh), abs=1e-8)
    assert found.ci_low - 1e-9 <= found.value <= found.ci_high + 1e-9
    assert np.min(np.abs(np.array(walsh) - found.ci_low)) < 1e-8


@COMMON
@given(scored())
def test_errors_keep_their_order(pair):
    found = {name: e.value for name, e in errors(*pair).items()}
    assert found["mae"] <= found["rmse"] + 1e-12
    assert found["share_exact"] <= found["share_within_1"] <= found["share_within_2"]
    if found["r2_determination"] is not None and found["r2_pearson"] is not None:
        assert found["r2_determination"] <= found["r2_pearson"] + 1e-9
    same(errors(*pair[::-1])["mae"].value, found["mae"])


@COMMON
@given(scored(), st.floats(0.2, 4), st.floats(-5, 5))
def test_squared_correlation_ignores_what_determination_punishes(pair, scale, shift):
    reference, prediction = pair
    plain, changed = errors(reference, prediction), errors(reference, prediction * scale + shift)
    same(changed["r2_pearson"].value, plain["r2_pearson"].value, rel=1e-5)
    same(changed["spearman"].value, plain["spearman"].value)


@COMMON
@given(scored(), st.data())
def test_worst_case_bounds_hold_any_completion(pair, data):
    hidden = [arr.copy() for arr in pair]
    for values in hidden:
        for i in range(values.size):
            if data.draw(st.booleans()):
                values[i] = np.nan
    bounds = worst_case(*hidden)
    whole = errors(*pair)["mae"].value
    assert bounds["mae"].low - 1e-9 <= whole <= bounds["mae"].high + 1e-9
    bias = float(np.mean(pair[1] - pair[0]))
    assert bounds["bias"].low - 1e-9 <= bias <= bounds["bias"].high + 1e-9
