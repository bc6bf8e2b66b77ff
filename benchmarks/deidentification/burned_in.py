"""Burn text into phantom films of full size and count what is covered, kept and harmed.

    python benchmarks/deidentification/burned_in.py --films 20 --seed 97 [--splits C] [--scale 1]

As many films of each split: C's are the noisy ones. ``--heights 130 210`` are those of a capital
in pixels, the second left out. ``--lines 5`` plants blocks of two to five lines. Covered: at least
95 % of a text's visible strokes lie in blanked boxes. Markers are kept when under 5 % of their
strokes do. Collateral is the share of 16 x 16 tiles away from any text that changed; anatomy is the
share of the vertebrae and the aorta that was blanked, which text over them has to cost. Untouched
are the same films before anything was burned in. Seconds are of one processor.
"""

import argparse
import time
from collections import Counter

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw
from plant_text import HEIGHTS, MARKERS, Planted, a_block, a_line, plant, replaced
from scipy import ndimage

from aac_models.phantom.cohort import plan
from aac_models.phantom.film import Phantom, draw
from data_contracts.errors import FilmRejected
from tasks.deid import burned_in
from tasks.deid.quick_look import Box

_KINDS = ("text", "text", "faint", "marker")
_TILE = 16
# Texts are planted so many blocks of pixels apart; a text of fewer pixels is not one to be seen.
_BLOCK = 8
_APART_BLOCKS = 8
_FEWEST_PX = 50


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--films", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scale", type=float, default=2.5)
    parser.add_argument("--splits", nargs="+", default=["test", "D"], choices=("test", "C", "D"))
    parser.add_argument("--heights", nargs=2, type=int, default=HEIGHTS)
    parser.add_argument("--lines", type=int, default=1)
    return parser.parse_args()


def main() -> None:
    args = _arguments()
    if replaced():
        print(f"drawn in DejaVu Sans, for they are not installed: {', '.join(replaced())}")
    rng = np.random.default_rng(args.seed)
    right, total, aside = Counter[str](), Counter[str](), Counter[str]()
    seconds: dict[str, list[float]] = {"with": [], "without": []}
    collateral, harmed, looked_at = [], [], []
    count = len(args.splits)
    sizes = {split: len(range(i, args.films, count)) for i, split in enumerate(args.splits)}
    for film_plan in plan(sizes, args.seed):
        phantom = draw(film_plan)
        film = enlarge(phantom.radiograph.pixels, args.scale, rng)
        anatomy = _filled(phantom, args.scale, film.shape)
        film = film.max() - film if rng.random() < 0.5 else film
        burned, planted = burn(film, rng, args.heights, args.lines)
        looked_at.append(_share_looked_at(film))
        total["untouched"] += 1
        right["untouched"] += int(_boxes(film, "without", aside, seconds) == [])
        boxes = _boxes(burned, "with", aside, seconds)
        if boxes is None:
            continue
        mask = np.zeros(film.shape, bool)
        for top, left, bottom, right_end in boxes:
            mask[top:bottom, left:right_end] = True
        for one in planted:
            share = mask[one.strokes].mean()
            total[one.kind] += 1
            right[one.kind] += int(share < 0.05 if one.kind == "marker" else share >= 0.95)
        collateral.append(_tiles_changed(mask, planted))
        harmed.append(mask[anatomy].mean())
    _show(right, total, (collateral, harmed, looked_at))
    for name, spent in seconds.items():
        times = f"{np.mean(spent):.3f} s a film, median {np.median(spent):.3f}"
        print(f"{name} text: {aside[name]} films set aside; {times}")


def _share_looked_at(film: npt.NDArray[np.uint16]) -> float:
    """Return how much of a film the quick first look points out."""
    windows, _, _ = burned_in.first_look(film)
    return sum((bottom - top) * (right - left) for top, left, bottom, right in windows) / film.size


def _boxes(
    film: npt.NDArray[np.uint16], text: str, aside: Counter[str], seconds: dict[str, list[float]]
) -> list[Box] | None:
    """Return the texts of a film with or without any; None where it has to be set aside."""
    started = time.process_time()
    try:
        return burned_in.find_text(film)
    except FilmRejected:
        aside[text] += 1
        return None
    finally:
        seconds[text].append(time.process_time() - started)


def _show(
    right: Counter[str], total: Counter[str], shares: tuple[list[float], list[float], list[float]]
) -> None:
    for kind in ("text", "faint", "marker", "untouched"):
        print(f"{kind:9} {right[kind]} of {total[kind]}")
    collateral, harmed, looked_at = shares
    print(f"tiles changed away from text {np.mean(collateral):.4%}")
    print(f"anatomy blanked {np.mean(harmed):.4%}")
    median, none = np.median(looked_at), sum(share == 0 for share in looked_at)
    print(f"of films without text {median:.1%} is looked at closely, the median; of {none} nothing")


def enlarge(
    pixels: npt.NDArray[np.float32], scale: float, rng: np.random.Generator
) -> npt.NDArray[np.uint16]:
    """Bring a phantom to a detector's size, with noise of that size."""
    size = (int(pixels.shape[1] * scale), int(pixels.shape[0] * scale))
    large = np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BICUBIC)) * 4095
    noisy = large + rng.normal(0, 8, large.shape)
    return np.clip(noisy, 0, 4095).astype(np.uint16)


def _filled(phantom: Phantom, scale: float, shape: tuple[int, ...]) -> npt.NDArray[np.bool_]:
    """Fill the vertebral bodies and the aorta between its walls."""
    outlines = [[body[i] for i in (0, 1, 3, 2)] for body in phantom.anatomy.corners_px]
    if phantom.anatomy.walls_px is not None:
        anterior, posterior = phantom.anatomy.walls_px
        outlines.append([*anterior, *posterior[::-1]])
    canvas = Image.new("1", (shape[1], shape[0]))
    for outline in outlines:
        points = [(float(column) * scale, float(row) * scale) for row, column in outline]
        ImageDraw.Draw(canvas).polygon(points, fill=1)
    return np.asarray(canvas, bool)


def burn(
    film: npt.NDArray[np.uint16],
    rng: np.random.Generator,
    heights: tuple[int, int],
    lines: int = 1,
) -> tuple[npt.NDArray[np.uint16], list[Planted]]:
    """Plant texts that do not overlap."""
    occupied, planted = np.zeros(film.shape, bool), []
    for kind in _KINDS:
        for _ in range(10):
            words = _words(kind, rng, lines)
            burned, one = plant(film, words, kind, rng, heights)
            near = ndimage.binary_dilation(_in_blocks(one.strokes), iterations=_APART_BLOCKS)
            if one.strokes.sum() > _FEWEST_PX and not (near & _in_blocks(occupied)).any():
                film, occupied = burned, occupied | one.strokes
                planted.append(one)
                break
    return film, planted


def _words(kind: str, rng: np.random.Generator, lines: int) -> str:
    if kind == "marker":
        return str(rng.choice(MARKERS))
    return a_block(rng, lines) if lines > 1 else a_line(rng)


def _in_blocks(strokes: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Say of each block of pixels whether a stroke is in it: thin ones lie between every eighth."""
    missing = [(0, -side % _BLOCK) for side in strokes.shape]
    rows, columns = (-(-side // _BLOCK) for side in strokes.shape)
    blocks: npt.NDArray[np.bool_] = (
        np.pad(strokes, missing).reshape(rows, _BLOCK, columns, _BLOCK).any((1, 3))
    )
    return blocks


def _tiles_changed(mask: npt.NDArray[np.bool_], planted: list[Planted]) -> float:
    """Share of tiles away from text that a box touches."""
    rows, columns = (side // _TILE for side in mask.shape)
    cut = (slice(rows * _TILE), slice(columns * _TILE))
    tiles = mask[cut].reshape(rows, _TILE, columns, _TILE).any((1, 3))
    text = np.zeros_like(mask)
    for one in planted:
        text |= one.strokes
    near = text[cut].reshape(rows, _TILE, columns, _TILE).any((1, 3))
    near = ndimage.binary_dilation(near, iterations=6)
    return float((tiles & ~near).sum() / max((~near).sum(), 1))


if __name__ == "__main__":
    main()
