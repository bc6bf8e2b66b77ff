"""A declared cut on the reference: sensitivity, specificity, and AUC with DeLong intervals."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import stats

from reports.statistics.classes import share
from reports.statistics.estimate import (
    MIN_FOR_SPREAD,
    Booleans,
    Estimate,
    Floats,
    Integers,
    Strings,
    undefined,
)
from reports.statistics.pairs import clusters_of, complete_pairs, round_half_up

_AUC: Final = "area under the ROC curve (ties count half); DeLong interval"
_ONE_CLASS: Final = "the reference lies on one side of the cut"


@dataclass(frozen=True, slots=True, eq=False)
class Placements:
    """DeLong's structural components of one predictor.

    Attributes
    ----------
    of_positive
        Share of negatives that each positive exceeds (ties half), shape (positives,).
    of_negative
        Share of positives that exceed each negative, shape (negatives,).
    """

    of_positive: Floats
    of_negative: Floats

    @property
    def auc(self) -> float:
        """Area under the curve."""
        return float(self.of_positive.mean())


def auc(
    reference: npt.ArrayLike,
    prediction: npt.ArrayLike,
    cut: float,
    *,
    patient_id: Strings | None = None,
    alpha: float = 0.05,
) -> Estimate:
    """Compute the area under the ROC curve for a reference total of at least ``cut``.

    Parameters
    ----------
    reference, prediction
        Totals of shape (images,); NaN where missing. The reference is rounded half up; the
        prediction is used as it is.
    cut
        Smallest total that counts as positive.
    patient_id
        Patients of shape (images,): their images are then not taken as independent. None gives
        DeLong's variance, which it equals up to (G / (G - 1)) with one image a patient.
    alpha
        One minus the coverage of the interval.

    Returns
    -------
    Area, 0.5 is chance and 1 perfect, with its interval cut to 0..1.

    Raises
    ------
    ValueError
        Shapes differ.

    Notes
    -----
    Var = S10 / m + S01 / n of the placements. With patients: Obuchowski's sums of placements by
    patient. Undefined when the reference lies on one side of the cut; the interval when fewer
    than two are on either side.

    References
    ----------
    DeLong ER, DeLong DM, Clarke-Pearson DL. Biometrics 1988;44:837-845. doi:10.2307/2531595
    Obuchowski NA. Biometrics 1997;53:567-578. doi:10.2307/2533958
    """
    pairs = complete_pairs(reference, prediction)
    counts = pairs.counts
    positive = round_half_up(pairs.reference) >= cut
    parts = placements(positive, pairs.prediction)
    if parts is None:
        return undefined(_AUC, _ONE_CLASS if pairs.n else "no complete pairs", **counts)
    note = f"{int(positive.sum())} of {pairs.n} at or above {cut:g}"
    if min(parts.of_positive.size, parts.of_negative.size) < MIN_FOR_SPREAD:
        return Estimate(parts.auc, method=_AUC, note=f"{note}: no interval", **counts)
    if patient_id is None:
        variance, method = _variance(parts), _AUC
    else:
        clusters = clusters_of(patient_id, pairs.kept)
        variance = _clustered_variance(parts, positive, clusters)
        method = _AUC.replace("DeLong", "patient-clustered DeLong (Obuchowski)")
    half = float(stats.norm.ppf(1 - alpha / 2)) * float(np.sqrt(variance))
    ends = (max(0.0, parts.auc - half), min(1.0, parts.auc + half))
    return Estimate(parts.auc, *ends, method, note=note, **counts)


def auc_difference(
    reference: npt.ArrayLike,
    prediction_a: npt.ArrayLike,
    prediction_b: npt.ArrayLike,
    cut: float,
    *,
    patient_id: Strings | None = None,
    alpha: float = 0.05,
) -> tuple[Estimate, Estimate]:
    """Compare the areas of two predictors on the same images.

    Parameters
    ----------
    reference, prediction_a, prediction_b
        Totals of shape (images,); NaN where missing. Only images with all three are used.
    cut
        Smallest total that counts as positive.
    patient_id
        Patients of shape (images,), whose images are not independent; None when each image is a
        patient.
    alpha
        One minus the coverage of the interval.

    Returns
    -------
    Area of a minus area of b with its interval, and the two-sided p of no difference.

    Raises
    ------
    ValueError
        Shapes differ.

    Notes
    -----
    Paired DeLong, with patients its sandwich over them. Undefined when the reference lies on one
    side of the cut, and p when the two orderings agree wholly (no variance).

    References
    ----------
    DeLong ER, DeLong DM, Clarke-Pearson DL. Biometrics 1988;44:837-845. doi:10.2307/2531595
    Obuchowski NA. Biometrics 1997;53:567-578. doi:10.2307/2533958
    """
    kind = "paired DeLong" if patient_id is None else "paired patient-clustered DeLong (Obuchowski)"
    method = f"difference of areas under the ROC curve, first - second; {kind}"
    first = complete_pairs(reference, np.asarray(prediction_a) + 0 * np.asarray(prediction_b))
    truth = first.reference
    counts = first.counts
    positive = round_half_up(truth) >= cut
    a = placements(positive, np.asarray(prediction_a, dtype=np.float64)[first.kept])
    b = placements(positive, np.asarray(prediction_b, dtype=np.float64)[first.kept])
    if a is None or b is None:
        nothing = undefined(method, _ONE_CLASS, **counts)
        return nothing, nothing
    if min(a.of_positive.size, a.of_negative.size) < MIN_FOR_SPREAD:
        why = "fewer than two images on one side of the cut"
        return Estimate(a.auc - b.auc, method=method, **counts), undefined(method, why, **counts)
    difference = a.auc - b.auc
    apart = Placements(a.of_positive - b.of_positive, a.of_negative - b.of_negative)
    if patient_id is None:
        variance = _variance(apart)
    else:
        variance = _clustered_variance(apart, positive, clusters_of(patient_id, first.kept))
    if variance <= 1e-18:  # noqa: PLR2004 - what rounding leaves of identical orderings
        same = Estimate(difference, difference, difference, method, **counts)
        return same, undefined(method, "the two orderings agree wholly: no variance", **counts)
    se = float(np.sqrt(variance))
    half = float(stats.norm.ppf(1 - alpha / 2)) * se
    p = float(2 * stats.norm.sf(abs(difference) / se))
    return (
        Estimate(difference, difference - half, difference + half, method, **counts),
        Estimate(p, method=f"{method}, two-sided p", **counts),
    )


def placements(positive: Booleans, prediction: Floats) -> Placements | None:
    """Give the structural components, or None when one side is empty.

    Parameters
    ----------
    positive
        Which images are positive, shape (images,).
    prediction
        Scores of shape (images,), nothing missing.

    Returns
    -------
    The placements, from midranks in O(n log n).

    References
    ----------
    Sun X, Xu W. IEEE Signal Process Lett 2014;21:1389-1393. doi:10.1109/LSP.2014.2337313
    """
    m, n = int(positive.sum()), int((~positive).sum())
    if m == 0 or n == 0:
        return None
    everywhere = stats.rankdata(prediction)
    among_positive = stats.rankdata(prediction[positive])
    among_negative = stats.rankdata(prediction[~positive])
    return Placements(
        (everywhere[positive] - among_positive) / n,
        1 - (everywhere[~positive] - among_negative) / m,
    )


def at_cut(
    reference: npt.ArrayLike, prediction: npt.ArrayLike, cut: float, *, alpha: float = 0.05
) -> dict[str, Estimate]:
    """Compute sensitivity, specificity and predictive values at one cut on both sides.

    Parameters
    ----------
    reference, prediction
        Totals of shape (images,), rounded half up; NaN where missing.
    cut
        Smallest total that counts as positive.
    alpha
        One minus the coverage of the Wilson intervals.

    Returns
    -------
    ``sensitivity``, ``specificity``, ``ppv``, ``npv``; higher is better; each undefined when its
    denominator is zero. Predictive values hold for this prevalence only.

    Raises
    ------
    ValueError
        Shapes differ.

    References
    ----------
    Altman DG, Bland JM. BMJ 1994;308:1552. doi:10.1136/bmj.308.6943.1552
    """
    pairs = complete_pairs(reference, prediction)
    truth = round_half_up(pairs.reference) >= cut
    called = round_half_up(pairs.prediction) >= cut
    both, neither = int((truth & called).sum()), int((~truth & ~called).sum())
    parts = {
        "sensitivity": (both, int(truth.sum())),
        "specificity": (neither, int((~truth).sum())),
        "ppv": (both, int(called.sum())),
        "npv": (neither, int((~called).sum())),
    }
    return {
        name: share(k, n, f"{name} at a total of {cut:g}", alpha=alpha, n_missing=pairs.n_missing)
        for name, (k, n) in parts.items()
    }


def _variance(parts: Placements) -> float:
    """Variance of an area, or of a difference of two."""
    return sum(float(x.var(ddof=1)) / x.size for x in (parts.of_positive, parts.of_negative))


def _clustered_variance(parts: Placements, positive: Booleans, clusters: Integers) -> float:
    """Sandwich of the placements summed by patient."""
    n_clusters = int(clusters.max()) + 1
    influence = np.zeros(clusters.size)
    influence[positive] = (parts.of_positive - parts.auc) / parts.of_positive.size
    influence[~positive] = (parts.of_negative - parts.auc) / parts.of_negative.size
    sums = np.bincount(clusters, weights=influence, minlength=n_clusters)
    return float((sums**2).sum()) * n_clusters / max(1, n_clusters - 1)
