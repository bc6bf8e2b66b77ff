"""Chance alterations of films: look, place, and films that are none."""

from typing import Final

import numpy as np
import numpy.typing as npt
import torch
from scipy import ndimage
from torch.nn import functional

Image = npt.NDArray[np.float32]
_IDENTITY: Final = np.eye(3)


def photometric(pixels: Image, rng: np.random.Generator, strength: float = 1.0) -> Image:
    """Alter exposure, latitude, sharpness and noise as another machine would.

    Parameters
    ----------
    pixels
        Film or strip in [0, 1].
    rng
        Source of chance.
    strength
        0 to 1, for a gentle start.
    """
    # Single precision throughout: half of the time of a step would go here otherwise.
    gamma = np.float32(np.exp(rng.normal(0, 0.35 * strength)))
    out = np.power(np.clip(pixels, 0, 1).astype(np.float32), gamma)
    slope = np.float32(np.exp(rng.normal(0, 0.3 * strength)))
    middle = np.float32(out.mean())
    out = (out - middle) * slope + middle + np.float32(rng.normal(0, 0.05 * strength))
    gain = np.float32(rng.uniform(-0.7, 2.2) * strength)
    out += gain * (out - ndimage.gaussian_filter(out, rng.uniform(0.8, 2.5), truncate=3.0))
    if rng.random() < 0.5:  # noqa: PLR2004 - half of them
        noise = rng.standard_normal(out.shape, dtype=np.float32)
        if rng.random() < 0.5:  # noqa: PLR2004 - half of these coarse, as of a plate's grain
            noise = ndimage.gaussian_filter(noise, rng.uniform(0.3, 2.0), truncate=3.0)
            noise /= max(float(noise.std()), 1e-3)
        out += noise * np.float32(rng.uniform(0, 0.08) * strength)
    return np.asarray(np.clip(out, 0, 1), dtype=np.float32)


def affine(
    shape: tuple[int, int],
    rng: np.random.Generator,
    *,
    rotation_deg: float,
    scale: float,
    shift: tuple[float, float],
    flip: bool,
) -> npt.NDArray[np.float64]:
    """Draw a matrix (3, 3) on (row, column, 1) that moves an image about its middle.

    Parameters
    ----------
    shape
        Rows and columns of the image.
    rng
        Source of chance.
    rotation_deg, scale
        Standard deviation of the turn and of the logarithm of the size.
    shift
        Largest shift down and across as a share of the image.
    flip
        Mirror half of the images.
    """
    angle = np.deg2rad(rng.normal(0, rotation_deg))
    size = np.exp(rng.normal(0, scale))
    mirror = -1.0 if flip and rng.random() < 0.5 else 1.0  # noqa: PLR2004 - half of them
    cosine, sine = np.cos(angle) * size, np.sin(angle) * size
    turn = np.array([[cosine, sine * mirror], [-sine, cosine * mirror]])
    middle = (np.asarray(shape, dtype=np.float64) - 1) / 2
    moved = rng.uniform(-1, 1, 2) * shift * np.asarray(shape)
    matrix = _IDENTITY.copy()
    matrix[:2, :2] = turn
    matrix[:2, 2] = middle + moved - turn @ middle
    return matrix


def warp(pixels: Image, matrix: npt.NDArray[np.float64], rows: int, columns: int) -> Image:
    """Carry an image by a matrix onto a canvas of (rows, columns); black outside."""
    back = np.linalg.inv(matrix)
    height, width = pixels.shape
    # To the coordinates of grid_sample: (x, y), -1 to 1 between the outermost pixel centers.
    out = _normal(rows, columns)
    into = np.linalg.inv(_normal(height, width))
    theta = (into @ back @ out)[[1, 0]][:, [1, 0, 2]]
    grid = functional.affine_grid(
        torch.from_numpy(theta[None]).float(), [1, 1, rows, columns], align_corners=True
    )
    source = torch.from_numpy(np.ascontiguousarray(pixels))[None, None]
    moved = functional.grid_sample(source, grid, mode="bilinear", align_corners=True)
    return np.asarray(moved[0, 0].numpy(), dtype=np.float32)


def _normal(rows: int, columns: int) -> npt.NDArray[np.float64]:
    """Matrix from (-1 to 1) coordinates to pixels."""
    row, column = (rows - 1) / 2, (columns - 1) / 2
    return np.array([[row, 0, row], [0, column, column], [0, 0, 1.0]])


def carry(points: npt.NDArray[np.float32], matrix: npt.NDArray[np.float64]) -> Image:
    """Move points (..., (row, column)) by a matrix."""
    return np.asarray(points @ matrix[:2, :2].T + matrix[:2, 2], dtype=np.float32)


def collimate(pixels: Image, rng: np.random.Generator) -> tuple[Image, npt.NDArray[np.float64]]:
    """Cover the borders as a collimator does.

    Returns
    -------
    The image and what stays open: (2 row/column, first and last pixel).
    """
    rows, columns = pixels.shape
    shares = np.abs(rng.normal(0, (0.06, 0.06, 0.1, 0.1)))
    first_row, last_row = shares[0] * rows, (1 - shares[1]) * rows
    first_column, last_column = shares[2] * columns, (1 - shares[3]) * columns
    out = np.full_like(pixels, 0.0 if rng.random() < 0.8 else rng.uniform(0, 1))  # noqa: PLR2004
    window = (
        slice(int(first_row), int(np.ceil(last_row))),
        slice(int(first_column), int(np.ceil(last_column))),
    )
    out[window] = pixels[window]
    return out, np.array([[first_row, last_row], [first_column, last_column]])


def erase(pixels: Image, rng: np.random.Generator) -> Image:
    """Cover up to three small rectangles with one gray: metal, markers, overlays."""
    out = pixels.copy()
    for _ in range(rng.integers(0, 4)):
        size = (rng.uniform(0.02, 0.14, 2) * pixels.shape).astype(int) + 1
        top = rng.integers(0, pixels.shape[0] - size[0])
        left = rng.integers(0, pixels.shape[1] - size[1])
        out[top : top + size[0], left : left + size[1]] = rng.uniform(0, 1)
    return out


def no_film(side: int, rng: np.random.Generator, film: Image | None = None) -> Image:
    """Draw a square image that is no lateral lumbar film: texture, shapes, or a turned film."""
    kind = rng.integers(0, 5)
    if kind <= 1 and film is not None:
        # Most upside down: that one still shows every vertebra in a row.
        return np.ascontiguousarray(np.rot90(film, int(rng.choice([1, 2, 2, 2, 3]))))
    if kind == 2:  # noqa: PLR2004 - kinds in order
        return _ellipses(side, rng)
    coarse = rng.random((int(rng.integers(2, 64)),) * 2)
    texture = ndimage.zoom(coarse, side / len(coarse), order=1)[:side, :side]
    texture = np.pad(texture, [(0, side - n) for n in texture.shape], mode="edge")
    ramp = np.linspace(0, rng.uniform(-1, 1), side)
    mixed = texture * rng.uniform(0, 1) + ramp[:, None] + rng.normal(0, 0.05, (side, side))
    spread = max(float(np.ptp(mixed)), 1e-3)
    return np.asarray((mixed - mixed.min()) / spread, dtype=np.float32)


def _ellipses(side: int, rng: np.random.Generator) -> Image:
    """Draw a body section of nested ellipses, as of a cross-sectional scan or another region."""
    row, column = np.mgrid[:side, :side] / side - 0.5
    out = np.zeros((side, side))
    for size in np.sort(rng.uniform(0.04, 0.55, rng.integers(2, 25)))[::-1]:
        center = rng.uniform(-0.4, 0.4, 2) * (0.5 - size / 2)
        shape = rng.uniform(0.4, 1.0, 2) * size
        within = ((row - center[0]) / shape[0]) ** 2 + ((column - center[1]) / shape[1]) ** 2 < 1
        out[within] = rng.uniform(0, 1)
    return np.asarray(ndimage.gaussian_filter(out, rng.uniform(0.3, 2)), dtype=np.float32)
