"""One patient bootstrap of a cohort: every model's intervals, and the models against each other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np

from reports.statistics.bland_altman import QUANTILES, percentile_limits
from reports.statistics.bootstrap import (
    Interval,
    cluster_sums,
    draw_counts,
    exact_sums,
    interval,
    tail_quantile,
    two_sided_p,
)
from reports.statistics.estimate import Estimate, Floats, Integers, Strings, undefined
from reports.statistics.moments import DIFFERENCES, moment_columns, statistics_of
from reports.statistics.pairs import clusters_of, complete_pairs

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Resampled:
    """What the bootstrap of one cohort gives.

    Attributes
    ----------
    own
        Model to statistic to interval.
    standard_error
        Model to statistic to standard deviation of the draws, times sqrt(n / (n - 1)) for n
        patients; None where undefined.
    limits
        Model to ``percentile_loa_lower`` and ``percentile_loa_upper``.
    differences
        (first, second) to ``difference_<statistic>`` and ``difference_<statistic>_p``.
    """

    own: dict[str, dict[str, Interval]] = field(default_factory=dict)
    standard_error: dict[str, dict[str, float | None]] = field(default_factory=dict)
    limits: dict[str, dict[str, Estimate]] = field(default_factory=dict)
    differences: dict[Pair, dict[str, Estimate]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class _Design:
    """Patients' sums of every comparison, side by side in one matrix."""

    reference: Floats
    predictions: Mapping[str, Floats]
    clusters: Integers
    n_clusters: int
    presets: Mapping[str, Sequence[float]]
    keys: list[tuple[str, ...]]
    sums: Floats

    def part(self, matrix: Floats, key: tuple[str, ...]) -> dict[str, Floats]:
        """Statistics of one comparison from rows of sums."""
        return statistics_of(self._columns(matrix, key), tuple(self.presets))

    def draws(self, drawn: Floats, key: tuple[str, ...]) -> dict[str, Floats]:
        """Statistics of each resample; NaN where one patient alone was compared.

        All resamples of one patient are alike: an interval of no width and a p as small as the
        number of resamples allows would say that the figure is certain.
        """
        found = self.part(drawn, key)
        if self.patients(key) > 1:
            return found
        return {name: np.full_like(values, np.nan) for name, values in found.items()}

    def patients(self, key: tuple[str, ...]) -> int:
        """How many patients were compared; the first column counts their images."""
        return int((self._columns(self.sums, key)[:, 0] > 0).sum())

    def _columns(self, matrix: Floats, key: tuple[str, ...]) -> Floats:
        width = matrix.shape[1] // len(self.keys)
        start = self.keys.index(key) * width
        return matrix[:, start : start + width]


def resample(  # noqa: PLR0913 - data, then settings by keyword
    reference: Floats,
    predictions: Mapping[str, Floats],
    patient_id: Strings | None,
    *,
    presets: Mapping[str, Sequence[float]],
    resamples: int,
    seed: int,
    alpha: float = 0.05,
) -> Resampled:
    """Bootstrap one cohort over its patients.

    Parameters
    ----------
    reference
        Totals of shape (images,); NaN where missing.
    predictions
        Model to totals of shape (images,); NaN where missing.
    patient_id
        Patients of shape (images,); None when each image is a patient.
    presets
        Severity presets by name.
    resamples, seed
        Number of resamples and their seed; no resamples give nothing.
    alpha
        One minus the coverage.

    Returns
    -------
    Intervals of each model on its own complete pairs, and differences between two models on the
    images that both scored, first minus second.

    Raises
    ------
    ValueError
        Shapes differ.

    Notes
    -----
    BCa with a leave-one-patient-out jackknife; percentiles where it degenerates. Every model sees
    the same draws. The p of a difference is the percentile p, at least 2 / (resamples + 1) and
    2^(1 - patients).

    References
    ----------
    Field CA, Welsh AH. J R Stat Soc B 2007;69:369-390. doi:10.1111/j.1467-9868.2007.00593.x
    """
    if resamples == 0 or reference.size == 0 or not predictions:
        return Resampled()
    design = _design(reference, predictions, patient_id, presets)
    drawn, quantiles = _draw(design, resamples, seed)
    everyone = design.sums.sum(axis=0, keepdims=True)
    values = {
        key: (design.draws(drawn, key), design.part(everyone, key), design.part(left_out, key))
        for left_out in (everyone - design.sums,)
        for key in design.keys
    }
    result = Resampled()
    for model in predictions:
        draws, estimate, jackknife = values[(model,)]
        result.own[model] = {
            name: interval(draws[name], float(estimate[name][0]), jackknife[name], alpha=alpha)
            for name in draws
        }
        patients = design.patients((model,))
        result.standard_error[model] = {n: _deviation(d, patients) for n, d in draws.items()}
        result.limits[model] = _limits(design, model, quantiles[model], alpha)
    for a, b in combinations(predictions, 2):
        first, second = values[(a, b, a)], values[(a, b, b)]
        result.differences[a, b] = _differences(design, (a, b), first, second, alpha)
    return result


def _design(
    reference: Floats,
    predictions: Mapping[str, Floats],
    patient_id: Strings | None,
    presets: Mapping[str, Sequence[float]],
) -> _Design:
    """Lay every comparison's columns side by side: each model, then each side of each pair."""
    clusters = clusters_of(patient_id, np.ones(reference.size, dtype=np.bool_))
    parts: dict[tuple[str, ...], Floats] = {
        (model,): moment_columns(reference, scores, presets)
        for model, scores in predictions.items()
    }
    for a, b in combinations(predictions, 2):
        both = reference + 0 * predictions[a] + 0 * predictions[b]
        parts[a, b, a] = moment_columns(both, predictions[a], presets)
        parts[a, b, b] = moment_columns(both, predictions[b], presets)
    n_clusters = int(clusters.max()) + 1
    sums = cluster_sums(np.concatenate(list(parts.values()), axis=1), clusters, n_clusters)
    names, grid = list(parts), exact_sums(sums)
    return _Design(reference, predictions, clusters, n_clusters, presets, names, grid)


def _draw(design: _Design, resamples: int, seed: int) -> tuple[Floats, dict[str, Floats]]:
    """Give resampled sums (resamples, columns) and quantiles of the differences by model."""
    sorted_differences: dict[str, tuple[Floats, Integers]] = {}
    for model, scores in design.predictions.items():
        pairs = complete_pairs(design.reference, scores)
        order = np.argsort(pairs.difference, kind="stable")
        sorted_differences[model] = (pairs.difference[order], design.clusters[pairs.kept][order])
    width = design.sums.shape[1] // len(design.keys)
    sums: list[Floats] = []
    quantiles: dict[str, list[Floats]] = {model: [] for model in sorted_differences}
    for counts in draw_counts(design.n_clusters, resamples, seed):
        sums.append(counts @ design.sums)
        for model, (values, owner) in sorted_differences.items():
            totals = sums[-1][:, design.keys.index((model,)) * width]
            if values.size:
                quantiles[model].append(_both_tails(values, owner, counts, totals))
    nothing = np.full((resamples, len(QUANTILES)), np.nan)
    return np.concatenate(sums), {
        model: np.concatenate(parts) if parts else nothing for model, parts in quantiles.items()
    }


def _both_tails(values: Floats, owner: Integers, counts: Floats, totals: Floats) -> Floats:
    """Percentile limits of each resample, shape (resamples, 2)."""
    lower = tail_quantile(values, owner, counts, totals, QUANTILES[0])
    upper = -tail_quantile(-values[::-1], owner[::-1], counts, totals, 1 - QUANTILES[1])
    return np.stack([lower, upper], axis=1)


def _limits(design: _Design, model: str, quantiles: Floats, alpha: float) -> dict[str, Estimate]:
    """Percentile limits of agreement with percentile-bootstrap intervals."""
    pairs = complete_pairs(design.reference, design.predictions[model])
    counts = pairs.counts
    names = ("percentile_loa_lower", "percentile_loa_upper")
    method = "2.5 and 97.5 percentiles of the differences (type 7)"
    if design.patients((model,)) < 2:  # noqa: PLR2004 - nothing varies
        quantiles = np.full_like(quantiles, np.nan)
    if pairs.n == 0:
        return {name: undefined(method, "no complete pairs", **counts) for name in names}
    result = {}
    for name, value, draws in zip(
        names, percentile_limits(pairs.difference), quantiles.T, strict=True
    ):
        # A quantile's jackknife is no guide to its bias: percentiles, not BCa.
        ends = interval(draws, value, None, alpha=alpha)
        label = f"{method}; {ends.method}"
        result[name] = Estimate(value, ends.low, ends.high, label, note=ends.note, **counts)
    return result


def _differences(
    design: _Design,
    pair: Pair,
    first: tuple[dict[str, Floats], ...],
    second: tuple[dict[str, Floats], ...],
    alpha: float,
) -> dict[str, Estimate]:
    """Paired differences of two models, first minus second, with interval and p."""
    both = design.reference + 0 * design.predictions[pair[0]]
    pairs = complete_pairs(both, design.predictions[pair[1]])
    counts = pairs.counts
    result = {}
    for name in (*DIFFERENCES, *(f"accuracy_{preset}" for preset in design.presets)):
        draws, value, jackknife = (x[name] - y[name] for x, y in zip(first, second, strict=True))
        label = f"{name} of the first - {name} of the second, same images"
        key, estimate = f"difference_{name}", float(value[0])
        if not np.isfinite(estimate):
            why = "undefined for one of the two models"
            result[key] = undefined(label, why, **counts)
            result[f"{key}_p"] = undefined(label, why, **counts)
            continue
        ends = interval(draws, estimate, jackknife, alpha=alpha)
        result[key] = Estimate(
            estimate, ends.low, ends.high, f"{label}; {ends.method}", note=ends.note, **counts
        )
        p_method = f"{label}; percentile p of {draws.size} patient-bootstrap resamples"
        p = two_sided_p(draws, design.patients((*pair, pair[0])))
        note = "no resample was defined" if p is None else ""
        result[f"{key}_p"] = Estimate(p, method=p_method, note=note, **counts)
    return result


def _deviation(draws: Floats, patients: int) -> float | None:
    """Bootstrap standard error, None unless at least two draws are finite."""
    good = draws[np.isfinite(draws)]
    if good.size < 2 or patients < 2:  # noqa: PLR2004 - nothing varies
        return None
    # Draws of few patients vary less than samples do: by (n - 1) / n, as a mean shows.
    return float(good.std(ddof=1) * np.sqrt(patients / (patients - 1)))
