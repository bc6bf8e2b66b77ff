"""The first screen: how many films, how good is the model here, may I trust it."""

from typing import Final

from reports import formats, presets, the_paper, words, yardstick
from reports.blocks import (
    Answer,
    Answers,
    Block,
    Callout,
    KeyFigure,
    KeyFigures,
    Text,
    rich,
)
from reports.sections import failures, headline
from reports.view import POOLS, Scope, View

# Below so many films a reader is told that they are few.
_FEW: Final = 30


def data_line(view: View) -> str:
    """Say what data this is, for the head of every page."""
    if view.is_synthetic:
        return "Synthetic radiographs drawn by a phantom. Not patients. Not for clinical use."
    return "Research use only. Not for clinical use."


def build(view: View, scope: Scope) -> list[Block]:
    """Blocks of the first screen."""
    return [
        _what_data(view),
        *failures.in_short(view, scope),
        KeyFigures(tuple(_key_figures(view, scope))),
        Answers(
            (
                Answer("How many films?", tuple(_how_many(view, scope))),
                Answer("How good is the model here?", tuple(_how_good(view, scope))),
                Answer("May I trust it?", tuple(_trust(view, scope))),
            )
        ),
        headline.own(view, scope),
        headline.published(),
    ]


def _what_data(view: View) -> Callout:
    claim = rich(
        "**What is claimed.** Population: {population}. The agreement of the AAC-24 total "
        "(0 to 24 points) with the reading by {reference} is as given below. Nothing is claimed "
        "for other films, readers or uses.",
        population=view.about.get("population")
        or "lateral lumbar radiographs of the centers named here",
        reference=words.reference(view),
    )
    if view.is_synthetic:
        what = rich(
            "Every film here was **drawn by a computer**. The figures show that the pipeline and "
            "its statistics work; they say nothing about patients and do not reproduce the "
            "paper's clinical results. **Not for clinical use.**"
        )
        return Callout("Synthetic data", (what, claim), "data")
    what = rich("Films and readings as supplied by the centers. **Not for clinical use.**")
    return Callout("Research data", (what, claim), "data")


def _key_figures(view: View, scope: Scope) -> list[KeyFigure]:
    where, model = view.key_of(scope), view.primary
    outcomes = view.outcomes(scope)
    preset = presets.declared(dict(view.study))
    return [
        KeyFigure(
            formats.count(outcomes["scored"]),
            "films scored",
            f"of {formats.count(sum(outcomes.values()))} files delivered",
        ),
        _figure(view, (where, model, "icc_a1"), "ICC(A,1)", 3, the_paper.span("icc")),
        _figure(
            view, (where, model, "mae"), "mean absolute error, points", 2, the_paper.span("mae")
        ),
        _figure(view, (where, model, "bias"), "bias, points", 2),
        _share(view, (where, model, f"accuracy_{preset}"), f"class accuracy ({preset})"),
    ]


def _figure(
    view: View, key: tuple[str, str, str], label: str, digits: int, beside: str = ""
) -> KeyFigure:
    row = view.estimate(*key)
    if row is None:
        return KeyFigure(formats.MISSING, label, "not estimable", beside)
    bounds = formats.interval(row["ci_low"], row["ci_high"], digits)
    said = f"95 % CI {bounds}" if bounds else ""
    return KeyFigure(formats.number(row["estimate"], digits), label, said, beside)


def _share(view: View, key: tuple[str, str, str], label: str) -> KeyFigure:
    row, beside = view.estimate(*key), the_paper.span("accuracy", 100, 1) + " %"
    if row is None:
        return KeyFigure(formats.MISSING, label, "not estimable", beside)
    low, high = (
        (100 * end if end is not None else None) for end in (row["ci_low"], row["ci_high"])
    )
    bounds = formats.interval(low, high, 1)
    value = f"{formats.number(100 * row['estimate'], 1)} %"
    return KeyFigure(value, label, f"95 % CI {bounds}" if bounds else "", beside)


def _how_many(view: View, scope: Scope) -> list[Text]:
    outcomes = view.outcomes(scope)
    n = view.pairs(scope, view.primary).n
    delivered = rich(
        "{delivered} delivered by {centers}: {scored} scored, {unread} could not be assessed, "
        "[{aside} set aside](#failures), {twice}.",
        delivered=formats.plural(sum(outcomes.values()), "file"),
        centers=formats.plural(len(scope.centers), "center"),
        scored=formats.count(outcomes["scored"]),
        unread=formats.count(outcomes["not_assessable"]),
        aside=formats.count(outcomes["quarantined"]),
        twice=formats.plural(outcomes["duplicate"], "duplicate"),
    )
    if not n:
        return [
            delivered,
            rich(
                "**No film has both a score and a reference reading**, so that no "
                "agreement can be given."
            ),
        ]
    paired = rich(
        "**{films}** both a score and a reference total; agreement is computed on these.",
        films=f"{formats.plural(n, 'film')} {'has' if n == 1 else 'have'}",
    )
    return [delivered, paired]


def _how_good(view: View, scope: Scope) -> list[Text]:
    where, model = view.key_of(scope), view.primary
    mae, icc = view.estimate(where, model, "mae"), view.estimate(where, model, "icc_a1")
    if mae is None:
        return [rich("It cannot be said: there is no film to compare on.")]
    said = [
        rich(
            "**{model}** differs from the reference by **{mae} points** on average, on a scale "
            "of 24; it reads {bias}.",
            model=model,
            mae=formats.number(mae["estimate"]),
            bias=_direction(view.value(where, model, "bias")),
        )
    ]
    limits = [view.estimate(where, model, f"loa_{end}") for end in ("lower", "upper")]
    low, high = (
        row and formats.with_interval(row["estimate"], row["ci_low"], row["ci_high"], 1)
        for row in limits
    )
    if low and high:
        said.append(
            rich(
                "For 95 of 100 films like these the difference is expected between {low} and "
                "{high} points.",
                low=low,
                high=high,
            )
        )
    if icc is not None:
        said.append(_icc_sentence(view, scope, icc))
    return said


def _direction(bias: float | None) -> str:
    if bias is None:
        return "with a bias that is not estimable"
    least = 0.05
    if abs(bias) < least:
        return "neither higher nor lower on average"
    return f"{formats.number(abs(bias))} points {'higher' if bias > 0 else 'lower'} on average"


def _icc_sentence(view: View, scope: Scope, icc: dict[str, object]) -> Text:
    value, low, high = (icc[name] for name in ("estimate", "ci_low", "ci_high"))
    text = formats.with_interval(value, low, high, 3)  # type: ignore[arg-type]
    if not scope.is_pooled:
        return rich("Absolute agreement ICC(A,1): **{icc}**.", icc=text)
    apart = [
        f"{pool} centers {formats.number(view.value(pool, view.primary, 'icc_a1'), 3)}"
        for pool in POOLS[:2]
        if view.value(pool, view.primary, "icc_a1") is not None
    ]
    beside = f" ({', '.join(apart)})" if apart else ""
    return rich("Absolute agreement ICC(A,1): **{icc}**{beside}.", icc=text, beside=beside)


def _trust(view: View, scope: Scope) -> list[Text]:
    said: list[Text] = []
    if view.is_synthetic:
        said.append(rich("**Not for patients:** these films are synthetic, whatever the figures."))
    said += yardstick.against_readers(view, view.key_of(scope))
    said += _tests(view, view.key_of(scope))
    said += _by_patient(view, view.key_of(scope))
    n = view.pairs(scope, view.primary).n
    if 0 < n < _FEW:
        said.append(
            rich(
                "**Only {films}**: chance alone may have moved every figure far; read the "
                "intervals.",
                films=formats.plural(n, "film"),
            )
        )
    outcomes = view.outcomes(scope)
    lost = outcomes["quarantined"] + outcomes["not_assessable"]
    if lost:
        share = formats.percent(lost, sum(outcomes.values()) - outcomes["duplicate"])
        said.append(
            rich(
                "The figures hold for films that could be scored; [{n} ({share}) could not]"
                "(#failures).",
                n=formats.count(lost),
                share=share,
            )
        )
    said.append(_plan(view))
    return said


def _tests(view: View, where: str) -> list[Text]:
    p = view.value(where, view.primary, "wilcoxon_p_adjusted")
    if p is None:
        return []
    alpha = float((view.study.get("statistics") or {}).get("alpha", 0.05))
    if p < alpha:
        said = "**It reads systematically {way} than the reference** (Wilcoxon, adjusted p {p})."
        # As the ranks that were tested: with many ties the median difference is 0 all the same.
        sense = view.value(where, view.primary, "rank_biserial") or 0.0
        return [rich(said, way="higher" if sense > 0 else "lower", p=formats.p_value(p))]
    return [
        rich(
            "No systematic difference to the reference was found (Wilcoxon, adjusted p {p}); that "
            "is not yet agreement shown.",
            p=formats.p_value(p),
        ),
        *_equivalence(view, where),
    ]


def _by_patient(view: View, where: str) -> list[Text]:
    """Say that films of one patient are not independent, where patients have several."""
    films = view.estimate(where, view.primary, "wilcoxon_p")
    means = view.estimate(where, view.primary, "wilcoxon_p_patient_means")
    if films is None or means is None or means["n"] >= films["n"]:
        return []
    return [
        rich(
            "**The {films} are of {patients}.** The test above and most intervals take films as "
            "independent, as the original study did; with one value a patient p is {p} (not "
            "adjusted), and the rows named bootstrap or clustered resample patients.",
            films=formats.plural(films["n"], "film"),
            patients=formats.plural(means["n"], "patient"),
            p=formats.p_value(means["estimate"]),
        )
    ]


def _equivalence(view: View, where: str) -> list[Text]:
    p = view.value(where, view.primary, "tost_p")
    settings = dict(view.study.get("statistics") or {})
    if p is None or settings.get("equivalence_margin") is None:
        return []
    return [
        rich(
            "Equivalence within {margin} points, {when}, was {verdict} (p {p}).",
            when=view.plan_lock.when_declared,
            margin=formats.number(float(settings["equivalence_margin"]), 1),
            verdict="shown" if p < float(settings.get("alpha", 0.05)) else "not shown",
            p=formats.p_value(p),
        )
    ]


def _plan(view: View) -> Text:
    lock = view.plan_lock
    if not lock.is_locked:
        return rich(
            "The statistical plan was [not locked](#plan) before the readings were opened: take "
            "every figure as exploratory."
        )
    if lock.opened_before:
        return rich("The statistical plan was locked [only after readings had been opened](#plan).")
    if lock.deviations:
        return rich("The statistical plan was locked beforehand and [changed since](#plan).")
    return rich("The statistical plan was [locked beforehand and is unchanged](#plan).")
