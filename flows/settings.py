"""The study file held to what Dask would take, before anything is started."""

from pathlib import Path

from data_contracts import study_file
from data_contracts.errors import StudyFileError
from data_contracts.study_file import StudyFile
from tasks import cluster_options


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
