"""How the statistics are put together for one comparison."""

import numpy as np
import pytest

from reports.statistics.panel import core, full
from reports.statistics.plan import StatisticsPlan
from reports.statistics.wilcoxon import signed_rank


def test_the_declared_treatment_of_zeros_is_the_primary_one(columns_of):
    case = columns_of("C")
    r, p = case.reference, case.columns["full"]
    for declared, name in (("pratt", "pratt"), ("wilcox", "drop_zeros")):
        found = full(r, p, None, StatisticsPlan(zero_method=declared))
        assert found["wilcoxon_p"].value == found[f"wilcoxon_p_{name}"].value
        assert found["wilcoxon_p"].value == signed_rank(r, p, zero_method=declared).p
        assert found["wilcoxon_p_pratt"].value != found["wilcoxon_p_drop_zeros"].value


def test_patients_are_tested_by_their_mean_difference():
    reference = np.ones(6)
    prediction = np.array([2.0, 2.0, 2.0, 2.0, 3.0, 0.0])
    patient = np.array(["a", "a", "a", "a", "b", "c"])
    found = full(reference, prediction, patient, StatisticsPlan())["wilcoxon_p_patient_means"]
    assert found.n == 3
    assert found.value == signed_rank([0, 0, 0], [1, 2, -1]).p
    alone = full(reference, prediction, None, StatisticsPlan())
    assert alone["wilcoxon_p_patient_means"].value == alone["wilcoxon_p"].value


def test_no_margin_no_equivalence():
    reference, prediction = np.arange(5.0), np.array([0.0, 2.0, 2.0, 2.0, 4.0])
    assert "tost_p" not in full(reference, prediction, None, StatisticsPlan())
    assert "tost_p" in full(reference, prediction, None, StatisticsPlan(margin=1.0))


def test_the_optional_interval_of_the_limits_is_named(columns_of):
    case = columns_of("A")
    plan = StatisticsPlan(loa_interval="bland_altman_1999")
    found = core(case.reference, case.prediction, plan)["loa_upper"]
    exact = core(case.reference, case.prediction, StatisticsPlan())["loa_upper"]
    assert "1999" in found.method
    assert "noncentral" in exact.method
    assert found.value == exact.value
    assert found.ci_high != exact.ci_high


def test_half_points_round_up_before_classes_and_kappa():
    plan = StatisticsPlan()
    found = core(np.array([6.0, 1.0, 2.0]), np.array([5.5, 1.49, 1.5]), plan)
    assert found["accuracy_dxa"].note == "3/3"
    assert found["kappa_quadratic"].value == 1
    assert found["mae"].value == pytest.approx((0.5 + 0.49 + 0.5) / 3)


def test_a_wanted_width_says_how_many_images_it_takes(columns_of):
    case = columns_of("A")
    found = full(case.reference, case.prediction, None, StatisticsPlan(target_widths={"bias": 0.2}))
    assert found["precision_bias_width"].value > 0.2
    assert found["precision_bias_n_for_0.2"].value > case.reference.size
    ratio = found["precision_bias_n_for_0.2"].value / case.reference.size
    assert ratio == pytest.approx((found["precision_bias_width"].value / 0.2) ** 2, rel=0.02)


def test_a_smaller_alpha_widens_every_interval(columns_of):
    case = columns_of("C")
    columns = (case.reference, case.columns["full"], case.patient_id)
    narrow = full(*columns, StatisticsPlan(alpha=0.2, margin=1.0))
    wide = full(*columns, StatisticsPlan(alpha=0.01, margin=1.0))
    for name, estimate in narrow.items():
        if estimate.ci_low is not None:
            assert wide[name].ci_low <= estimate.ci_low, name
            assert wide[name].ci_high >= estimate.ci_high, name
            assert wide[name].value == estimate.value, name
