"""Pictures of films as addresses that a figure can hold."""

import base64
import io

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter

_QUALITY = 88


def data_address(jpeg: bytes) -> str:
    """Enhance a picture for showing and give it as a data address."""
    return "data:image/jpeg;base64," + base64.b64encode(enhanced(jpeg)).decode()


def enhanced(picture: bytes) -> bytes:
    """Even out slow changes of brightness and stretch the rest, so that thin deposits are seen.

    Only for showing: models read the film as it was.
    """
    with Image.open(io.BytesIO(picture)) as read:
        pixels = np.asarray(read.convert("L"), dtype=np.float64)
    # Soft tissue and spine differ by far more than a deposit does; half of that is kept.
    flat = pixels - 0.5 * gaussian_filter(pixels, pixels.shape[0] / 16)
    low, high = np.quantile(flat, (0.01, 0.998))
    scaled = np.clip((flat - low) / max(high - low, 1e-6), 0, 1)
    out = io.BytesIO()
    Image.fromarray(np.round(scaled * 255).astype(np.uint8)).save(
        out, format="JPEG", quality=_QUALITY
    )
    return out.getvalue()
