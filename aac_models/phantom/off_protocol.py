"""Images that are no lateral lumbar films: they train and test the refusal.

Each kind is a caricature with the right gross layout, not a study of anatomy: it must only be
told apart from a lateral lumbar film for reasons that also hold for real images.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import numpy as np

from aac_models.phantom import off_scenes
from aac_models.phantom.canvas import Canvas, Map, smooth_noise
from aac_models.phantom.detector import develop, expose
from aac_models.phantom.styles import CENTERS, draw_style
from aac_models.radiograph import Radiograph

Painter = Callable[[Canvas, np.random.Generator], None]

_SPACING_MM: Final = 0.7


def draw(kind: str, seed: int) -> Radiograph:
    """Draw an image that must be refused.

    Parameters
    ----------
    kind
        One of ``KINDS``.
    seed
        The same kind and seed give the same bytes.

    Returns
    -------
    The image, without spacing or facing side.

    Raises
    ------
    ValueError
        There is no such kind.
    """
    if kind not in KINDS:
        raise ValueError(f"kind must be one of {', '.join(KINDS)}, got {kind!r}")
    rng = np.random.default_rng([seed, KINDS.index(kind)])
    if kind in _FLAT:
        return Radiograph(pixels=_FLAT[kind](rng))
    painter, size = _PAINTERS[kind]
    scale = rng.uniform(0.9, 1.1, 2)
    rows, columns = (int(v * s / _SPACING_MM) for v, s in zip(size, scale, strict=True))
    canvas = Canvas((rows, columns), _SPACING_MM)
    painter(canvas, rng)
    return Radiograph(pixels=_finish(canvas, rng))


def _finish(canvas: Canvas, rng: np.random.Generator) -> Map:
    """Give the image a device's look; turn it over now and then."""
    center = str(rng.choice(CENTERS))
    style = draw_style(center, rng, randomized=bool(rng.random() < 1 / 2))
    style = replace(style, latitude=max(style.latitude, 1.1))
    attenuation = canvas.other + canvas.bone
    present = attenuation > 1  # anything but air
    reference = float(np.median(attenuation[present])) if present.any() else 1.0
    signal = expose(attenuation + canvas.metal, reference, style, canvas.mm_per_px, rng)
    whole = (slice(0, canvas.shape[0]), slice(0, canvas.shape[1]))
    gray = develop(signal, present, whole, style, canvas.mm_per_px)
    if rng.random() < 1 / 2:
        gray = gray[:, ::-1]
    return np.ascontiguousarray(np.clip(gray, 0, 1), dtype=np.float32)


def _noise(rng: np.random.Generator) -> Map:
    """Noise of a random grain, without any object."""
    shape = (int(rng.integers(300, 700)), int(rng.integers(250, 600)))
    grain = smooth_noise(rng, shape, float(rng.uniform(1, 60)), shape)
    fine = rng.standard_normal(shape, dtype=np.float32)
    return np.clip(0.5 + 0.2 * grain + np.float32(rng.uniform(0, 0.2)) * fine, 0, 1)


def _blank(rng: np.random.Generator) -> Map:
    """Return an unexposed, fully exposed or shaded plate with a trace of noise."""
    shape = (int(rng.integers(300, 700)), int(rng.integers(250, 600)))
    ramp = np.linspace(0, float(rng.uniform(-0.3, 0.3)), shape[1], dtype=np.float32)
    level = np.float32(rng.choice([0.0, 1.0, rng.uniform(0.2, 0.8)]))
    fine = rng.standard_normal(shape, dtype=np.float32) * np.float32(rng.uniform(0, 0.01))
    return np.asarray(np.clip(level + ramp + fine, 0, 1), dtype=np.float32)


_FLAT: Final[dict[str, Callable[[np.random.Generator], Map]]] = {"noise": _noise, "blank": _blank}
_PAINTERS: Final[dict[str, tuple[Painter, tuple[float, float]]]] = {
    "chest": (off_scenes.paint_chest, (420, 360)),
    "hand": (off_scenes.paint_hand, (280, 220)),
    "frontal_lumbar": (off_scenes.paint_frontal_lumbar, (410, 330)),
    "ct_slice": (off_scenes.paint_slice, (330, 380)),
    "skull": (off_scenes.paint_skull, (290, 250)),
    "animal": (off_scenes.paint_animal, (260, 400)),
    "limb": (off_scenes.paint_limb, (330, 200)),
}
KINDS: Final = (*_PAINTERS, *_FLAT)
