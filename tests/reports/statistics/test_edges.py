"""Degenerate input gives a defined value, or none with its reason; impossible input raises."""

import numpy as np
import pytest

from reports.statistics.bland_altman import bland_altman, clustered_bias
from reports.statistics.calibration import calibration, interval_coverage, reliability
from reports.statistics.classes import class_accuracy, class_of, confusion, worst_case_accuracy
from reports.statistics.concordance import concordance
from reports.statistics.equivalence import equivalence
from reports.statistics.error import errors, worst_case
from reports.statistics.estimate import Estimate
from reports.statistics.hodges_lehmann import hodges_lehmann
from reports.statistics.icc import icc, rater_bias
from reports.statistics.kappa import TOTAL_LEVELS, kappa
from reports.statistics.multiplicity import adjust
from reports.statistics.paired_classes import bowker, mcnemar, stuart_maxwell
from reports.statistics.pairs import complete_pairs, refuse_out_of_range
from reports.statistics.panel import full
from reports.statistics.plan import StatisticsPlan
from reports.statistics.proportional_bias import proportional_bias
from reports.statistics.roc import at_cut, auc, auc_difference
from reports.statistics.wilcoxon import signed_rank

NAN = float("nan")
PLAN = StatisticsPlan(margin=1.0)
DEGENERATE = {
    "nothing": ([], []),
    "one": ([3], [4]),
    "two": ([3, 5], [4, 4]),
    "two equal": ([3, 3], [3, 3]),
    "all missing": ([NAN, 3], [2, NAN]),
    "perfect": (range(6), range(6)),
    "offset": (range(6), range(1, 7)),
    "constant truth": ([3] * 4, [2, 3, 3, 4]),
    "constant predictor": ([2, 3, 3, 4], [3] * 4),
    "both constant": ([2] * 4, [5] * 4),
    "all zero": ([0] * 5, [0] * 5),
    "one class": ([0, 1, 0, 1], [1, 0, 1, 1]),
    "only severe": ([20, 21, 22, 23], [20, 22, 21, 24]),
}


def arrays(edge):
    pairs = [(edge[k], [NAN if v is None else v for v in edge[k]]) for k in ("gt", "pred")]
    return tuple(np.array(values, dtype=float) for _, values in pairs)


def values(estimates):
    return {name: e.value for name, e in estimates.items()}


@pytest.mark.parametrize("name", DEGENERATE)
def test_every_statistic_is_defined_or_says_why(name):
    reference, prediction = (np.array(list(v), dtype=float) for v in DEGENERATE[name])
    found = full(reference, prediction, None, PLAN)
    for statistic, estimate in found.items():
        assert isinstance(estimate, Estimate)
        assert estimate.method, statistic
        assert estimate.value is not None or estimate.note, statistic
        assert (estimate.ci_low is None) == (estimate.ci_high is None), statistic
        if estimate.ci_low is not None:
            assert estimate.ci_low <= estimate.ci_high, statistic


def test_perfect_agreement(edges):
    edge = edges["perfect_agreement"]
    r, p = arrays(edge)
    for form in icc(np.stack([r, p], axis=1)).values():
        said = form.estimate
        assert [said.value, said.ci_low, said.ci_high] == [1.0, *edge["expect"]["icc_ci95"]]
        assert form.p == 0
    assert errors(r, p)["mae"].value == 0
    assert errors(r, p)["r2_determination"].value == 1
    assert kappa(r, p, TOTAL_LEVELS).value == 1
    limits = bland_altman(r, p)
    assert limits["bias"].value == limits["sd_difference"].value == 0
    assert signed_rank(r, p).p == edge["expect"]["wilcoxon"]["p"]
    assert signed_rank(r, p).n_zero == 6


def test_a_constant_offset_is_forgiven_by_consistency_alone(edges):
    edge = edges["constant_offset"]
    r, p = arrays(edge)
    said = edge["expect"]
    forms = icc(np.stack([r, p], axis=1))
    assert forms["icc_c1"].estimate.value == said["icc_C_1"]
    assert forms["icc_a1"].estimate.value == said["icc_A_1"]
    found = errors(r, p)
    assert found["r2_pearson"].value == pytest.approx(said["pearson_r2"])
    assert found["r2_determination"].value == pytest.approx(said["r2_cod"])
    assert found["mae"].value == said["mae"]
    limits = bland_altman(r, p)
    assert (limits["bias"].value, limits["sd_difference"].value) == (said["bias"], said["sd"])
    assert kappa(r, p, TOTAL_LEVELS).value == pytest.approx(said["qwk"])


def test_a_constant_truth_has_no_r_squared(edges):
    edge = edges["constant_truth"]
    r, p = arrays(edge)
    found = errors(r, p)
    assert found["mae"].value == edge["expect"]["mae"]
    for name in ("r2_determination", "r2_pearson"):
        assert found[name].value is None
        assert found[name].note == "the reference does not vary"


def test_all_zero_scores(edges):
    edge = edges["all_zero"]
    r, p = arrays(edge)
    assert {form.estimate.value for form in icc(np.stack([r, p], axis=1)).values()} == {None}
    assert kappa(r, p, TOTAL_LEVELS).value is None
    assert errors(r, p)["r2_determination"].value is None
    assert errors(r, p)["share_exact"].value == edge["expect"]["exact_match"]
    assert signed_rank(r, p).p == edge["expect"]["wilcoxon"]["p"]


def test_a_missing_prediction_is_counted(edges):
    edge = edges["missing_prediction"]
    r, p = arrays(edge)
    said, found = edge["expect"], errors(r, p)["mae"]
    assert found.n + found.n_missing == said["n_total"]
    assert (found.n, found.n_missing) == (said["n_used"], said["n_missing"])
    assert found.value == pytest.approx(said["mae"])


def test_a_score_out_of_range_raises(edges):
    with pytest.raises(ValueError, match="score outside 0 to 24"):
        refuse_out_of_range(arrays(edges["out_of_range"])[0])
    refuse_out_of_range([0, 24, NAN])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: complete_pairs([1, 2], [1]), "of one shape"),
        (lambda: complete_pairs([[1]], [[1]]), "of one shape"),
        (lambda: complete_pairs([1, float("inf")], [1, 2]), "infinite"),
        (lambda: icc([[1], [2]]), "raters >= 2"),
        (lambda: bland_altman([1], [1], interval="mover"), "interval must be one of"),
        (lambda: signed_rank([1], [1], zero_method="zsplit"), "zero_method must be one of"),
        (lambda: class_of([1], ()), "cuts must increase"),
        (lambda: class_of([1], (5, 1)), "cuts must increase"),
        (lambda: confusion([3], [0], 3), "classes must be integers"),
        (lambda: confusion([0.5], [0], 3), "classes must be integers"),
        (lambda: kappa([1], [1], 4, weights="cubic"), "weights must be one of"),
        (lambda: equivalence([1, 2], [1, 2], 0), "margin must be above 0"),
        (lambda: adjust([0.1, 0.2], "sidak"), "correction must be one of"),
        (lambda: adjust([0.1, 0.2], "holm", 1), "the family holds 1 tests but 2 were made"),
        (lambda: adjust([1.2]), "outside 0 to 1"),
        (lambda: mcnemar([True], [True, False]), "one shape"),
        (lambda: bowker(np.zeros((2, 3), dtype=int)), "table must be"),
        (lambda: interval_coverage([1], [2], [0]), "inverted"),
        (lambda: clustered_bias([1, 2], [1, 2], np.array(["a"])), "patient_id must have shape"),
        (lambda: Estimate(None, method="x"), "needs a note"),
    ],
)
def test_impossible_input_raises_with_a_clear_line(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_negative_r_squared_is_not_clipped():
    assert errors([0, 1, 2], [9, 9, 9])["r2_determination"].value == pytest.approx(-96)


def test_one_sided_reference_has_no_area_but_keeps_the_share_it_has():
    assert auc([0, 1], [3, 9], 6).note == "the reference lies on one side of the cut"
    found = at_cut([0, 1], [3, 9], 6)
    assert found["sensitivity"].value is None
    assert found["specificity"].value == 0.5
    difference, p = auc_difference([0, 9, 8, 1], [0, 9, 8, 1], [0, 9, 8, 1], 6)
    assert difference.value == 0
    assert "no variance" in p.note


def test_a_class_that_the_reference_lacks_leaves_balanced_accuracy_undefined():
    found = class_accuracy([0, 1, 3], [0, 4, 3], (1, 5))
    assert found["accuracy"].note == "2/3"
    assert found["balanced_accuracy"].value is None
    assert found["balanced_accuracy"].note == "the reference holds no image of class 2"
    assert found["recall_2"].value is None


def test_paired_tests_without_disagreement_are_one():
    table = np.diag([3, 4, 5])
    assert bowker(table).value == stuart_maxwell(table).value == 1
    assert mcnemar([True, False], [True, False]).value == 1
    nothing = np.zeros((3, 3), dtype=int)
    assert {f(nothing).value for f in (bowker, stuart_maxwell)} == {None}
    assert mcnemar([], []).value is None


def test_constant_predictions_leave_calibration_undefined():
    found = calibration([1, 2, 3], [2, 2, 2])
    assert found["calibration_slope"].note == "the prediction does not vary"
    assert found["sd_ratio"].value == 0
    assert concordance([1, 2, 3], [2, 2, 2])["ccc"].value == 0


def test_equal_differences_decide_equivalence_without_a_variance():
    assert equivalence([0, 1, 2], [0.5, 1.5, 2.5], 1)["tost_p"].value == 0
    assert equivalence([0, 1, 2], [1, 2, 3], 1)["tost_p"].value == 1


def test_empty_grades_of_the_reliability_say_so():
    found = reliability([0, 0, 3], [0.2, 0.4, 2.9], 4)
    assert found[0][0].value == 0
    assert found[0][1] == pytest.approx(0.3)
    assert found[1][0].note == "no segment is predicted at it"
    assert found[3][0].ci_low is None


def test_a_line_without_scatter_has_a_slope_but_no_test():
    found = proportional_bias([0, 1, 2, 3], [0, 2, 4, 6])
    assert found["ba_slope_ols"].value == pytest.approx(2 / 3)
    assert found["ba_slope_ols_p"].value is None


def test_worst_case_bounds_hold_every_completion():
    bounds = worst_case([4, 10, NAN, NAN], [5, NAN, 20, NAN])
    assert (bounds["mae"].low, bounds["mae"].high) == (0.25, (1 + 14 + 20 + 24) / 4)
    assert (bounds["bias"].low, bounds["bias"].high) == (
        (1 - 10 - 4 - 24) / 4,
        (1 + 14 + 20 + 24) / 4,
    )
    assert worst_case([], []) == {}
    assert worst_case_accuracy([0, 8], [1, NAN], (1, 5)) == (0.5, 1.0)
    assert worst_case_accuracy([], [], (1, 5)) is None


def test_rater_bias_without_residual_is_undefined():
    assert rater_bias([[1, 2], [2, 3]]).value is None


def test_a_shift_of_nothing_is_undefined():
    assert hodges_lehmann([], []).note == "no complete pairs"
    assert hodges_lehmann([1, 2], [1, 2]).value == 0
    assert hodges_lehmann([1, 2], [1, 2], drop_zeros=True).note == "all differences are zero"
