"""The baseline: the same blocks and heads on the whole film, no localization."""

from typing import Final

import torch
from torch import Tensor, nn

from aac_models.networks.blocks import GradeHead, Residual, convolve
from aac_models.networks.ranker import Ranking

ROWS: Final = 640
COLUMNS: Final = 512
STRIDE: Final = 8  # of the maps
CHANNELS: Final = 2  # local contrast, brightness
_WIDTHS: Final = (16, 24, 48, 72, 96)
_MERGED: Final = 40
_SEGMENTS: Final = 8
_RARE: Final = -3.0  # logit of calcium before anything is learned: most of a film shows none
_TYPICAL_CELLS: Final = 40.0


class WholeImageRanker(nn.Module):
    """(batch, 2, 640, 512) films to a ``Ranking`` without walls.

    Calcium is judged cell by cell and summed, as a reader would add up what he sees; each
    segment has a map of where on the film its share lies, learned as the strip scorer's is.
    (With attention alone the network learned nothing: deposits are a few thousandths of a
    film.)
    """

    def __init__(self) -> None:
        super().__init__()
        stem, fine, middle, coarse, deep = _WIDTHS
        self.stem = convolve(CHANNELS, stem, 5, 2)
        self.fine = Residual(stem, fine, 2)
        self.middle = nn.Sequential(Residual(fine, middle, 2), Residual(middle, middle))
        self.coarse = nn.Sequential(Residual(middle, coarse, 2), Residual(coarse, coarse))
        self.deep = nn.Sequential(Residual(coarse, deep, 2), Residual(deep, deep))
        self.from_deep = nn.Conv2d(deep, coarse, 1)
        self.from_coarse = nn.Conv2d(coarse, middle, 1)
        self.merged = convolve(middle, _MERGED)
        self.calcium = nn.Conv2d(_MERGED, 1, 1)
        nn.init.constant_(self.calcium.bias, _RARE)  # type: ignore[arg-type]
        self.look = nn.Conv2d(_MERGED, _SEGMENTS, 1)
        self.grade = GradeHead(2 + _MERGED + coarse)
        self.judge = nn.Linear(2 + _MERGED + coarse, 1)

    def forward(self, films: Tensor) -> Ranking:
        """Run the network."""
        middle = self.middle(self.fine(self.stem(films)))
        coarse = self.coarse(middle)
        coarse = torch.relu(coarse + _grow(self.from_deep(self.deep(coarse)), coarse))
        merged = self.merged(middle + _grow(self.from_coarse(coarse), middle))
        maps = torch.cat([self.look(merged), self.calcium(merged)], dim=1).float()
        chance = torch.sigmoid(maps).flatten(2)
        weight = chance[:, :_SEGMENTS] * chance[:, _SEGMENTS:]  # batch, segments, cells
        amount = weight.sum(2, keepdim=True)  # batch, segments, 1
        seen = torch.einsum("bsn,bfn->bsf", weight, merged.float().flatten(2)) / (amount + 1)
        around = coarse.float().mean((2, 3))[:, None].expand(-1, _SEGMENTS, -1)
        scaled = amount / _TYPICAL_CELLS
        segments = torch.cat([scaled, torch.log1p(amount), seen, around], dim=-1)
        segments = segments.reshape(len(films), 4, 2, segments.shape[-1])
        logits, embedding = self.grade(segments)
        assessable = self.judge(segments.mean(2))[..., 0]
        return Ranking(logits, embedding, None, None, assessable, maps)


def _grow(features: Tensor, like: Tensor) -> Tensor:
    """Enlarge to the size of another map."""
    return nn.functional.interpolate(features, size=like.shape[2:], mode="nearest")
