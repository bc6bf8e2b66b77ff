"""How to read this report: what the figures can and cannot say, with examples."""

import numpy as np

from reports.blocks import Block, Bullets, Data, Figure, FigureRow, Paragraph, Subheading, rich
from reports.figures import bland_altman, style
from reports.view import Pairs, Reals, Scope, View


def build(_view: View, _scope: Scope) -> list[Block]:
    """Blocks of the section; the examples are made up and say so."""
    return [
        Bullets(
            (
                rich(
                    (
                        "**Difference** is always model minus reference: above zero the "
                        "model reads higher."
                    )
                ),
                rich(
                    "**MAE** is how far a single film is off on average, in points of "
                    "24. **Bias** is what is left when errors above and below cancel: "
                    "it can be near zero while single films are far off."
                ),
                rich(
                    "**Limits of agreement** hold the difference for about 95 of 100 "
                    "films. Ask whether an error of that size would change what is "
                    "done for a patient."
                ),
                rich(
                    "**ICC(A,1)** is agreement of single readings, absolute, against "
                    "the spread between patients. It rises when patients differ more: "
                    "a center with mild and severe cases gets a higher ICC than one "
                    "with mild cases only, at the same error. Read it beside MAE, and "
                    "beside readers against each other."
                ),
                rich(
                    "**R²** has two meanings: the coefficient of determination is "
                    "lowered by bias and can be negative; the squared correlation "
                    "ignores bias and scale. Both are given under their names."
                ),
                rich(
                    "**Wilcoxon** asks whether the model reads systematically higher "
                    "or lower. A large p value is no evidence of agreement; the "
                    "equivalence test, where a margin was declared, is."
                ),
                rich(
                    "**Confidence intervals** say how far chance may have moved a "
                    "figure with this number of films; nothing about films of another "
                    "kind."
                ),
            )
        ),
        Subheading("Good and bad examples"),
        Paragraph(rich("Made-up numbers, drawn as this report draws real ones.")),
        FigureRow(tuple(_examples())),
    ]


def _examples() -> list[Figure]:
    rng = np.random.default_rng(24)
    reference: Reals = np.round(np.clip(rng.gamma(1.1, 5.0, 120), 0, 24)).astype(np.float64)
    small = rng.normal(0, 1.0, reference.size)
    cases: tuple[tuple[str, str, str, Reals], ...] = (
        ("good", "Good", "Bias near zero, narrow limits, no trend.", reference + small),
        (
            "shift",
            "Systematic shift",
            (
                "The cloud lies above zero: every film is read too high. The correlation "
                "would not notice."
            ),
            reference + 3 + small,
        ),
        (
            "shrunk",
            "Drawn to the middle",
            (
                "The trend falls: mild cases are read too high and severe ones too low, "
                "while the bias is near zero."
            ),
            0.55 * reference + 0.45 * reference.mean() + small,
        ),
    )
    names = tuple(str(index) for index in range(reference.size))
    films = [Pairs(names, names, reference, np.clip(case[3], 0, 24)) for case in cases]
    # One axis for all three: a narrow cloud must look narrow.
    ends = bland_altman.reach(films, [])
    return [
        _example(key, title, said, pairs, ends)
        for (key, title, said, _), pairs in zip(cases, films, strict=True)
    ]


def _example(key: str, title: str, said: str, pairs: Pairs, ends: tuple[float, float]) -> Figure:
    bias, spread = float(pairs.difference.mean()), float(pairs.difference.std(ddof=1))
    lines = [
        bland_altman.Line("bias", bias),
        bland_altman.Line("lower", bias - 1.96 * spread),
        bland_altman.Line("upper", bias + 1.96 * spread),
    ]
    mean = (pairs.reference + pairs.prediction) / 2
    slope = float(np.polyfit(mean, pairs.difference, 1)[0])
    return Figure(
        f"example-{key}",
        f"Example: {title.lower()}",
        f"Made-up Bland-Altman plot. {said}",
        rich("**{title}.** {said}", title=title, said=said),
        bland_altman.draw(pairs, lines, slope, style.MUTED, ends=ends),
        Data(
            ("mean", "difference"),
            tuple(zip(mean.round(3).tolist(), pairs.difference.round(3).tolist(), strict=True)),
        ),
        "third",
    )
