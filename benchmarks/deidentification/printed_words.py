"""Words as consoles write them, and how they look in the typefaces at hand."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage

_FLOATS = npt.NDArray[np.float32]

_NO_TYPEFACE: Final = ("Siz", "Uni", "cmsy", "cmex", "cmmi", "LastResort", "Icon", "Math", "Symbol")
_KNOWN: Final = (
    "Name", "ID", "DOB", "Patient", "born", "Acc", "No.", "MRN", "F", "M", "kV", "mAs", "Dr.",
    "Hospital", "Clinic", "Room", "Date", "Time", "LUMBAR", "SPINE", "LAT", "ERECT", "Station",
)  # fmt: skip
_CAPITALS: Final = list("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_SMALL: Final = list("abcdefghijklmnopqrstuvwxyzäöüéñçøå")
_BETWEEN: Final = (" ", " ", ", ", "^", ": ", "  ", "-", "*")


def typefaces() -> list[str]:
    """Return every Latin typeface of this machine and of Matplotlib, in a fixed order."""
    found: dict[str, str] = {}
    for folder in (Path("/usr/share/fonts"), Path(mpl.get_data_path(), "fonts/ttf")):
        for path in sorted(folder.rglob("*.[to]tf")):
            if not any(part in path.name for part in _NO_TYPEFACE):
                found.setdefault(path.name, str(path))
    return [found[name] for name in sorted(found)]


def words(rng: np.random.Generator) -> str:
    """Draw a line as consoles write them: names, numbers, days, times and known words."""

    def name() -> str:
        tail = "".join(rng.choice(_SMALL, int(rng.integers(2, 10))))
        whole = str(rng.choice(_CAPITALS)) + tail
        return whole.upper() if rng.random() < 0.4 else whole

    def number() -> str:
        return "".join(str(digit) for digit in rng.integers(0, 10, int(rng.integers(3, 11))))

    def day() -> str:
        parts = [f"{rng.integers(1, 32):02d}", f"{rng.integers(1, 13):02d}"]
        parts.append(str(rng.integers(1920, 2027)))
        mark = str(rng.choice([".", "/", "-", ""]))
        return mark.join(parts if rng.random() < 0.7 else parts[::-1])

    def clock() -> str:
        return f"{rng.integers(24)}:{rng.integers(60):02d}:{rng.integers(60):02d}"

    kinds = (name, name, number, day, clock, lambda: str(rng.choice(_KNOWN)))
    count, between = int(rng.choice([1, 1, 1, 2, 2, 3])), str(rng.choice(_BETWEEN))
    return between.join(kinds[int(rng.integers(len(kinds)))]() for _ in range(count))


def printed(text: str, rng: np.random.Generator, fonts: Sequence[str]) -> _FLOATS:
    """Draw words in a typeface, or in dots; how much of each pixel they cover."""
    lines = text.count("\n") + 1
    tallest = 90 if lines == 1 else 240 / (1.5 * lines)
    size = float(np.exp(rng.uniform(np.log(14), np.log(tallest))))  # height of a capital
    apart = size * float(rng.uniform(0.1, 0.8))
    is_dots = rng.random() < 0.12
    if is_dots:
        text = text.encode("latin-1", "replace").decode("latin-1")
        font: ImageFont.ImageFont | ImageFont.FreeTypeFont = ImageFont.load_default_imagefont()
    else:
        font = ImageFont.truetype(str(rng.choice(fonts)), int(size / 0.73))
    cover = _drawn(text, font, apart)
    if is_dots:
        times = max(2, round(size / 9))
        cover = cover.repeat(times, 0).repeat(times, 1)
    elif rng.random() < 0.2:
        cover = (cover > 0.5).astype(np.float32)
    if rng.random() < 0.4:  # narrow and wide typefaces there are more of than installed
        wide = max(int(cover.shape[1] * rng.uniform(0.75, 1.4)), 2)
        cover = np.asarray(Image.fromarray(cover).resize((wide, cover.shape[0])), np.float32)
        cover = cover.clip(0, 1)
    if rng.random() < 0.15:
        cover = ndimage.gaussian_filter(cover, float(rng.uniform(0.3, 1.2)))
    inked = np.argwhere(cover > 0.3)
    if len(inked):
        (first, start), (last, stop) = inked.min(0), inked.max(0) + 1
        cover = cover[max(first - 1, 0) : last + 1, max(start - 1, 0) : stop + 1]
    cover = np.rot90(cover, int(rng.choice([0, 0, 1, 3, 2, 1, 3, 0])))
    return np.ascontiguousarray(cover[:, ::-1] if rng.random() < 0.15 else cover)


def _drawn(text: str, font: ImageFont.ImageFont | ImageFont.FreeTypeFont, apart: float) -> _FLOATS:
    """Draw lines of words so many pixels apart."""
    pen = ImageDraw.Draw(Image.new("L", (1, 1)))
    left, top, right, bottom = pen.multiline_textbbox((0, 0), text, font, spacing=apart)
    tile = Image.new("L", (int(right - left) + 4, int(bottom - top) + 4))
    ImageDraw.Draw(tile).multiline_text((2 - left, 2 - top), text, 255, font, spacing=apart)
    return np.asarray(tile, np.float32) / 255
