"""ICC, Bland-Altman, errors, concordance, equivalence, calibration against R."""

import numpy as np
import pytest

from reports.statistics.bland_altman import (
    bland_altman,
    clustered_bias,
    limit_factors,
    percentile_limits,
)
from reports.statistics.calibration import calibration
from reports.statistics.concordance import concordance
from reports.statistics.equivalence import equivalence
from reports.statistics.error import errors
from reports.statistics.icc import FORMS, icc, mean_squares, rater_bias
from reports.statistics.proportional_bias import (
    REGRESSION_MULTIPLIER,
    proportional_bias,
)

FORM_NAMES = dict(
    zip(FORMS, ("ICC_1_1", "ICC_A_1", "ICC_C_1", "ICC_1_k", "ICC_A_k", "ICC_C_k"), strict=True)
)


def near(value, rel=1e-6):
    return pytest.approx(value, rel=rel, abs=1e-9)


def check_icc(ratings, expected):
    forms, said = icc(ratings), expected["reference_DescTools"]
    for form, name in FORM_NAMES.items():
        found, wanted = forms[form], said[name]
        assert found.estimate.value == near(wanted["est"])
        assert found.estimate.ci_low == near(wanted["ci95"][0], 1e-4)
        assert found.estimate.ci_high == near(wanted["ci95"][1], 1e-4)
        assert found.f == near(wanted["F"])
        assert (found.df1, found.df2) == (wanted["df1"], wanted["df2"])
    for form in ("icc_11", "icc_c1", "icc_1k", "icc_ck"):  # irr's df of the A forms are its own
        assert forms[form].p == near(expected["irr"][FORM_NAMES[form]]["p"])
    squares, wanted = mean_squares(ratings), expected["mean_squares"]
    assert squares.targets == near(wanted["MS_between_targets"])
    assert squares.raters == near(wanted["MS_raters"])
    assert squares.residual == near(wanted["MS_residual"])
    assert squares.within == near(wanted["MS_within"])
    assert rater_bias(ratings).value == near(expected["p_raters"])


def test_six_forms_of_icc_match_r(case):
    check_icc(np.stack([case.reference, case.prediction], axis=1), case.expected["icc"])


def test_icc_of_four_judges_matches_shrout_and_fleiss(golden, read_columns):
    judges = read_columns("shrout_fleiss_1979")
    ratings = np.stack([judges[f"j{i}"].astype(float) for i in range(1, 5)], axis=1)
    check_icc(ratings, golden["shrout_fleiss_1979"]["icc"])
    printed = {form: round(e.estimate.value, 2) for form, e in icc(ratings).items()}
    assert printed == {
        "icc_11": 0.17, "icc_a1": 0.29, "icc_c1": 0.71,
        "icc_1k": 0.44, "icc_ak": 0.62, "icc_ck": 0.91,
    }  # fmt: skip


def test_bias_and_limits_of_agreement_match_r(case):
    said = case.expected["bland_altman"]
    found = bland_altman(case.reference, case.prediction)
    assert found["bias"].value == near(said["bias"])
    assert [found["bias"].ci_low, found["bias"].ci_high] == near(said["bias_ci95"])
    assert found["sd_difference"].value == near(said["sd"])
    assert [found["loa_lower"].value, found["loa_upper"].value] == near(said["loa"])
    assert found["share_within_loa"].value == near(said["within_loa"]["share"])
    assert found["bias"].n == said["n"]


@pytest.mark.parametrize(
    ("interval", "name"),
    [("exact", "exact_noncentral_t"), ("bland_altman_1999", "bland_altman_1999_se_t")],
)
def test_intervals_of_the_limits_match_the_reference(case, interval, name):
    said = case.expected["bland_altman"]["loa_ci95"][name]
    found = bland_altman(case.reference, case.prediction, interval=interval)
    for side in ("lower", "upper"):
        limit = found[f"loa_{side}"]
        assert [limit.ci_low, limit.ci_high] == near(said[side], 1e-4)


def test_noncentral_t_factors_match(case):
    said = case.expected["bland_altman"]
    factors = said["loa_ci95"]["exact_noncentral_t"]["k_factors"]
    assert list(limit_factors(said["n"], 0.05)) == near(factors)


def test_percentile_limits_match_type_7(case):
    said = case.expected["bland_altman"]["percentile_loa"]["type7"]
    assert list(percentile_limits(case.prediction - case.reference)) == near(said)


def test_proportional_bias_matches_r(case):
    said = case.expected["bland_altman"]["proportional_bias"]
    found = proportional_bias(case.reference, case.prediction)
    assert found["ba_intercept"].value == near(said["intercept"])
    slope = found["ba_slope_ols"]
    assert slope.value == near(said["slope"])
    assert [slope.ci_low, slope.ci_high] == near(said["slope_ci95"])
    assert found["ba_slope_ols_p"].value == near(said["slope_p"])
    assert found["ba_slope_hc3_p"].value == near(said["slope_HC3"]["p"])
    assert found["ba_slope_hc3"].value == slope.value


def test_spread_of_the_differences_matches_r(case):
    said = case.expected["bland_altman"]["heteroscedasticity"]
    found = proportional_bias(case.reference, case.prediction)
    assert found["ba_spread_slope"].value == near(said["abs_resid_slope"])
    assert found["ba_spread_intercept"].value == near(said["abs_resid_intercept"])
    assert found["ba_spread_slope_p"].value == near(said["p"])
    assert found["heteroscedasticity_p"].value == near(said["breusch_pagan_koenker"]["p"])


def test_sloping_limits_match_r(case):
    said = case.expected["bland_altman"]["heteroscedasticity"]["regression_loa"]
    assert near(said["multiplier"]) == REGRESSION_MULTIPLIER
    lines = {n: e.value for n, e in proportional_bias(case.reference, case.prediction).items()}
    for side in ("lower", "upper"):
        start, rise = (lines[f"regression_loa_{side}_{part}"] for part in ("intercept", "slope"))
        assert [start + rise * at for at in said["at_mean"]] == near(said[side])


def test_errors_match_r(case):
    said = case.expected["performance"]
    found = errors(case.reference, case.prediction)
    names = {
        "mae": "mae", "rmse": "rmse", "median_absolute_error": "median_ae",
        "r2_determination": "r2_coefficient_of_determination_ref_as_truth",
        "r2_pearson": "r2_squared_pearson", "spearman": "spearman",
        "share_exact": "exact_match", "share_within_1": "within_1", "share_within_2": "within_2",
    }  # fmt: skip
    for ours, theirs in names.items():
        assert found[ours].value == near(said[theirs]), ours
    assert found["pearson"].value == near(said["pearson"]["r"])
    assert [found["pearson"].ci_low, found["pearson"].ci_high] == near(said["pearson"]["ci95"])


def test_calibration_matches_r(case):
    said = case.expected["performance"]
    found = calibration(case.reference, case.prediction)
    line = said["calibration_ref_on_test"]
    assert found["calibration_slope"].value == near(line["slope"])
    assert found["calibration_intercept"].value == near(line["intercept"])
    assert found["sd_ratio"].value == near(said["sd_ratio_test_over_ref"])


def test_concordance_matches_r(case):
    said = case.expected["ccc"]
    found = concordance(case.reference, case.prediction)
    assert found["ccc"].value == near(said["DescTools_z"]["est"])
    assert [found["ccc"].ci_low, found["ccc"].ci_high] == near(said["epiR"]["ci95"])
    assert found["ccc_bias_correction"].value == near(said["C_b"])
    assert found["ccc_scale_shift"].value == near(said["scale_shift"])
    assert found["ccc_location_shift"].value == near(said["location_shift"])


def test_equivalence_matches_r(simulated_case):
    for said in simulated_case.expected["tost"]:
        found = equivalence(simulated_case.reference, simulated_case.prediction, said["margin"])
        assert found["tost_p"].value == near(said["p_tost"])
        assert found["tost_p_lower"].value == near(said["p_lower"])
        assert found["tost_p_upper"].value == near(said["p_upper"])
        assert [found["tost_bias"].ci_low, found["tost_bias"].ci_high] == near(said["ci90"])


def test_patient_clustered_bias_matches_the_sandwich(simulated_case):
    said = simulated_case.expected["clustered_bias"]
    found = clustered_bias(
        simulated_case.reference, simulated_case.prediction, simulated_case.patient_id
    )
    from scipy import stats

    half = stats.t.ppf(0.975, said["n_clusters"] - 1) * said["se_CR1_G_over_Gm1"]
    assert found.value == near(said["bias"])
    assert found.ci_high - found.value == near(half)
