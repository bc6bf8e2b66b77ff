"""One film of another origin: a patient painted, exposed and processed in a given look."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from aac_models.anatomy import VERTEBRAE
from aac_models.radiograph import Radiograph, Side
from benchmarks.other_origin.bones import draw_bones
from benchmarks.other_origin.looks import LOOKS, Look
from benchmarks.other_origin.patient import T12, Aorta, Spine, grow_spine, lay_aorta
from benchmarks.other_origin.sheet import Floats, Paint, Picture, Sheet, clouds, ellipse

ROWS = (900, 1400)
_TO_FWHM = 2.355


@dataclass(frozen=True, slots=True, eq=False)
class Film:
    """A film and its truth; ``corners_px`` as ``Anatomy.corners_px``, ``grades`` (4, 2)."""

    radiograph: Radiograph
    corners_px: npt.NDArray[np.float32]
    grades: Floats
    anterior: Side


def draw(style: str, seed: int) -> Film:
    """Draw a film.

    Parameters
    ----------
    style
        One of ``LOOKS``.
    seed
        The same one gives the same film.

    Returns
    -------
    The film with its true corners, grades and side.
    """
    look = LOOKS[style]
    rng = np.random.default_rng([seed, list(LOOKS).index(style)])
    spine = grow_spine(rng)
    aorta = lay_aorta(rng, spine, float(rng.normal(-0.35, 0.75)))
    sheet, margin_px = _sheet(spine, look, rng)
    inside = _tissue(sheet, spine, look, rng)
    draw_bones(sheet, spine, look, rng)
    _deposits(sheet, aorta, look, rng)
    pixels: Picture = sheet.pixels
    if look.texture:
        texture = clouds(rng, pixels.shape, 80 / sheet.mm_per_px)
        pixels = pixels + np.float32(look.texture) * inside * texture
    pixels = _processed(_exposed(pixels, sheet.mm_per_px, look, rng), sheet.mm_per_px, look, rng)
    pixels = _collimated(pixels, margin_px, look, rng)
    pixels = np.asarray(np.rint(pixels * 255) / 255, dtype=np.float32)
    corners = sheet.place(spine.corners[T12 : T12 - len(VERTEBRAE) : -1])
    side = Side.LEFT if rng.random() < 0.5 else Side.RIGHT
    if side is Side.LEFT:
        pixels = np.ascontiguousarray(pixels[:, ::-1])
        corners[..., 1] = pixels.shape[1] - 1 - corners[..., 1]
    spacing = (sheet.mm_per_px, sheet.mm_per_px)
    film = Radiograph(pixels, spacing, "PixelSpacing")
    return Film(film, corners.astype(np.float32), aorta.grades, side)


def _sheet(spine: Spine, look: Look, rng: np.random.Generator) -> tuple[Sheet, float]:
    """Lay out the field: from above T12 to below S1, and what the collimator leaves dark."""
    unit = spine.unit_mm
    top = spine.middles[T12, 1] - unit * rng.uniform(0.8, 2.4)
    bottom = spine.middles[0, 1] + unit * rng.uniform(*look.below)
    ahead, back = unit * rng.uniform(*look.ahead), -unit * rng.uniform(1.7, 3.2)
    margin = unit * rng.uniform(0, 0.6) if look.surround >= 0 else 0.0
    height, width = bottom - top + 2 * margin, ahead - back + 2 * margin
    rows = int(rng.integers(*ROWS))
    mm_per_px = height / rows
    across = float((ahead + back) / 2 + spine.middles[1:7, 0].mean())
    turn = float(np.deg2rad(np.clip(rng.normal(0, 3), -10, 10)))
    size = (rows, int(width / mm_per_px))
    middle = (across, float((top + bottom) / 2))
    return Sheet(size, mm_per_px, middle, turn), margin / mm_per_px


def _tissue(sheet: Sheet, spine: Spine, look: Look, rng: np.random.Generator) -> Picture:
    """Trunk, lung bases and bowel gas; returns how thick the trunk is, 0 to 1."""
    unit, x, y = spine.unit_mm, sheet.x, sheet.y
    belly = np.exp(-(((y - unit * rng.uniform(0, 3)) / (3 * unit)) ** 2))
    front = unit * rng.uniform(3.0, 5.2) + unit * rng.uniform(0.1, 0.7) * belly
    hollow = np.exp(-(((y - unit * 0.3) / (2.2 * unit)) ** 2))
    back = -unit * rng.uniform(2.2, 3.0) + 0.35 * unit * hollow
    back = back - 0.5 * unit * np.clip((y - 2.2 * unit) / (2 * unit), 0, 1)
    across = (x - back) / (front - back)
    thick = np.clip(4 * across * (1 - across), 0, 1) ** rng.uniform(0.35, 0.75)
    value = look.tissue * thick * (1 + 0.12 * np.clip(y / (4 * unit), -1, 1.2))
    if look.lungs:
        dome = spine.middles[T12, 1] + unit * rng.uniform(-1.2, 0.3)
        bow = rng.uniform(0.3, 0.9) * np.exp(-(((x - 1.6 * unit) / (1.4 * unit)) ** 2))
        above = (dome - unit * bow + rng.uniform(-0.07, 0.12) * x - y) / 1.2
        air = 1 / (1 + np.exp(-np.clip(above, -30, 30)))
        value = value - 0.3 * look.lungs * look.tissue * air * (thick > 0)
    sheet.pixels += value.astype(np.float32)
    for _ in range(int(rng.poisson(look.gas))):
        at = (rng.uniform(0.9, 4.2) * unit, rng.uniform(-3, 4.5) * unit)
        half = (float(rng.uniform(5, 22)), float(rng.uniform(4, 14)))
        ragged = rng.normal(0, 0.17, (4, 2)) / np.arange(2, 6)[:, None]
        depth = -rng.uniform(0.05, 0.24) * look.tissue
        soft = float(rng.uniform(0.6, 2.5))
        sheet.fill(ellipse(at, half, rng.uniform(0, 3), ragged), Paint(depth, soft_mm=soft))
    return np.asarray(np.clip(thick * 1.5, 0, 1), dtype=np.float32)


def _deposits(sheet: Sheet, aorta: Aorta, look: Look, rng: np.random.Generator) -> None:
    """Lines, pairs of lines, chains of blobs and stipples along the walls."""
    film = rng.uniform(0.8, 1.2)
    for wall, stretch in aorta.pieces:
        line, forward = aorta.walls[wall, stretch], aorta.forward[stretch]
        value, thick = film * rng.uniform(*look.deposit), rng.uniform(*look.deposit_mm)
        wobble = ndimage.gaussian_filter1d(rng.standard_normal((2, len(line))), 6, axis=1)
        line = line + forward * wobble[0, :, None]
        half = thick / 2 * np.clip(1 + wobble[1], 0.4, 1.7)
        paint = Paint(float(value), soft_mm=0.12)
        kind = rng.choice(["line", "pair", "blobs", "stipple"], p=[0.55, 0.15, 0.2, 0.1])
        if kind == "pair":
            apart = forward * max(0.8, thick * 0.7) / 2
            sheet.ribbon(line + apart, half * 0.5, paint)
            sheet.ribbon(line - apart, half * 0.5, paint)
        elif kind == "line":
            sheet.ribbon(line, half, paint)
        else:
            sheet.ribbon(line, half * 0.45, Paint(float(value) * 0.6, soft_mm=0.15))
            each = 4.0 if kind == "blobs" else 1.3
            long = float(np.linalg.norm(np.diff(line, axis=0), axis=1).sum())
            for at in rng.integers(0, len(line), max(1, int(long / each))):
                size = rng.uniform(0.4, 0.9, 2) * (thick / 1.3 if kind == "blobs" else 1.0)
                sheet.fill(ellipse(line[at], (float(size[0]), float(size[1])), 0.0), paint)


def _exposed(pixels: Picture, mm_per_px: float, look: Look, rng: np.random.Generator) -> Picture:
    """Blur, spread over 0 to 1, and noise."""
    blurred = ndimage.gaussian_filter(pixels, look.blur_mm / _TO_FWHM / mm_per_px)
    low, high = np.percentile(blurred[::4, ::4], (1, 99.5))
    spread = (blurred - low) / (high - low)
    noise = rng.standard_normal(spread.shape, dtype=np.float32)
    noise = ndimage.gaussian_filter(noise, max(0.3, look.noise_mm / mm_per_px))
    noise *= np.float32(look.noise / max(float(noise.std()), 1e-6))
    return np.asarray(spread + noise * (0.6 + 0.8 * np.clip(spread, 0, 1)), dtype=np.float32)


def _processed(pixels: Picture, mm_per_px: float, look: Look, rng: np.random.Generator) -> Picture:
    """Tone curve, local equalization, unsharp mask, display gamma."""
    if look.steep:
        pixels = 1 / (1 + np.exp(-look.steep * (pixels - np.float32(rng.uniform(0.4, 0.55)))))
        low, high = np.percentile(pixels[::4, ::4], (0.5, 99.5))
        pixels = (pixels - low) / (high - low)
    if look.equalize:
        reach = rng.uniform(18, 35) / mm_per_px
        mean = ndimage.gaussian_filter(pixels, reach, truncate=2.5)
        spread = ndimage.gaussian_filter((pixels - mean) ** 2, reach, truncate=2.5) ** 0.5
        even = 0.5 + 0.2 * (pixels - mean) / (spread + 0.08)
        pixels = (1 - look.equalize) * pixels + look.equalize * even
    if look.sharpen:
        blurred = ndimage.gaussian_filter(pixels, look.sharpen_mm / mm_per_px, truncate=2.5)
        pixels = pixels + look.sharpen * (pixels - blurred)
    shown = np.clip(pixels, 0, 1) ** np.float32(rng.uniform(*look.gamma))
    return np.asarray(look.low + (look.high - look.low) * shown, dtype=np.float32)


def _collimated(pixels: Picture, margin_px: float, look: Look, rng: np.random.Generator) -> Picture:
    """Cover the borders, a little askew."""
    if look.surround < 0:
        return pixels
    rows, columns = pixels.shape
    edge, lean = margin_px * rng.uniform(0.3, 1, 4), np.deg2rad(rng.normal(0, 1.5))
    row, column = np.ogrid[:rows, :columns]
    down = row + (column - columns / 2) * lean
    across = column - (row - rows / 2) * lean
    from_rows = np.minimum(down - edge[0], rows - 1 - edge[1] - down)
    from_columns = np.minimum(across - edge[2], columns - 1 - edge[3] - across)
    seen = np.clip(np.minimum(from_rows, from_columns) / 2 + 0.5, 0, 1)
    return np.asarray(pixels * seen + look.surround * (1 - seen), dtype=np.float32)
