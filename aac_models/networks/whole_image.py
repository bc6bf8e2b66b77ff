"""The baseline: the same blocks and heads on the whole film, no localization."""

from typing import Final

import torch
from torch import Tensor, nn

from aac_models.networks.blocks import GradeHead, Residual, convolve
from aac_models.networks.ranker import Ranking

ROWS: Final = 640
COLUMNS: Final = 512
CHANNELS: Final = 2  # local contrast, brightness
_WIDTHS: Final = (16, 24, 48, 72, 96)
_SEGMENTS: Final = 8


class WholeImageRanker(nn.Module):
    """(batch, 2, 640, 512) films to a ``Ranking`` without walls.

    Each segment learns by itself where on the film to look: it pools the features with a map
    of its own, which is all the spatial help it gets.
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
        self.look = nn.Conv2d(coarse, _SEGMENTS, 1)
        self.grade = GradeHead(middle + 2 * coarse)
        self.judge = nn.Linear(middle + 2 * coarse, 1)

    def forward(self, films: Tensor) -> Ranking:
        """Run the network."""
        middle = self.middle(self.fine(self.stem(films)))
        coarse = self.coarse(middle)
        deep = self.from_deep(self.deep(coarse))
        coarse = torch.relu(
            coarse + nn.functional.interpolate(deep, size=coarse.shape[2:], mode="nearest")
        )
        gaze = self.look(coarse).float().flatten(2).softmax(-1).to(coarse.dtype)
        seen = torch.cat([nn.functional.max_pool2d(middle, 2), coarse], dim=1)
        pooled = torch.einsum("bsn,bfn->bsf", gaze, seen.flatten(2))
        everywhere = coarse.amax((2, 3))[:, None].expand(-1, _SEGMENTS, -1)
        segments = torch.cat([pooled, everywhere], dim=-1)
        segments = segments.reshape(len(films), 4, 2, segments.shape[-1])
        logits, embedding = self.grade(segments)
        return Ranking(logits, embedding, None, None, self.judge(segments.mean(2))[..., 0])
