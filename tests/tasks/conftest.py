"""One synthetic delivery, one set of weights and one pair of workers for all tests here."""

import dataclasses
import shutil
from pathlib import Path

import pytest

from aac_models import weights
from data_contracts.study_file import Cluster, load
from tasks import catalogue, check, cluster, film, phantom_cohort, score
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


def context_in(root, delivery, weights_folder):
    """Make a study's folders, with a key that is the same in every test."""
    folder = StudyFolder(root)
    folder.prepare()
    key = Path(__file__).parent / "study.key"
    (folder.private / "study.key").write_text(key.read_text())
    study = load(delivery).model_copy(update={"weights": weights_folder})
    return film.context_of(study, folder)


@pytest.fixture
def context(tmp_path, delivery, weights_folder):
    """Give what the films of a study share, in folders of the test's own."""
    return context_in(tmp_path / "study", delivery, weights_folder)


@pytest.fixture(scope="session")
def first_catalogue(tmp_path_factory, delivery, weights_folder):
    """Read the headers of center A once."""
    context = context_in(tmp_path_factory.mktemp("catalogued"), delivery, weights_folder)
    incoming = delivery.parent / "incoming" / "A"
    return catalogue.catalogue(incoming, "A", pseudonyms=context.pseudonyms(), cache=None)


@pytest.fixture
def found(first_catalogue):
    """Give the catalogue of center A, its places for the test to add to."""
    return dataclasses.replace(first_catalogue, places=dict(first_catalogue.places))


@pytest.fixture(scope="session")
def scored_once(tmp_path_factory, delivery, weights_folder, first_catalogue, two_workers):
    """Score center A once, in a folder that stays as it is."""
    root = tmp_path_factory.mktemp("scored")
    context = context_in(root, delivery, weights_folder)
    result = score.score_films(
        first_catalogue.places,
        check.check_headers(first_catalogue.table, "A", ()).kept,
        center="A",
        context=context,
        cluster=two_workers,
        work=StudyFolder(root).work,
    )
    return root, result


@pytest.fixture
def undisturbed(scored_once, context):
    """Give the result, and a copy of the scored study in the test's own folders."""
    root, result = scored_once
    shutil.copytree(root, context.private.parent, dirs_exist_ok=True)
    return result


@pytest.fixture(scope="session")
def two_workers():
    """Give settings of a cluster that is started once for all tests."""
    settings = Cluster(workers=2, shard_size=2, film_timeout_s=60)
    with cluster.open_cluster(settings):
        yield settings
