"""Burn text into films the way vendors do, and say where the strokes are."""

from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

FONTS = (
    "DejaVuSans.ttf",
    "DejaVuSansMono.ttf",
    "DejaVuSans-Bold.ttf",
    "LiberationSans-Regular.ttf",
    "LiberationSansNarrow-Regular.ttf",
    "LiberationMono-Regular.ttf",
    "LiberationSerif-Regular.ttf",
    "DejaVuSerif.ttf",
)
SURNAMES = ("Marchetti", "Okonkwo", "Lindqvist", "Baker", "Vandermeer", "Kowalczyk", "O'Brien")
GIVEN = ("Elisabetta", "Chidi", "Astrid", "Thomas", "Pieter", "Zofia", "Maeve")
HEIGHTS = (26, 72)  # of a capital, in pixels, end outside
MARKERS = ("L", "R", "L", "R", "LAT", "AP", "PA", "LL", "ERECT")


def typeface(name: str, size: int) -> ImageFont.FreeTypeFont:
    """Open a typeface of this machine, or one that comes with Matplotlib in its place."""
    brought = Path(mpl.get_data_path(), "fonts/ttf")
    for place in (name, str(brought / name)):
        try:
            return ImageFont.truetype(place, size)
        except OSError:
            continue
    return ImageFont.truetype(str(brought / "DejaVuSans.ttf"), size)


def replaced() -> list[str]:
    """Name the typefaces that are not on this machine: without them films differ from ours."""
    return [name for name in FONTS if Path(str(typeface(name, 10).path)).name != name]


@dataclass(frozen=True, slots=True, eq=False)
class Planted:
    """One text burned into a film.

    Attributes
    ----------
    strokes
        bool (rows, columns): the pixels that the text changed visibly.
    kind
        ``text``, ``faint`` or ``marker``.
    """

    words: str
    strokes: npt.NDArray[np.bool_]
    kind: str
    size_px: int


def a_block(rng: np.random.Generator, most: int) -> str:
    """Draw two lines below one another, or more."""
    return "\n".join(a_line(rng) for _ in range(int(rng.integers(2, most + 1))))


def a_line(rng: np.random.Generator) -> str:
    """Draw a line as consoles burn it in."""
    name = f"{rng.choice(SURNAMES)}^{rng.choice(GIVEN)}".replace(
        "^", str(rng.choice(["^", ", ", " "]))
    )
    number = f"{rng.integers(10**6, 10**7)}"
    day = f"{rng.integers(1, 29):02d}.{rng.integers(1, 13):02d}.{rng.integers(1930, 2024)}"
    return str(
        rng.choice([name, name.upper(), number, f"ID {number}", day, f"{name} {day}", f"*{day}"])
    )


def plant(
    film: npt.NDArray[np.uint16],
    words: str,
    kind: str,
    rng: np.random.Generator,
    heights: tuple[int, int] = HEIGHTS,
) -> tuple[npt.NDArray[np.uint16], Planted]:
    """Return the film with the text, cut short where it does not fit, and where it is."""
    cover, size = _cover(words, rng, heights)
    rows, columns = film.shape
    height, width = cover.shape
    if height >= rows or width >= columns:
        return plant(film, words[: len(words) // 2], kind, rng, heights)
    row, column = _place(rng, rows - height, columns - width)
    target = film.astype(np.float32)
    patch = target[row : row + height, column : column + width]
    low, high = float(film.min()), float(film.max())
    span = high - low
    middle = float(np.median(patch))
    if kind == "faint":
        step = span * rng.uniform(0.06, 0.12) * (1 if middle < low + span / 2 else -1)
        patch += cover * step
    else:
        value = high if middle < low + 0.6 * span else low
        if rng.random() < 0.15:
            patch[:] = low
            value = high
        patch += cover * (value - patch)
    strokes = np.zeros(film.shape, bool)
    inside = (slice(row, row + height), slice(column, column + width))
    burned = np.clip(np.rint(target), low, high).astype(film.dtype)
    changed = np.abs(burned[inside].astype(np.float32) - film[inside])
    # What is written white on white, or under black, is no stroke that anybody could read.
    is_visible = changed > (0.03 if kind == "faint" else 0.08) * span
    strokes[inside] = (cover > 0.35) & is_visible
    return burned, Planted(words, strokes, kind, size)


def _cover(
    words: str, rng: np.random.Generator, heights: tuple[int, int]
) -> tuple[npt.NDArray[np.float32], int]:
    """Draw the words in one of the typefaces, turned and mirrored as films are."""
    size = int(rng.integers(*heights))
    font = typeface(str(rng.choice(FONTS)), int(size / 0.73))
    apart = 0.3 * size
    pen = ImageDraw.Draw(Image.new("L", (1, 1)))
    left, top, right, bottom = pen.multiline_textbbox((0, 0), words, font, spacing=apart)
    tile = Image.new("L", (int(right - left) + 4, int(bottom - top) + 4))
    ImageDraw.Draw(tile).multiline_text((2 - left, 2 - top), words, 255, font, spacing=apart)
    cover = np.rot90(np.asarray(tile, np.float32) / 255.0, int(rng.choice([0, 0, 0, 1, 2, 3])))
    return (cover[:, ::-1] if rng.random() < 0.1 else cover), size


def _place(rng: np.random.Generator, rows: int, columns: int) -> tuple[int, int]:
    """Put half of the texts along the borders, where vendors do."""
    row, column = int(rng.integers(0, rows + 1)), int(rng.integers(0, columns + 1))
    if rng.random() < 0.6:
        edge = min(int(rng.integers(2, 60)), rows, columns)
        row = int(rng.choice([edge, rows - edge]))
    return row, column
