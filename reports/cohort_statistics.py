"""Every statistic of one cohort: models, pairs of models, readers."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import combinations
from typing import Final

import numpy as np

from reports.segment_agreement import segment_statistics
from reports.statistics.bootstrap import Interval
from reports.statistics.calibration import interval_coverage
from reports.statistics.classes import class_of, confusion
from reports.statistics.estimate import Estimate
from reports.statistics.icc import icc, rater_bias
from reports.statistics.multiplicity import adjust, threshold
from reports.statistics.paired_classes import bowker, mcnemar, stuart_maxwell
from reports.statistics.panel import Estimates, core, full
from reports.statistics.plan import MISS, StatisticsPlan
from reports.statistics.resampling import Resampled, resample
from reports.statistics.roc import auc_difference
from reports.study_arrays import StudyArrays

# Filled by the bootstrap; the others keep their own interval and get a row of their own beside.
_WITHOUT_INTERVAL: Final = ("mae", "rmse", "r2_determination")

Block = dict[str, Estimates]


def resample_cohort(arrays: StudyArrays, plan: StatisticsPlan) -> Resampled:
    """Bootstrap the patients of one cohort."""
    return resample(
        arrays.reference,
        {model: arrays.total[:, i] for i, model in enumerate(arrays.models)},
        arrays.patient_number,
        presets=plan.presets,
        resamples=plan.bootstrap,
        seed=plan.seed,
        alpha=MISS,
    )


def cohort_block(arrays: StudyArrays, plan: StatisticsPlan, drawn: Resampled) -> Block:
    """Give every comparison of one cohort, by model, pair of models, or reader."""
    block: Block = {}
    for i, model in enumerate(arrays.models):
        found = full(arrays.reference, arrays.total[:, i], arrays.patient_number, plan)
        found = _with_bootstrap(found, drawn.own.get(model, {})) | drawn.limits.get(model, {})
        limits = (arrays.low[:, i], arrays.high[:, i])
        found |= interval_coverage(arrays.reference, *limits, alpha=MISS)
        block[model] = found | _counts(arrays, i)
        block[model] |= segment_statistics(
            arrays.reference_grade, arrays.grade[:, i], arrays.expected[:, i], MISS
        )
    _adjust_family(block, arrays.models, plan)
    return block | _model_pairs(arrays, plan, drawn) | _readers(arrays, plan)


def _with_bootstrap(found: Estimates, intervals: Mapping[str, Interval]) -> Estimates:
    """Give the bootstrap's intervals to what has none, and set them beside what has."""
    result = dict(found)
    for name, ends in intervals.items():
        known = found[name]
        note = "; ".join(text for text in (known.note, ends.note) if text)
        method = f"{known.method.split(';')[0]}; {ends.method}"
        key = name if name in _WITHOUT_INTERVAL else f"{name}_bootstrap"
        result[key] = replace(known, ci_low=ends.low, ci_high=ends.high, method=method, note=note)
    return result


def _counts(arrays: StudyArrays, model: int) -> Estimates:
    """Where every image of the cohort went, for one model."""
    status, reference = arrays.status[:, model], arrays.reference
    scored = ~np.isnan(arrays.total[:, model])
    known = ~np.isnan(reference)
    parts = {
        "n_images": (np.ones(known.size, dtype=np.bool_), "images that any table names"),
        "n_scored": (scored, "images with a total of the model"),
        "n_not_assessable": (~scored & (status != ""), "images that the model could not assess"),
        "n_not_predicted": (status == "", "annotated images without a prediction (set aside)"),
        "n_unannotated": (~arrays.is_read, "images without a reading of the reference standard"),
        "n_reference_not_assessable": (
            arrays.is_read & ~known,
            "images that the reference standard could not assess",
        ),
        "n_analysed": (scored & known, "images with both totals"),
    }
    n = int(known.size)
    return {
        name: Estimate(float(mask.sum()), method=f"count: {what}", n=n)
        for name, (mask, what) in parts.items()
    }


def _adjust_family(block: Block, models: tuple[str, ...], plan: StatisticsPlan) -> None:
    """Add the adjusted Wilcoxon p values of one cohort's declared family."""
    size = plan.family_size or len(models)
    raw = [block[m]["wilcoxon_p"] for m in models]
    bound = threshold(plan.alpha, max(size, 1))
    family = (
        f"family of {size} tests in this cohort ({', '.join(models)}); unadjusted Bonferroni "
        f"threshold {bound:.4g}"
    )
    for correction in ("bonferroni", "holm"):
        for model, p, known in zip(
            models, adjust([e.value for e in raw], correction, size), raw, strict=True
        ):
            method = f"{known.method}; {correction.capitalize()}"
            note = f"{known.note}; {family}"
            adjusted = replace(known, value=p, method=method, note=note)
            block[model][f"wilcoxon_p_{correction}"] = adjusted
            if correction == plan.correction:
                block[model]["wilcoxon_p_adjusted"] = adjusted


def _model_pairs(arrays: StudyArrays, plan: StatisticsPlan, drawn: Resampled) -> Block:
    """Models against each other, first minus second, on the images that both scored."""
    found: Block = {}
    for i, j in combinations(range(len(arrays.models)), 2):
        a, b = arrays.models[i], arrays.models[j]
        x, y = arrays.total[:, i], arrays.total[:, j]
        result = dict(drawn.differences.get((a, b), {}))
        for cut in plan.cuts:
            difference, p = auc_difference(
                arrays.reference, x, y, cut, patient_id=arrays.patient_number, alpha=MISS
            )
            result[f"difference_auc_ge{cut:g}"] = difference
            result[f"difference_auc_ge{cut:g}_p"] = p
        both = ~(np.isnan(x) | np.isnan(y) | np.isnan(arrays.reference))
        for preset, cuts in plan.presets.items():
            truth, ours, theirs = (class_of(t[both], cuts) for t in (arrays.reference, x, y))
            result[f"mcnemar_p_{preset}"] = mcnemar(ours == truth, theirs == truth)
            table = confusion(ours, theirs, len(cuts) + 1)
            result[f"stuart_maxwell_p_{preset}"] = stuart_maxwell(table)
            result[f"bowker_p_{preset}"] = bowker(table)
        found[f"{a} vs {b}"] = result
    _adjust_pairs(found, plan)
    return found


def _adjust_pairs(found: Block, plan: StatisticsPlan) -> None:
    """Adjust each statistic's p values over the pairs of models."""
    if not found:
        return
    names = [s for s in next(iter(found.values())) if s.endswith("_p") or "_p_" in s]
    for name in names:
        raw = [block[name] for block in found.values()]
        adjusted = adjust([e.value for e in raw], plan.correction, len(found))
        for block, known, p in zip(found.values(), raw, adjusted, strict=True):
            method = f"{known.method}; {plan.correction.capitalize()}, {len(found)} pairs of models"
            note = known.note or ("undefined" if p is None else "")
            block[f"{name}_adjusted"] = replace(known, value=p, method=method, note=note)


def _readers(arrays: StudyArrays, plan: StatisticsPlan) -> Block:
    """Readers against each other, and each model against each reader."""
    found: Block = {}
    scores = {reader: arrays.reader_total[:, i] for i, reader in enumerate(arrays.readers)}
    for (a, first), (b, second) in combinations(scores.items(), 2):
        found[f"{a} vs {b}"] = core(first, second, plan)
        i, j = arrays.readers.index(a), arrays.readers.index(b)
        grades = (arrays.reader_grade[:, i], arrays.reader_grade[:, j])
        found[f"{a} vs {b}"] |= segment_statistics(grades[0], grades[1], None, MISS)
    if len(scores) > 1:
        ratings = np.stack(list(scores.values()), axis=1)
        forms = icc(ratings, alpha=MISS)
        found["readers"] = {name: form.estimate for name, form in forms.items()}
        found["readers"]["rater_bias_p"] = rater_bias(ratings)
    for i, model in enumerate(arrays.models):
        for reader, truth in scores.items():
            found[f"{model} vs {reader}"] = core(truth, arrays.total[:, i], plan)
    return found
