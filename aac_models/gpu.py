"""Films prepared on a GPU: the steps of ``normalise`` and ``strip``, on tensors, for many films.

Every input of a network has one size, so films of any size share a batch; a batch is always
filled up to ``BATCH``, so that the same kernels run whatever the company. The code knows no
CUDA: on a CPU it gives what the film-by-film path gives, within the limits that its test states.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Final, TypeVar

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional as nnf

from aac_models import normalise
from aac_models.normalise import Placement

Answer = TypeVar("Answer")

BATCH: Final = 16
_LOW_PASS_FROM: Final = 1.2  # film pixels a strip pixel, as in strip.sample


@contextmanager
def inference(device: str) -> Iterator[None]:
    """Ask networks: no gradients; on a GPU half precision and the same kernels on every run."""
    with ExitStack() as settings:
        settings.enter_context(torch.inference_mode())
        if device.startswith("cuda"):
            settings.enter_context(torch.autocast("cuda", torch.float16))
            settings.enter_context(
                torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True)
            )
        yield


def send(films: Sequence[npt.NDArray[np.float32]], device: str) -> list[Tensor]:
    """Copy films (rows, columns) to the device, all under way at once from pinned memory."""
    sent = []
    for film in films:
        tensor = torch.from_numpy(np.ascontiguousarray(film))
        if device.startswith("cuda"):
            tensor = tensor.pin_memory()
        sent.append(tensor.to(device, non_blocking=True))
    return sent


def in_batches(ask: Callable[[Tensor], Answer], inputs: Tensor) -> Iterator[tuple[Answer, int]]:
    """Ask for ``BATCH`` inputs at a time and tell how many of the answers count."""
    for start in range(0, len(inputs), BATCH):
        part = inputs[start : start + BATCH]
        missing = BATCH - len(part)
        filled = torch.cat([part, part.new_zeros((missing, *part.shape[1:]))]) if missing else part
        yield ask(filled.contiguous(memory_format=torch.channels_last)), len(part)


def working_film(film: Tensor) -> tuple[Tensor, Placement]:
    """As ``normalise.working_film``, for a film (rows, columns) on the device."""
    factor = min(1.0, normalise.WORKING_PX / max(film.shape))
    small = _resize(film, [max(1, round(side * factor)) for side in film.shape])
    placement = Placement((small.shape[0] / film.shape[0], small.shape[1] / film.shape[1]))
    step = max(1, int(np.sqrt(small.numel() / 100_000)))
    limits = torch.tensor((0.002, 0.998), device=film.device)
    low, high = torch.quantile(small[::step, ::step].flatten(), limits)
    spread = (high - low).clamp(min=1e-3)
    return ((small - low) / spread).clamp(0, 1), placement


def letterbox(film: Tensor, rows: int, columns: int) -> tuple[Tensor, Placement]:
    """As ``normalise.letterbox``."""
    placement, size = normalise.letterbox_placement((film.shape[0], film.shape[1]), rows, columns)
    top, left = (int(side) for side in placement.offset)
    canvas = film.new_zeros((rows, columns))
    canvas[top : top + size[0], left : left + size[1]] = _resize(film, list(size))
    return canvas, placement


def localizer_input(canvases: Tensor) -> Tensor:
    """(films, rows, columns) to (films, 2, rows, columns), as ``normalise.localizer_input``."""
    contrast = _local_contrast(canvases, normalise.LEAST_OF_BONES)
    return torch.stack([canvases * 2 - 1, contrast], dim=1)


def film_input(canvases: Tensor) -> Tensor:
    """(films, rows, columns) to (films, 2, rows, columns), as ``normalise.film_input``."""
    return torch.stack([_local_contrast(canvases), _brightness(canvases)], dim=1)


def strip_input(strips: Tensor, inside: Tensor) -> Tensor:
    """(films, rows, columns) to (films, 3, rows, columns), as ``normalise.strip_input``."""
    return torch.stack([_local_contrast(strips), _brightness(strips), inside.float()], dim=1)


def sample(film: Tensor, points: npt.NDArray[np.float32]) -> tuple[Tensor, Tensor]:
    """As ``strip.sample``: the strip and a mask of its points on the film."""
    step = float(np.median(np.linalg.norm(np.diff(points, axis=1), axis=-1)))
    if step > _LOW_PASS_FROM:
        film = _low_pass(film, 0.45 * float(np.sqrt(step**2 - 1)))
    limit = torch.tensor(film.shape, device=film.device) - 1
    placed = torch.from_numpy(points).to(film.device)
    inside = ((placed >= 0) & (placed <= limit)).all(-1)
    grid = (2 * placed / limit.clamp(min=1) - 1).flip(-1)  # (column, row) in -1 to 1
    values = nnf.grid_sample(film[None, None], grid[None], align_corners=True)[0, 0]
    return values * inside, inside


def _resize(film: Tensor, size: list[int]) -> Tensor:
    if list(film.shape) == size:
        return film
    resized = nnf.interpolate(
        film[None, None], size=size, mode="bilinear", antialias=True, align_corners=False
    )
    return resized[0, 0]


def _low_pass(film: Tensor, sigma: float) -> Tensor:
    """Blur with a Gaussian cut at four spreads, as scipy's."""
    reach = int(4 * sigma + 0.5)
    place = torch.arange(-reach, reach + 1, device=film.device, dtype=film.dtype)
    kernel = torch.exp(-0.5 * (place / sigma) ** 2)
    kernel = kernel / kernel.sum()
    padded = nnf.pad(film[None, None], (reach,) * 4, mode="replicate")
    # Half precision, in which networks are asked, has steps as large as faint calcium.
    with torch.autocast(film.device.type, enabled=False):
        along = nnf.conv2d(padded, kernel[None, None, None])
        return nnf.conv2d(along, kernel[None, None, :, None])[0, 0]


def _local_contrast(films: Tensor, least: float | None = None, radius: int = 10) -> Tensor:
    centered = films - _blur(films, radius)
    spread = _blur(centered * centered, radius).clamp(min=0).sqrt()
    normal = centered / (spread + (_least_spread(spread) if least is None else least))
    return normal.clamp(-normalise.CLIP, normalise.CLIP) / normalise.CLIP


def _least_spread(spread: Tensor) -> Tensor:
    """As ``normalise.local_contrast`` has it, (films, 1, 1)."""
    step = normalise.sampling_step(spread[0].numel())
    some = spread[:, ::step, ::step].flatten(1)
    usual = torch.where(some > normalise.FLOOR, some, torch.nan).nanmedian(1).values
    least = (normalise.OF_USUAL * usual.nan_to_num(0.0)).clamp(min=normalise.FLOOR)
    return least[:, None, None]


def _blur(films: Tensor, radius: int) -> Tensor:
    width = 2 * radius + 1
    blurred = films[:, None]
    for _ in range(2):
        for pad, window in (
            ((radius, radius, 0, 0), (1, width)),
            ((0, 0, radius, radius), (width, 1)),
        ):
            blurred = nnf.avg_pool2d(nnf.pad(blurred, pad, mode="replicate"), window, stride=1)
    return blurred[:, 0]


def _brightness(films: Tensor) -> Tensor:
    mean = films.mean((1, 2), keepdim=True)
    spread = films.std((1, 2), keepdim=True, unbiased=False) + normalise.FLOOR
    return ((films - mean) / spread / 2).clamp(-1, 1)
