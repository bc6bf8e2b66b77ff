"""What a sentence is, and what is said of each statistic; its form is the agreement table's."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence, the step that says it, what it rests on, and what it cites."""

    step: str
    text: str
    evidence: tuple[str, ...]
    cites: tuple[str, ...] = ()


# One sentence a statistic: its name in the table, the sentence around its form, what it cites.
FORMS: Final = (
    ("icc_a1", "Agreement of totals was measured by {form}.", ("shrout1979", "mcgraw1996")),
    ("bias", "Bias is the {form}.", ("bland1986",)),
    ("loa_lower", "Limits of agreement are {form}.", ("bland1986", "bland1999")),
    ("ba_slope_ols", "Proportional bias is the slope of the {form}.", ("bland1999",)),
    (
        "wilcoxon_p",
        "Each model was compared with the reference film by film: {form}.",
        ("wilcoxon1945",),
    ),
    ("mae", "Error is given as {form}.", ()),
    ("rmse", "Large errors weigh more in the {form}.", ()),
    ("r2_determination", "R² is the {form}.", ()),
    ("r2_pearson", "The {form}, is given apart under its own name.", ()),
    ("kappa_quadratic", "Ordinal agreement of the totals is {form}.", ("cohen1968",)),
    ("auc_ge6", "Discrimination of a reference total of 6 or more is {form}.", ("delong1988",)),
    (
        "random_effects_bias",
        (
            "Pooled rows take the films of all their centers as one sample; beside them stands a "
            "summary of the centers ({form}; for ICC on the scale of Fisher's z, for accuracy on "
            "that of the logit)."
        ),
        (),
    ),
)
