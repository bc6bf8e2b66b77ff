"""What the weights are held to, by test set; the same numbers as in the project's plan."""

from typing import NamedTuple

from reports.statistics.multiplicity import threshold

SETS = {"test": "internal test", "C": "center C", "D": "center D"}
SIZES = {"test": 211, "C": 157, "D": 391}
SEED = 20_250_102  # not the training's
ARM = "lvlcrnet"  # the arm that the targets are for


class Target(NamedTuple):
    """A figure must be at least ``low`` and at most ``high``."""

    low: float = float("-inf")
    high: float = float("inf")

    def is_met(self, value: float) -> bool:
        """Say whether a figure is within."""
        return self.low <= value <= self.high

    def __str__(self) -> str:
        ends = [f">= {self.low:.4g}"] if self.low > float("-inf") else []
        ends += [f"<= {self.high:.4g}"] if self.high < float("inf") else []
        return " and ".join(ends)


_EVERYWHERE = {
    "accuracy_dxa": Target(low=0.88),
    "ba_slope": Target(-0.05, 0.05),
    "kappa_grades": Target(low=0.85),
    "wilcoxon_p": Target(low=threshold(0.05, 3)),
    "levels_right": Target(low=0.97),
}
TARGETS: dict[str, dict[str, Target]] = {
    "test": {
        "r2_determination": Target(low=0.93),
        "icc_a1": Target(low=0.965),
        "mae": Target(high=0.90),
        "corner_mm": Target(high=2.0),
        **_EVERYWHERE,
    },
    "C": {
        "r2_determination": Target(low=0.91),
        "icc_a1": Target(low=0.95),
        "mae": Target(high=0.85),
        "corner_mm": Target(high=3.0),
        **_EVERYWHERE,
    },
    "D": {
        "r2_determination": Target(low=0.92),
        "icc_a1": Target(low=0.96),
        "mae": Target(high=1.15),
        "corner_mm": Target(high=3.0),
        **_EVERYWHERE,
    },
}
ROBUSTNESS = Target(high=0.10)
