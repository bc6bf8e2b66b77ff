"""Methods sentences on what was declared: lock, classes, tests, bootstrap, margin."""

from collections.abc import Iterator
from typing import Any

from reports import formats, presets
from reports.methods_forms import Sentence
from reports.view import View


def declared(view: View, settings: dict[str, Any]) -> Iterator[Sentence]:
    """Say what the study file declared of the statistics, and whether that was beforehand."""
    yield from _locked(view)
    preset = presets.declared(dict(view.study))
    bounds = presets.cuts(dict(view.study), preset)
    if bounds:
        yield Sentence(
            "statistics",
            f"Severity classes were {', '.join(presets.labels(bounds))} points (preset {preset}); "
            "accuracy is the share of films in the same class.",
            ("study.severity", "tables.confusion"),
        )
    if "correction" in settings:
        yield _family(view, settings)
    if "bootstrap" in settings:
        yield Sentence(
            "statistics",
            f"Bootstrap intervals used {formats.count(int(settings['bootstrap']))} resamples with "
            f"patients as the unit, seed {settings.get('seed')}.",
            ("study.statistics", "manifest.seeds"),
            ("efron1987",),
        )
    yield Sentence(
        "statistics",
        "Patients were the unit of rows named bootstrap or clustered, of areas under the ROC curve "
        "and of the test on patient means; other tests and intervals took films as independent. "
        "Intervals cover 95 %.",
        ("tables.agreement",),
    )
    if settings.get("equivalence_margin") is not None:
        yield _equivalence(view, float(settings["equivalence_margin"]))
    if any(row["n_missing"] for row in view.rows("agreement")):
        yield Sentence(
            "statistics",
            "Films without a prediction or a reference were left out of each figure and counted "
            "beside it.",
            ("tables.agreement.n_missing",),
        )


def _family(view: View, settings: dict[str, Any]) -> Sentence:
    zero = {"pratt": "by Pratt's method", "wilcox": "by dropping them"}.get(
        str(settings.get("zero_method")), "as the table states"
    )
    return Sentence(
        "statistics",
        f"The family of tests was the {formats.plural(len(view.models), 'model')} of a cohort, "
        f"adjusted by {str(settings['correction']).capitalize()} at alpha "
        f"{settings.get('alpha', 0.05)}; zero differences were handled {zero}.",
        ("study.statistics",),
        (*(("holm1979",) if settings["correction"] == "holm" else ()), "pratt1959"),
    )


def _equivalence(view: View, margin: float) -> Sentence:
    return Sentence(
        "statistics",
        "Equivalence was tested by two one-sided tests against a margin of "
        f"{formats.number(margin, 1)} points, {view.plan_lock.when_declared}.",
        ("study.statistics.equivalence_margin",),
    )


def _locked(view: View) -> Iterator[Sentence]:
    lock = view.plan_lock
    if not lock.is_locked:
        return
    when = "after readings had been opened" if lock.opened_before else "before readings were opened"
    changed = len(lock.deviations)
    since = (
        f"; {formats.plural(changed, 'deviation')} from it {'is' if changed == 1 else 'are'} "
        "exploratory"
        if changed
        else "; nothing in it was changed since"
    )
    yield Sentence(
        "statistics",
        f"The statistical plan was locked on {lock.locked_on}, {when} (SHA-256 "
        f"{lock.digest[:12]}){since}.",
        ("manifest.plan_lock",),
    )
