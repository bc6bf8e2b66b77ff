"""Train the network that finds burned-in text, on text planted in phantoms of the training split.

    python benchmarks/deidentification/train_text_network.py FILMS OUT.onnx --steps 19000

FILMS is a folder of prepared films, ``WORK/films/train`` of ``benchmarks/train_shipped.py``; all
typefaces of the machine and of Matplotlib are planted. Writing the network needs the package
``onnx``. Some 0.26 s a step on two cores. Which crops are drawn follows from the seed, their order
too; the weights differ in their last digits from machine to machine.

``--start MODEL`` goes on with a network that was written before, its norms as they are; then
``--rate 1e-3`` or less.
"""

import argparse
import multiprocessing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import torch
from printed_words import typefaces
from text_crops import PLAIN, TEXT, UNSAID, crop, prepared_films
from torch import Tensor, nn
from torch.nn import functional
from torch.optim.swa_utils import AveragedModel

from aac_models.networks.blocks import Residual, convolve
from aac_models.training.loop import rate_at

if TYPE_CHECKING:
    from queue import Queue

_WIDTHS: Final = (12, 20, 32, 56)
_BATCH: Final = 16
_OF_ONE_FILM: Final = 4
_DRAWING: Final = 2  # processes, each of every other film
_DECAY: Final = 0.995


class TextNetwork(nn.Module):
    """(batch, 1, rows, columns) films in [0, 1], sides multiples of 32, to logits of each cell.

    The first layer is linear and its answer is compressed: a stroke is the same one whether it is
    a twentieth of the film's range or all of it.
    """

    def __init__(self) -> None:
        super().__init__()
        first, fine, coarse, deep = _WIDTHS
        self.stem = nn.Conv2d(1, first, 8, 4, 2, bias=False)
        self.gain = nn.Parameter(torch.full((1, first, 1, 1), 8.0))
        self.norm = nn.BatchNorm2d(first)
        self.fine = nn.Sequential(convolve(first, fine, 3, 2), Residual(fine, fine))
        self.coarse = nn.Sequential(convolve(fine, coarse, 3, 2), Residual(coarse, coarse))
        self.deep = nn.Sequential(
            convolve(coarse, deep, 3, 2), Residual(deep, deep), spread(Residual(deep, deep))
        )
        self.from_deep = nn.Conv2d(deep, coarse, 1)
        self.merged = convolve(coarse, coarse)
        self.from_coarse = nn.Conv2d(coarse, fine, 1)
        self.last = nn.Sequential(convolve(fine, fine), nn.Conv2d(fine, 1, 1))

    def forward(self, films: Tensor) -> Tensor:
        """Run the network."""
        first = self.norm(functional.softsign(self.stem(films - 0.5) * self.gain))
        fine = self.fine(first)
        coarse = self.coarse(fine)
        coarse = self.merged(coarse + _twice(self.from_deep(self.deep(coarse))))
        logits: Tensor = self.last(fine + _twice(self.from_coarse(coarse)))
        return logits


def spread(block: Residual) -> Residual:
    """Let a block look twice as far: a line of tall letters is long, and so are its letters."""
    for layer in block.modules():
        if isinstance(layer, nn.Conv2d):
            layer.dilation = layer.padding = (2, 2)
    return block


def _twice(features: Tensor) -> Tensor:
    return functional.interpolate(features, scale_factor=2.0, mode="nearest")


def loss_of(logits: Tensor, cells: Tensor) -> Tensor:
    """Cross-entropy of the cells that say something, and how far the lines overlap (Dice)."""
    known, truth = (cells != UNSAID).float(), (cells == TEXT).float()
    each = functional.binary_cross_entropy_with_logits(logits, truth, reduction="none") * known
    believed = torch.sigmoid(logits) * known
    overlap = (2 * (believed * truth).sum() + 1) / (believed.sum() + truth.sum() + 1)
    return 4 * each.sum() / known.sum() + 0.5 * (1 - overlap)


def _draw(queue: "Queue[Any]", films: list[Path], seed: tuple[int, int]) -> None:
    """Fill a queue with crops, without end."""
    fonts, rng = typefaces(), np.random.default_rng(seed)
    while True:
        film = np.load(films[int(rng.integers(len(films)))])["pixels"]
        crops = [crop(film, rng, fonts) for _ in range(_OF_ONE_FILM)]
        pictures = np.stack([one.picture for one in crops])
        queue.put((pictures[:, None], np.stack([one.cells for one in crops])[:, None]))


def begin_with(network: nn.Module, path: Path) -> nn.Module:
    """Fill a network with what ``write`` wrote, where batch norms are folded in.

    They become scales of 1 with the bias that is there, and stay that way as long as the network
    is not set to training.
    """
    import onnx  # noqa: PLC0415 - for those alone who go on with a network

    graph = onnx.load(path).graph
    kept = {one.name: torch.tensor(onnx.numpy_helper.to_array(one)) for one in graph.initializer}
    written = [[kept[name] for name in n.input[1:]] for n in graph.node if n.op_type == "Conv"]
    layers = [one for one in network.modules() if isinstance(one, (nn.Conv2d, nn.BatchNorm2d))]
    with torch.no_grad():
        for layer, after in zip(layers, [*layers[1:], None], strict=True):
            if isinstance(layer, nn.BatchNorm2d):
                continue
            weight, *bias = written.pop(0)
            layer.weight.copy_(weight)
            if layer.bias is not None:
                layer.bias.copy_(bias[0])
            elif bias and isinstance(after, nn.BatchNorm2d):
                after.running_var.fill_(1 - after.eps)
                after.bias.copy_(bias[0])
        network.gain.copy_(next(kept[name] for name in kept if name.endswith("gain")))
        for name, value in network.norm.state_dict().items():
            if f"norm.{name}" in kept:
                value.copy_(kept[f"norm.{name}"])
    return network.eval()


def train(
    films: list[Path], steps: int, seed: int, rate: float, start: Path | None = None
) -> nn.Module:
    """Train on one core, while others draw; return the averaged network."""
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    context = multiprocessing.get_context("spawn")
    queues = [context.Queue(8) for _ in range(_DRAWING)]
    for number, queue in enumerate(queues):
        context.Process(target=_draw, args=(queue, films, (seed, number)), daemon=True).start()
    network: nn.Module = TextNetwork()
    network = begin_with(network, start) if start else network
    network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    averaged = AveragedModel(network, avg_fn=average, use_buffers=True)
    optimizer = torch.optim.AdamW(network.parameters(), lr=rate, weight_decay=0.01)
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = rate * rate_at(step / steps)
        parts = [queues[i % _DRAWING].get() for i in range(_BATCH // _OF_ONE_FILM)]
        pictures, cells = (
            torch.from_numpy(np.concatenate(part)) for part in zip(*parts, strict=True)
        )
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits = network(pictures.to(memory_format=torch.channels_last))
        loss = loss_of(logits.float(), cells)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(network.parameters(), 5.0)
        optimizer.step()
        averaged.update_parameters(network)
        if (step + 1) % 100 == 0:
            is_text, is_plain = cells == TEXT, cells == PLAIN
            seen = (logits[is_text] > 0).float().mean()
            false = (logits[is_plain] > 0).float().mean()
            print(f"{step + 1} loss {loss:.3f} seen {seen:.3f} false {false:.4f}", flush=True)
    return averaged.module.eval()


def average(kept: Tensor, new: Tensor, count: Tensor | int) -> Tensor:
    """Move averaged weights towards the newest, faster at first."""
    seen = int(count)
    return kept + (new - kept) * (1 - min(_DECAY, (1 + seen) / (10 + seen)))


def write(network: nn.Module, out: Path) -> None:
    """Write the network for onnxruntime, batch norms folded in."""
    sides = {"film": {2: "rows", 3: "columns"}, "hints": {2: "cells down", 3: "cells across"}}
    torch.onnx.export(
        network, (torch.zeros(1, 1, 64, 64),), out, dynamo=False,
        input_names=["film"], output_names=["hints"], dynamic_axes=sides,
    )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("films", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--steps", type=int, default=19000)
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--rate", type=float, default=3e-3, help="highest learning rate")
    parser.add_argument("--start", type=Path, metavar="MODEL")
    said = parser.parse_args()
    films = prepared_films(said.films)
    write(train(films, said.steps, said.seed, said.rate, said.start), said.out)


if __name__ == "__main__":
    main()
