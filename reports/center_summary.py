"""The headline statistics over several centers, as rows of the pooled cohorts."""

from collections.abc import Mapping
from dataclasses import replace

from reports.statistics.across_centers import LINKS, RandomEffects, linked, random_effects
from reports.statistics.estimate import Estimate, undefined
from reports.statistics.plan import MISS, StatisticsPlan

Estimates = dict[str, Estimate]
StandardErrors = Mapping[str, Mapping[str, float | None]]


def summarize_centers(
    blocks: Mapping[str, Mapping[str, Estimates]],
    standard_errors: Mapping[str, StandardErrors],
    models: tuple[str, ...],
    plan: StatisticsPlan,
) -> dict[str, Estimates]:
    """Pool bias, MAE, ICC(A,1) and headline accuracy over centers by random effects.

    Parameters
    ----------
    blocks
        Center to model to estimates.
    standard_errors
        Center to model to statistic to patient-bootstrap standard error.
    models
        Models in order.
    plan
        Names the headline preset.

    Returns
    -------
    Model to ``random_effects_<statistic>`` (Hartung-Knapp interval),
    ``random_effects_<statistic>_prediction`` (prediction interval of a new center),
    ``heterogeneity_<statistic>_tau2`` (on the link's scale), ``_i2`` and ``_q_p``.
    """
    links = {
        "bias": "identity",
        "mae": "log",  # an error is never below none, nor is any end of an interval
        "icc_a1": "fisher_z",
        f"accuracy_{plan.severity}": "logit",
    }
    result: dict[str, Estimates] = {}
    for model in models:
        result[model] = {}
        for name, link in links.items():
            values = [blocks[c][model][name].value for c in blocks]
            errors = [standard_errors[c].get(model, {}).get(name) for c in blocks]
            kept, their_errors, is_kept = linked(values, errors, link)
            pooled = random_effects(kept, their_errors, alpha=MISS)
            n = sum(blocks[c][model][name].n for c, use in zip(blocks, is_kept, strict=True) if use)
            out = [c for c, use in zip(blocks, is_kept, strict=True) if not use]
            result[model] |= _rows(name, link, pooled, n, out)
    return result


def _rows(
    name: str, link: str, pooled: RandomEffects | None, n: int, left_out: list[str]
) -> Estimates:
    """Rows of one statistic."""
    method = f"random effects over centers, REML, scale: {link}"
    keys = {
        "mean": f"random_effects_{name}",
        "prediction": f"random_effects_{name}_prediction",
        "tau2": f"heterogeneity_{name}_tau2",
        "i2": f"heterogeneity_{name}_i2",
        "q_p": f"heterogeneity_{name}_q_p",
    }
    if pooled is None:
        why = "fewer than two centers have an estimate with a standard error"
        return {key: undefined(method, why, n=n) for key in keys.values()}
    back = LINKS[link][1]
    without = f"without center {', '.join(left_out)}: no finite estimate and error there"
    note = f"{pooled.caveat}; {without}" if left_out else pooled.caveat
    ahead = (pooled.prediction_low, pooled.prediction_high)
    low, high = (None if end is None else back(end) for end in ahead)
    mean, ends = back(pooled.mean), (back(pooled.ci_low), back(pooled.ci_high))
    found = {
        "mean": Estimate(mean, *ends, f"{method}; Hartung-Knapp interval"),
        "prediction": Estimate(mean, low, high, f"{method}; prediction interval"),
        "tau2": Estimate(pooled.tau2, method=f"{method}; variance between centers"),
        "i2": Estimate(pooled.i2, method="I squared: share of variation that is not chance"),
        "q_p": Estimate(pooled.q_p, method="Cochran's Q test of equal centers"),
    }
    return {key: replace(found[part], n=n, note=note) for part, key in keys.items()}
