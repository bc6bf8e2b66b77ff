"""How calcified each wall of each level is, read off the straightened strip."""

from typing import Final, NamedTuple

import torch
from torch import Tensor, nn

from aac_models.networks.blocks import GradeHead, Residual, convolve

CHANNELS: Final = 3  # local contrast, brightness, on the film
_LEVELS: Final = 4
_WIDTHS: Final = (32, 64, 96)


class Ranking(NamedTuple):
    """What a scorer says of a batch.

    logits (batch, levels, walls, 3) conditional rank logits; embedding (batch, features);
    attention (batch, walls, rows, columns) weights of the columns in which each row's wall was
    read, or None; presence (batch, walls, rows) probability of calcium, or None; assessable
    (batch, levels) logits; maps (batch, 9, rows, columns) logits of where each segment's wall
    lies and, last, of calcium, from the scorer that sees the whole film.
    """

    logits: Tensor
    embedding: Tensor
    attention: Tensor | None
    presence: Tensor | None
    assessable: Tensor
    maps: Tensor | None = None


class StripRanker(nn.Module):
    """(batch, 3, 280, 96) strips to a ``Ranking``.

    Each wall has a map that says in which column of a row it runs; the row's features are read
    there, and calcium is judged row by row, so a grade can be traced to the rows that made it.
    """

    def __init__(self) -> None:
        super().__init__()
        fine, middle, coarse = _WIDTHS
        self.fine = nn.Sequential(convolve(CHANNELS, fine, 5, 2), Residual(fine, fine))
        self.middle = nn.Sequential(Residual(fine, middle, 2), Residual(middle, middle))
        self.coarse = nn.Sequential(Residual(middle, coarse, 2), Residual(coarse, coarse))
        self.from_coarse = nn.Conv2d(coarse, middle, 1)
        self.from_middle = nn.Conv2d(middle, fine, 1)
        self.merged = convolve(fine, fine + 8)
        width = fine + 8
        self.wall = nn.Conv2d(width, 2, 3, padding=1)
        self.along = nn.ModuleList(
            nn.Sequential(nn.Conv1d(width, width, 5, padding=2), nn.ReLU()) for _ in range(2)
        )
        self.calcium = nn.Conv1d(width, 1, 1)
        self.grade = GradeHead(2 * width + coarse + 2)
        self.judge = nn.Linear(coarse, 1)

    def forward(self, strips: Tensor) -> Ranking:
        """Run the network."""
        fine = self.fine(strips)
        middle = self.middle(fine)
        coarse = self.coarse(middle)
        middle = middle + _grow(self.from_coarse(coarse), middle)
        merged = self.merged(fine + _grow(self.from_middle(middle), fine))
        attention = self.wall(merged).float().softmax(-1)
        rows = torch.einsum("bfrc,bwrc->bwfr", merged, attention.to(merged.dtype))
        rows = torch.stack([along(rows[:, wall]) for wall, along in enumerate(self.along)], dim=1)
        batch, walls, width, count = rows.shape
        flat = self.calcium(rows.reshape(batch * walls, width, count))
        presence = torch.sigmoid(flat.float()).reshape(batch, walls, count)
        context = nn.functional.adaptive_avg_pool2d(coarse, (_LEVELS, 1))[..., 0].transpose(1, 2)
        logits, embedding = self.grade(_segments(rows, presence, context))
        return Ranking(logits, embedding, attention, presence, self.judge(context)[..., 0])


def _grow(features: Tensor, like: Tensor) -> Tensor:
    """Enlarge to the size of another map."""
    return nn.functional.interpolate(features, size=like.shape[2:], mode="nearest")


def _segments(rows: Tensor, presence: Tensor, context: Tensor) -> Tensor:
    """Pool rows (batch, walls, width, rows) to (batch, levels, walls, features)."""
    batch, walls, width, count = rows.shape
    level = rows.reshape(batch, walls, width, _LEVELS, count // _LEVELS)
    calcium = presence.reshape(batch, walls, _LEVELS, count // _LEVELS)
    pooled = torch.cat(
        [
            level.mean(4).permute(0, 3, 1, 2),
            level.amax(4).permute(0, 3, 1, 2),
            calcium.mean(3).transpose(1, 2)[..., None].to(rows.dtype),
            calcium.amax(3).transpose(1, 2)[..., None].to(rows.dtype),
        ],
        dim=-1,
    )
    around = context[:, :, None].expand(-1, -1, pooled.shape[2], -1)
    return torch.cat([pooled, around.to(pooled.dtype)], dim=-1)


def level_share(presence: Tensor) -> Tensor:
    """Calcified share of each wall at each level, (batch, levels, walls)."""
    batch, walls, rows = presence.shape
    return presence.reshape(batch, walls, _LEVELS, rows // _LEVELS).mean(3).transpose(1, 2)
