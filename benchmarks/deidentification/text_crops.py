"""Crops of phantoms with text burned in, and where it is: what the text network learns from."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
from PIL import Image
from printed_words import printed, words
from scipy import ndimage
from sharp_things import with_field, with_sharp_things

from aac_models.training.data import as_float

_FLOATS = npt.NDArray[np.float32]
_MASK = npt.NDArray[np.bool_]

SIDE: Final = 384
CELL: Final = 8  # pixels of the film along each side of a cell of the map
PLAIN, TEXT, UNSAID = 0, 1, 255
# So few characters name nobody, and may be a marker; and what is fainter cannot be read.
_NAMES_NOBODY: Final = 2
_LEGIBLE: Final = 1.1  # of the noise that is as wide as a stroke
_VISIBLE: Final = 0.02


@dataclass(frozen=True, slots=True, eq=False)
class Crop:
    """A part of a film as displayed, float32 (384, 384) in [0, 1], and what its cells show."""

    picture: _FLOATS
    cells: npt.NDArray[np.uint8]


def prepared_films(folder: Path) -> list[Path]:
    """Return the films that ``benchmarks/train_shipped.py`` prepared; ends where there are none."""
    films = sorted(folder.glob("[0-9]*.npz"))
    if not films:
        raise SystemExit(f"no prepared films in {folder}: benchmarks/train_shipped.py draws them")
    return films


def crop(film: npt.NDArray[np.uint16], rng: np.random.Generator, fonts: Sequence[str]) -> Crop:
    """Cut a crop out of a phantom (rows, columns) of working size; three in five show text."""
    picture = _ground(film, rng)
    cells = np.zeros((SIDE // CELL, SIDE // CELL), np.uint8)
    taken = np.zeros((SIDE, SIDE), bool)
    if rng.random() < 0.6:
        for _ in range(int(rng.choice([1, 1, 2, 3]))):
            _write(picture, cells, taken, rng, fonts)
    if rng.random() < 0.1:
        noisy = picture + rng.normal(0, 0.004, picture.shape)
        picture = np.clip(noisy, 0, 1).astype(np.float32)
    return Crop(picture, cells)


def plain_crop(film: npt.NDArray[np.uint16], rng: np.random.Generator) -> Crop:
    """Cut a crop out of a phantom, with all that is no text."""
    return Crop(_ground(film, rng), np.full((SIDE // CELL, SIDE // CELL), PLAIN, np.uint8))


def _ground(film: npt.NDArray[np.uint16], rng: np.random.Generator) -> _FLOATS:
    """Cut a part out of a film, at a detector's scale, with its noise and what is sharp on it.

    Or at that of the copies on which tall letters are looked for, where a spine is a line.
    """
    ranges = ((0.3, 0.9), (0.9, 1.4), (1.0, 3.2), (1.6, 2.8))
    scale = float(rng.uniform(*ranges[int(rng.integers(len(ranges)))]))
    side = int(np.ceil(SIDE / scale)) + 4
    # Places that lie half beyond the film's edge come to lie along it: text often does.
    top, left = (
        int(np.clip(rng.integers(-side // 3, max(all_ - side * 2 // 3, 1)), 0, max(all_ - side, 0)))
        for all_ in film.shape
    )
    part = as_float(film[top : top + side, left : left + side])
    way = Image.Resampling.BICUBIC if rng.random() < 0.7 else Image.Resampling.BILINEAR
    size = (int(part.shape[1] * scale), int(part.shape[0] * scale))
    picture = np.asarray(Image.fromarray(part).resize(size, way), np.float32)[:SIDE, :SIDE]
    # What is smaller goes on mirrored, as the network is shown it.
    missing = [(0, SIDE - there) for there in picture.shape]
    picture = np.pad(picture, missing, "symmetric")
    if rng.random() < 0.3:  # what lies in the body lies under the noise
        picture = with_sharp_things(picture, rng)
    picture = _processed(_noisy(picture, rng), rng)
    if rng.random() < 0.5:
        picture = 1 - picture
    turned = np.rot90(picture, int(rng.integers(4))) if rng.random() < 0.3 else picture
    return np.ascontiguousarray(turned)


def _noisy(picture: _FLOATS, rng: np.random.Generator) -> _FLOATS:
    """Add fine noise, and grain."""
    if rng.random() < 0.8:
        fine = np.exp(rng.uniform(np.log(0.0007), np.log(0.03)))
        picture = picture + _grains(picture, rng) * np.float32(fine)
    if rng.random() < 0.5:
        grain = ndimage.gaussian_filter(_grains(picture, rng), float(rng.uniform(0.5, 2.5)))
        share = np.exp(rng.uniform(np.log(0.002), np.log(0.06)))
        picture = picture + grain * np.float32(share / grain.std())
    return picture


def _grains(picture: _FLOATS, rng: np.random.Generator) -> _FLOATS:
    return rng.standard_normal(picture.shape, np.float32)


def _processed(picture: _FLOATS, rng: np.random.Generator) -> _FLOATS:
    """Window, bend and sharpen as machines do, and draw what is sharp."""
    if rng.random() < 0.3:
        low, high = rng.uniform(-0.3, 0.15), rng.uniform(0.85, 1.4)
        picture = (picture - low) / np.float32(high - low)
    picture = np.clip(picture, 0, 1).astype(np.float32)
    if rng.random() < 0.3:
        picture **= np.float32(np.exp(rng.normal(0, 0.3)))
    if rng.random() < 0.35:
        picture = with_field(picture, rng)
    if rng.random() < 0.5:
        picture = with_sharp_things(picture, rng)
    if rng.random() < 0.25:  # what is steep gets a rim
        soft = ndimage.gaussian_filter(picture, float(rng.uniform(1, 6)))
        picture = picture + np.float32(rng.uniform(0.5, 2.5)) * (picture - soft)
    return np.clip(picture, 0, 1).astype(np.float32)


def _write(
    picture: _FLOATS,
    cells: npt.NDArray[np.uint8],
    taken: _MASK,
    rng: np.random.Generator,
    fonts: Sequence[str],
) -> None:
    """Burn a line into a crop, now and then partly beyond its edge, and mark its cells."""
    text = words(rng)
    if rng.random() < 0.12:
        text = text[: int(rng.integers(1, 4))]
    elif rng.random() < 0.12:
        text = " ".join(text)
    elif rng.random() < 0.25:  # consoles write lines below one another
        text = "\n".join([text, *(words(rng) for _ in range(int(rng.integers(1, 5))))])
    cover = printed(text, rng, fonts)
    height, width = cover.shape
    row, column = _place(picture, (height, width), rng)
    if rng.random() < 0.5:
        row, column = max(min(row, SIDE - height), 0), max(min(column, SIDE - width), 0)
    top, left = max(row, 0), max(column, 0)
    bottom, right = min(row + height, SIDE), min(column + width, SIDE)
    if min(bottom - top, right - left) < CELL or taken[top:bottom, left:right].any():
        return
    taken[max(top - 4, 0) : bottom + 4, max(left - 4, 0) : right + 4] = True
    cover = cover[top - row : bottom - row, left - column : right - column]
    patch = picture[top:bottom, left:right]
    ground = _inked(patch, cover, rng)
    changed = np.abs(patch - ground)
    seen = (cover > 0.35) & (changed > _VISIBLE)
    is_legible = seen.any() and np.median(changed[seen]) >= _LEGIBLE * _noise(ground)
    says = TEXT if is_legible and len("".join(text.split())) > _NAMES_NOBODY else UNSAID
    near = 1.5 * min(bottom - top, right - left) / (text.count("\n") + 1)
    _mark(cells, (top, left, bottom, right), ndimage.maximum_filter(seen, int(near) | 1), says)


def _place(picture: _FLOATS, size: tuple[int, int], rng: np.random.Generator) -> tuple[int, int]:
    """Draw a place, every other time the one of several that most edges cross."""
    soft = ndimage.gaussian_filter(picture[::2, ::2], 1.0)
    steep = np.hypot(*np.gradient(soft))
    places = []
    for _ in range(8 if rng.random() < 0.5 else 1):
        row, column = (
            int(
                rng.integers(
                    min(-side // 3, SIDE - side), max(SIDE - side * 2 // 3, SIDE - side) + 1
                )
            )
            for side in size
        )
        inside = steep[
            max(row, 0) // 2 : (row + size[0]) // 2, max(column, 0) // 2 : (column + size[1]) // 2
        ]
        places.append((float(inside.mean()), row, column))
    return max(places)[1:]


def _inked(patch: _FLOATS, cover: _FLOATS, rng: np.random.Generator) -> _FLOATS:
    """Write faintly, in black or white, on a plate or outlined; return the ground it is read on."""
    ground = patch.copy()
    middle = float(np.median(patch))
    if rng.random() < 0.6:
        step = float(np.exp(rng.uniform(np.log(0.04), np.log(0.2))))
        if rng.random() < 0.5:  # as faint as its ground lets it be
            step = float(np.clip(_noise(ground) * rng.uniform(1.3, 5), 0.04, 0.2))
        step *= 1 if middle < 0.5 else -1
        patch += cover * np.float32(step if rng.random() < 0.9 else -step)
    else:
        value = 1.0 if middle < 0.6 else 0.0
        if rng.random() < 0.2:
            value = float(rng.uniform())
        if rng.random() < 0.12:
            plate = float(rng.choice([0.0, 1.0, rng.uniform()]))
            patch[:] = ground[:] = plate
            value = 1.0 - round(plate)
        elif rng.random() < 0.08:
            patch += ndimage.maximum_filter(cover, 5) * (np.float32(1 - value) - patch)
        patch += cover * (np.float32(value) - patch)
    np.clip(patch, 0, 1, out=patch)
    return ground


def _noise(ground: _FLOATS) -> float:
    """Return the noise of a ground at the width of a stroke, its structures left out."""
    wide = max(min(ground.shape) / 8, 1.5)
    fine = ndimage.gaussian_filter(ground, wide / 3) - ndimage.gaussian_filter(ground, wide)
    return float(1.48 * np.median(np.abs(fine - np.median(fine))))


def _mark(
    cells: npt.NDArray[np.uint8], box: tuple[int, int, int, int], near: _MASK, says: int
) -> None:
    """Mark the cells of a line where strokes are near; its rim, and where none show, is unsaid."""
    top, left, bottom, right = box
    inside = np.zeros((SIDE, SIDE), np.float32)
    inside[top:bottom, left:right] = 1
    said = np.zeros((SIDE, SIDE), np.float32)
    said[top:bottom, left:right] = near
    cells[(_in_cells(inside) > 0) & (cells != TEXT)] = UNSAID
    if says == TEXT:
        cells[_in_cells(said) > 0.5] = TEXT


def _in_cells(values: _FLOATS) -> _FLOATS:
    """Return the mean of each cell."""
    count = SIDE // CELL
    means: _FLOATS = values.reshape(count, CELL, count, CELL).mean((1, 3))
    return means
