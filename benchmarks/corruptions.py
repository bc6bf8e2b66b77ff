"""Ten ways in which a film can be worse than those that a network has learned from.

Rotation, crop, blur, noise, gamma, overlays, inversion and 8 bits are done to the film; a low dose
and screws are drawn anew by the phantom, since neither can be had from the finished pixels.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage

from aac_models.anatomy import Anatomy
from aac_models.phantom.cohort import FilmPlan
from aac_models.phantom.film import Phantom, draw
from aac_models.training import augment

Pixels = npt.NDArray[np.float32]

ROTATION_DEG = 15.0
CROP_SHARE = 0.08
BLUR_MM = 0.5
NOISE = 0.03
GAMMAS = (0.6, 1.6)
DOSE_SHARE = 0.25
WORDS = ("SYNTHETIC 4711", "LAT L-SPINE 80 kV", "STANDING")


def spoiled(plan: FilmPlan) -> dict[str, Phantom]:
    """Draw a film as it should be, under ``clean``, and under each corruption."""
    clean = draw(plan)
    rng = np.random.default_rng([plan.seed, 7])
    films = {"clean": clean} | {name: alter(clean, rng) for name, alter in _ALTERED.items()}
    style = replace(plan.style, photons=plan.style.photons * DOSE_SHARE)
    films["low dose"] = draw(replace(plan, style=style))
    films["screws"] = draw(replace(plan, is_fused=True))
    return films


def with_pixels(film: Phantom, pixels: npt.NDArray[np.floating]) -> Phantom:
    """Replace the pixels of a film, within 0 to 1."""
    kept = np.clip(pixels, 0, 1).astype(np.float32)
    return replace(film, radiograph=replace(film.radiograph, pixels=kept))


def moved(film: Phantom, matrix: npt.NDArray[np.float64], shape: tuple[int, int]) -> Phantom:
    """Carry a film and its landmarks by a matrix onto a sheet of another shape."""
    pixels = augment.warp(film.radiograph.pixels, matrix, *shape)
    anatomy = film.anatomy
    corners = augment.carry(anatomy.corners_px, matrix)
    return replace(with_pixels(film, pixels), anatomy=Anatomy(corners, anatomy.confidence))


def rotation(film: Phantom, rng: np.random.Generator) -> Phantom:
    shape = film.radiograph.pixels.shape
    angle = np.deg2rad(ROTATION_DEG * rng.choice([-1, 1]))
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    middle = (np.array(shape) - 1) / 2
    matrix = np.eye(3)
    matrix[:2, :2], matrix[:2, 2] = turn, middle - turn @ middle
    return moved(film, matrix, (shape[0], shape[1]))


def crop(film: Phantom, _rng: np.random.Generator) -> Phantom:
    rows, columns = (round(side * CROP_SHARE) for side in film.radiograph.pixels.shape)
    matrix = np.eye(3)
    matrix[:2, 2] = -rows, -columns
    height, width = film.radiograph.pixels.shape
    return moved(film, matrix, (height - 2 * rows, width - 2 * columns))


def blur(film: Phantom, _rng: np.random.Generator) -> Phantom:
    sigma = BLUR_MM / film.header.spacing_mm
    return with_pixels(film, ndimage.gaussian_filter(film.radiograph.pixels, sigma))


def noise(film: Phantom, rng: np.random.Generator) -> Phantom:
    pixels = film.radiograph.pixels
    return with_pixels(film, pixels + rng.normal(0, NOISE, pixels.shape))


def gamma(film: Phantom, rng: np.random.Generator) -> Phantom:
    return with_pixels(film, film.radiograph.pixels ** float(rng.choice(GAMMAS)))


def overlays(film: Phantom, rng: np.random.Generator) -> Phantom:
    """Burn lines of text in the corners, and a box and the letter of a side anywhere."""
    pixels = film.radiograph.pixels
    rows, columns = pixels.shape
    sheet = Image.fromarray((pixels * 255).astype(np.uint8))
    pen = ImageDraw.Draw(sheet)
    small, large = (ImageFont.load_default(rows * share) for share in (0.025, 0.08))
    for words, place in zip(WORDS, ((0.02, 0.02), (0.02, 0.95), (0.6, 0.02)), strict=True):
        pen.text((place[0] * columns, place[1] * rows), words, fill=255, font=small)
    at = rng.uniform(0.05, 0.85, 4) * [columns, rows, columns, rows]
    pen.text((at[0], at[1]), str(rng.choice(["L", "R"])), fill=255, font=large)
    box = (at[2], at[3], at[2] + 0.12 * columns, at[3] + 0.04 * rows)
    pen.rectangle(box, fill=int(rng.choice([0, 255])))
    return with_pixels(film, np.asarray(sheet, dtype=np.float32) / 255)


def inversion(film: Phantom, _rng: np.random.Generator) -> Phantom:
    return with_pixels(film, 1 - film.radiograph.pixels)


def eight_bit(film: Phantom, _rng: np.random.Generator) -> Phantom:
    return with_pixels(film, np.rint(film.radiograph.pixels * 255) / 255)


_ALTERED: dict[str, Callable[[Phantom, np.random.Generator], Phantom]] = {
    "rotation": rotation,
    "crop": crop,
    "blur": blur,
    "noise": noise,
    "gamma": gamma,
    "overlays": overlays,
    "inversion": inversion,
    "8 bit": eight_bit,
}
DECLARED = {
    "rotation": f"by {ROTATION_DEG:g} degrees to either side",
    "crop": f"{CROP_SHARE:.0%} of each side cut off",
    "blur": f"Gaussian, sigma {BLUR_MM:g} mm",
    "noise": f"white, SD {NOISE:g} of the gray range",
    "gamma": f"exponent {GAMMAS[0]:g} or {GAMMAS[1]:g}",
    "overlays": "three lines of text, a letter and a box burned in, the latter two anywhere",
    "inversion": "black for white, unknown to the header",
    "8 bit": "256 gray values",
    "low dose": f"{DOSE_SHARE:.0%} of the quanta, drawn anew",
    "screws": "screws and rods through three vertebrae, drawn anew",
}
