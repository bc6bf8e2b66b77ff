"""Films with words burned into them, and the pixels that were found."""

from functools import cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from aac_models.phantom.cohort import plan
from aac_models.phantom.film import draw


@cache
def phantoms() -> list[np.ndarray]:
    plans = plan({"test": 2, "C": 2, "D": 2}, seed=5)
    return [(draw(film).radiograph.pixels * 4095).astype(np.uint16) for film in plans[:4]]


def written(film: np.ndarray, words: str, place: tuple[int, int], size: int = 30, turns: int = 0):
    """Return the film with words in one of its extreme values, and the pixels they cover."""
    font = ImageFont.load_default(size / 0.7)
    box = [int(side) for side in font.getbbox(words)]
    tile = Image.new("L", (box[2] + 4, box[3] + 4))
    ImageDraw.Draw(tile).text((2, 2), words, fill=255, font=font)
    cover = np.rot90(np.asarray(tile) / 255.0, turns)
    row = place[0] if place[0] >= 0 else film.shape[0] - cover.shape[0] + place[0]
    column = place[1] if place[1] >= 0 else film.shape[1] - cover.shape[1] + place[1]
    target = film.astype(float)
    patch = target[row : row + cover.shape[0], column : column + cover.shape[1]]
    value = 4095 if np.median(patch) < 2400 else 0
    is_visible = abs(value - patch) > 400
    patch += cover[: patch.shape[0], : patch.shape[1]] * (value - patch)
    mask = np.zeros(film.shape, bool)
    inside = (slice(row, row + cover.shape[0]), slice(column, column + cover.shape[1]))
    mask[inside] = (cover > 0.3) & is_visible
    return target.astype(np.uint16), mask


def covered(shape, boxes) -> np.ndarray:
    mask = np.zeros(shape, bool)
    for top, left, bottom, right in boxes:
        mask[top:bottom, left:right] = True
    return mask
