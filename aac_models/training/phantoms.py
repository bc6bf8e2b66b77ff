"""Phantoms as training samples, and images that must be refused among them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from aac_models import side_by_side
from aac_models.phantom import off_protocol
from aac_models.phantom.aorta import STEPS_PER_LEVEL
from aac_models.phantom.cohort import FilmPlan, looked_at_again, plan
from aac_models.phantom.deposits import coverage
from aac_models.phantom.film import draw
from aac_models.training import data

OFF_PROTOCOL_SHARE: Final = 0.12  # images that must be refused, beside the films
_SPLIT_SEEDS: Final = {"train": 1, "val": 2}


def sample(film: FilmPlan) -> data.Sample:
    """Draw a film and take the readers' consensus as its grades."""
    phantom = draw(film)
    return data.Sample(
        radiograph=phantom.radiograph,
        grades=phantom.readers["consensus"],
        corners_px=phantom.anatomy.corners_px,
        walls_px=phantom.anatomy.walls_px,
        calcified=coverage(phantom.arcs, STEPS_PER_LEVEL),
    )


def keep(
    sizes: Mapping[str, int], seed: int, folder: Path, workers: int = 1, *, looks: int = 1
) -> None:
    """Draw and keep the films of each split under ``folder / split``; kept ones stay.

    Parameters
    ----------
    sizes
        Films a split.
    seed
        Of the cohort.
    folder
        Where they are kept.
    workers
        Processes that draw.
    looks
        How often each spine is drawn, from the second time as another machine would show it and
        with other calcium: alterations of pixels give no other scatter, grain or field, and what
        is calibrated on the films of two centers alone is too sure of itself at a third.

    Raises
    ------
    ValueError
        A split is neither "train" nor "val": test films are for testing.
    """
    unknown = set(sizes) - set(_SPLIT_SEEDS)
    if unknown:
        raise ValueError(f"sizes must name train and val, got {sorted(unknown)}")
    for split, size in sizes.items():
        _keep_off_protocol(split, round(size * OFF_PROTOCOL_SHARE), seed, folder)
    wanted = [
        (film if look == 0 else looked_at_again(film, look), _path(folder / split, index, look))
        for split in sizes
        for index, film in enumerate(plan({split: sizes[split]}, seed))
        for look in range(looks)
    ]
    missing = [(film, path) for film, path in wanted if not path.exists()]
    if workers <= 1 or not missing:
        for film, path in missing:
            data.write(data.prepare(sample(film)), path)
        return
    with side_by_side.pool(workers) as pool:
        for _ in pool.map(_keep_one, *zip(*missing, strict=True), chunksize=16):
            pass


def _path(folder: Path, index: int, look: int) -> Path:
    return folder / (f"{index:06d}-{look}.npz" if look else f"{index:06d}.npz")


def _keep_off_protocol(split: str, count: int, seed: int, folder: Path) -> None:
    """Draw and keep images that must be refused, numbered after the films."""
    for index in range(count):
        path = folder / split / f"off-{index:05d}.npz"
        if not path.exists():
            kind = off_protocol.KINDS[index % len(off_protocol.KINDS)]
            chance = (seed * 4 + _SPLIT_SEEDS[split]) * 100_000 + index
            image = off_protocol.draw(kind, chance)
            data.write(data.prepare(data.Sample(image, is_lateral_lumbar=False)), path)


def _keep_one(film: FilmPlan, path: Path) -> None:
    data.write(data.prepare(sample(film)), path)
