"""Train the network that says which lines are text, on lines that ``draw_lines.py`` drew.

    PYTHONPATH=. python benchmarks/deidentification/train_line_network.py LINES OUT.onnx

One line of twelve is held out; at the end it says how many of those that are text it misses where
one in a hundred of the others passes, beside what the belief in them alone would. Writing the
network needs the package ``onnx``. Some 0.25 s a step on one core. Beside it ``OUT.pt`` is written,
with which ``--start`` goes on; then ``--rate 2e-3`` or less.
"""

import argparse
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import torch
from draw_lines import DrawnLine, read
from torch import Tensor, nn
from torch.nn import functional
from torch.optim.swa_utils import AveragedModel
from train_text_network import average, spread

from aac_models.networks.blocks import Residual, convolve
from aac_models.training.loop import rate_at

_EACH: Final = 16  # lines of text in a batch, and others
_ALIKE: Final = 60  # in size, of which they are drawn
_MOST_PX: Final = (96, 224)  # of a line in a batch
_HELD_OUT: Final = 12
_FALSE: Final = (0.05, 0.02, 0.01, 0.005)
_LEAST_WEIGHT: Final = 1e-4  # of what is beside a line: a cut may show none of it


class LineNetwork(nn.Module):
    """(batch, 3, rows, columns) lines as ``tasks.deid.line_network.shown`` has them to log odds.

    The first layer over the picture is linear and its answer is compressed, as in ``TextNetwork``.
    """

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(1, 16, 5, 2, 2, bias=False)
        self.gain = nn.Parameter(torch.full((1, 16, 1, 1), 8.0))
        self.norm = nn.BatchNorm2d(16)
        self.of_belief = convolve(2, 8, 5, 2)
        self.body = nn.Sequential(
            convolve(24, 32, 3, 2), Residual(32, 32),
            convolve(32, 48, 3, 2), Residual(48, 48), spread(Residual(48, 48)),
        )  # fmt: skip
        self.head = nn.Sequential(nn.Linear(96, 32), nn.ReLU(), nn.Linear(32, 1))

    def forward(self, lines: Tensor) -> Tensor:
        """Run the network; (batch,)."""
        strokes = self.norm(functional.softsign(self.stem(lines[:, :1] - 0.5) * self.gain))
        features = self.body(torch.cat([strokes, self.of_belief(lines[:, 1:])], 1))
        within = (functional.avg_pool2d(lines[:, 2:], 8) > 0.3).to(features.dtype) + _LEAST_WEIGHT
        weighed = features * within
        mean = weighed.sum((2, 3)) / within.sum((2, 3))
        odds: Tensor = self.head(torch.cat([mean, weighed.amax((2, 3))], 1))
        return odds[:, 0]


class Lines:
    """Drawn lines by size, so that those of a batch are alike."""

    def __init__(self, lines: list[DrawnLine]) -> None:
        self.lines = sorted(lines, key=lambda one: one.planes.size)
        self.sizes = np.array([one.planes.size for one in self.lines])

    def near(self, place: int, rng: np.random.Generator) -> list[DrawnLine]:
        """Draw some of a size."""
        first = max(min(place - _ALIKE // 2, len(self.lines) - _ALIKE), 0)
        return [self.lines[first + int(i)] for i in rng.permutation(_ALIKE)[:_EACH]]


def batch_of(lines: list[DrawnLine], rng: np.random.Generator) -> Tensor:
    """Return lines turned, inverted and cut at random, those that are smaller padded."""
    rows, columns = (
        min(max(one.planes.shape[side + 1] for one in lines), _MOST_PX[side]) for side in (0, 1)
    )
    batch = np.zeros((len(lines), 3, rows, columns), np.float32)
    for into, line in zip(batch, lines, strict=True):
        top, left = (
            int(rng.integers(max(there - most, 0) + 1))
            for there, most in zip(line.planes.shape[1:], (rows, columns), strict=True)
        )
        planes = line.planes[:, top : top + rows, left : left + columns].astype(np.float32)
        planes = planes[:, :: int(rng.choice([1, -1])), :: int(rng.choice([1, -1]))]
        picture = 1 - planes[0] if rng.random() < 0.5 else planes[0]
        missing = [(0, rows - picture.shape[0]), (0, columns - picture.shape[1])]
        into[0] = np.pad(picture, missing, "edge")
        into[1:, : picture.shape[0], : picture.shape[1]] = planes[1:]
    return torch.from_numpy(batch).to(memory_format=torch.channels_last)


def train(
    lines: list[DrawnLine], steps: int, seed: int, rate: float, start: Path | None = None
) -> nn.Module:
    """Train on all cores; return the averaged network."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    texts, others = (Lines([one for one in lines if one.is_text is says]) for says in (True, False))
    network: nn.Module = LineNetwork()
    if start:
        network.load_state_dict(torch.load(start, weights_only=True))
    network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    averaged = AveragedModel(network, avg_fn=average, use_buffers=True)
    optimizer = torch.optim.AdamW(network.parameters(), lr=rate, weight_decay=0.02)
    truth = torch.tensor([0.99] * _EACH + [0.01] * _EACH)
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = rate * rate_at(step / steps)
        place = int(rng.integers(len(texts.lines)))
        beside = int(np.searchsorted(others.sizes, texts.sizes[place]) + rng.normal(0, 80))
        batch = batch_of([*texts.near(place, rng), *others.near(beside, rng)], rng)
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            odds = network(batch)
        loss = functional.binary_cross_entropy_with_logits(odds.float(), truth)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(network.parameters(), 5.0)
        optimizer.step()
        averaged.update_parameters(network)
        if (step + 1) % 200 == 0:
            print(f"{step + 1} loss {loss:.3f}", flush=True)
    return averaged.module.eval()


def judge(network: nn.Module, lines: list[DrawnLine]) -> None:
    """Print how many lines of text are missed where few others pass."""
    is_text = np.array([one.is_text for one in lines])
    odds = np.empty(len(lines))
    with torch.inference_mode():
        for number, line in enumerate(lines):
            odds[number] = network(torch.from_numpy(line.planes[None].astype(np.float32)))[0]
    belief = np.array([one.planes[1][one.planes[2] > 0.5].mean() for one in lines], np.float64)
    print(f"held out: {is_text.sum()} lines of text, {(~is_text).sum()} others")
    for false in _FALSE:
        missed = [_missed(says, is_text, false) for says in (odds, belief)]
        print(f"  where {false:.1%} pass it misses {missed[0]:.1%}, belief alone {missed[1]:.1%}")


def _missed(says: npt.NDArray[np.float64], is_text: npt.NDArray[np.bool_], false: float) -> float:
    return float((says[is_text] < np.quantile(says[~is_text], 1 - false)).mean())


def write(network: nn.Module, out: Path) -> None:
    """Write the network for onnxruntime, batch norms folded in, and its weights to go on with."""
    torch.save(network.state_dict(), out.with_suffix(".pt"))
    torch.onnx.export(
        network, (torch.zeros(1, 3, 64, 128),), out, dynamo=False,
        input_names=["line"], output_names=["odds"],
        dynamic_axes={"line": {2: "rows", 3: "columns"}},
    )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("lines", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--steps", type=int, default=12000)
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--rate", type=float, default=3e-3, help="highest learning rate")
    parser.add_argument("--start", type=Path, metavar="OUT.pt")
    said = parser.parse_args()
    paths = sorted(said.lines.glob("lines_*.npz"))
    if not paths:
        raise SystemExit(f"no lines in {said.lines}: draw_lines.py draws them")
    lines = [line for path in paths for line in read(path)]
    held_out = lines[::_HELD_OUT]
    del lines[::_HELD_OUT]
    network = train(lines, said.steps, said.seed, said.rate, said.start)
    judge(network, held_out)
    write(network, said.out)


if __name__ == "__main__":
    main()
