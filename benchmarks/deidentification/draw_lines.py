"""Draw what may be lines of text on crops of phantoms, for ``train_line_network.py`` to learn from.

    PYTHONPATH=. python benchmarks/deidentification/draw_lines.py FILMS OUT --crops 20000 --seed 11

FILMS is a folder of prepared films, ``WORK/films/train`` of ``benchmarks/train_shipped.py``. Three
crops in ten show text; on each, one of the two networks of ``tasks.deid.text_network`` says where
it believes in any, and what it believes in becomes lines as the search cuts them. Writes files
``OUT/lines_SEED_N.npz``, about one line for two crops, some 20 crops a second and core. Run one a
core, each with its own seed.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
from printed_words import typefaces
from text_crops import PLAIN, SIDE, TEXT, Crop, crop, plain_crop, prepared_films

from tasks.deid import line_network, text_network
from tasks.deid.cut_lines import cores_in

_OF_ONE_FILM: Final = 6
_IN_A_FILE: Final = 3000
_TALL: Final = 0.35
# From less belief than the search asks for the network learns more of what is nearly a line.
_LEAST: Final = (0.35, 0.35, 0.5)
# A line of which so many cells are text is text; of which hardly any are so much as near it, none.
_IS_TEXT: Final = 0.5
_IS_PLAIN: Final = 0.05
# Of lines that no one would doubt fewer teach as much.
_EVIDENT: Final = 0.93
_OF_EVIDENT: Final = 0.4


class DrawnLine(NamedTuple):
    """What the line network is shown of a line, float32 (3, rows, columns), and what it is."""

    planes: npt.NDArray[np.float32]
    is_text: bool


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("films", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--crops", type=int, default=20000)
    parser.add_argument("--seed", type=int, default=11)
    said = parser.parse_args()
    films = prepared_films(said.films)
    said.out.mkdir(parents=True, exist_ok=True)
    rng, fonts = np.random.default_rng((77, said.seed)), typefaces()
    waiting: list[DrawnLine] = []
    written = 0
    for number in range(said.crops):
        if number % _OF_ONE_FILM == 0:
            film = np.load(films[int(rng.integers(len(films)))])["pixels"]
        drawn = crop(film, rng, fonts) if rng.random() < 0.5 else plain_crop(film, rng)
        waiting += lines_on(drawn, rng)
        if len(waiting) >= _IN_A_FILE or number == said.crops - 1:
            _write(waiting, said.out / f"lines_{said.seed}_{written}.npz")
            waiting, written = [], written + 1


def lines_on(drawn: Crop, rng: np.random.Generator) -> Iterator[DrawnLine]:
    """Yield the lines of a crop that surely are text, or surely are none."""
    model = text_network.TALL if rng.random() < _TALL else text_network.PRINT
    believed = text_network.beliefs(drawn.picture, [(0, 0, SIDE, SIDE)], model)
    for place, core in cores_in(believed, float(rng.choice(_LEAST))):
        says = drawn.cells[place][core]
        is_text = (says == TEXT).mean() >= _IS_TEXT
        if not is_text and (says != PLAIN).mean() > _IS_PLAIN:
            continue
        if is_text and believed[place][core].mean() > _EVIDENT and rng.random() > _OF_EVIDENT:
            continue
        yield DrawnLine(line_network.shown(drawn.picture, believed, core, place), bool(is_text))


def _write(lines: list[DrawnLine], out: Path) -> None:
    np.savez(
        out,
        data=np.concatenate([one.planes.astype(np.float16).ravel() for one in lines]),
        shape=np.array([one.planes.shape[1:] for one in lines]),
        label=np.array([one.is_text for one in lines], np.int64),
    )


def read(path: Path) -> list[DrawnLine]:
    """Return the lines of a file, their planes float16."""
    with np.load(path) as kept:
        data, shapes, labels = kept["data"], kept["shape"], kept["label"]
    ends = np.cumsum(3 * shapes.prod(1))
    parts = np.split(data, ends[:-1])
    return [
        DrawnLine(part.reshape(3, *shape), bool(label))
        for part, shape, label in zip(parts, shapes, labels, strict=True)
    ]


if __name__ == "__main__":
    main()
