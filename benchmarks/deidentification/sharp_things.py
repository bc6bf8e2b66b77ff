"""What is sharp on a film and no text: edges of fields, lines, rulers, frames, clips, cartilage."""

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw
from scipy import ndimage

_FLOATS = npt.NDArray[np.float32]


def with_sharp_things(picture: _FLOATS, rng: np.random.Generator) -> _FLOATS:
    """Return a picture (rows, columns) in [0, 1] with one to three of them, at random places."""
    rows, columns = picture.shape
    layer = Image.new("L", (columns, rows))
    pen = ImageDraw.Draw(layer)
    for _ in range(int(rng.integers(1, 4))):
        at = rng.uniform(-20, np.array([columns, rows]) + 20)
        turn = float(rng.choice([0, np.pi / 2, rng.uniform(0, 6.3), rng.normal(0, 0.04)]))
        along = float(rng.uniform(20, 500)) * np.array([np.cos(turn), np.sin(turn)])
        draw = _KINDS[int(rng.integers(len(_KINDS)))]
        draw(_Thing(pen, at, along, int(rng.integers(1, 8))), rng)
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


class _Thing(NamedTuple):
    """What to draw with, where it starts (x, y), the way it runs, and how wide its lines are."""

    pen: ImageDraw.ImageDraw
    at: npt.NDArray[np.float64]
    along: npt.NDArray[np.float64]
    wide: int


def _line(thing: _Thing, _: np.random.Generator) -> None:
    thing.pen.line((*thing.at, *(thing.at + thing.along)), fill=255, width=thing.wide)


def _field(thing: _Thing, _: np.random.Generator) -> None:
    along, across = thing.along, np.array([-thing.along[1], thing.along[0]])
    far = 2000 / np.linalg.norm(along)
    ends = [thing.at - far * along, thing.at + far * along]
    corners = [*ends, ends[1] + far * across, ends[0] + far * across]
    thing.pen.polygon([(float(x), float(y)) for x, y in corners], fill=255)


def _ruler(thing: _Thing, rng: np.random.Generator) -> None:
    """Draw ticks at one distance, each fifth longer, with or without a line under them."""
    wide, long = min(thing.wide, 4), float(np.linalg.norm(thing.along))
    heading = thing.along / long
    step, tick = float(rng.uniform(6, 50)), float(rng.uniform(5, 40))
    for number in range(int(long / step)):
        foot = thing.at + number * step * heading
        size = tick * (1.8 if number % 5 == 0 else 1)
        head = foot + size * np.array([-heading[1], heading[0]])
        thing.pen.line((*foot, *head), fill=255, width=wide)
    if rng.random() < 0.5:
        thing.pen.line((*thing.at, *(thing.at + thing.along)), fill=255, width=wide)


def _frame(thing: _Thing, rng: np.random.Generator) -> None:
    size = float(rng.uniform(3, 90)) * np.array([1, rng.uniform(0.5, 1.6)])
    shape = thing.pen.ellipse if rng.random() < 0.6 else thing.pen.rectangle
    fill = 255 if rng.random() < 0.5 else None
    shape((*thing.at, *(thing.at + size)), fill=fill, outline=255, width=thing.wide)


def _wire(thing: _Thing, rng: np.random.Generator) -> None:
    bends = thing.at + rng.normal(0, 40, (int(rng.integers(3, 6)), 2))
    thing.pen.line([(float(x), float(y)) for x, y in bends], fill=255, width=thing.wide)


def _clips(thing: _Thing, rng: np.random.Generator) -> None:
    """Draw clips, in a row and anywhere."""
    for number in range(int(rng.integers(2, 14))):
        in_row = thing.at + thing.along * number / 14
        place = in_row if rng.random() < 0.3 else rng.uniform(0, 384, 2)
        thing.pen.ellipse((*place, *(place + rng.uniform(1, 14, 2))), fill=255)


def _rings(thing: _Thing, rng: np.random.Generator) -> None:
    """Draw calcified cartilage: rings in a chain."""
    at, heading = thing.at, thing.along / np.linalg.norm(thing.along)
    wide = int(rng.integers(1, 6))
    for _ in range(int(rng.integers(2, 8))):
        size = rng.uniform(8, 60, 2)
        thing.pen.ellipse((*at, *(at + size)), outline=255, width=wide)
        at = at + size * heading * rng.uniform(0.5, 1.1, 2)


# Edges of the field are on most films, and text runs across them; a chain of rings is most like it.
_KINDS: Final = (_line, _field, _field, _field, _ruler, _frame, _clips, _wire, _rings, _rings)
