"""The network that finds burned-in text is trained on what its cells say, and on nothing else."""

import sys
from pathlib import Path

import pytest
import torch

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks/deidentification"))

from text_crops import PLAIN, TEXT, UNSAID
from train_text_network import TextNetwork, loss_of


def test_the_network_answers_for_cells_of_eight_pixels():
    assert TextNetwork()(torch.zeros(2, 1, 64, 96)).shape == (2, 1, 8, 12)


def test_it_sees_as_far_as_a_line_of_tall_letters_is_long():
    network = TextNetwork().eval()
    film = torch.rand(1, 1, 1024, 64, generator=torch.Generator().manual_seed(1)).requires_grad_()
    network(film)[0, 0, 64, 4].backward()
    seen = film.grad[0, 0].abs().sum(1).nonzero()
    assert int(seen.max() - seen.min()) > 500


def test_what_is_unsaid_costs_nothing_and_what_is_wrong_costs():
    cells = torch.full((1, 1, 4, 4), PLAIN, dtype=torch.uint8)
    cells[..., 0], cells[..., 1] = TEXT, UNSAID
    right = torch.where(cells == TEXT, 9.0, -9.0)
    unsaid = right.clone()
    unsaid[cells == UNSAID] = 9.0
    assert float(loss_of(unsaid, cells)) == pytest.approx(float(loss_of(right, cells)))
    assert float(loss_of(-right, cells)) > 10 * float(loss_of(right, cells))
