"""Wilcoxon's test in every form that the table shows, under its names there."""

from dataclasses import replace

import numpy as np

from reports.statistics.estimate import Counts, Estimate, Floats, Strings, undefined
from reports.statistics.hodges_lehmann import hodges_lehmann
from reports.statistics.pairs import clusters_of, complete_pairs, round_half_up
from reports.statistics.plan import MISS, StatisticsPlan
from reports.statistics.wilcoxon import SignedRank, signed_rank

Estimates = dict[str, Estimate]


def signed_ranks(
    reference: Floats, prediction: Floats, patient_id: Strings | None, plan: StatisticsPlan
) -> Estimates:
    """Compute Wilcoxon's test both ways, the declared one first, with its effect sizes.

    Parameters
    ----------
    reference, prediction
        Totals of shape (images,); NaN where missing.
    patient_id
        Patients of shape (images,); None when each image is a patient.
    plan
        Names the primary treatment of zeros.

    Returns
    -------
    ``wilcoxon_p`` and its parts by the primary treatment; ``wilcoxon_p_pratt`` and
    ``wilcoxon_p_drop_zeros``; ``wilcoxon_p_rounded`` on rounded totals, where zeros abound;
    ``wilcoxon_p_patient_means`` on the mean difference of each patient, whose images are not
    independent; ``hodges_lehmann``; ``rank_biserial``.

    Raises
    ------
    ValueError
        Shapes differ.
    """
    tests = {
        "pratt": signed_rank(reference, prediction, zero_method="pratt"),
        "drop_zeros": signed_rank(reference, prediction, zero_method="wilcox"),
    }
    primary = tests["pratt" if plan.zero_method == "pratt" else "drop_zeros"]
    whole = signed_rank(
        round_half_up(reference), round_half_up(prediction), zero_method=plan.zero_method
    )
    result = {"wilcoxon_p": primary.estimate}
    result |= {f"wilcoxon_p_{name}": test.estimate for name, test in tests.items()}
    result["wilcoxon_p_rounded"] = replace(
        whole.estimate, method=f"{whole.method}; both totals rounded half up"
    )
    result["wilcoxon_p_patient_means"] = _by_patient(reference, prediction, patient_id, plan)
    result |= _rank_parts(primary)
    for name, drop in (("hodges_lehmann", False), ("hodges_lehmann_drop_zeros", True)):
        shift = hodges_lehmann(reference, prediction, drop_zeros=drop, alpha=MISS)
        result[name] = shift
    return result


def _by_patient(
    reference: Floats, prediction: Floats, patient_id: Strings | None, plan: StatisticsPlan
) -> Estimate:
    """Test the mean difference of each patient instead of each image."""
    pairs = complete_pairs(reference, prediction)
    clusters = clusters_of(patient_id, pairs.kept)
    sizes = np.bincount(clusters)
    means = np.bincount(clusters, weights=pairs.difference) / np.maximum(sizes, 1)
    test = signed_rank(np.zeros(means.size), means, zero_method=plan.zero_method)
    method = f"{test.method}; mean difference of each patient"
    return replace(test.estimate, method=method, n_missing=pairs.n_missing)


def _rank_parts(test: SignedRank) -> Estimates:
    """Rank sums, counts and effect size of one test."""
    counts = Counts(n=test.n, n_missing=test.n_missing)
    parts = {
        "wilcoxon_w_plus": test.w_plus,
        "wilcoxon_w_minus": test.w_minus,
        "wilcoxon_n_zero": float(test.n_zero),
        "wilcoxon_z": test.z,
        "rank_biserial": test.rank_biserial,
    }
    if test.n == 0:
        return {name: undefined(test.method, "no complete pairs") for name in parts}
    result = {name: Estimate(v, method=test.method, **counts) for name, v in parts.items()}
    result["wilcoxon_p_asymptotic"] = Estimate(
        test.p_asymptotic, method=f"{test.method}; here the normal approximation", **counts
    )
    return result
