"""What the networks are trained on: films with whatever is known of them, kept small on disk."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, TypeVar

import numpy as np
import numpy.typing as npt
from torch import nn

from aac_models import normalise, strip
from aac_models.kauppila import LEVELS, WALLS
from aac_models.localization import localize
from aac_models.networks import whole_image
from aac_models.networks.localizer import Localizer
from aac_models.radiograph import Radiograph

THUMBNAIL_PX: Final = 320  # a margin over the localizer's canvas, for augmentation
SPLITS: Final = ("train", "val")
VIEWS: Final = ("pixels", "canvas", "thumbnail")
_MARGIN: Final = 0.5  # body depths about the strip: corners are never shaken so far
Whole = TypeVar("Whole", np.uint8, np.uint16)
_NO_CORNERS: Final = np.full((6, 4, 2), np.nan, dtype=np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """One film to learn from; what is unknown is None.

    Attributes
    ----------
    radiograph
        The film.
    grades
        int8 (levels, walls), -1 where the readers could not assess; None when only a total
        is known.
    total
        0 to 24.
    corners_px, walls_px
        As in ``Anatomy``.
    calcified
        How much of each step of ``walls_px`` is calcified, 0 to 1, (walls, points - 1).
    is_lateral_lumbar
        False for a film that must be refused.
    """

    radiograph: Radiograph
    grades: npt.NDArray[np.int8] | None = None
    total: float | None = None
    corners_px: npt.NDArray[np.float32] | None = None
    walls_px: npt.NDArray[np.float32] | None = None
    calcified: npt.NDArray[np.float32] | None = None
    is_lateral_lumbar: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Film:
    """A sample as training reads it.

    ``pixels`` at working size, ``canvas`` and ``thumbnail`` letterboxed for the baseline and for
    the localizer; points in pixels of ``pixels``; ``grades`` -1, ``total`` and ``calcified`` NaN
    where unknown. Where calcium is looked for 8 bits are too few: on a film of flat processing it
    is fainter than a step of them.
    """

    pixels: npt.NDArray[np.uint16]
    canvas: npt.NDArray[np.uint16]
    thumbnail: npt.NDArray[np.uint8]
    corners: npt.NDArray[np.float32]
    walls: npt.NDArray[np.float32]
    calcified: npt.NDArray[np.float32]
    grades: npt.NDArray[np.int8]
    total: float
    is_lateral_lumbar: bool

    @property
    def has_corners(self) -> bool:
        """Whether the vertebrae are known."""
        return bool(np.isfinite(self.corners).all())

    @property
    def is_scored(self) -> bool:
        """Whether anything is known of the score."""
        return bool((self.grades >= 0).any()) or bool(np.isfinite(self.total))


def prepare(sample: Sample) -> Film:
    """Shrink a film and bring its points along."""
    stretched, placement = normalise.working_film(sample.radiograph.pixels)
    canvas, _ = normalise.letterbox(stretched, whole_image.ROWS, whole_image.COLUMNS)
    thumbnail, _ = normalise.letterbox(stretched, THUMBNAIL_PX, THUMBNAIL_PX)
    corners, walls = sample.corners_px, sample.walls_px
    traced = np.empty((2, 0, 2), np.float32) if walls is None else placement.to_canvas(walls)
    calcified = sample.calcified
    if calcified is None:
        calcified = np.full((2, max(traced.shape[1] - 1, 0)), np.nan, dtype=np.float32)
    grades = sample.grades
    if grades is None:
        grades = np.full((len(LEVELS), len(WALLS)), -1, dtype=np.int8)
    total = sample.total
    if total is None:
        total = float(grades.sum()) if (grades >= 0).all() else float("nan")
    return Film(
        pixels=_kept(stretched, np.uint16),
        canvas=_kept(canvas, np.uint16),
        thumbnail=_kept(thumbnail, np.uint8),
        corners=_NO_CORNERS if corners is None else placement.to_canvas(corners),
        walls=traced,
        calcified=calcified,
        grades=grades,
        total=total,
        is_lateral_lumbar=sample.is_lateral_lumbar,
    )


def _kept(pixels: npt.NDArray[np.float32], kind: type[Whole]) -> npt.NDArray[Whole]:
    most = np.float32(np.iinfo(kind).max)
    return np.asarray(np.clip(pixels * most + np.float32(0.5), 0, most), dtype=kind)


def as_float(pixels: npt.NDArray[np.uint8] | npt.NDArray[np.uint16]) -> npt.NDArray[np.float32]:
    """Return kept pixels in [0, 1]."""
    return np.asarray(pixels * np.float32(1 / np.iinfo(pixels.dtype).max), dtype=np.float32)


def write(film: Film, path: Path) -> None:
    """Keep a film, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    with partial.open("wb") as file:
        np.savez(
            file,
            pixels=film.pixels,
            canvas=film.canvas,
            thumbnail=film.thumbnail,
            corners=film.corners,
            walls=film.walls,
            calcified=film.calcified,
            grades=film.grades,
            total=np.float64(film.total),
            is_lateral_lumbar=np.bool_(film.is_lateral_lumbar),
        )
    partial.replace(path)


def read(path: Path) -> Film:
    """Read a kept film."""
    with np.load(path) as kept:
        return Film(
            pixels=kept["pixels"],
            canvas=kept["canvas"],
            thumbnail=kept["thumbnail"],
            corners=kept["corners"],
            walls=kept["walls"],
            calcified=kept["calcified"],
            grades=kept["grades"],
            total=float(kept["total"]),
            is_lateral_lumbar=bool(kept["is_lateral_lumbar"]),
        )


def thin(films: Sequence[Film], limit: int = 100) -> list[Film]:
    """Keep ``limit`` films, evenly spread: enough for a curve that is drawn each epoch."""
    count = min(limit, len(films))
    return [films[at * len(films) // count] for at in range(count)]


def read_all(folder: Path, views: Collection[str] = VIEWS) -> list[Film]:
    """Read the kept films of one split in the order they were numbered; see ``with_views``."""
    return [with_views(read(path), views) for path in sorted(folder.glob("*.npz"))]


def with_views(film: Film, views: Collection[str]) -> Film:
    """Keep the named ones of ``VIEWS``; the others keep their shape, not their memory.

    ``"strip"``, alone, cuts pixels and points down to what lies about the aorta; of a film without
    corners no pixels are kept.
    """
    if "strip" in views and film.has_corners:
        film, views = _about_strip(film), [*views, "pixels"]

    def kept(name: str) -> npt.NDArray[Any]:
        view: npt.NDArray[Any] = getattr(film, name)
        return view if name in views else np.broadcast_to(view.dtype.type(0), view.shape)

    return replace(film, pixels=kept("pixels"), canvas=kept("canvas"), thumbnail=kept("thumbnail"))


def _about_strip(film: Film) -> Film:
    """Cut a film down to the strip and a margin; a point keeps its place on the picture."""
    points = strip.strip_points(film.corners)
    margin = _MARGIN * strip.body_depth(film.corners)
    limit = np.array(film.pixels.shape)
    low = np.clip(np.floor(points.min((0, 1)) - margin), 0, limit - 1).astype(int)
    high = np.clip(np.ceil(points.max((0, 1)) + margin) + 1, low + 1, limit).astype(int)
    offset = low.astype(np.float32)
    return replace(
        film,
        pixels=film.pixels[low[0] : high[0], low[1] : high[1]].copy(),
        corners=film.corners - offset,
        walls=film.walls - offset,
    )


def keep_splits(samples: Iterable[tuple[str, Sample]], folder: Path) -> None:
    """Prepare and keep films under ``folder / split``, numbered in their order; kept ones stay.

    Raises
    ------
    ValueError
        A split is neither "train" nor "val".
    """
    counts = dict.fromkeys(SPLITS, 0)
    for part, sample in samples:
        if part not in counts:
            raise ValueError(f"split must be train or val, got {part!r}")
        path = folder / part / f"{counts[part]:06d}.npz"
        counts[part] += 1
        if not path.exists():
            write(prepare(sample), path)


def check(folder: Path) -> None:
    """Refuse films from which nothing can be learned.

    Raises
    ------
    ValueError
        A split has no scored film.
    """
    for part in SPLITS:
        if not any(read(path).is_scored for path in sorted((folder / part).glob("*.npz"))):
            raise ValueError(f"the {part} films must hold a score or a grade, none does")


def corners_known(folder: Path) -> tuple[bool, bool]:
    """Whether any training film has corners, and whether all scored films have."""
    with_corners = [read(path).has_corners for path in sorted(folder.glob("train/*.npz"))]
    films = (read(path) for path in sorted(folder.glob("*/*.npz")))
    scored = (film for film in films if film.is_lateral_lumbar and film.is_scored)
    return any(with_corners), all(film.has_corners for film in scored)


def fill_corners(folder: Path, network: nn.Module, device: str = "cpu") -> None:
    """Localize the scored films without corners, for the scorers; doubtful ones stay without."""
    if not isinstance(network, Localizer):
        raise TypeError(f"network must be a Localizer, got {type(network).__name__}")
    for path in sorted(folder.glob("*/*.npz")):
        film = read(path)
        if film.has_corners or not film.is_lateral_lumbar:
            continue
        found = localize(network.to(device), as_float(film.pixels), device)
        if not found.implausible:
            write(replace(film, corners=found.anatomy.corners_px), path)


def split(samples: Iterable[Sample], every: int = 5) -> Iterator[tuple[str, Sample]]:
    """Name the part of each film: every n-th goes to validation.

    For films of one patient each; where patients have several, name the parts by patient.
    """
    for index, sample in enumerate(samples):
        yield ("val" if index % every == every - 1 else "train"), sample
