"""Bones of these films: rounded outlines with bright edges, painted one over the other."""

import numpy as np
from scipy import ndimage

from benchmarks.other_origin.looks import Look
from benchmarks.other_origin.patient import COUNT, L5, T12, Spine
from benchmarks.other_origin.sheet import Floats, Paint, Sheet, ellipse, rounded


def draw_bones(sheet: Sheet, spine: Spine, look: Look, rng: np.random.Generator) -> None:
    """Draw ribs, vertebrae, sacrum and pelvis; what a look sets to 0 is left out."""
    if look.ribs:
        _ribs(sheet, spine, look, rng)
    for k in range(COUNT - 1, 0, -1):
        _behind(sheet, spine, k, look, rng)
    grain = _grain(rng, look.grain, sheet.mm_per_px) if look.grain else None
    for k in range(COUNT - 1, 0, -1):
        _body(sheet, spine, k, look, rng, grain)
    if rng.random() < 0.5:
        _sacrum_of_blocks(sheet, spine, look)
    else:
        _sacrum_of_one_piece(sheet, spine, look)
    if look.pelvis:
        _pelvis(sheet, spine, look, rng)


def _grain(rng: np.random.Generator, amount: float, mm_per_px: float) -> Floats:
    """Trabeculae, mostly upright."""
    size = (256, 256)
    upright = ndimage.gaussian_filter(rng.standard_normal(size), (1.4 / mm_per_px, 0.4 / mm_per_px))
    across = ndimage.gaussian_filter(rng.standard_normal(size), (0.4 / mm_per_px, 1.0 / mm_per_px))
    return np.asarray(amount * (upright / upright.std() + 0.6 * across / across.std()))


def _edge(start: Floats, stop: Floats, toward: Floats, bow_mm: float) -> Floats:
    """Fourteen points of an edge that bends inward."""
    at = np.linspace(0, 1, 14)[:, None]
    along = stop - start
    normal = np.array([-along[1], along[0]]) / max(float(np.hypot(*along)), 1e-9)
    if normal @ (toward - (start + stop) / 2) < 0:
        normal = -normal
    return np.asarray(start + along * at + normal * bow_mm * np.sin(np.pi * at))


def _body(
    sheet: Sheet, spine: Spine, k: int, look: Look, rng: np.random.Generator, grain: Floats | None
) -> None:
    upper_front, upper_back, lower_front, lower_back = spine.corners[k]
    unit, middle = spine.unit_mm, spine.corners[k].mean(axis=0)
    spurs = spine.forward[k] * (rng.random(2) < 0.25)[:, None]
    spurs = spurs * rng.uniform(0.03, 0.1, (2, 1)) * unit
    upper_front, lower_front = upper_front + spurs[0], lower_front + spurs[1]
    waist, cave = rng.uniform(0.02, 0.06) * unit, rng.uniform(0.01, 0.05) * unit
    top = _edge(upper_back, upper_front, middle, cave)
    bottom = _edge(lower_front, lower_back, middle, cave)
    front = _edge(upper_front, lower_front, middle, waist)
    back = _edge(lower_back, upper_back, middle, waist * 0.8)
    outline = np.concatenate([top[:-1], front[:-1], bottom[:-1], back[:-1]])
    sheet.fill(outline, Paint(look.body, look.rim, look.rim_mm * rng.uniform(0.8, 1.3)), grain)
    for plate, away in ((top, 1.0), (bottom, -1.0)):
        sheet.ribbon(plate + spine.up[k] * 0.3 * away, 0.5, Paint(look.plate))
        sheet.ribbon(plate - spine.up[k] * 0.9 * away, 0.4, Paint(look.plate * 0.6))


def _behind(sheet: Sheet, spine: Spine, k: int, look: Look, rng: np.random.Generator) -> None:
    """Pedicles, joints and the spinous process."""
    unit, up, forward, tall = spine.unit_mm, spine.up[k], spine.forward[k], spine.heights[k]
    back = spine.middles[k] - forward * spine.depths[k] / 2
    turn = float(np.arctan2(forward[1], forward[0]))
    value = look.behind
    for side in range(2):
        at = back - forward * unit * 0.13 + up * tall * (0.22 + 0.03 * side)
        half = (unit * 0.2, unit * 0.15)
        sheet.fill(ellipse(at, half, turn), Paint(value * 0.5, value * 0.7, 1.2, 0.4))
    for lean, rise in ((0.25, 0.45), (-0.25, -0.5)):
        at = back - forward * unit * rng.uniform(0.38, 0.5) + up * tall * rise
        half = (unit * 0.11, unit * 0.28)
        sheet.fill(ellipse(at, half, turn + lean), Paint(value * 0.7, value * 0.7, 1.2, 0.5))
    root = back - forward * unit * 0.55 - up * tall * 0.05
    tip = root - (forward + up * rng.uniform(0.15, 0.5)) * unit * rng.uniform(0.5, 0.9)
    waist = (root + tip) / 2
    lift = up * tall
    points = np.stack(
        [root + lift * 0.16, waist + lift * 0.12, tip + lift * 0.14,
         tip - lift * 0.22, waist - lift * 0.2, root - lift * 0.2]
    )  # fmt: skip
    sheet.fill(rounded(points), Paint(value * 0.9, value * 0.6, 1.4, 0.7))


def _sacrum_of_blocks(sheet: Sheet, spine: Spine, look: Look) -> None:
    """Four tapering blocks."""
    middle = spine.middles[0]
    turn = float(np.arctan2(spine.up[0, 0], -spine.up[0, 1]))
    deep, tall = spine.depths[0], spine.heights[0]
    paint = Paint(look.body * 0.8 * look.sacrum, look.rim * 0.8 * look.sacrum, look.rim_mm, 0.4)
    for _ in range(4):
        up, forward = _axes(turn)
        high, wide = up * tall / 2, forward * deep / 2
        sheet.fill(
            np.stack([middle + wide + high, middle - wide + high,
                      middle - wide * 0.84 - high, middle + wide * 0.84 - high]),
            paint,
        )  # fmt: skip
        turn += 0.16
        middle = middle - up * (tall / 2 + 1) - _axes(turn)[0] * tall * 0.42 - forward * deep * 0.06
        deep, tall = deep * 0.78, tall * 0.85


def _axes(turn: float) -> tuple[Floats, Floats]:
    return np.array([np.sin(turn), -np.cos(turn)]), np.array([np.cos(turn), np.sin(turn)])


def _sacrum_of_one_piece(sheet: Sheet, spine: Spine, look: Look) -> None:
    """One curved wedge with a bright upper endplate."""
    front, back = [spine.corners[0, 0]], [spine.corners[0, 1]]
    middle, deep = (front[0] + back[0]) / 2, float(np.hypot(*(front[0] - back[0])))
    turn = float(np.arctan2(spine.up[0, 0], -spine.up[0, 1]))
    for _ in range(24):
        turn, deep = turn + 0.035, deep * 0.945
        up, forward = _axes(turn)
        middle = middle - (up * 0.115 + forward * 0.012) * spine.unit_mm
        front.append(middle + forward * deep / 2)
        back.append(middle - forward * deep / 2)
    paint = Paint(look.body * 0.6 * look.sacrum, look.rim * 0.4 * look.sacrum, look.rim_mm, 0.7)
    sheet.fill(np.array(front + back[::-1]), paint)
    sheet.ribbon(np.linspace(front[0], back[0], 10), 0.6, Paint(look.plate * look.sacrum))


def _pelvis(sheet: Sheet, spine: Spine, look: Look, rng: np.random.Generator) -> None:
    """Both iliac wings and femoral heads, slightly apart."""
    unit = spine.unit_mm
    crest = spine.middles[L5, 1] - unit * rng.uniform(*look.crest)
    across = spine.middles[0, 0] + unit * rng.uniform(-0.3, 0.45)
    for _ in range(2):
        top = crest + rng.normal(0, 0.12) * unit
        half = (unit * rng.uniform(1.5, 2.0), unit * rng.uniform(2.2, 3.0))
        ragged = rng.normal(0, 0.025, (4, 2)) / np.arange(2, 6)[:, None]
        wing = ellipse((across, top + half[1]), half, rng.uniform(-0.25, 0.1), ragged)
        sheet.fill(wing, Paint(0.09 * look.pelvis, 0.14 * look.pelvis, 2.2, 0.6))
        hip = (across + unit * 0.9, top + half[1] * 1.25)
        head = ellipse(hip, (unit * 0.62, unit * 0.62), 0.0)
        sheet.fill(head, Paint(0.12 * look.pelvis, 0.08 * look.pelvis, 1.5, 0.8))


def _ribs(sheet: Sheet, spine: Spine, look: Look, rng: np.random.Generator) -> None:
    """Ribs of both sides, T12 and above: a band with two bright margins."""
    unit, at = spine.unit_mm, np.linspace(0, 1, 40)
    for k in range(T12, COUNT):
        for side in range(2):
            long = unit * (rng.uniform(1.2, 2.2) if k == T12 else rng.uniform(2.6, 4))
            bow = -0.56 * unit * np.sin(np.pi * np.clip(at * 1.3, 0, 1))
            fall = unit * (rng.uniform(0.7, 1.6) * at + rng.uniform(0.1, 0.6) * at**2)
            line = np.stack([bow + long * at**1.5, fall + side * rng.uniform(2, 9)], axis=1)
            line = line + spine.middles[k] - spine.forward[k] * unit * 0.5
            half = rng.uniform(2.8, 4.2)
            sheet.ribbon(line, half, Paint(0.07 * look.ribs, soft_mm=0.5))
            for edge in (-half, half):
                sheet.ribbon(line + np.array([0, edge]), 0.5, Paint(0.07 * look.ribs))
