"""Train all networks: films in, weights with their model card out. Resumes after a kill."""

from collections.abc import Iterable, Mapping
from concurrent.futures import Future, as_completed
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import torch
from torch import nn

from aac_models import side_by_side, weights
from aac_models.arms import ARMS, TABLE
from aac_models.networks.localizer import Localizer
from aac_models.training import calibrate, card, data, phantoms
from aac_models.training.landmarks import LandmarkPart
from aac_models.training.loop import LoopSettings, Part, Progress, train, trained
from aac_models.training.scorers import VIEW, ScorerPart

if TYPE_CHECKING:
    from queue import Queue

LOCALIZER: Final = "localizer"
# In the order of need: what a stopped training lacks is the comparator first.
PARTS: Final = (LOCALIZER, "lvlcrnet", "lvlnet", "baseline")


@dataclass(frozen=True, slots=True)
class TrainSettings:
    """Everything that decides the weights, and where the work is kept.

    Attributes
    ----------
    sizes
        Phantom films of the splits "train" and "val"; unused when samples are given.
    looks
        How often the spine of each phantom is drawn, each time as another machine shows it and
        otherwise calcified.
    seed
        Of the cohort, the first weights and the alterations.
    epochs
        Passes over the films by part.
    batch
        Films a step.
    arms
        Which scorers to train.
    device
        A torch device.
    threads
        CPU threads a part.
    workers
        Parts trained side by side, and processes that draw phantoms.
    command
        What a reader of the model card types to train like this again.
    remark
        Anything the model card should say of this training.
    start
        Folder of weights to begin with. None: from nothing on phantoms, from the shipped
        weights on a group's own films.
    work
        Folder of prepared films and checkpoints; give the same one to resume.
    """

    sizes: Mapping[str, int] = field(default_factory=lambda: {"train": 1478, "val": 423})
    looks: int = 4
    seed: int = 20_250_101
    epochs: Mapping[str, int] = field(
        default_factory=lambda: {"localizer": 13, "lvlcrnet": 8, "lvlnet": 8, "baseline": 4}
    )
    batch: int = 16
    arms: tuple[str, ...] = ARMS
    device: str = "cpu"
    threads: int = 1
    workers: int = 1
    start: Path | None = None
    command: str = ""
    remark: str = ""
    work: Path = Path("training")

    def __post_init__(self) -> None:
        """Refuse what cannot be trained."""
        unknown = set(self.arms) - set(ARMS)
        if unknown:
            raise ValueError(f"arms must be of {', '.join(ARMS)}, got {sorted(unknown)}")
        missing = {LOCALIZER, *self.arms} - set(self.epochs)
        if missing:
            raise ValueError(f"epochs must name every part, {sorted(missing)} missing")


def fit(
    settings: TrainSettings,
    out: Path,
    progress: Progress,
    samples: Iterable[tuple[str, data.Sample]] | None = None,
) -> Path:
    """Train, calibrate on the validation films, and write weights, card and curves.

    Parameters
    ----------
    settings
        What and how long.
    out
        Folder of the weights; ``Predictor.load(out)`` reads it.
    progress
        Called after each epoch with part, epoch, epochs and figures.
    samples
        A group's own films, each with its split "train" or "val" (``data.split`` draws one);
        None draws phantoms. Where no film has corners, the localizer stays as it was and finds
        them for the scorers.

    Returns
    -------
    ``out``.

    Raises
    ------
    ValueError
        No training or no validation film is scored.
    """
    films = settings.work / "films"
    if samples is None:
        phantoms.keep(settings.sizes, settings.seed, films, settings.workers, looks=settings.looks)
    else:
        settings = replace(settings, start=settings.start or weights.SHIPPED)
        data.keep_splits(samples, films)
    data.check(films)
    _train_parts(settings, films, progress)
    networks = {name: _trained(name, settings) for name in (LOCALIZER, *settings.arms)}
    figures = calibrate.write(
        networks, data.read_all(films / "val", ["pixels"]), out, asdict(settings)
    )
    card.write(
        out,
        settings=asdict(settings),
        figures=figures,
        curves=settings.work / "curves",
        own_films=samples is not None,
    )
    return out


def _train_parts(settings: TrainSettings, films: Path, progress: Progress) -> None:
    """Train each part, side by side where several workers are given."""
    parts = [name for name in PARTS if name == LOCALIZER or name in settings.arms]
    some, every = data.corners_known(films)
    if not some:
        parts.remove(LOCALIZER)
    if not every:
        if some:
            _train_one(LOCALIZER, settings, films, progress)
        data.fill_corners(films, _trained(LOCALIZER, settings), settings.device)
    if settings.workers <= 1:
        for name in parts:
            _train_one(name, settings, films, progress)
        return
    with (
        side_by_side.queue() as queue,
        side_by_side.pool(min(settings.workers, len(parts)), settings.threads) as pool,
    ):
        waiting = [pool.submit(_train_queued, name, settings, films, queue) for name in parts]
        for future in waiting:
            future.add_done_callback(lambda _: queue.put(None))
        _relay(waiting, queue, progress)


def _relay(waiting: list[Future[None]], queue: "Queue[Any]", progress: Progress) -> None:
    """Pass the workers' progress on until all are done."""
    left = len(waiting)
    while left:
        news = queue.get()
        if news is None:
            left -= 1
        else:
            progress(*news)
    for future in as_completed(waiting):
        future.result()


def _train_queued(name: str, settings: TrainSettings, films: Path, queue: "Queue[Any]") -> None:
    """Train one part in a process of its own."""
    _train_one(name, settings, films, lambda *news: queue.put(news))


def _train_one(name: str, settings: TrainSettings, films: Path, progress: Progress) -> None:
    """Train one part."""
    torch.set_num_threads(settings.threads)
    torch.manual_seed(settings.seed)
    part = _part(name, settings, films)
    if settings.start is not None:
        weights.load(settings.start, name).into(part.network, name)
    looping = LoopSettings(settings.epochs[name], seed=settings.seed, device=settings.device)
    train(part, looping, settings.work / "curves", progress)


def _part(name: str, settings: TrainSettings, films: Path) -> Part:
    if name == LOCALIZER:
        learning = data.read_all(films / "train", ["thumbnail"])
        checking = data.read_all(films / "val", ["pixels"])
        return LandmarkPart(learning, checking, settings.batch, settings.device)
    arm = TABLE[name]
    learning, checking = (data.read_all(films / split, [VIEW[arm.sees]]) for split in data.SPLITS)
    # Where to look is learned from the grades alone there, which takes many steps.
    batch = settings.batch if arm.sees == "strip" else max(2, settings.batch // 2)
    return ScorerPart(arm, learning, checking, batch=batch, device=settings.device)


def _trained(name: str, settings: TrainSettings) -> nn.Module:
    """Network of a part with the averaged weights of its best epoch."""
    network = Localizer() if name == LOCALIZER else TABLE[name].network()
    path = settings.work / "curves" / f"{name}.pt"
    if not path.exists():
        return weights.load(settings.start or weights.SHIPPED, name).into(network, name)
    network.load_state_dict(trained(path))
    return network.eval()
