"""What is sharp on a film and no text: edges of fields, lines, rulers, frames, clips, cartilage."""

from typing import Final

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw
from scipy import ndimage

_FLOATS = npt.NDArray[np.float32]
# Edges of the field are on most films, and text runs across them.
_KINDS: Final = ("line", "field", "field", "field", "ruler", "frame", "clips", "wire", "rings")


def with_sharp_things(picture: _FLOATS, rng: np.random.Generator) -> _FLOATS:
    """Return a picture (rows, columns) in [0, 1] with one to three of them, at random places."""
    rows, columns = picture.shape
    layer = Image.new("L", (columns, rows))
    pen = ImageDraw.Draw(layer)
    for _ in range(int(rng.integers(1, 4))):
        at = rng.uniform(-20, np.array([columns, rows]) + 20)
        turn = float(rng.choice([0, np.pi / 2, rng.uniform(0, 6.3), rng.normal(0, 0.04)]))
        along = float(rng.uniform(20, 500)) * np.array([np.cos(turn), np.sin(turn)])
        _draw(pen, str(rng.choice(_KINDS)), at, along, rng)
    cover = np.asarray(layer, np.float32) / 255
    if rng.random() < 0.4:
        cover = ndimage.gaussian_filter(cover, float(rng.uniform(0.3, 3.0)))
    if rng.random() < 0.5:
        step = np.float32(rng.choice([-1, 1]) * rng.uniform(0.03, 0.4))
        return np.clip(picture + cover * step, 0, 1)
    gray = np.float32(rng.choice([0, 1, rng.uniform()]))
    return np.asarray(picture + cover * (gray - picture), np.float32)


def with_field(picture: _FLOATS, rng: np.random.Generator) -> _FLOATS:
    """Return a picture in which the field ends, level or upright within a few degrees, at a rim."""
    rows, columns = np.indices(picture.shape, np.float32)
    turn = rng.choice([0, 1, 2, 3]) * np.pi / 2 + rng.normal(0, 0.03)
    middle = rng.uniform(0, picture.shape[0], 2)
    off = (rows - middle[0]) * np.cos(turn) + (columns - middle[1]) * np.sin(turn)
    soft = float(np.exp(rng.uniform(np.log(0.5), np.log(12))))
    beyond = np.clip(0.5 + off / soft, 0, 1)
    gray = np.float32(rng.choice([0, 0, 1, rng.uniform()]))
    rim = np.exp(-np.square(off / np.exp(rng.uniform(np.log(1), np.log(8)))))
    step = np.float32(rng.choice([0, rng.uniform(-0.6, 0.6), rng.uniform(-0.6, 0.6)]))
    return np.clip(picture + beyond * (gray - picture) + step * rim, 0, 1).astype(np.float32)


def _draw(
    pen: ImageDraw.ImageDraw,
    kind: str,
    at: npt.NDArray[np.float64],
    along: npt.NDArray[np.float64],
    rng: np.random.Generator,
) -> None:
    """Draw one thing that starts at a place (x, y) and runs along a direction."""
    wide = int(rng.integers(1, 8))
    across = np.array([-along[1], along[0]])
    if kind == "line":
        pen.line((*at, *(at + along)), fill=255, width=wide)
    elif kind == "field":
        far = 2000 / np.linalg.norm(along)
        ends = [at - far * along, at + far * along]
        corners = [*ends, ends[1] + far * across, ends[0] + far * across]
        pen.polygon([(float(x), float(y)) for x, y in corners], fill=255)
    elif kind == "ruler":
        _ruler(pen, at, along, min(wide, 4), rng)
    elif kind == "frame":
        size = float(rng.uniform(3, 90)) * np.array([1, rng.uniform(0.5, 1.6)])
        shape = pen.ellipse if rng.random() < 0.6 else pen.rectangle
        shape(
            (*at, *(at + size)), fill=255 if rng.random() < 0.5 else None, outline=255, width=wide
        )
    elif kind == "wire":
        bends = at + rng.normal(0, 40, (int(rng.integers(3, 6)), 2))
        pen.line([(float(x), float(y)) for x, y in bends], fill=255, width=wide)
    else:
        _many(pen, kind, at, along, rng)


def _many(
    pen: ImageDraw.ImageDraw,
    kind: str,
    at: npt.NDArray[np.float64],
    along: npt.NDArray[np.float64],
    rng: np.random.Generator,
) -> None:
    """Draw clips in a row and anywhere, or the rings of calcified cartilage in a chain."""
    if kind == "clips":
        for number in range(int(rng.integers(2, 14))):
            place = at + along * number / 14 if rng.random() < 0.3 else rng.uniform(0, 384, 2)
            pen.ellipse((*place, *(place + rng.uniform(1, 14, 2))), fill=255)
        return
    heading, wide = along / np.linalg.norm(along), int(rng.integers(1, 6))
    for _ in range(int(rng.integers(2, 8))):
        size = rng.uniform(8, 60, 2)
        pen.ellipse((*at, *(at + size)), outline=255, width=wide)
        at = at + size * heading * rng.uniform(0.5, 1.1, 2)


def _ruler(
    pen: ImageDraw.ImageDraw,
    at: npt.NDArray[np.float64],
    along: npt.NDArray[np.float64],
    wide: int,
    rng: np.random.Generator,
) -> None:
    """Draw ticks at one distance, each fifth longer, with or without a line under them."""
    long = float(np.linalg.norm(along))
    heading = along / long
    step, tick = float(rng.uniform(6, 50)), float(rng.uniform(5, 40))
    for number in range(int(long / step)):
        foot = at + number * step * heading
        size = tick * (1.8 if number % 5 == 0 else 1)
        head = foot + size * np.array([-heading[1], heading[0]])
        pen.line((*foot, *head), fill=255, width=wide)
    if rng.random() < 0.5:
        pen.line((*at, *(at + along)), fill=255, width=wide)
