"""Properties of classes, kappa, areas, tests and calibration; brute force on small samples."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats
from statsmodels.stats.contingency_tables import SquareTable
from statsmodels.stats.multitest import multipletests

from reports.statistics.calibration import calibration, interval_coverage
from reports.statistics.classes import class_accuracy, class_labels, class_of, confusion, wilson
from reports.statistics.concordance import concordance
from reports.statistics.equivalence import equivalence
from reports.statistics.kappa import TOTAL_LEVELS, WEIGHTS, kappa, kappa_of
from reports.statistics.multiplicity import adjust
from reports.statistics.paired_classes import bowker, mcnemar, stuart_maxwell
from reports.statistics.roc import auc, auc_difference

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
@given(scored(high=30), st.sampled_from([(1, 5), (4, 15), (0, 4), (0, 4, 12)]))
def test_accuracy_is_the_share_of_equal_classes(pair, cuts):
    a, b = (class_of(x, cuts) for x in pair)
    found = class_accuracy(*pair, cuts)
    same(found["accuracy"].value, float(np.mean(a == b)))
    assert found["accuracy"].ci_low <= found["accuracy"].value <= found["accuracy"].ci_high
    table = confusion(a, b, len(cuts) + 1)
    assert table.sum() == a.size
    assert (confusion(b, a, len(cuts) + 1) == table.T).all()
    assert len(class_labels(cuts)) == len(cuts) + 1


@COMMON
@given(st.integers(1, 500), st.data())
def test_wilson_lies_in_the_unit_interval_and_mirrors(n, data):
    k = data.draw(st.integers(0, n))
    low, high = wilson(k, n)
    assert 0 <= low <= k / n <= high <= 1
    mirrored = wilson(n - k, n)
    same(low, 1 - mirrored[1])
    same(high, 1 - mirrored[0])


@COMMON
@given(scored(high=30))
def test_kappa_matches_sums_written_out_and_is_symmetric(pair):
    reference, prediction = pair
    for weights in WEIGHTS:
        found = kappa(reference, prediction, TOTAL_LEVELS, weights=weights)
        turned = kappa(prediction, reference, TOTAL_LEVELS, weights=weights)
        same(found.value, turned.value)
        cost = {
            "unweighted": lambda a, b: float(a != b),
            "linear": lambda a, b: abs(a - b),
            "quadratic": lambda a, b: (a - b) ** 2,
        }[weights]
        observed = np.mean([cost(a, b) for a, b in zip(*pair, strict=True)])
        expected = np.mean([cost(a, b) for a in reference for b in prediction])
        if found.value is not None:
            same(found.value, 1 - observed / expected)
            assert -1 <= found.ci_low <= found.value <= found.ci_high <= 1


@COMMON
@given(scored(high=30))
def test_quadratic_kappa_of_totals_is_lins_concordance(pair):
    found, lin = kappa(*pair, TOTAL_LEVELS), concordance(*pair)["ccc"]
    assume(lin.value is not None)
    same(found.value, lin.value)
    if lin.ci_low is not None:
        assert -1 <= lin.ci_low <= lin.value + 1e-9
        assert lin.value - 1e-9 <= lin.ci_high <= 1


@COMMON
@given(scored(low=4, high=12), st.floats(1, 23))
def test_area_matches_every_pair_written_out(pair, cut):
    reference, prediction = pair
    found = auc(reference, prediction, cut)
    ups, downs = prediction[reference >= cut], prediction[reference < cut]
    if not (ups.size and downs.size):
        assert found.value is None
        return
    wins = np.mean([(u > d) + (u == d) / 2 for u in ups for d in downs])
    same(found.value, wins)
    same(auc(reference, -prediction, cut).value, 1 - wins)
    same(auc(reference, prediction**3, cut).value, wins)
    if found.ci_low is not None:
        assert 0 <= found.ci_low <= wins + 1e-9 <= found.ci_high + 2e-9 <= 1 + 3e-9


@COMMON
@given(scored(low=6, high=20, columns=3))
def test_area_difference_turns_with_the_order(triple):
    reference, a, b = triple
    assume(min((reference >= 6).sum(), (reference < 6).sum()) > 1)
    one, p = auc_difference(reference, a, b, 6)
    other, q = auc_difference(reference, b, a, 6)
    same(one.value, -other.value)
    same(p.value, q.value)


def test_films_taken_again_make_no_difference_of_areas_any_surer():
    rng = np.random.default_rng(4)
    reference = rng.integers(0, 12, 60).astype(float)
    one, other = reference + rng.normal(0, 2, 60), reference + rng.normal(0, 4, 60)
    single = auc_difference(reference, one, other, 6, patient_id=np.arange(60))
    again = [np.repeat(values, 4) for values in (reference, one, other)]
    four = auc_difference(*again, 6, patient_id=np.repeat(np.arange(60), 4))
    naive = auc_difference(*again, 6)
    same(single[1].value, four[1].value)
    same(single[0].ci_low, four[0].ci_low)
    assert naive[1].value < single[1].value / 10


@COMMON
@given(st.integers(2, 30), st.integers(0, 2**31))
def test_patient_clustered_area_equals_delong_up_to_its_factor(n, seed):
    rng = np.random.default_rng(seed)
    reference, prediction = rng.integers(0, 12, 40).astype(float), rng.normal(size=40)
    assume(min((reference >= 6).sum(), (reference < 6).sum()) > n // 8)
    single = auc(reference, prediction, 6, patient_id=np.arange(40))
    delong = auc(reference, prediction, 6)
    assume(single.ci_low is not None and delong.ci_low > 0 and delong.ci_high < 1)
    assert single.ci_high - single.value == pytest.approx(delong.ci_high - delong.value, rel=0.2)


@COMMON
@given(scored(low=3, high=15), st.floats(0.1, 6))
def test_equivalence_is_shown_exactly_when_the_interval_lies_inside(pair, margin):
    found = equivalence(*pair, margin)
    inside = -margin < found["tost_bias"].ci_low and found["tost_bias"].ci_high < margin
    assume(abs(found["tost_p"].value - 0.05) > 1e-9)
    assert (found["tost_p"].value < 0.05) == inside
    turned = equivalence(*pair[::-1], margin)
    same(turned["tost_p"].value, found["tost_p"].value)


@COMMON
@given(st.lists(st.floats(0, 1), min_size=1, max_size=6), st.integers(0, 4))
def test_adjusted_p_values_match_their_definition_and_keep_their_order(p_values, spare):
    size = len(p_values) + spare
    holm, bonferroni = (adjust(p_values, name, size) for name in ("holm", "bonferroni"))
    assert bonferroni == [min(1.0, size * p) for p in p_values]
    ranked = sorted(p_values)
    for p, adjusted in zip(p_values, holm, strict=True):
        steps = [(size - i) * q for i, q in enumerate(ranked) if q <= p]
        same(adjusted, min(1.0, max(steps[: ranked.index(p) + 1])))
    assert all(p <= h <= b for p, h, b in zip(p_values, holm, bonferroni, strict=True))


def test_adjusted_p_values_match_statsmodels():
    p_values = [0.04, 0.001, 0.3, 0.02, 0.02]
    for name in ("bonferroni", "holm"):
        assert adjust(p_values, name) == pytest.approx(
            list(multipletests(p_values, method=name)[1])
        )


def test_an_undefined_test_stays_in_its_family():
    assert adjust([0.01, None, 0.02]) == pytest.approx([0.03, None, 0.06])
    assert adjust([0.01, None, 0.02], "holm") == pytest.approx([0.03, None, 0.04])


@COMMON
@given(arrays(np.int64, (3, 3), elements=st.integers(0, 9)))
def test_paired_class_tests_match_statsmodels(table):
    assume(
        (table + table.T - 2 * np.diag(np.diag(table))).min(initial=9, where=~np.eye(3, dtype=bool))
        > 0
    )
    said = SquareTable(table, shift_zeros=False)
    same(bowker(table).value, said.symmetry().pvalue)
    same(bowker(table.T).value, bowker(table).value)
    same(stuart_maxwell(table).value, said.homogeneity().pvalue, rel=1e-6)


@COMMON
@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=30))
def test_mcnemar_is_the_binomial_test_of_the_discordant(rows):
    a, b = (np.array(x) for x in zip(*rows, strict=True))
    first, second = int((a & ~b).sum()), int((b & ~a).sum())
    wanted = stats.binomtest(first, first + second).pvalue if first + second else 1.0
    same(mcnemar(a, b).value, wanted)
    same(mcnemar(b, a).value, wanted)


@COMMON
@given(scored(), st.floats(0.2, 4), st.floats(-5, 5))
def test_calibration_undoes_a_change_of_scale(pair, scale, shift):
    reference, prediction = pair
    plain, changed = (
        calibration(reference, prediction),
        calibration(reference, prediction * scale + shift),
    )
    if plain["calibration_slope"].value is not None:
        same(changed["calibration_slope"].value * scale, plain["calibration_slope"].value, rel=1e-5)
    if plain["sd_ratio"].value is not None:
        same(changed["sd_ratio"].value, plain["sd_ratio"].value * scale, rel=1e-6)
    perfect = calibration(reference, reference)
    if perfect["calibration_slope"].value is not None:
        same(perfect["calibration_slope"].value, 1.0)
        same(perfect["calibration_intercept"].value, 0.0, abs=1e-7)


@COMMON
@given(scored(), st.floats(0, 10))
def test_wider_intervals_cover_more(pair, half):
    reference, prediction = pair
    narrow = interval_coverage(reference, prediction - half, prediction + half)
    wide = interval_coverage(reference, prediction - half - 1, prediction + half + 1)
    assert narrow["interval_coverage"].value <= wide["interval_coverage"].value
    same(narrow["interval_width"].value, 2 * half, abs=1e-7)


@COMMON
@given(arrays(np.int64, (4, 4), elements=st.integers(0, 9)), st.integers(2, 5))
def test_kappa_of_a_table_does_not_depend_on_its_size_but_its_interval_does(table, times):
    one, many = kappa_of(table), kappa_of(table * times)
    same(one.value, many.value)
    if one.ci_low is not None and one.ci_low > -1 and one.ci_high < 1:
        same((many.ci_high - many.value) * np.sqrt(times), one.ci_high - one.value, abs=1e-6)
