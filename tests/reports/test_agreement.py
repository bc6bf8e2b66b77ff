"""The agreement table from simulated tables of a study."""

import numpy as np
import pyarrow as pa
import pytest

from data_contracts.errors import ContractError
from data_contracts.schemas import SCHEMAS, conform
from reports.agreement import AGREEMENT_SCHEMA, agreement_table, confusion_table
from reports.statistics.multiplicity import threshold
from reports.statistics.plan import StatisticsPlan
from reports.study_arrays import study_arrays
from tests.reports.agreement_builders import (
    MODELS,
    a_prediction,
    a_study,
    a_total,
    grades_of,
    lookup,
    tables,
)

ROLES = {"A": "internal", "B": "internal", "C": "external"}
PLAN = StatisticsPlan(bootstrap=200, roles=ROLES, models=MODELS, margin=1.0)


@pytest.fixture(scope="module")
def study():
    return a_study({"A": 60, "B": 50, "C": 40})


@pytest.fixture(scope="module")
def table(study):
    return agreement_table(*study[:2], statistics=PLAN, prediction_grades=study[2])


@pytest.fixture(scope="module")
def rows(table):
    return lookup(table)


def test_the_table_fits_its_schema_and_each_row_stands_once(table, rows):
    assert table.schema == AGREEMENT_SCHEMA
    assert AGREEMENT_SCHEMA.names == SCHEMAS["agreement"].names
    assert len(rows) == table.num_rows
    assert conform("agreement", table).num_rows == table.num_rows


def test_centers_come_apart_and_pooled_by_role(rows):
    """One external center is its own pool."""
    assert {center for center, *_ in rows} == {"A", "B", "C", "internal", "all"}
    sizes = {c: rows[c, "lvlcrnet", "n_images"]["estimate"] for c in ("A", "B", "internal", "all")}
    assert sizes == {"A": 60, "B": 50, "internal": 110, "all": 150}


@pytest.mark.parametrize("model", MODELS)
def test_every_statistic_of_the_contract_is_there(rows, model):
    names = [
        "icc_11", "icc_a1", "icc_c1", "icc_1k", "icc_ak", "icc_ck", "icc_a1_f", "icc_a1_p",
        "icc_a1_bootstrap", "icc_a1_dxa_0", "icc_a1_dxa_2", "rater_bias_p", "bias",
        "sd_difference", "loa_lower", "loa_upper", "bias_clustered", "percentile_loa_lower",
        "percentile_loa_upper", "ba_slope_ols", "ba_slope_hc3", "ba_intercept",
        "heteroscedasticity_p", "ba_spread_slope", "mae", "rmse", "r2_determination",
        "r2_pearson", "wilcoxon_p", "wilcoxon_p_adjusted", "wilcoxon_p_bonferroni",
        "wilcoxon_p_holm", "wilcoxon_p_pratt", "wilcoxon_p_drop_zeros", "wilcoxon_p_patient_means",
        "regression_loa_upper_slope", "icc_ck_f", "wilcoxon_w_plus",
        "wilcoxon_w_minus", "wilcoxon_n_zero", "hodges_lehmann", "rank_biserial",
        "accuracy_dxa", "accuracy_cord", "accuracy_presence", "balanced_accuracy_dxa",
        "kappa_quadratic", "kappa_linear", "kappa_quadratic_dxa", "kappa_quadratic_L1_anterior",
        "kappa_quadratic_L4_posterior", "kappa_quadratic_segments", "share_zero_L2_anterior",
        "reliability_grade_0", "reliability_grade_3", "ccc", "auc_ge6", "sensitivity_ge6",
        "specificity_ge6", "ppv_ge6", "npv_ge6", "tost_p", "tost_bias", "calibration_slope",
        "calibration_intercept", "sd_ratio", "interval_coverage", "mae_worst_case",
        "bias_worst_case", "accuracy_dxa_worst_case", "n_images", "n_scored",
        "n_not_assessable", "n_unannotated", "n_analysed", "precision_icc_a1_width",
        "precision_loa_n_for_1",
    ]  # fmt: skip
    missing = [name for name in names if ("A", model, name) not in rows]
    assert missing == []


def test_pooled_rows_hold_the_random_effects_over_centers(rows):
    for name in ("bias", "mae", "icc_a1", "accuracy_dxa"):
        pooled = rows["all", "lvlcrnet", f"random_effects_{name}"]
        apart = [rows[c, "lvlcrnet", name]["estimate"] for c in "ABC"]
        assert min(apart) <= pooled["estimate"] <= max(apart)
        assert "3 centers only" in pooled["note"]
        ahead = rows["all", "lvlcrnet", f"random_effects_{name}_prediction"]
        assert ahead["ci_low"] < pooled["ci_low"]
    assert rows["internal", "lvlcrnet", "random_effects_bias_prediction"]["ci_low"] is None
    assert ("A", "lvlcrnet", "random_effects_bias") not in rows


def test_no_mean_of_errors_over_centers_reaches_below_none():
    errors = {"A": (0.1, 0.2, 0.3), "B": (4.0, 0.5, 0.2), "C": (9.0, 0.1, 2.0)}
    films = [(c, f"I-{c}{i}", i, e) for c, said in errors.items() for i, e in enumerate(said)]
    scored = [
        {"center": c, "image_id": f, "patient_id": f, "model": "m", "total": i + e,
         "status": "scored"} for c, f, i, e in films
    ]  # fmt: skip
    read = [
        {"center": c, "image_id": f, "reader": "consensus", "total": float(i)}
        for c, f, i, _ in films
    ]
    found = agreement_table(
        conform("predictions", scored),
        conform("annotations", read),
        statistics=StatisticsPlan(bootstrap=500),
    )
    names = ("random_effects_mae", "random_effects_mae_prediction")
    rows = [r for r in found.to_pylist() if r["center"] == "all" and r["statistic"] in names]
    assert [r["ci_low"] > 0 for r in rows] == [True, True]


def test_readers_stand_beside_the_models(rows):
    for statistic in ("icc_a1", "mae", "kappa_quadratic", "kappa_quadratic_L1_anterior"):
        assert rows["A", "reader_1 vs reader_2", statistic]["n"] == 60
    assert rows["A", "lvlcrnet vs reader_1", "icc_a1"]["n"] == 59
    assert rows["all", "readers", "icc_a1"]["n"] == 150
    assert not any("consensus" in model for _, model, _ in rows)


def test_models_are_compared_in_the_declared_order(rows):
    pairs = {m for _, m, s in rows if s == "difference_mae"}
    assert pairs == {"lvlcrnet vs lvlnet", "lvlcrnet vs baseline", "lvlnet vs baseline"}
    row = rows["all", "lvlcrnet vs baseline", "difference_mae"]
    apart = [rows["all", m, "mae"]["estimate"] for m in ("lvlcrnet", "baseline")]
    assert row["estimate"] == pytest.approx(apart[0] - apart[1])
    assert row["ci_high"] < 0
    for name in ("icc_a1", "r2_determination", "accuracy_dxa"):
        assert ("A", "lvlcrnet vs baseline", f"difference_{name}_p_adjusted") in rows
    assert ("A", "lvlcrnet vs baseline", "stuart_maxwell_p_dxa") in rows


def test_what_is_missing_is_counted_and_bounded(rows):
    mae = rows["A", "lvlcrnet", "mae"]
    assert (mae["n"], mae["n_missing"]) == (59, 1)
    assert rows["A", "lvlcrnet", "n_not_assessable"]["estimate"] == 1
    worst = rows["A", "lvlcrnet", "mae_worst_case"]
    assert worst["ci_low"] <= mae["estimate"] < worst["estimate"] == worst["ci_high"]
    accuracy = rows["A", "lvlcrnet", "accuracy_dxa_worst_case"]
    assert accuracy["estimate"] < rows["A", "lvlcrnet", "accuracy_dxa"]["estimate"]


def test_the_family_is_printed_with_its_threshold(rows):
    p = rows["C", "baseline", "wilcoxon_p"]["estimate"]
    adjusted = rows["C", "baseline", "wilcoxon_p_adjusted"]
    assert adjusted["estimate"] == pytest.approx(min(1, 3 * p))
    assert "family of 3 tests in this cohort (lvlcrnet, lvlnet, baseline)" in adjusted["note"]
    assert "0.01667" in adjusted["note"]


def test_undefined_estimates_say_why(rows):
    for key, row in rows.items():
        assert row["estimate"] is not None or row["note"], key
        assert row["method"], key


def test_same_input_same_bytes_whatever_the_order_of_rows(study, table):
    turned = [part.take(pa.array(np.arange(part.num_rows)[::-1])) for part in study]
    again = agreement_table(*turned[:2], statistics=PLAN, prediction_grades=turned[2])
    assert again.equals(table)


def test_an_image_without_reference_or_prediction_is_kept_as_missing():
    found = tables(
        [a_prediction("I-1", total=2.0), a_prediction("I-2", total=5.0), a_prediction("I-3")],
        [a_total("I-1", 3), a_total("I-2", 5), a_total("I-4", 9)],
    )
    rows = lookup(agreement_table(*found, statistics=StatisticsPlan(bootstrap=0)))
    said = {s: row["estimate"] for (_, m, s), row in rows.items() if s.startswith("n_")}
    assert said == {
        "n_images": 4, "n_scored": 3, "n_not_assessable": 0, "n_not_predicted": 1,
        "n_unannotated": 1, "n_reference_not_assessable": 0, "n_analysed": 2,
    }  # fmt: skip
    assert rows["A", "lvlcrnet", "mae"]["n_missing"] == 2


def test_a_segment_that_cannot_be_assessed_leaves_no_total():
    found = tables([a_prediction()], grades_of("I-1", [1, 1, 1, 1, 1, 1, 1, None]))
    arrays = study_arrays(*found, StatisticsPlan())
    assert np.isnan(arrays.reference[0])
    assert arrays.is_read[0]
    assert np.nansum(arrays.reference_grade[0]) == 7


def test_the_consensus_is_the_reference_else_the_mean_of_the_readers():
    annotations = [
        a_total("I-1", 4, "reader_1"), a_total("I-1", 6, "reader_2"), a_total("I-1", 5.0),
        a_total("I-2", 1, "reader_1"), a_total("I-2", 2, "reader_2"),
        a_total("I-3", 1, "reader_1", center="B"), a_total("I-3", 2, "reader_2", center="B"),
    ]  # fmt: skip
    found = tables([a_prediction()], annotations)
    by_consensus = study_arrays(*found, StatisticsPlan()).reference
    assert by_consensus.tolist() == pytest.approx([5, np.nan, 1.5], nan_ok=True)
    by_reader = study_arrays(*found, StatisticsPlan(reference="reader_2")).reference
    assert by_reader.tolist() == [6, 2, 2]
    with pytest.raises(ContractError, match="no annotation is by 'reader_9'"):
        study_arrays(*found, StatisticsPlan(reference="reader_9"))


def test_a_declared_model_that_scored_nothing_keeps_its_rows():
    found = tables([a_prediction()], [a_total()])
    plan = StatisticsPlan(bootstrap=20, models=("lvlnet", "lvlcrnet"))
    rows = lookup(agreement_table(*found, statistics=plan))
    assert rows["A", "lvlnet", "n_not_predicted"]["estimate"] == 1
    assert rows["A", "lvlnet", "icc_a1"]["note"] == "fewer than two images with all ratings"
    assert rows["A", "lvlnet vs lvlcrnet", "difference_mae"]["estimate"] is None


def test_no_rows_give_an_empty_table():
    found = tables([], [])
    assert agreement_table(*found, statistics=PLAN).num_rows == 0
    assert confusion_table(*found, statistics=PLAN).num_rows == 0


def test_custom_cuts_are_data(study):
    plan = StatisticsPlan(bootstrap=0, severity="ours", presets={"ours": (2.0, 9.0, 16.0)})
    rows = lookup(agreement_table(*study[:2], statistics=plan))
    assert rows["A", "lvlcrnet", "accuracy_ours"]["n"] == 59
    assert rows["A", "lvlcrnet", "icc_a1_ours_3"]["note"]


def test_confusion_counts_every_class_and_adds_up(study):
    found = confusion_table(*study[:2], statistics=PLAN).to_pylist()
    cells = [
        row
        for row in found
        if (row["center"], row["model"], row["preset"]) == ("A", "lvlnet", "dxa")
    ]
    assert len(cells) == 9
    assert sum(row["n"] for row in cells) == 59
    assert {row["reference_class"] for row in cells} == {"0-1", "2-5", "6-24"}
    right = sum(row["n"] for row in cells if row["reference_class"] == row["predicted_class"])
    rows = lookup(agreement_table(*study[:2], statistics=StatisticsPlan(bootstrap=0)))
    assert rows["A", "lvlnet", "accuracy_dxa"]["note"] == f"{right}/59"


PRINTED = {"A": (175, 211, "82.94"), "C": (125, 157, "79.62"), "D": (319, 391, "81.59")}


def test_the_papers_accuracies_and_threshold_come_out_as_printed():
    """Simulated to the paper's n: 175/211, 125/157 and 319/391; 0.05 / 3 rounds to 0.017."""
    predictions, annotations = [], []
    for center, (right, n, _) in PRINTED.items():
        for i in range(n):
            truth = (0, 3, 10)[i % 3]
            called = truth if i < right else (3, 0, 4)[i % 3]
            image = f"I-{center}{i}"
            predictions += [
                a_prediction(image, model, float(called) + 0.25, center=center) for model in MODELS
            ]
            annotations.append(a_total(image, truth, center=center))
    plan = StatisticsPlan(bootstrap=0, models=MODELS)
    rows = lookup(agreement_table(*tables(predictions, annotations), statistics=plan))
    for center, (right, n, printed) in PRINTED.items():
        row = rows[center, "lvlcrnet", "accuracy_dxa"]
        assert row["note"] == f"{right}/{n}"
        assert f"{100 * row['estimate']:.2f}" == printed
        assert row["ci_low"] < row["estimate"] < row["ci_high"]
        note = rows[center, "lvlcrnet", "wilcoxon_p_adjusted"]["note"]
        assert "family of 3 tests" in note
    assert f"{threshold(0.05, 3):.3f}" == "0.017"


def test_the_papers_gains_over_its_comparators_come_out_as_printed():
    """5.10 to 9.98 points: only 117/157 in Center C and 280/391 in Center D can give them."""
    percent = {k: float(f"{100 * k[0] / k[1]:.2f}") for k in ((117, 157), (280, 391))}
    assert float(PRINTED["C"][2]) - percent[117, 157] == pytest.approx(5.10)
    assert float(PRINTED["D"][2]) - percent[280, 391] == pytest.approx(9.98)


def test_intervals_cover_95_percent_whatever_the_level_of_the_tests(study, rows):
    strict = StatisticsPlan(alpha=0.01, bootstrap=200, roles=ROLES, models=MODELS, margin=1.0)
    found = lookup(agreement_table(*study[:2], statistics=strict, prediction_grades=study[2]))
    ends = ("estimate", "ci_low", "ci_high")
    for name in ("icc_a1", "bias", "mae", "accuracy_dxa", "auc_ge6", "hodges_lehmann", "loa_lower"):
        one, other = (some["A", "lvlcrnet", name] for some in (rows, found))
        assert [one[end] for end in ends] == [other[end] for end in ends], name
    tost = [some["A", "lvlcrnet", "tost_bias"] for some in (rows, found)]
    assert tost[0]["ci_low"] > tost[1]["ci_low"]


def test_a_reader_who_could_not_say_leaves_the_mean_of_readers_missing():
    """And of those who did not read the film, nobody asks."""
    predictions = [a_prediction(f"I-{i}") for i in range(4)]
    readings = [a_total(f"I-{i}", 4 + i, "reader_1") for i in range(4)]
    readings += [a_total("I-0", 5, "reader_2"), a_total("I-1", None, "reader_2")]
    arrays = study_arrays(*tables(predictions, readings), PLAN)
    assert arrays.reference.tolist()[0] == 4.5
    assert np.isnan(arrays.reference[1])
    assert arrays.reference.tolist()[2:] == [6, 7]


def test_readers_one_grade_apart_are_not_always_taken_for_the_higher():
    one, other = [0, 1, 2, 0, 3, 1, 2, 0], [1, 2, 3, 0, 3, 0, 1, 1]
    readings = grades_of("I-1", one, "reader_1") + grades_of("I-1", other, "reader_2")
    readings += [*grades_of("I-2", one, "reader_1"), a_total("I-2", 9, "reader_2")]
    arrays = study_arrays(*tables([a_prediction("I-1"), a_prediction("I-2")], readings), PLAN)
    assert arrays.reference_grade[0].tolist() == [0, 2, 2, 0, 3, 0, 2, 0]
    assert arrays.reference_grade[1].tolist() == one  # the other gave a total alone


def test_a_center_left_out_of_the_random_effects_is_named_and_not_counted():
    predictions, readings = [], []
    for center, wrong in (("A", 0), ("B", 6), ("C", 9)):
        for i in range(40):
            image, here = f"I-{center}{i}", {"center": center}
            truth = i % 20
            said = truth + (7.0 if i < wrong else 0.2 * (i % 2))
            predictions.append(a_prediction(image, total=said, **here))
            readings.append(a_total(image, truth, **here))
    plan = StatisticsPlan(bootstrap=99, models=("lvlcrnet",))
    found = lookup(agreement_table(*tables(predictions, readings), statistics=plan))
    row = found["all", "lvlcrnet", "random_effects_accuracy_dxa"]
    assert row["n"] == 80
    assert "without center A" in row["note"]
    assert found["all", "lvlcrnet", "random_effects_mae"]["n"] == 120
