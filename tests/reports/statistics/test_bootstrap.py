"""The patient bootstrap: against R's, against a loop written out, and against itself."""

import numpy as np
import pytest

from reports.statistics.bootstrap import (
    cluster_sums,
    draw_counts,
    exact_sums,
    interval,
    tail_quantile,
    two_sided_p,
)
from reports.statistics.error import errors
from reports.statistics.icc import icc
from reports.statistics.moments import moment_columns, statistics_of
from reports.statistics.proportional_bias import fit_line
from reports.statistics.resampling import resample

PRESETS = {"dxa": (1.0, 5.0)}


def of(columns, patient, resamples=9999, seed=1):
    scores = {"full": columns["full"], "baseline": columns["baseline"]}
    return resample(columns["gt"], scores, patient, presets=PRESETS, resamples=resamples, seed=seed)


@pytest.mark.parametrize("unit", ["images", "patients"])
def test_intervals_match_r_within_monte_carlo_error(golden, center, columns_of, unit):
    """R's own draws differ by about 0.01 from run to run (0.03 for the MAE)."""
    said = golden[f"aacs_sim_{center}"][f"bootstrap_{unit}"]["stats"]
    case = columns_of(center)
    found = of(case.columns, case.patient_id if unit == "patients" else None)
    kind = "bca_ci95" if unit == "images" else "percentile_ci95"
    own = found.own["full"]
    for name, key in (("icc_a1", "icc_A1_full"), ("r2_determination", "r2_cod_full")):
        assert [own[name].low, own[name].high] == pytest.approx(said[key][kind], abs=0.012)
        assert found.standard_error["full"][name] == pytest.approx(said[key]["se"], rel=0.06)
    between = found.differences["full", "baseline"]
    icc_difference = between["difference_icc_a1"]
    wanted = said["icc_A1_full_minus_baseline"]
    ends = [icc_difference.ci_low, icc_difference.ci_high]
    assert ends == pytest.approx(wanted[kind], abs=0.012)
    mae = between["difference_mae"]  # full - baseline, R's is baseline - full
    ends = [-mae.ci_high, -mae.ci_low]
    assert ends == pytest.approx(said["mae_baseline_minus_full"][kind], abs=0.03)


def test_bca_is_used_where_it_is_defined(columns_of):
    case = columns_of("A")
    found = of(case.columns, case.patient_id, resamples=500)
    assert found.own["full"]["icc_a1"].method == "BCa interval of 500 patient-bootstrap resamples"
    perfect = {"gt": case.reference, "full": case.reference, "baseline": case.prediction}
    own = of(perfect, case.patient_id, resamples=200).own["full"]
    assert (own["icc_a1"].low, own["icc_a1"].high) == (1, 1)
    assert own["icc_a1"].method.startswith("percentile interval")


def test_same_seed_same_bits_other_seed_other_bits(columns_of):
    case = columns_of("C")
    first, again, other = (of(case.columns, case.patient_id, 300, seed) for seed in (3, 3, 4))
    assert first == again
    assert first.own != other.own


def test_draws_match_a_loop_over_patients(rng):
    """Same counts, statistics of the drawn rows computed by the functions for whole samples."""
    patient = np.sort(rng.integers(0, 12, 40))
    reference = rng.integers(0, 25, 40).astype(float)
    prediction = np.clip(reference + rng.normal(0, 3, 40), 0, 24)
    _, clusters = np.unique(patient, return_inverse=True)
    columns = moment_columns(reference, prediction, PRESETS)
    n = int(clusters.max()) + 1
    sums = cluster_sums(columns, clusters, n)
    counts = np.concatenate(list(draw_counts(n, 30, seed=5)))
    found = statistics_of(counts @ sums, ["dxa"])
    for i, row in enumerate(counts):
        rows = np.concatenate(
            [np.flatnonzero(clusters == c) for c in range(n) for _ in range(int(row[c]))]
        )
        r, p = reference[rows], prediction[rows]
        whole = errors(r, p)
        for name in ("mae", "rmse", "r2_determination", "r2_pearson"):
            assert found[name][i] == pytest.approx(whole[name].value, rel=1e-9)
        form = icc(np.stack([r, p], axis=1))["icc_a1"].estimate.value
        assert found["icc_a1"][i] == pytest.approx(form, rel=1e-9)
        assert found["calibration_slope"][i] == pytest.approx(fit_line(p, r).slope, rel=1e-9)
        assert found["bias"][i] == pytest.approx((p - r).mean(), rel=1e-9)


def test_sums_do_not_depend_on_the_order_in_which_they_are_added(rng):
    """A matrix product on two threads adds in another order than on one."""
    sums = exact_sums(np.abs(rng.normal(size=(500, 3))) * [1.0, 24.0, 600.0])
    counts = np.concatenate(list(draw_counts(500, 20, seed=1)))
    order = rng.permutation(500)
    forward, turned = counts @ sums, counts[:, order] @ sums[order]
    one_by_one = np.array([[float((row * c).cumsum()[-1]) for c in sums.T] for row in counts])
    assert np.array_equal(forward, turned)
    assert np.array_equal(forward, one_by_one)
    assert exact_sums(sums) == pytest.approx(sums, rel=1e-9)


def test_counts_of_a_resample_sum_to_the_patients():
    blocks = list(draw_counts(7, 1000, seed=0))
    counts = np.concatenate(blocks)
    assert counts.shape == (1000, 7)
    assert (counts.sum(axis=1) == 7).all()
    assert counts.mean(axis=0) == pytest.approx(np.ones(7), abs=0.15)


def test_blocks_do_not_change_the_draws(monkeypatch):
    import reports.statistics.bootstrap as module

    whole = np.concatenate(list(draw_counts(50, 100, seed=2)))
    monkeypatch.setattr(module, "BLOCK_CELLS", 330)
    assert np.array_equal(np.concatenate(list(draw_counts(50, 100, seed=2))), whole)


@pytest.mark.parametrize("probability", [0.025, 0.2, 0.5, 0.975])
def test_tail_quantiles_match_numpy(rng, probability):
    values = np.sort(np.round(rng.normal(size=300), 1))
    owner = rng.integers(0, 90, 300)
    counts = np.concatenate(list(draw_counts(90, 40, seed=1)))
    totals = counts[:, owner].sum(axis=1)
    found = tail_quantile(values, owner, counts, totals, probability)
    wanted = [np.quantile(np.repeat(values, row[owner].astype(int)), probability) for row in counts]
    assert found == pytest.approx(wanted)


def test_a_resample_that_reaches_beyond_the_tail_is_counted_whole():
    values, owner = np.arange(400.0), np.zeros(400, dtype=int)
    owner[:60] = 1  # the whole expected tail belongs to one patient
    counts = np.array([[2.0, 0.0], [1.0, 1.0]])
    totals = counts[:, owner].sum(axis=1)
    found = tail_quantile(values, owner, counts, totals, 0.025)
    drawn = np.repeat(values[60:], 2)
    assert found == pytest.approx([np.quantile(drawn, 0.025), np.quantile(values, 0.025)])


def test_patients_with_many_films_widen_the_interval(rng):
    """Copies of a film add no information, and the interval does not pretend they do."""
    reference = rng.integers(0, 20, 60).astype(float)
    prediction = reference + rng.normal(0, 2, 60)
    copies = np.repeat(np.arange(60), 4)
    settings = {"presets": PRESETS, "resamples": 2000, "seed": 1}
    once = resample(reference, {"m": prediction}, None, **settings).own["m"]["mae"]
    copied = (reference[copies], {"m": prediction[copies]})
    known = resample(*copied, copies, **settings).own["m"]["mae"]
    naive = resample(*copied, None, **settings).own["m"]["mae"]
    assert known.high - known.low == pytest.approx(once.high - once.low, rel=0.1)
    assert naive.high - naive.low < 0.6 * (known.high - known.low)


def test_undefined_draws_are_told(rng):
    draws = rng.normal(size=100)
    draws[:5] = np.nan
    assert interval(draws, 0.0, None).note == "5 undefined resamples left out"
    draws[:50] = np.nan
    assert interval(draws, 0.0, None).note == "50 resamples were undefined"
    assert interval(draws, None, None).note == "the estimate itself is undefined"
    assert two_sided_p(np.array([np.nan]), 9) is None


def test_p_of_a_difference_is_never_zero():
    assert two_sided_p(np.full(99, 3.0), 40) == 2 / 100
    assert two_sided_p(np.zeros(99), 40) == 1


@pytest.mark.parametrize(("patients", "least"), [(2, 0.5), (3, 0.25), (5, 0.0625)])
def test_p_of_few_patients_is_no_less_than_that_of_turning_their_signs(patients, least):
    assert two_sided_p(np.full(9999, 3.0), patients) == least
    reference, near, far = np.zeros(patients), np.ones(patients), np.arange(patients) + 2.0
    drawn = resample(reference, {"a": near, "b": far}, None, presets={}, resamples=999, seed=1)
    assert drawn.differences["a", "b"]["difference_mae_p"].value == least


def test_no_resamples_or_no_images_give_nothing():
    empty = resample(np.zeros(0), {"m": np.zeros(0)}, None, presets={}, resamples=9, seed=0)
    assert empty.own == {}
    one = np.ones(3)
    assert resample(one, {"m": one}, None, presets={}, resamples=0, seed=0).own == {}


def test_a_model_without_any_score_is_undefined_not_an_error():
    nothing, truth = np.full(4, np.nan), np.arange(4.0)
    found = resample(truth, {"a": truth, "b": nothing}, None, presets={}, resamples=50, seed=0)
    assert found.own["b"]["mae"].low is None
    assert found.limits["b"]["percentile_loa_lower"].note == "no complete pairs"
    assert found.differences["a", "b"]["difference_mae"].value is None


@pytest.mark.parametrize("patient", [["p"], ["p", "p", "p"], ["p", "p", "q"]])
def test_a_single_patient_gives_no_interval_no_p_and_no_standard_error(patient):
    # The third film of the third case has no score: one patient alone is compared.
    n = len(patient)
    reference = np.array([9.0, 4.0, 2.0])[:n]
    scores = {"full": reference + 1, "baseline": reference + [3.0, 5.0, 4.0][:n]}
    if patient[-1] == "q":
        scores = {name: np.where(np.arange(n) == n - 1, np.nan, v) for name, v in scores.items()}
    found = of({"gt": reference, **scores}, np.array(patient, dtype=object), resamples=199)
    for model in scores:
        ends = [*found.own[model].values(), *found.limits[model].values()]
        lows = [getattr(end, "low", getattr(end, "ci_low", None)) for end in ends]
        assert set(lows) == {None}
        assert set(found.standard_error[model].values()) == {None}
    difference = found.differences["full", "baseline"]
    assert difference["difference_mae"].ci_low is None
    assert difference["difference_mae_p"].value is None


@pytest.mark.parametrize("n", [2, 3, 11])
def test_the_standard_error_of_few_patients_is_not_too_small(n):
    """A center's weight among centers rests on it: with two films it was 0.7 times what it is."""
    difference = np.array([1.0, -0.5, 2.0, 0.25, -1.5, 0.5, 3.0, -0.75, 1.25, 0.0, 2.5])[:n]
    reference = np.arange(n, dtype=float)
    scores = {"full": reference + difference}
    found = resample(reference, scores, None, presets={}, resamples=20_000, seed=1)
    wanted = difference.std(ddof=1) / np.sqrt(n)
    assert found.standard_error["full"]["bias"] == pytest.approx(wanted, rel=0.03)
