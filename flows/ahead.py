"""What a new study's first film needs, readied while Prefect's server comes up."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

from data_contracts import suites
from data_contracts.errors import ClusterUnready
from data_contracts.study_file import Cluster, StudyFile
from tasks import cluster, film_context, summary
from tasks.study_folder import StudyFolder


@contextmanager
def workers(study: StudyFile, root: Path, until: str) -> Iterator[None]:
    """Let this machine's workers start and load the networks, if the study was never run.

    A study that was run may have no film to score, and then no worker is started; workers of a
    batch system would be paid for while films are catalogued.

    Parameters
    ----------
    study, root
        The study and its folder.
    until
        Last stage of the run.
    """
    folder = StudyFolder(root)
    is_new = summary.read(folder.runs) is None
    with cluster.kept_open():
        if is_new and until != "catalogue" and study.cluster.kind == "local":
            folder.prepare()
            context = film_context.context_of(study, folder)
            with suppress(ClusterUnready):  # said, with its remedy, when films are scored
                _open(study.cluster, context.warm_up)
            suites.prepare()
        yield


def _open(settings: Cluster, load: Callable[[], object]) -> None:
    """Open the cluster that films will find open; nothing is waited for."""
    with cluster.open_cluster(settings, partial(_try, load)):
        return


def _try(load: Callable[[], object]) -> None:
    """Load on a worker; what fails does so again, and is told, when films are scored."""
    with suppress(Exception):
        load()
