"""Every statistic of one comparison under its name in the agreement table."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from reports.statistics.bland_altman import bland_altman, clustered_bias
from reports.statistics.calibration import calibration
from reports.statistics.classes import class_accuracy, class_of, worst_case_accuracy
from reports.statistics.concordance import concordance
from reports.statistics.equivalence import equivalence
from reports.statistics.error import errors, worst_case
from reports.statistics.estimate import Counts, Estimate, Floats, Strings, undefined
from reports.statistics.icc import icc, rater_bias
from reports.statistics.kappa import WEIGHTS, kappa
from reports.statistics.pairs import complete_pairs, round_half_up
from reports.statistics.plan import MISS, StatisticsPlan
from reports.statistics.precision import (
    icc_width,
    images_for,
    images_for_loa,
    loa_width,
    mean_width,
    share_width,
)
from reports.statistics.proportional_bias import proportional_bias
from reports.statistics.rank_panel import signed_ranks
from reports.statistics.roc import at_cut, auc

Estimates = dict[str, Estimate]


def core(reference: Floats, prediction: Floats, plan: StatisticsPlan) -> Estimates:
    """Compute what every comparison gets, also reader against reader.

    Parameters
    ----------
    reference, prediction
        Totals of shape (images,); NaN where missing.
    plan
        What was declared.

    Returns
    -------
    Statistic name to estimate: ICC, Bland-Altman, errors, kappa, concordance, class accuracy.

    Raises
    ------
    ValueError
        Shapes differ.
    """
    alpha = MISS
    forms = icc(np.stack([reference, prediction], axis=1), alpha=alpha)
    result = {name: form.estimate for name, form in forms.items()}
    result |= bland_altman(reference, prediction, alpha=alpha, interval=plan.loa_interval)
    result |= errors(reference, prediction, alpha=alpha)
    result |= concordance(reference, prediction, alpha=alpha)
    levels = int(plan.max_total) + 1
    whole = (round_half_up(reference), round_half_up(prediction))
    for weights in WEIGHTS:
        result[f"kappa_{weights}"] = kappa(*whole, levels, weights=weights, alpha=alpha)
    for preset, cuts in plan.presets.items():
        accuracy = class_accuracy(reference, prediction, cuts, alpha=alpha)
        result |= {_with_preset(name, preset): e for name, e in accuracy.items()}
        classes = (class_of(reference, cuts), class_of(prediction, cuts))
        result[f"kappa_quadratic_{preset}"] = kappa(*classes, len(cuts) + 1, alpha=alpha)
    return result


def full(
    reference: Floats, prediction: Floats, patient_id: Strings | None, plan: StatisticsPlan
) -> Estimates:
    """Compute everything for a model against the reference, but for the bootstrap.

    Parameters
    ----------
    reference, prediction
        Totals of shape (images,); NaN where missing.
    patient_id
        Patients of shape (images,); None when each image is a patient.
    plan
        What was declared.

    Returns
    -------
    Statistic name to estimate.

    Raises
    ------
    ValueError
        Shapes differ.
    """
    alpha = MISS
    result = core(reference, prediction, plan)
    result |= _icc_tests(reference, prediction, alpha) | _strata(reference, prediction, plan)
    result["bias_clustered"] = clustered_bias(reference, prediction, patient_id, alpha=alpha)
    result |= proportional_bias(reference, prediction, alpha=alpha)
    result |= signed_ranks(reference, prediction, patient_id, plan)
    result |= calibration(reference, prediction, alpha=alpha)
    for cut in plan.cuts:
        area = auc(reference, prediction, cut, patient_id=patient_id, alpha=alpha)
        result[f"auc_ge{cut:g}"] = area
        parts = at_cut(reference, prediction, cut, alpha=alpha)
        result |= {f"{name}_ge{cut:g}": e for name, e in parts.items()}
    if plan.margin is not None:
        result |= equivalence(reference, prediction, plan.margin, alpha=plan.alpha)
    result |= worst_cases(reference, prediction, plan, result)
    return result | _precision(result, plan)


def worst_cases(
    reference: Floats, prediction: Floats, plan: StatisticsPlan, complete: Mapping[str, Estimate]
) -> Estimates:
    """Set beside complete-case results what the missing images could make of them.

    Parameters
    ----------
    reference, prediction
        Totals of shape (images,); NaN where missing; every eligible image.
    plan
        Presets and largest total.
    complete
        Complete-case estimates by name.

    Returns
    -------
    ``mae_worst_case``, ``bias_worst_case``, ``accuracy_<preset>_worst_case``: the value is the
    worst (for the bias the complete-case value), the limits are the bounds.

    Raises
    ------
    ValueError
        Shapes differ.
    """
    pairs = complete_pairs(reference, prediction)
    counts = Counts(n=int(pairs.kept.size), n_missing=pairs.n_missing)
    method = "bounds over every value that the missing scores could have"
    bounds = {
        name: (b.low, b.high)
        for name, b in worst_case(reference, prediction, max_total=plan.max_total).items()
    }
    for preset, cuts in plan.presets.items():
        ends = worst_case_accuracy(reference, prediction, cuts)
        if ends is not None:
            bounds[f"accuracy_{preset}"] = ends
    result = {}
    for name, (low, high) in bounds.items():
        worst = {"mae": high, "bias": complete["bias"].value}.get(name, low)
        note = "every eligible image" if worst is not None else "no complete pairs: bounds alone"
        result[f"{name}_worst_case"] = Estimate(worst, low, high, method, note=note, **counts)
    return result


def _with_preset(name: str, preset: str) -> str:
    """Put the preset before a class number, if there is one: ``recall_dxa_2``."""
    stem, _, number = name.rpartition("_")
    return f"{stem}_{preset}_{number}" if number.isdigit() else f"{name}_{preset}"


def _icc_tests(reference: Floats, prediction: Floats, alpha: float) -> Estimates:
    """F and p of every ICC form, and the test of equal means."""
    ratings = np.stack([reference, prediction], axis=1)
    result = {"rater_bias_p": rater_bias(ratings)}
    for name, form in icc(ratings, alpha=alpha).items():
        counts = Counts(n=form.estimate.n, n_missing=form.estimate.n_missing)
        label = f"F test of ICC = 0, df {form.df1} and {form.df2}"
        why = form.estimate.note or "no residual variance"
        for key, value in (("f", form.f), ("p", form.p)):
            note = why if value is None else ""
            result[f"{name}_{key}"] = Estimate(value, method=label, note=note, **counts)
    return result


def _strata(reference: Floats, prediction: Floats, plan: StatisticsPlan) -> Estimates:
    """ICC, bias and MAE by class of the reference under the headline preset."""
    cuts = plan.presets[plan.severity]
    classes = class_of(reference, cuts)
    result = {}
    for c in range(len(cuts) + 1):
        r, p = reference[classes == c], prediction[classes == c]
        key, note = f"{plan.severity}_{c}", f"reference in class {c} of {plan.severity}"
        forms = icc(np.stack([r, p], axis=1), alpha=MISS)
        icc_note = f"{note}; a narrow range lowers it"
        result[f"icc_a1_{key}"] = _noted(forms["icc_a1"].estimate, icc_note)
        limits = bland_altman(r, p, alpha=MISS, interval=plan.loa_interval)
        result[f"bias_{key}"] = _noted(limits["bias"], note)
        result[f"mae_{key}"] = _noted(errors(r, p)["mae"], note)
    return result


def _noted(estimate: Estimate, note: str) -> Estimate:
    """Add a remark to what the note already says."""
    return replace(estimate, note=f"{estimate.note}; {note}" if estimate.note else note)


def _precision(known: Mapping[str, Estimate], plan: StatisticsPlan) -> Estimates:
    """Give expected interval widths at this n, and the n for the declared widths."""
    pairs_n = known["bias"].n
    spread, icc_a1 = known["sd_difference"].value, known["icc_a1"].value
    accuracy, alpha = known[f"accuracy_{plan.severity}"].value, MISS
    widths = {
        "icc_a1": None if icc_a1 is None else lambda n: icc_width(n, icc_a1, alpha=alpha),
        "bias": None if spread is None else lambda n: mean_width(n, spread, alpha),
        "loa": None if spread is None else lambda n: loa_width(n, spread, alpha),
        "accuracy": None if accuracy is None else lambda n: share_width(n, accuracy, alpha),
    }
    result: Estimates = {}
    few = "" if pairs_n > 1 else "needs two complete pairs"
    for name, target in plan.target_widths.items():
        width = widths[name]
        method = f"expected width of the {100 * (1 - alpha):g} % interval of {name}"
        needed_method = f"images for a width of {target:g}, {name} as observed"
        keys = (f"precision_{name}_width", f"precision_{name}_n_for_{target:g}")
        if width is None:
            why = f"{name} has no value here"
            result |= {k: undefined(method, why, n=pairs_n) for k in keys}
            continue
        is_loa = name == "loa" and spread is not None
        n = images_for_loa(target, spread, alpha) if is_loa else images_for(target, width)
        result[keys[0]] = Estimate(width(pairs_n), method=method, n=pairs_n, note=few)
        beyond = "not reached with ten million images" if n is None else ""
        result[keys[1]] = Estimate(n, method=needed_method, n=pairs_n, note=beyond)
    return result
