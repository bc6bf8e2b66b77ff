"""The study file held to what Dask and the networks would take, before anything is started."""

from pathlib import Path
from typing import Final

from data_contracts import study_file
from data_contracts.errors import StudyFileError
from data_contracts.study_file import StudyFile
from tasks import cluster_options, film_context
from tasks.study_folder import StudyFolder

STAGES: Final = ("catalogue", "score", "analyse", "report")


def load(path: Path) -> StudyFile:
    """Read and check a study file and the options of its cluster.

    Raises
    ------
    StudyFileError
        Holds every problem found.
    """
    study = study_file.load(path)
    problems = list(cluster_options.problems(study.cluster))
    if problems:
        raise StudyFileError(problems)
    return study


def load_for_run(path: Path) -> StudyFile:
    """Read and check a study file, and hold its weights to their digests and this version.

    Raises
    ------
    StudyFileError
        Holds every problem found; no center could be scored.
    """
    study = load(path)
    film_context.context_of(study, StudyFolder(path.resolve().parent)).weights_digest()
    return study
