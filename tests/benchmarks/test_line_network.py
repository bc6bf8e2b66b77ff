"""The network that judges lines of text learns from lines drawn as the search sees them."""

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks/deidentification"))

import draw_lines
from draw_lines import DrawnLine
from printed_words import typefaces
from text_crops import crop, plain_crop
from train_line_network import LineNetwork, batch_of, train


def test_lines_are_drawn_alike_from_a_seed_and_come_back_from_their_file(tmp_path):
    def drawn(seed: int) -> list[DrawnLine]:
        rng = np.random.default_rng(seed)
        film = (rng.uniform(0.3, 0.5, (1024, 700)) * 65535).astype(np.uint16)
        fonts = typefaces()
        return [line for _ in range(8) for line in draw_lines.lines_on(crop(film, rng, fonts), rng)]

    lines = drawn(3)
    assert any(line.is_text for line in lines)
    draw_lines._write(lines, tmp_path / "lines_3_0.npz")
    for line, again, kept in zip(
        lines, drawn(3), draw_lines.read(tmp_path / "lines_3_0.npz"), strict=True
    ):
        np.testing.assert_array_equal(line.planes, again.planes)
        np.testing.assert_array_equal(line.planes.astype(np.float16), kept.planes)
        assert line.is_text is again.is_text is kept.is_text


def test_a_network_learns_from_drawn_lines():
    rng = np.random.default_rng(1)

    def line(is_text: bool) -> DrawnLine:
        planes = rng.uniform(0.4, 0.6, (3, 24, int(rng.integers(4, 12)) * 8))
        planes[0, :, ::4] += 0.3 * is_text
        planes[2] = 1
        return DrawnLine(planes.astype(np.float16), is_text)

    lines = [line(is_text) for is_text in (True, False) for _ in range(80)]
    network = train(lines, steps=30, seed=1, rate=3e-3).train()
    batch = batch_of([line(True), line(False)] * 4, rng)
    odds = network(batch).detach().numpy()
    assert odds[::2].min() > odds[1::2].max()
    assert LineNetwork()(batch).shape == (8,)


def test_a_plain_crop_has_lines_of_no_text_alone():
    rng = np.random.default_rng(4)
    film = (rng.uniform(0, 1, (1024, 700)) * 65535).astype(np.uint16)
    drawn = [line for _ in range(4) for line in draw_lines.lines_on(plain_crop(film, rng), rng)]
    assert not any(line.is_text for line in drawn)
