"""The parts that all networks here are built from."""

import torch
from torch import Tensor, nn


def convolve(width_in: int, width_out: int, size: int = 3, stride: int = 1) -> nn.Sequential:
    """Convolution, batch norm and ReLU."""
    return nn.Sequential(
        nn.Conv2d(width_in, width_out, size, stride, size // 2, bias=False),
        nn.BatchNorm2d(width_out),
        nn.ReLU(inplace=True),
    )


class Residual(nn.Module):
    """Two convolutions beside a shortcut; (batch, width_in, r, c) to (batch, width_out, r', c')."""

    def __init__(self, width_in: int, width_out: int, stride: int = 1) -> None:
        super().__init__()
        self.first = convolve(width_in, width_out, 3, stride)
        self.second = nn.Sequential(
            nn.Conv2d(width_out, width_out, 3, 1, 1, bias=False), nn.BatchNorm2d(width_out)
        )
        self.shortcut: nn.Module = nn.Identity()
        if stride != 1 or width_in != width_out:
            self.shortcut = nn.Sequential(
                nn.AvgPool2d(stride) if stride != 1 else nn.Identity(),
                nn.Conv2d(width_in, width_out, 1, bias=False),
                nn.BatchNorm2d(width_out),
            )

    def forward(self, features: Tensor) -> Tensor:
        """Apply the block."""
        return torch.relu(self.shortcut(features) + self.second(self.first(features)))


class GradeHead(nn.Module):
    """Segment features (batch, levels, walls, width) to rank logits (batch, levels, walls, 3).

    One small network for all eight segments, told which level and wall it looks at: grade 3 is
    rare, and eight separate heads would each see too few.
    """

    def __init__(self, width: int, hidden: int = 64) -> None:
        super().__init__()
        self.place = nn.Parameter(torch.zeros(4, 2, width))
        self.embed = nn.Sequential(
            nn.Linear(width, hidden), nn.ReLU(), nn.Dropout(0.1), nn.Linear(hidden, hidden)
        )
        self.rank = nn.Sequential(nn.ReLU(), nn.Linear(hidden, 3))

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Return rank logits and the film's embedding (batch, levels * walls * hidden)."""
        embedded = self.embed(features + self.place)
        return self.rank(embedded), embedded.flatten(1)
