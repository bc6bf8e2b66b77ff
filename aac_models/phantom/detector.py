"""From attenuation to gray values: scatter, quanta, blur and the vendor's processing."""

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from aac_models.phantom.canvas import Map, smooth_noise, soften
from aac_models.phantom.styles import Style

_BRIGHTEST = 60.0  # the plate saturates this far above the signal behind the spine


def expose(
    attenuation: Map, reference: float, style: Style, mm_per_px: float, rng: np.random.Generator
) -> Map:
    """Expose the plate: Beer-Lambert, scatter, blur and quantum noise.

    Parameters
    ----------
    attenuation
        Log attenuation (rows, columns).
    reference
        Log attenuation that gets the nominal exposure.
    style, mm_per_px, rng
        The look, the spacing, and the film's source of chance.

    Returns
    -------
    Signal, 1 behind ``reference`` but for scatter, (rows, columns).
    """
    primary = np.exp(np.minimum(reference - attenuation, np.log(_BRIGHTEST)))
    wide = soften(np.minimum(primary, 6.0), 22.0 / mm_per_px)
    signal = primary + np.float32(style.scatter / (1 - style.scatter)) * wide
    sigma = style.blur_mm / mm_per_px
    if sigma > 0.25:  # noqa: PLR2004 - narrower than that changes nothing
        signal = ndimage.gaussian_filter(signal, sigma, truncate=3)
    quanta = style.photons * mm_per_px**2
    fine = rng.standard_normal(signal.shape, dtype=np.float32)
    size = (signal.shape[0] * mm_per_px, signal.shape[1] * mm_per_px)
    coarse = smooth_noise(rng, size, 0.9, signal.shape)
    noise = np.float32(1 - style.grain) * fine + np.float32(0.5 * style.grain) * coarse
    signal += noise * np.sqrt(np.maximum(signal, 1e-3) / np.float32(quanta))
    return np.asarray(np.maximum(signal, np.float32(2e-3)), dtype=np.float32)


def develop(
    signal: Map,
    inside: npt.NDArray[np.bool_],
    spine: tuple[slice, slice],
    style: Style,
    mm_per_px: float,
) -> Map:
    """Process as a vendor would: curve, broad compression, unsharp mask, window, S-curve.

    Parameters
    ----------
    signal
        From ``expose``, (rows, columns).
    inside
        Where the window may look: exposed field without metal, (rows, columns).
    spine
        Rows and columns of the region of interest.
    style, mm_per_px
        The look and the spacing.

    Returns
    -------
    Gray values in [0, 1], bright is dense, (rows, columns).
    """
    curve = -np.log(signal)
    if style.linearity < 1:
        power = (1 - signal ** np.float32(0.5)) * np.float32(1.3)
        curve = np.float32(style.linearity) * curve + np.float32(1 - style.linearity) * power
    if style.flatten > 0:
        curve -= np.float32(style.flatten) * soften(np.clip(curve, -3, 4), 14 / mm_per_px)
    if style.sharpen:
        detail = curve - soften(curve, style.sharpen_mm / mm_per_px)
        curve += np.float32(style.sharpen) * detail
    low, high = _window(curve, inside, spine, style)
    gray = (curve - np.float32(low)) / np.float32(high - low) - np.float32(style.middle)
    shaped = 1 / (1 + np.exp(np.clip(-np.float32(style.slope) * 2 * gray, -40, 40)))
    ends = [1 / (1 + np.exp(-style.slope * 2 * (v - style.middle))) for v in (-0.15, 1.15)]
    gray = np.clip((shaped - np.float32(ends[0])) / np.float32(ends[1] - ends[0]), 0, 1)
    return np.asarray(gray, dtype=np.float32)


def _window(
    curve: Map, inside: npt.NDArray[np.bool_], spine: tuple[slice, slice], style: Style
) -> tuple[float, float]:
    """Return the ends of the window from the spine's own range; metal must not steer it."""
    rows, columns = (slice(s.start, s.stop, 4) for s in spine)
    seen = curve[rows, columns][inside[rows, columns]]
    if seen.size < 50:  # noqa: PLR2004 - too few for percentiles
        seen = curve[::4, ::4].ravel()
    low, high = np.percentile(seen, (1.5, 99.5))
    middle, half = (low + high) / 2, max((high - low) / 2, 0.05) * style.latitude
    return float(middle - half), float(middle + half)
