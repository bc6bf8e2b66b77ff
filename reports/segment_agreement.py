"""Agreement of single grades: kappa by level and wall, and what a predicted grade means."""

from reports.statistics.calibration import reliability
from reports.statistics.estimate import Estimate, Floats
from reports.statistics.kappa import GRADE_LEVELS, kappa
from reports.statistics.pairs import complete_pairs
from reports.table_columns import SEGMENTS


def segment_statistics(
    reference: Floats, grade: Floats, expected: Floats | None, alpha: float
) -> dict[str, Estimate]:
    """Compute the agreement of each segment's grades, and of all together.

    Parameters
    ----------
    reference, grade
        Grades of shape (images, 8 segments), NaN where missing.
    expected
        Expected grades of the same shape for the reliability; None leaves it out.
    alpha
        One minus the coverage of the intervals.

    Returns
    -------
    For each segment and for ``segments`` (all pooled; images are then not independent)
    ``kappa_quadratic_<segment>``, ``kappa_linear_<segment>``, ``share_exact_<segment>``,
    ``share_zero_<segment>`` (of the reference: kappa falls as it nears 0 or 1);
    ``reliability_grade_<grade>``. Nothing when no grade was predicted at all.
    """
    if complete_pairs(reference.ravel(), grade.ravel()).n == 0:
        return {}
    columns = {name: (reference[:, i], grade[:, i]) for i, name in enumerate(SEGMENTS)}
    columns["segments"] = (reference.ravel(), grade.ravel())
    result = {}
    for name, (truth, called) in columns.items():
        pairs = complete_pairs(truth, called)
        for weights in ("quadratic", "linear"):
            key = f"kappa_{weights}_{name}"
            result[key] = kappa(truth, called, GRADE_LEVELS, weights=weights, alpha=alpha)
        exact = float((pairs.difference == 0).mean()) if pairs.n else None
        zeros = float((pairs.reference == 0).mean()) if pairs.n else None
        for key, value, method in (
            ("share_exact", exact, "share of equal grades"),
            ("share_zero", zeros, "share of grade 0 in the reference"),
        ):
            note = "" if pairs.n else "no complete pairs"
            result[f"{key}_{name}"] = Estimate(value, method=method, note=note, **pairs.counts)
    if expected is not None:
        bins = reliability(reference.ravel(), expected.ravel(), GRADE_LEVELS, alpha=alpha)
        result |= {f"reliability_grade_{g}": estimate for g, (estimate, _) in bins.items()}
    return result
