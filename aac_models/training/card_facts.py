"""Everything a model card is rendered from, whatever its form."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from aac_models.training.measured import Measured, Result

METRICS: Final = {
    "icc_a1": "ICC(A,1)",
    "r2_determination": "R2 (coefficient of determination)",
    "mae": "mean absolute error",
    "bias": "bias",
    "ba_slope": "Bland-Altman slope",
    "accuracy_dxa": "accuracy, classes 0-1, 2-5, 6-24",
    "accuracy_cord": "accuracy, classes 0-4, 5-15, 16-24",
    "accuracy_presence": "accuracy, classes 0, 1-4, 5-24",
    "kappa_grades": "quadratic kappa of level and wall grades",
}
SETS: Final = {
    "val": "validation",
    "test": "internal test",
    "C": "center C, external",
    "D": "center D, external",
}


@dataclass(frozen=True, slots=True, eq=False)
class Card:
    """The facts.

    Attributes
    ----------
    words
        Of ``model_card.yaml``, those of the data's source merged in.
    run
        Of ``run.json``: ``source``, ``settings``, ``validation``, ``files``.
    measured
        What was measured with these very weights after training.
    """

    words: Mapping[str, Any]
    run: Mapping[str, Any]
    measured: Sequence[Measured]

    @property
    def opened(self) -> int:
        """How often the external test sets were opened, all releases together."""
        return sum(self.words["test_sets_opened"].values())

    @property
    def arms(self) -> list[str]:
        """Scorers of the run, by file stem."""
        return [name for name in self.run["validation"] if name != "localizer"]

    def validation(self) -> list[Result]:
        """Figures on the validation films, in the form of the measured ones."""
        return [
            Result("val", arm, metric, figures[metric], n=figures["films"])
            for arm, figures in self.run["validation"].items()
            for metric in (*METRICS, "accepted", "levels_right")
            if figures.get(metric) is not None
        ]

    def results(self) -> list[Result]:
        """Figures of the test films where they were measured, else of the validation films."""
        tested = [one for part in self.measured for one in part.results]
        if any(one.metric in METRICS for one in tested):
            return tested
        return [*self.validation(), *tested]
