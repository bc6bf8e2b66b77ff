"""Gross layouts of radiographs that are no lateral lumbar films, from chest to animal."""

import numpy as np
import numpy.typing as npt

from aac_models.phantom.canvas import Canvas, smooth_noise
from aac_models.phantom.tissue import MU_SOFT_PER_MM

Points = npt.NDArray[np.float64]


def _size(canvas: Canvas) -> tuple[float, float]:
    """Return height and width in mm."""
    return canvas.shape[0] * canvas.mm_per_px, canvas.shape[1] * canvas.mm_per_px


def _by(point: Points, dx: float, dy: float) -> Points:
    """Return the point moved by (dx, dy) mm."""
    return point + np.array([dx, dy], dtype=np.float64)


def _soft(
    canvas: Canvas, center: tuple[float, float], axes: tuple[float, float], thick_mm: float
) -> None:
    """Add an ellipsoid of soft tissue."""
    canvas.blob(canvas.other, np.array(center), axes, 0.0, MU_SOFT_PER_MM * thick_mm)


def _mottle(canvas: Canvas, rng: np.random.Generator) -> None:
    """Give all tissue a broad texture."""
    canvas.other[...] *= 1 + np.float32(0.03) * smooth_noise(rng, _size(canvas), 22, canvas.shape)


def paint_chest(canvas: Canvas, rng: np.random.Generator) -> None:
    """Frontal chest: two lungs, heart, ribs, clavicles, a midline spine."""
    high, wide = _size(canvas)
    middle = wide / 2 + rng.normal(0, 8)
    _soft(canvas, (middle, high * 0.62), (wide * 0.47, high * 0.75), 220)
    for side in (-1, 1):
        lung = (middle + side * wide * 0.2, high * 0.46)
        canvas.blob(
            canvas.other, np.array(lung), (wide * 0.145, high * 0.34), side * 0.08, -2.6, soft_mm=4
        )
        canvas.tube(
            canvas.bone,
            np.array([middle + side * 12, high * 0.17]),
            np.array([middle + side * wide * 0.38, high * 0.1]),
            bend_mm=-6.0,
            width_mm=12,
            amount=0.35,
            rim=0.2,
        )
        for k in range(9):
            top = high * (0.12 + 0.075 * k)
            start = np.array([middle + side * 14, top])
            stop = np.array([middle + side * wide * (0.3 + 0.012 * k), top + high * 0.09])
            canvas.tube(
                canvas.bone, start, stop, bend_mm=-side * 14.0, width_mm=9, amount=0.16, rim=0.12
            )
    _soft(canvas, (middle + wide * 0.06, high * 0.6), (wide * 0.16, high * 0.15), 75)
    _frontal_spine(canvas, rng, middle, (0.05, 0.95), 0.5)
    _mottle(canvas, rng)


def _frontal_spine(
    canvas: Canvas,
    rng: np.random.Generator,
    middle: float,
    reach: tuple[float, float],
    strength: float,
) -> None:
    """Draw a straight column of bodies with paired pedicles and spinous processes."""
    high = _size(canvas)[0]
    y, size = high * reach[0], rng.uniform(17, 21)
    while y < high * reach[1]:
        center = np.array([middle, y])
        canvas.blob(
            canvas.bone,
            center,
            (size * 1.25, size * 0.72),
            0.0,
            0.5 * strength,
            rim=0.25 * strength,
        )
        canvas.blob(canvas.bone, _by(center, 0, 3), (3.5, 7), 0.0, 0.4 * strength)
        for side in (-1, 1):
            pedicle = _by(center, side * size * 0.75, -2)
            canvas.blob(canvas.bone, pedicle, (4, 6), 0.0, 0.2 * strength, rim=0.3 * strength)
            tip = _by(center, side * size * 2.1, rng.normal(-2, 1))
            canvas.tube(canvas.bone, center, tip, bend_mm=1.0, width_mm=6, amount=0.2 * strength)
        y += size * 1.75
        size *= 1.03


def paint_frontal_lumbar(canvas: Canvas, rng: np.random.Generator) -> None:
    """Frontal abdomen: midline spine, iliac wings on both sides, ribs, bowel gas."""
    high, wide = _size(canvas)
    middle = wide / 2 + rng.normal(0, 8)
    _soft(canvas, (middle, high / 2), (wide * 0.55, high * 0.9), 230)
    _frontal_spine(canvas, rng, middle, (0.03, 0.75), 1.0)
    for side in (-1, 1):
        wing = np.array([middle + side * wide * 0.25, high * 0.85])
        canvas.blob(
            canvas.bone, wing, (wide * 0.17, high * 0.17), side * 0.7, 0.35, rim=0.3, rim_mm=3
        )
        for k in range(2):
            start = np.array([middle + side * 20, high * (0.06 + 0.1 * k)])
            stop = _by(start, side * wide * 0.3, high * 0.16)
            canvas.tube(
                canvas.bone, start, stop, bend_mm=-side * 10.0, width_mm=10, amount=0.15, rim=0.12
            )
    for _ in range(int(rng.integers(4, 12))):
        at = np.array([middle + rng.normal(0, wide * 0.2), high * rng.uniform(0.25, 0.8)])
        canvas.blob(
            canvas.other,
            at,
            (rng.uniform(8, 22), rng.uniform(7, 14)),
            float(rng.uniform(0, 3)),
            -0.35,
            soft_mm=3,
        )
    _mottle(canvas, rng)


def paint_hand(canvas: Canvas, rng: np.random.Generator) -> None:
    """Hand: five rays of tubular bones, carpals, a thin soft outline on air."""
    high, wide = _size(canvas)
    wrist = np.array([wide / 2, high * 0.72])
    _soft(canvas, (wrist[0], high * 0.62), (wide * 0.27, high * 0.18), 45)
    _soft(canvas, (wrist[0], high * 0.95), (wide * 0.17, high * 0.3), 50)
    for k in range(9):
        at = _by(wrist, rng.normal(0, wide * 0.09), rng.normal(0, high * 0.025))
        canvas.blob(canvas.bone, at, (8, 7), float(k), 0.5, rim=0.3)
    for k in range(5):
        angle = -np.pi / 2 + (k - 2) * 0.2 - (0.45 if k == 0 else 0)
        start, length = wrist + np.array([(k - 2) * wide * 0.07, -14.0]), high * 0.2
        for part in range(3 if k == 0 else 4):
            stop = start + length * np.array([np.cos(angle), np.sin(angle)])
            canvas.tube(canvas.other, start, stop, bend_mm=0, width_mm=wide * 0.09, amount=0.35)
            canvas.tube(
                canvas.bone, start, stop, bend_mm=0, width_mm=9 - 1.4 * part, amount=0.4, rim=0.35
            )
            for end in (start, stop):
                canvas.blob(canvas.bone, end, (6.5 - part, 6.0 - part), 0.0, 0.3)
            start, length = stop + (stop - start) / length * 2.5, length * 0.62
    for side in (-1, 1):
        base = _by(wrist, side * wide * 0.07, high * 0.03)
        canvas.tube(
            canvas.bone, base, _by(base, 0, high * 0.4), bend_mm=0, width_mm=15, amount=0.5, rim=0.4
        )


def paint_skull(canvas: Canvas, rng: np.random.Generator) -> None:
    """Lateral skull: a vault with a bright rim, face, teeth and a little neck."""
    high, wide = _size(canvas)
    at = np.array([wide * 0.5, high * 0.42])
    axes = (wide * 0.4, high * 0.34)
    canvas.blob(canvas.other, at, axes, 0.1, 3.2)
    canvas.blob(canvas.bone, at, axes, 0.1, 0.3, rim=1.2, rim_mm=4)
    face = _by(at, wide * 0.27, high * 0.28)
    _soft(canvas, (float(face[0]), float(face[1])), (wide * 0.17, high * 0.22), 110)
    for _ in range(8):
        spot = face + rng.normal(0, 14, 2) - [10, 18]
        canvas.blob(
            canvas.bone,
            spot,
            (rng.uniform(6, 18), rng.uniform(5, 12)),
            float(rng.uniform(0, 3)),
            float(rng.uniform(-0.3, 0.4)),
            rim=0.3,
        )
    for row in (0, 12):
        for k in range(8):
            canvas.blob(canvas.bone, _by(face, -14 + 6 * k, 22 + row), (2.8, 5), 0.0, 0.9)
    neck = _by(at, -wide * 0.02, high * 0.34)
    _soft(canvas, (float(neck[0]), float(neck[1]) + 30), (wide * 0.16, high * 0.24), 120)
    for k in range(4):
        canvas.blob(canvas.bone, _by(neck, k * 1.5, 8 + 17 * k), (9, 6.5), 0.1, 0.5, rim=0.3)


def paint_slice(canvas: Canvas, rng: np.random.Generator) -> None:
    """Axial CT slice: a sharp oval body on black, one vertebra, organs and the aorta's ring."""
    high, wide = _size(canvas)
    middle = np.array([wide / 2, high / 2])
    canvas.blob(canvas.other, middle, (wide * 0.42, high * 0.36), 0.0, 2.0, rim=-0.5, rim_mm=14)
    canvas.other[canvas.other > 0] = 2.0 + 0.15 * canvas.other[canvas.other > 0]
    vertebra = _by(middle, 0, high * 0.13)
    canvas.blob(canvas.bone, vertebra, (22, 16), 0.0, 0.8, rim=0.8)
    canvas.blob(canvas.bone, _by(vertebra, 0, 30), (5, 16), 0.0, 0.9)
    for side in (-1, 1):
        canvas.blob(canvas.bone, _by(vertebra, side * 26, 20), (18, 5), side * 0.3, 0.8)
        canvas.blob(canvas.other, _by(middle, side * 62, 20), (20, 30), side * 0.4, 0.35)
    canvas.blob(canvas.other, _by(middle, -65, -25), (55, 42), 0.4, 0.3)
    canvas.blob(canvas.other, _by(vertebra, -4, -27), (10, 10), 0.0, 0.3, rim=0.8)
    for _ in range(12):
        spot = _by(middle, rng.normal(20, 45), rng.normal(-35, 20))
        canvas.blob(
            canvas.other,
            spot,
            (rng.uniform(6, 15), rng.uniform(6, 12)),
            0.0,
            float(rng.choice([-1.2, 0.3])),
        )


def paint_animal(canvas: Canvas, rng: np.random.Generator) -> None:
    """Lateral four-legged animal: a horizontal spine of many small bodies, thorax and limbs."""
    high, wide = _size(canvas)
    back = high * 0.34
    _soft(canvas, (wide / 2, high * 0.52), (wide * 0.6, high * 0.27), 130)
    canvas.blob(
        canvas.other,
        np.array([wide * 0.26, high * 0.5]),
        (wide * 0.18, high * 0.16),
        0.2,
        -1.1,
        soft_mm=4,
    )
    count, arch = int(rng.integers(18, 26)), rng.uniform(-14, 14)
    step = wide / count
    for k in range(count):
        t = k / count
        center = np.array([(k + 0.5) * step, back + arch * 4 * t * (1 - t)])
        canvas.blob(canvas.bone, center, (step * 0.43, step * 0.3), 0.0, 0.6, rim=0.3)
        canvas.blob(canvas.bone, _by(center, 2, -step * 0.85), (step * 0.14, step * 0.5), 0.3, 0.5)
        if t < 1 / 2:
            tip = _by(center, step * 1.8, high * 0.3)
            canvas.tube(canvas.bone, center, tip, bend_mm=9.0, width_mm=4.5, amount=0.25, rim=0.1)
    for x in (0.12, 0.16, 0.84, 0.88):
        start = np.array([wide * x, high * 0.55])
        _soft(canvas, (float(start[0]), high * 0.75), (wide * 0.05, high * 0.22), 60)
        canvas.tube(
            canvas.bone,
            start,
            _by(start, rng.normal(0, 12), high * 0.38),
            bend_mm=4.0,
            width_mm=11,
            amount=0.5,
            rim=0.4,
        )
    _mottle(canvas, rng)


def paint_limb(canvas: Canvas, rng: np.random.Generator) -> None:
    """Limb: two long bones that meet in a joint, in a thin soft sleeve on air."""
    high, wide = _size(canvas)
    joint = np.array([wide / 2 + rng.normal(0, 10), high * rng.uniform(0.4, 0.6)])
    for end in (-1, 1):
        tip = _by(joint, rng.normal(0, wide * 0.2), end * high * 0.7)
        for target, width, amount, rim in (
            (canvas.other, wide * 0.45, 1.6, 0.0),
            (canvas.bone, wide * 0.15, 0.7, 0.6),
        ):
            canvas.tube(target, joint, tip, bend_mm=4.0, width_mm=width, amount=amount, rim=rim)
        knob = _by(joint, 0, end * wide * 0.1)
        canvas.blob(canvas.bone, knob, (wide * 0.13, wide * 0.09), 0.0, 0.6, rim=0.3)
    canvas.blob(canvas.other, joint, (wide * 0.26, wide * 0.26), 0.0, 1.0)
