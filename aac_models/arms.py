"""The three arms of the comparison, as three rows of one table.

LVLCRNet localizes the vertebrae, straightens the aorta's field and scores it with a network
that was also trained to order films by their score; LVLNet is the same without that term;
the baseline scores the whole film without localization. The published architecture is not
public: these are reconstructions.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from aac_models import weights

if TYPE_CHECKING:
    from aac_models.networks.ranker import StripRanker
    from aac_models.networks.whole_image import WholeImageRanker

LOCALIZER: Final = "localizer"


@dataclass(frozen=True, slots=True)
class Arm:
    """What one arm is made of."""

    name: str
    title: str
    sees: Literal["strip", "film"]
    contrast: float  # weight of the Rank-N-Contrast term in training

    def network(self) -> "StripRanker | WholeImageRanker":
        """Build the untrained scorer of this arm."""
        from aac_models.networks.ranker import StripRanker  # noqa: PLC0415 - imports torch
        from aac_models.networks.whole_image import WholeImageRanker  # noqa: PLC0415 - likewise

        return StripRanker() if self.sees == "strip" else WholeImageRanker()

    @property
    def files(self) -> tuple[str, ...]:
        """Stems of the weight files whose content decides this arm's result.

        The localizer counts for every arm: it also decides which films are refused.
        """
        return (LOCALIZER, self.name)


TABLE: Final[dict[str, Arm]] = {
    arm.name: arm
    for arm in (
        Arm("lvlcrnet", "LVLCRNet", "strip", 0.2),
        Arm("lvlnet", "LVLNet", "strip", 0.0),
        Arm("baseline", "Baseline", "film", 0.0),
    )
}
ARMS: Final = tuple(TABLE)


def stems_in(folder: Path | None) -> list[str]:
    """Name the localizer and the arms that a folder of weights holds; None for the shipped one."""
    place = folder or weights.SHIPPED
    return [LOCALIZER, *(arm for arm in ARMS if (place / f"{arm}.safetensors").is_file())]


def digests(folder: Path | None = None) -> dict[str, str]:
    """Digest of the weights that decide each arm's result, by arm; no network is loaded.

    Raises
    ------
    WeightsMismatch
        A file is missing or altered, or its network learned from films prepared otherwise.
    """
    stems = stems_in(folder)
    found = {stem: weights.checked_digest(folder or weights.SHIPPED, stem) for stem in stems}
    return combined(found)


def combined(found: Mapping[str, str]) -> dict[str, str]:
    """Digest by arm, of the digests of files by stem."""
    arms = [arm for arm in TABLE.values() if arm.name in found]
    return {arm.name: weights.combined_digest([found[stem] for stem in arm.files]) for arm in arms}
