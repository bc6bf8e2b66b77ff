"""Where the vertebrae are: a small U-Net with one heat map a corner."""

import itertools
from typing import Final, NamedTuple

import torch
from torch import Tensor, nn

from aac_models.networks.blocks import Residual, convolve

STRIDE: Final = 4
N_CORNERS: Final = 24
MASKS: Final = ("aorta", "vertebral bodies")
CHANNELS: Final = 2  # stretched film, local contrast
VERDICTS: Final = 7  # lateral lumbar film, six vertebrae
_WIDTHS: Final = (24, 40, 72, 104, 128)
_DEEP: Final = 3  # where a place is an eighth of the film: telling L4 from L5 takes all of it


class Localization(NamedTuple):
    """What the localizer says of a batch.

    heatmaps (batch, 24, rows / 4, columns / 4) and masks (batch, 2, ...) as logits, verdict
    (batch, 1 + 6): logits of "lateral lumbar film" and of each vertebra being on the film.
    """

    heatmaps: Tensor
    masks: Tensor
    verdict: Tensor


class Localizer(nn.Module):
    """(batch, 2, rows, columns), sides multiples of 32, to a ``Localization``."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = convolve(CHANNELS, _WIDTHS[0], 5, 2)
        self.down = nn.ModuleList(
            Residual(narrow, wide, 2) for narrow, wide in itertools.pairwise(_WIDTHS)
        )
        self.deep = nn.Sequential(*(Residual(_WIDTHS[-1], _WIDTHS[-1]) for _ in range(_DEEP)))
        self.up = nn.ModuleList(
            convolve(wide + narrow, narrow)
            for wide, narrow in zip(_WIDTHS[:1:-1], _WIDTHS[-2:0:-1], strict=True)
        )
        self.last = convolve(_WIDTHS[1], 48)
        self.maps = nn.Conv2d(48, N_CORNERS + len(MASKS), 1)
        self.judge = nn.Sequential(
            nn.Linear(2 * _WIDTHS[-1], 64), nn.ReLU(), nn.Dropout(0.1), nn.Linear(64, VERDICTS)
        )

    def forward(self, films: Tensor) -> Localization:
        """Run the network."""
        features = self.stem(films)
        skips = []
        for down in self.down:
            features = down(features)
            skips.append(features)
        features = self.deep(features)
        pooled = torch.cat([features.mean((2, 3)), features.amax((2, 3))], dim=1)
        for up, skip in zip(self.up, skips[-2::-1], strict=True):
            wider = nn.functional.interpolate(features, size=skip.shape[2:], mode="nearest")
            features = up(torch.cat([wider, skip], dim=1))
        maps = self.maps(self.last(features))
        return Localization(maps[:, :N_CORNERS], maps[:, N_CORNERS:], self.judge(pooled))
