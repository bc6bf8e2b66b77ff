"""One network's training: epochs, averaged weights, and a checkpoint after each epoch."""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

Batch = Mapping[str, Tensor]
Progress = Callable[[str, int, int, Mapping[str, float]], None]


class Part(Protocol):
    """What is trained: a network, its batches and what they should cost."""

    name: str
    network: nn.Module
    steps: int  # batches an epoch
    watched: str  # the validation figure by which epochs are compared, the lower the better

    def batches(self, rng: np.random.Generator, progress: float) -> Iterator[Batch]:
        """One epoch; ``progress`` is the share of the training that lies behind."""
        ...

    def loss(self, batch: Batch, progress: float) -> tuple[Tensor, dict[str, float]]:
        """Return what a batch costs, and the parts of it for the curve."""
        ...

    def validate(self, network: nn.Module) -> dict[str, float]:
        """Figures on the validation films."""
        ...


class _Stateful(Protocol):
    """What a checkpoint keeps."""

    def state_dict(self) -> Any: ...  # noqa: ANN401 - as torch has it

    def load_state_dict(self, state_dict: Any, /) -> Any: ...  # noqa: ANN401 - likewise


class Best:
    """The averaged network of the epoch that did best on the validation films."""

    def __init__(self) -> None:
        self.epoch, self.figure = 0, math.inf
        self.network: dict[str, Tensor] = {}

    def see(self, epoch: int, figure: float, network: nn.Module) -> None:
        """Keep a network that is better than what is kept, or the first."""
        if figure < self.figure or not self.network:
            self.epoch, self.figure = epoch, figure
            self.network = {name: value.clone() for name, value in network.state_dict().items()}

    def state_dict(self) -> dict[str, Any]:
        """For the checkpoint."""
        return {"epoch": self.epoch, "figure": self.figure, "network": self.network}

    def load_state_dict(self, state_dict: Mapping[str, Any], /) -> None:
        """From the checkpoint."""
        self.epoch, self.figure = state_dict["epoch"], state_dict["figure"]
        self.network = state_dict["network"]


@dataclass(frozen=True, slots=True)
class LoopSettings:
    """How long and how fast one network learns.

    After ``patience`` epochs without a better figure on the validation films it ends early.
    """

    epochs: int
    patience: int = 6
    learning_rate: float = 2e-3
    weight_decay: float = 0.02
    averaging: float = 0.99
    seed: int = 0
    device: str = "cpu"


def train(part: Part, settings: LoopSettings, folder: Path, progress: Progress) -> nn.Module:
    """Train, or go on from the last checkpoint; return the averaged network's best epoch.

    Parameters
    ----------
    part
        What to train.
    settings
        Length and speed.
    folder
        Where the checkpoint and the curve of this part are kept.
    progress
        Called after each epoch with name, epoch, epochs and figures.

    Notes
    -----
    Each epoch draws from a generator seeded with (seed, epoch), so a run that was stopped and
    resumed gives the weights of one that was not.
    """
    folder.mkdir(parents=True, exist_ok=True)
    network = part.network.to(settings.device)
    network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    averaged = AveragedModel(network, avg_fn=_averaging(settings.averaging), use_buffers=True)
    optimizer = torch.optim.AdamW(
        network.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay
    )
    best = Best()
    done = _resume(folder / f"{part.name}.pt", network, averaged, optimizer, best)
    for epoch in range(done, settings.epochs):
        if epoch - best.epoch >= settings.patience:
            break
        torch.manual_seed(settings.seed * 1000 + epoch)
        rng = np.random.default_rng([settings.seed, epoch])
        figures = _epoch(part, optimizer, averaged, rng, (epoch, settings))
        figures |= part.validate(_inner(averaged))
        best.see(epoch + 1, figures.get(part.watched, -epoch), _inner(averaged))
        _note(folder / f"{part.name}.csv", epoch, figures)
        _checkpoint(folder / f"{part.name}.pt", epoch + 1, network, averaged, optimizer, best)
        progress(part.name, epoch + 1, settings.epochs, figures)
    chosen = _inner(averaged)
    chosen.load_state_dict(best.network)
    return chosen


def trained(path: Path) -> dict[str, Tensor]:
    """Read a checkpoint's network of the best epoch."""
    kept = torch.load(path, weights_only=True)
    network: dict[str, Tensor] = kept["states"][-1]["network"]
    return network


def _inner(averaged: AveragedModel) -> nn.Module:
    inner: nn.Module = averaged.module
    return inner.eval()


def _averaging(decay: float) -> Callable[[Tensor, Tensor, Tensor | int], Tensor]:
    """Exponential average that starts as a plain one, so that short trainings count too."""

    def average(kept: Tensor, new: Tensor, count: Tensor | int) -> Tensor:
        seen = int(count)
        weight = 1 - min(decay, (1 + seen) / (10 + seen))
        return kept + (new - kept) * weight

    return average


def rate_at(share: float) -> float:
    """Learning rate as a share of its highest: a short rise, then half a cosine to nothing."""
    rise = 0.06
    if share < rise:
        return 0.1 + 0.9 * share / rise
    return max(0.005, 0.5 * (1 + math.cos(math.pi * (share - rise) / (1 - rise))))


def _epoch(
    part: Part,
    optimizer: torch.optim.Optimizer,
    averaged: AveragedModel,
    rng: np.random.Generator,
    place: tuple[int, LoopSettings],
) -> dict[str, float]:
    """Run one epoch and return the mean figures."""
    epoch, settings = place
    network = part.network.train()
    sums: dict[str, float] = {}
    for step, batch in enumerate(part.batches(rng, epoch / settings.epochs)):
        share = (epoch + step / part.steps) / settings.epochs
        for group in optimizer.param_groups:
            group["lr"] = settings.learning_rate * rate_at(share)
        optimizer.zero_grad(set_to_none=True)
        ready = {name: value.to(settings.device) for name, value in batch.items()}
        loss, figures = part.loss(ready, share)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(network.parameters(), 5.0)
        optimizer.step()
        averaged.update_parameters(network)
        for name, value in {"loss": float(loss.detach()), **figures}.items():
            sums[name] = sums.get(name, 0.0) + value
    return {name: value / part.steps for name, value in sums.items()}


def _checkpoint(path: Path, epochs_done: int, *things: _Stateful) -> None:
    """Keep everything that going on needs, whole or not at all."""
    partial = path.with_suffix(".partial")
    torch.save({"epochs": epochs_done, "states": [one.state_dict() for one in things]}, partial)
    partial.replace(path)


def _resume(path: Path, *things: _Stateful) -> int:
    """Restore a checkpoint; return how many epochs are done."""
    if not path.exists():
        return 0
    kept = torch.load(path, weights_only=True)
    for one, state in zip(things, kept["states"], strict=True):
        one.load_state_dict(state)
    return int(kept["epochs"])


def _note(path: Path, epoch: int, figures: Mapping[str, float]) -> None:
    """Add a line to the curve."""
    if not path.exists() or epoch == 0:
        path.write_text(",".join(["epoch", *figures]) + "\n", encoding="utf-8")
    values = ",".join(f"{value:.5g}" for value in figures.values())
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{epoch + 1},{values}\n")
