"""What was declared before the annotations were opened: one record that every statistic obeys."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from reports.statistics.bland_altman import INTERVALS
from reports.statistics.multiplicity import CORRECTIONS
from reports.statistics.wilcoxon import ZERO_METHODS

MISS: Final = 0.05  # one minus the coverage of every interval, whatever the level of the tests
ROLES: Final = ("internal", "external")
MISSING: Final = ("complete_case",)
PRESETS: Final[Mapping[str, tuple[float, ...]]] = MappingProxyType(
    {"dxa": (1.0, 5.0), "cord": (4.0, 15.0), "presence": (0.0, 4.0)}
)
TARGET_WIDTHS: Final[Mapping[str, float]] = MappingProxyType(
    {"icc_a1": 0.05, "bias": 0.5, "loa": 1.0, "accuracy": 0.1}
)
# What no study file can change; part of the lock, so that a later version that does otherwise is
# reported as a deviation.
FIXED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "primary_endpoint": "ICC(A,1) of the total, first model against the reference",
        "icc_form": "two-way random effects, absolute agreement, single rating",
        "difference": "model minus reference",
        "family": "the models of a cohort, one test each",
        "exclusions": "films set aside, not assessable by the model, or without a reference total",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatisticsPlan:
    """The statistics section of the study, as plain data.

    Attributes
    ----------
    alpha
        Level of the tests; intervals cover 95 % whatever it is, as their labels say.
    correction
        ``bonferroni`` or ``holm``: which adjusted p is the primary one; both are printed.
    family_size
        Tests declared in one cohort; None takes one a model.
    zero_method
        ``pratt`` or ``wilcox``: which treatment of zero differences is primary; both are printed.
    bootstrap
        Resamples of patients; 0 switches the bootstrap off.
    seed
        Of the bootstrap.
    margin
        Equivalence margin of the bias in points; None when none was declared.
    severity
        The headline preset, a key of ``presets``.
    presets
        Name to largest total of every class but the last, increasing.
    cuts
        Totals from which a film counts as positive, for sensitivity, specificity and AUC.
    reference
        ``consensus`` or a reader's name.
    models
        Models that were to run, in the order of tables and differences; one that scored nothing
        keeps its rows. Those not named follow in alphabetical order.
    roles
        Center to ``internal`` or ``external``. A center without a role is pooled in "all" only.
    missing
        ``complete_case``: headline numbers use complete pairs; worst-case bounds stand beside.
    loa_interval
        ``exact`` or ``bland_altman_1999``.
    max_total
        Largest possible total.
    target_widths
        Interval widths for which the number of images needed is printed.

    Raises
    ------
    ValueError
        A value is impossible; the message names the key.
    """

    alpha: float = 0.05
    correction: str = "bonferroni"
    family_size: int | None = None
    zero_method: str = "pratt"
    bootstrap: int = 9999
    seed: int = 20260101
    margin: float | None = None
    severity: str = "dxa"
    presets: Mapping[str, tuple[float, ...]] = field(default_factory=lambda: PRESETS)
    cuts: tuple[float, ...] = (6.0,)
    reference: str = "consensus"
    models: tuple[str, ...] = ()
    roles: Mapping[str, str] = field(default_factory=dict)
    missing: str = "complete_case"
    loa_interval: str = "exact"
    max_total: float = 24.0
    target_widths: Mapping[str, float] = field(default_factory=lambda: TARGET_WIDTHS)

    def __post_init__(self) -> None:
        """Refuse impossible values."""
        _one_of("correction", self.correction, CORRECTIONS)
        _one_of("zero_method", self.zero_method, ZERO_METHODS)
        _one_of("missing", self.missing, MISSING)
        _one_of("loa_interval", self.loa_interval, INTERVALS)
        _one_of("severity", self.severity, tuple(self.presets))
        for center, role in self.roles.items():
            _one_of(f"roles of {center}", role, ROLES)
        for name, wrong in self._impossible().items():
            if wrong:
                raise ValueError(f"statistics.{name} is impossible: got {getattr(self, name)!r}")

    def _impossible(self) -> dict[str, bool]:
        """Which numbers cannot be."""
        increasing = all(
            len(cuts) > 0 and list(cuts) == sorted(set(cuts)) for cuts in self.presets.values()
        )
        return {
            "alpha": not 0 < self.alpha < 1,
            "family_size": self.family_size is not None and self.family_size < 1,
            "bootstrap": self.bootstrap < 0,
            "seed": self.seed < 0,
            "margin": self.margin is not None and not self.margin > 0,
            "presets": not increasing,
            "max_total": not self.max_total > 0,
            "target_widths": not all(width > 0 for width in self.target_widths.values()),
        }


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> None:
    """Refuse an unknown word."""
    if value not in allowed:
        raise ValueError(f"statistics.{name} must be one of {', '.join(allowed)}, got {value!r}")
