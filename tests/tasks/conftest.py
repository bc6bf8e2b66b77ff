"""One synthetic delivery, one set of weights and one pair of workers for all tests here."""

from pathlib import Path

import pytest

from aac_models import weights
from data_contracts.study_file import Cluster, load
from tasks import catalogue, cluster, film, phantom_cohort
from tasks.study_folder import StudyFolder

SHIPPED = (weights.SHIPPED / "localizer.safetensors").is_file()


@pytest.fixture(scope="session")
def delivery(tmp_path_factory):
    """Give the study file of a small synthetic study; to be read, not written to."""
    folder = tmp_path_factory.mktemp("delivery")
    return phantom_cohort.write(folder, {"A": 4, "D": 2}, 11, mm_per_px=0.8, workers=1)


@pytest.fixture(scope="session")
def weights_folder(tmp_path_factory):
    """Give the shipped weights, or networks that were never trained: they refuse all films."""
    if SHIPPED:
        return None
    import torch

    from aac_models.arms import TABLE
    from aac_models.networks.localizer import Localizer

    folder = tmp_path_factory.mktemp("weights")
    torch.manual_seed(0)
    weights.save(Localizer(), folder, "localizer", {})
    for name, arm in TABLE.items():
        weights.save(arm.network(), folder, name, {})
    return folder


@pytest.fixture
def context(tmp_path, delivery, weights_folder):
    """Give what the films of a study share, in folders of the test's own."""
    folder = StudyFolder(tmp_path / "study")
    folder.prepare()
    key = Path(__file__).parent / "study.key"
    (folder.private / "study.key").write_text(key.read_text())
    study = load(delivery).model_copy(update={"weights": weights_folder})
    return film.context_of(study, folder)


@pytest.fixture
def found(delivery, context):
    """Give the catalogue of center A."""
    incoming = delivery.parent / "incoming" / "A"
    return catalogue.catalogue(incoming, "A", pseudonyms=context.pseudonyms(), cache=None)


@pytest.fixture(scope="session")
def two_workers():
    """Give settings of a cluster that is started once for all tests."""
    settings = Cluster(workers=2, shard_size=2, film_timeout_s=60)
    with cluster.open_cluster(settings):
        yield settings
