"""Intervals hold the truth as often as they say, on data whose truth is known."""

import numpy as np
import pytest

from reports.statistics.bland_altman import MULTIPLIER, bland_altman
from reports.statistics.icc import icc
from reports.statistics.resampling import resample
from reports.statistics.roc import auc

REPEATS = 400
# Two and a half standard errors of a share of 0.95 in that many repeats.
MARGIN = 2.5 * np.sqrt(0.95 * 0.05 / REPEATS)


def test_exact_interval_of_a_limit_covers_in_a_small_sample(rng):
    truth, inside = 1.0 + MULTIPLIER * 2.0, 0
    for _ in range(REPEATS):
        difference = rng.normal(1.0, 2.0, 12)
        limit = bland_altman(np.zeros(12), difference)["loa_upper"]
        inside += limit.ci_low <= truth <= limit.ci_high
    assert inside / REPEATS == pytest.approx(0.95, abs=MARGIN)


def test_interval_of_the_agreement_icc_covers(rng):
    """Variance 9 between images, 1 between raters, 2 of the residual: ICC(A,1) = 9 / 12."""
    inside = 0
    for _ in range(REPEATS):
        images, raters = rng.normal(0, 3, (40, 1)), rng.normal(0, 1, (1, 4))
        found = icc(images + raters + rng.normal(0, np.sqrt(2), (40, 4)))["icc_a1"].estimate
        inside += found.ci_low <= 0.75 <= found.ci_high
    assert inside / REPEATS >= 0.95 - 2 * MARGIN  # Satterthwaite is known to be approximate


def test_interval_of_the_area_covers(rng):
    """Two normals one SD apart: area = P(Z < 1 / sqrt 2) = 0.7602."""
    reference, inside = np.repeat([0.0, 9.0], 50), 0
    for _ in range(REPEATS):
        found = auc(reference, rng.normal(size=100) + reference / 9, 6)
        inside += found.ci_low <= 0.7602 <= found.ci_high
    assert inside / REPEATS == pytest.approx(0.95, abs=1.5 * MARGIN)


def test_patient_bootstrap_of_the_mae_covers_where_films_of_a_patient_agree(rng):
    """Three films a patient share most of their error; the mean absolute error is known."""
    patient, inside, repeats = np.repeat(np.arange(60), 3), 0, 150
    truth = np.sqrt(2 / np.pi) * np.sqrt(4.0 + 0.25)
    for seed in range(repeats):
        error = np.repeat(rng.normal(0, 2, 60), 3) + rng.normal(0, 0.5, 180)
        found = resample(
            np.zeros(180), {"m": error}, patient, presets={}, resamples=300, seed=seed
        ).own["m"]["mae"]
        inside += found.low <= truth <= found.high
    assert inside / repeats == pytest.approx(0.95, abs=0.05)
