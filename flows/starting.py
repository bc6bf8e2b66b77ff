"""How a study begins: a new folder, a synthetic cohort, a locked plan, training settings."""

from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from data_contracts.errors import StudyError
from data_contracts.study_file import load
from tasks import phantom_cohort, plan, publish
from tasks.study_folder import StudyFolder

SIZES: Final[dict[str, dict[str, int]]] = {
    "small": {"A": 30, "B": 30, "C": 30, "D": 30},
    # The paper's test cohorts; its 211 internal films came from both development centers.
    "full": {"A": 106, "B": 105, "C": 157, "D": 391},
}


# "full" leaves the defaults of TrainSettings: those that made the shipped weights.
TRAINING_SIZES: Final[dict[str, dict[str, Any]]] = {
    "tiny": {
        "sizes": {"train": 8, "val": 4},
        "epochs": {"localizer": 1, "lvlcrnet": 1, "lvlnet": 1, "baseline": 1},
    },
    "small": {
        "sizes": {"train": 400, "val": 100},
        "epochs": {"localizer": 8, "lvlcrnet": 5, "lvlnet": 5, "baseline": 5},
    },
    "full": {},
}


def new_study(folder: Path) -> Path:
    """Make a study folder; nothing that exists is overwritten.

    Raises
    ------
    StudyError
        There is a study file already.
    """
    path = folder / "study.yaml"
    if path.exists():
        raise StudyError(f"{folder.name}: holds a study.yaml already; it was left as it is")
    (folder / "incoming" / "A").mkdir(parents=True, exist_ok=True)
    template = files("flows").joinpath("study_template.yaml").read_text(encoding="utf-8")
    path.write_text(template, encoding="utf-8")
    return path


def synthetic_study(folder: Path, size: str, seed: int) -> Path:
    """Write a synthetic study, or find the one that was written before.

    Parameters
    ----------
    folder
        Folder of the study.
    size
        A key of ``SIZES``, or the number of films a center.
    seed
        Draws the cohort.

    Returns
    -------
    Path of the study file.

    Raises
    ------
    StudyError
        The size is neither a name nor a positive number, or the folder holds another study.
    """
    if size not in SIZES and not (size.isdecimal() and int(size) > 0):
        raise StudyError(f"size {size}: give {', '.join(SIZES)} or a number of films a center")
    sizes = SIZES.get(size) or dict.fromkeys("ABCD", int(size))
    path = folder / "study.yaml"
    if not path.exists():
        return phantom_cohort.write(folder, sizes, seed)
    if phantom_cohort.sizes_in(folder) != sizes:
        raise StudyError(
            f"{folder}: holds another study, or a synthetic one of another size, which was left as "
            "it is; name a new folder"
        )
    return path


def lock_plan(study_file: Path) -> dict[str, Any]:
    """Lock the statistical plan of a study; see ``tasks.plan.lock``."""
    study, folder = load(study_file), StudyFolder(study_file.resolve().parent)
    opened = publish.ever_held_rows(folder.results, "annotations")
    return plan.lock(study, folder.root, today=datetime.now(tz=UTC).date(), opened=opened)


def training_settings(size: str, device: str, seed: int, out: Path) -> dict[str, Any]:
    """Choose the settings of ``aac train``: a small round, or that of the shipped weights.

    Raises
    ------
    StudyError
        This machine lacks the device.
    """
    from aac_models.device import has_device, resolve_device  # noqa: PLC0415 - imports torch

    device = resolve_device(device)
    if not has_device(device):
        raise StudyError(f"device {device}: this machine has no GPU that can be used; give cpu")
    work = out.with_name(f"{out.name}-work")
    command = f"aac train --size {size} --device {device} --seed {seed}"
    shared = {"seed": seed, "device": device, "workers": 2, "work": str(work), "command": command}
    return shared | TRAINING_SIZES[size]
