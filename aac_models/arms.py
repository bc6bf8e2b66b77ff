"""The three arms of the comparison, as three rows of one table.

LVLCRNet localizes the vertebrae, straightens the aorta's field and scores it with a network
that was also trained to order films by their score; LVLNet is the same without that term;
the baseline scores the whole film without localization. The published architecture is not
public: these are reconstructions.
"""

from dataclasses import dataclass
from typing import Final, Literal

from aac_models.networks.ranker import StripRanker
from aac_models.networks.whole_image import WholeImageRanker


@dataclass(frozen=True, slots=True)
class Arm:
    """What one arm is made of."""

    name: str
    title: str
    sees: Literal["strip", "film"]
    contrast: float  # weight of the Rank-N-Contrast term in training

    def network(self) -> StripRanker | WholeImageRanker:
        """Build the untrained scorer of this arm."""
        return StripRanker() if self.sees == "strip" else WholeImageRanker()

    @property
    def files(self) -> tuple[str, ...]:
        """Stems of the weight files whose content decides this arm's result.

        The localizer counts for every arm: it also decides which films are refused.
        """
        return ("localizer", self.name)


TABLE: Final[dict[str, Arm]] = {
    arm.name: arm
    for arm in (
        Arm("lvlcrnet", "LVLCRNet", "strip", 0.2),
        Arm("lvlnet", "LVLNet", "strip", 0.0),
        Arm("baseline", "Baseline", "film", 0.0),
    )
}
ARMS: Final = tuple(TABLE)
