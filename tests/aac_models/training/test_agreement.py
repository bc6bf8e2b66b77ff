"""The run's own few figures, held to the study's statistics."""

import numpy as np
import pytest

from aac_models.kauppila import SEVERITY_PRESETS
from aac_models.training import agreement
from reports.statistics.classes import class_accuracy
from reports.statistics.error import errors
from reports.statistics.icc import icc
from reports.statistics.kappa import kappa
from reports.statistics.proportional_bias import proportional_bias


@pytest.fixture
def totals():
    rng = np.random.default_rng(3)
    truth = np.clip(rng.gamma(1.2, 4, 200).round(), 0, 24)
    return truth, np.clip(truth + rng.normal(0.3, 1.4, 200), 0, 24)


def test_figures_of_totals_are_those_of_the_reports(totals):
    found = agreement.of_totals(*totals)
    wanted = errors(*totals)
    assert found["mae"] == pytest.approx(wanted["mae"].value)
    assert found["r2_determination"] == pytest.approx(wanted["r2_determination"].value)
    assert found["icc_a1"] == pytest.approx(icc(np.stack(totals, axis=1))["icc_a1"].estimate.value)
    assert found["ba_slope"] == pytest.approx(proportional_bias(*totals)["ba_slope_ols"].value)
    assert found["bias"] == pytest.approx((totals[1] - totals[0]).mean())
    for preset, cuts in SEVERITY_PRESETS.items():
        wanted = class_accuracy(*totals, cuts)["accuracy"].value
        assert found[f"accuracy_{preset}"] == pytest.approx(wanted)


def test_kappa_pools_the_grades_that_both_gave():
    rng = np.random.default_rng(4)
    truth = rng.integers(-1, 4, (60, 4, 2))
    said = np.clip(truth + rng.integers(-1, 2, truth.shape), 0, 3)
    known = truth >= 0
    wanted = kappa(truth[known], said[known], 4).value
    assert agreement.kappa_of_grades(truth, said) == pytest.approx(wanted)


def test_what_is_undefined_is_nan_and_no_fault():
    assert np.isnan(list(agreement.of_totals([], []).values())).all()
    assert np.isnan(agreement.of_totals([3.0], [4.0])["icc_a1"])
    assert np.isnan(agreement.kappa_of_grades([-1], [2]))
