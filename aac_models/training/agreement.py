"""A training's own agreement table, on the validation films that chose its epochs.

The few figures that a model card needs, in numpy alone; ``reports.statistics`` has the study's
statistics, and a test holds these to those.
"""

import numpy as np
import numpy.typing as npt

from aac_models.kauppila import GRADES, SEVERITY_PRESETS, severity

Floats = npt.NDArray[np.float64]
Figures = dict[str, float]


def of_totals(reference: npt.ArrayLike, prediction: npt.ArrayLike) -> Figures:
    """Compare totals.

    Parameters
    ----------
    reference, prediction
        Totals of the same films, shape (films,), nothing missing.

    Returns
    -------
    ``mae``, ``bias`` (prediction - reference), ``r2_determination`` (coefficient of determination),
    ``icc_a1``, ``ba_slope`` (difference regressed on the mean), and ``accuracy_<preset>`` of
    every severity preset; NaN where undefined.

    References
    ----------
    McGraw KO, Wong SP. Psychol Methods 1996;1:30-46 (ICC(A,1)).
    """
    truth, said = np.asarray(reference, np.float64), np.asarray(prediction, np.float64)
    if not truth.size:
        truth, said = np.full(1, np.nan), np.full(1, np.nan)
    error, mean = said - truth, (said + truth) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        figures = {
            "mae": np.abs(error).mean(),
            "bias": error.mean(),
            "r2_determination": 1 - np.square(error).sum() / np.square(truth - truth.mean()).sum(),
            "icc_a1": _icc_a1(truth, said),
            "ba_slope": ((mean - mean.mean()) * error).sum() / np.square(mean - mean.mean()).sum(),
        }
    for preset, cuts in SEVERITY_PRESETS.items():
        right = severity(truth, cuts) == severity(said, cuts)
        figures[f"accuracy_{preset}"] = np.where(np.isfinite(error), right, np.nan).mean()
    return {name: float(value) for name, value in figures.items()}


def _icc_a1(truth: Floats, said: Floats) -> np.float64:
    """Two-way random effects, absolute agreement, single measure, of two raters."""
    both = np.stack([truth, said], axis=1)
    n, k = both.shape
    films, raters, middle = both.mean(axis=1), both.mean(axis=0), both.mean()
    rows = k * np.square(films - middle).sum() / (n - 1)
    columns = n * np.square(raters - middle).sum() / (k - 1)
    rest = np.square(both - films[:, None] - raters + middle).sum() / ((n - 1) * (k - 1))
    return np.float64((rows - rest) / (rows + (k - 1) * rest + k * (columns - rest) / n))


def kappa_of_grades(reference: npt.ArrayLike, prediction: npt.ArrayLike) -> float:
    """Quadratic weighted kappa of grades, all levels and walls pooled.

    Parameters
    ----------
    reference, prediction
        Grades 0 to 3 of any one shape; negative ones are left out.

    References
    ----------
    Cohen J. Psychol Bull 1968;70:213-220.
    """
    truth, said = np.ravel(np.asarray(reference)), np.ravel(np.asarray(prediction))
    known = (truth >= 0) & (said >= 0)
    cells = truth[known].astype(np.int64) * len(GRADES) + said[known].astype(np.int64)
    table = np.bincount(cells, minlength=len(GRADES) ** 2).reshape(len(GRADES), -1)
    apart = np.square(np.subtract.outer(GRADES, GRADES))
    chance = np.outer(table.sum(axis=1), table.sum(axis=0)) / max(table.sum(), 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(1 - np.float64((apart * table).sum()) / (apart * chance).sum())
