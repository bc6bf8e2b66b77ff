"""What all films of a study share, as plain data that travels to each worker once a shard.

The networks and their libraries are imported where they are asked, on workers: the process that
leads a study only hands the context on.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from aac_models import arms
from aac_models.device import cores_of_a_gpu, one_thread, resolve_device
from data_contracts.errors import Problem, StudyFileError
from data_contracts.study_file import Deidentification, StudyFile
from tasks.deid.crosswalk import Crosswalk, StudyKey
from tasks.deid.profile import DeviceRegion, Profile
from tasks.deid.pseudonyms import Pseudonymizer
from tasks.dicom.discretion import mute_libraries
from tasks.study_folder import StudyFolder
from tasks.worker_memory import keep_freed

if TYPE_CHECKING:
    from aac_models.predictor import Predictor


@dataclass(frozen=True, slots=True)
class Pace:
    """How many films a worker has in hand.

    Attributes
    ----------
    threads
        That read and prepare films.
    batch
        Films scored in one go; on a CPU a batch would save nothing.
    ahead
        Films prepared or under way beyond these.
    is_one_core
        Whether networks and preparing threads share one core and take turns.
    """

    threads: int = 1
    batch: int = 1
    ahead: int = 2
    is_one_core: bool = True


@dataclass(frozen=True, slots=True)
class FilmContext:
    """What is the same for every film of a study; plain data, sent to each worker.

    Attributes
    ----------
    profile
        How films are de-identified.
    private
        Folder of the study's key and crosswalk; the key itself does not travel.
    deidentified
        Folder of the clean films, shared by all workers.
    arms
        Models to score with.
    weights
        Folder of weights; None for those of the distribution.
    device
        ``"cpu"`` or ``"cuda"``.
    whole_films
        Whether the report may show whole de-identified films.
    """

    profile: Profile
    private: Path
    deidentified: Path
    arms: tuple[str, ...]
    weights: Path | None = None
    device: str = "cpu"
    whole_films: bool = False

    def pseudonyms(self) -> Pseudonymizer:
        """Return what turns identifiers into pseudonyms."""
        return _study_key(self.private).pseudonymizer()

    def weights_digest(self) -> dict[str, str]:
        """Return SHA-256 of the weights by model; no network is loaded.

        Raises
        ------
        StudyFileError
            A file of the weights is missing, altered or of another version, or a model has none.
        """
        return self._with_every_arm(arms.digests)

    def check_weights(self) -> None:
        """Load the networks as a worker will, without a GPU; raises as ``predictor``."""
        self._with_every_arm(lambda folder: _predictor(folder, "cpu").weights_digest)

    def warm_up(self) -> None:
        """Load in a worker what its first film would wait for, and quiet its decoders."""
        import numpy as np  # noqa: PLC0415 - of workers alone

        from tasks.deid import text_network  # noqa: PLC0415 - imports onnxruntime

        keep_freed(is_one_core=self.pace().is_one_core)
        mute_libraries()
        one_thread()
        self.predictor()
        for model in (text_network.PRINT, text_network.TALL):
            text_network.beliefs(np.zeros((64, 64), np.float32), [(0, 0, 64, 64)], model)

    def crosswalk(self) -> Crosswalk:
        """Return the encrypted record of who is behind which pseudonym."""
        return Crosswalk(self.private, _study_key(self.private))

    def pace(self) -> Pace:
        """Say how many films a worker has in hand at a time."""
        if not self.device.startswith("cuda"):
            return Pace()
        from aac_models.gpu import BATCH  # noqa: PLC0415 - imports torch

        cores = cores_of_a_gpu()
        return Pace(threads=cores, batch=BATCH, ahead=max(BATCH, 2 * cores), is_one_core=False)

    def predictor(self) -> "Predictor":
        """Return the networks, loaded once in a process.

        Raises
        ------
        StudyFileError
            A file of the weights is missing, altered, unreadable or made for another network, or
            a model has none.
        """
        self._with_every_arm(lambda folder: _predictor(folder, self.device).weights_digest)
        return _predictor(self.weights, self.device)

    def _with_every_arm(self, digests: Callable[[Path | None], dict[str, str]]) -> dict[str, str]:
        try:
            found = digests(self.weights)
        except ValueError as fault:
            raise StudyFileError([Problem("weights", str(fault))]) from None
        if absent := [arm for arm in self.arms if arm not in found]:
            hint = "train it, or take it out of models in the study file"
            raise StudyFileError(
                [Problem("weights", f"no {', '.join(absent)} in the folder", hint)]
            )
        return found


def context_of(study: StudyFile, folder: StudyFolder) -> FilmContext:
    """Put together what a study's films share; makes the study's key on first use."""
    return FilmContext(
        profile=profile_of(study.deidentification),
        private=folder.private,
        deidentified=folder.deidentified,
        arms=study.models,
        weights=study.weights,
        device=resolve_device(study.cluster.device),
        whole_films=study.whole_films_in_report,
    )


def profile_of(said: Deidentification) -> Profile:
    """Bring the study file's words on de-identification into the policy that is applied."""
    plain = said.model_dump(exclude={"profile", "device_regions"})
    regions = tuple(
        DeviceRegion(r.manufacturer, r.model, (r.top, r.left, r.bottom, r.right))
        for r in said.device_regions
    )
    return Profile(**plain, device_regions=regions)


@lru_cache(maxsize=2)
def _predictor(weights: Path | None, device: str) -> "Predictor":
    from aac_models.predictor import Predictor  # noqa: PLC0415 - imports torch

    return Predictor.load(weights, device)


@lru_cache(maxsize=2)
def _study_key(private: Path) -> StudyKey:
    return StudyKey.load_or_create(private)
