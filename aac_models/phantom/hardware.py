"""Metal: screws and rods, a caval filter, clips, and the lead letter of the side."""

from typing import Final

import numpy as np
import numpy.typing as npt

from aac_models.phantom.canvas import Canvas, Map, spread

Points = npt.NDArray[np.float64]

_GLYPHS: Final = {
    "L": ("10000", "10000", "10000", "10000", "10000", "10000", "11111"),
    "R": ("11110", "10001", "10001", "11110", "10100", "10010", "10001"),
}


def draw_fusion(canvas: Canvas, place: Points, first: int, count: int) -> None:
    """Draw pedicle screws through some bodies and two rods behind them.

    Parameters
    ----------
    canvas
        The sheet; its metal map is added to.
    place
        Corners of the vertebrae on the film, (vertebrae, 4, (x, y)) in mm.
    first, count
        Which vertebrae are fused.
    """
    heads = []
    for k in range(first, first + count):
        front, back, top, bottom = place[k][0], place[k][1], place[k][1], place[k][3]
        forward = (front - back) / np.hypot(*(front - back))
        depth = float(np.hypot(*(front - back)))
        entry = top + 0.27 * (bottom - top) - forward * 0.45 * depth
        for shift in (0.0, 2.6):
            start = entry + np.array([0.4 * shift, shift])
            canvas.tube(
                canvas.metal,
                start,
                start + forward * depth * 1.18,
                bend_mm=0.0,
                width_mm=6.0,
                amount=2.2,
                rim=0.8,
            )
            canvas.blob(canvas.metal, start - forward * 4, (7.5, 6.5), 0.0, 2.6)
            heads.append(start - forward * 5)
    for side in (0, 1):
        for start, stop in zip(heads[side::2][:-1], heads[side::2][1:], strict=True):
            canvas.tube(canvas.metal, start, stop, bend_mm=0.0, width_mm=5.5, amount=2.4)


def draw_filter(canvas: Canvas, at: Points) -> None:
    """Draw a caval filter: a small cone of wires."""
    for turn in (-0.36, -0.18, 0.0, 0.2, 0.36):
        tip = at + 38 * np.array([np.sin(turn), np.cos(turn)])
        canvas.tube(canvas.metal, at, tip, bend_mm=2.0 * turn, width_mm=0.9, amount=0.5)


def draw_clips(canvas: Canvas, at: Points, rng: np.random.Generator) -> None:
    """Draw a few surgical clips."""
    for _ in range(int(rng.integers(2, 7))):
        start = at + rng.normal(0, 9, 2)
        angle = rng.uniform(0, np.pi)
        stop = start + rng.uniform(4, 7) * np.array([np.cos(angle), np.sin(angle)])
        canvas.tube(canvas.metal, start, stop, bend_mm=0.4, width_mm=1.2, amount=1.3)


def draw_marker(
    canvas: Canvas, letter: str, at: Points, height_mm: float, *, is_mirrored: bool
) -> None:
    """Draw the lead letter of the side, upright as displayed.

    Parameters
    ----------
    canvas
        The sheet; its metal map is added to.
    letter
        ``"L"`` or ``"R"``.
    at
        Upper left corner, (x, y) in mm.
    height_mm
        Height of the letter.
    is_mirrored
        Whether the sheet will be mirrored for display.
    """
    glyph = np.array([[float(dot) for dot in row] for row in _GLYPHS[letter]], dtype=np.float32)
    glyph = np.pad(glyph[:, ::-1] if is_mirrored else glyph, 1)
    rows = int(height_mm / canvas.mm_per_px)
    shape = (rows, int(rows * 0.75))
    r, c = (int(v / canvas.mm_per_px) for v in (at[1], at[0]))
    if min(r, c) < 0 or r + shape[0] > canvas.shape[0] or c + shape[1] > canvas.shape[1]:
        return
    dots: Map = np.clip(spread(glyph, shape) * 3 - 1, 0, 1)
    canvas.metal[r : r + shape[0], c : c + shape[1]] += 3.0 * dots
