import re
import tomllib
from pathlib import Path

import pytest

from data_contracts.errors import StudyError
from data_contracts.schemas import conform
from data_contracts.study_file import StudyFile
from tasks import manifest

CENTERS = {"A": {"dicom": "incoming/A", "role": "internal"}}
WEIGHTS = {"lvlcrnet": "a" * 64, "lvlnet": "b" * 64}


def catalogue(*digests):
    return conform("catalogue", [{"center": "A", "source_digest": one} for one in digests])


def build(*, inputs=None, weights=WEIGHTS, annotations=None, timings=None, **study):
    said = StudyFile(name="s", centers=CENTERS, annotations=annotations, **study)
    films = {"A": catalogue("1", "2")} if inputs is None else inputs
    return manifest.build(said, inputs=films, weights=weights, timings=timings)


def test_the_same_inputs_have_the_same_run():
    assert build()["run_id"] == build()["run_id"]


def test_order_of_files_place_and_time_do_not_make_another_run():
    moved = build(inputs={"A": catalogue("2", "1")}, timings={"score": 3.0}, schedule="0 2 * * *")
    assert moved["run_id"] == build()["run_id"]
    assert moved["timings_s"] == {"score": 3.0}


@pytest.mark.parametrize(
    "change",
    [
        {"inputs": {"A": catalogue("1", "2", "3")}},
        {"weights": {"lvlcrnet": "c" * 64, "lvlnet": "b" * 64}},
        {"reference": "reader_1"},
        {"severity": "cord"},
    ],
    ids=["a film", "weights", "the reference", "the severity"],
)
def test_whatever_decides_a_result_makes_another_run(change):
    assert build(**change)["run_id"] != build()["run_id"]


def test_another_annotation_makes_another_run(tmp_path):
    path, runs = tmp_path / "annotations.csv", []
    for content in ("sop_instance_uid,reader\n", "sop_instance_uid,reader\n1,x\n"):
        path.write_text(content)
        runs.append(build(annotations=path)["run_id"])
    assert len(set(runs)) == 2


def test_code_outside_the_film_pass_does_not_change_its_digest():
    assert manifest.code_digest(manifest.FILM_CODE) != manifest.code_digest(manifest.ALL_CODE)
    assert len(manifest.code_digest(manifest.FILM_CODE)) == 64


def test_every_module_of_the_film_pass_is_part_of_its_digest():
    for name in manifest.FILM_CODE:
        others = tuple(one for one in manifest.FILM_CODE if one != name)
        assert manifest.code_digest(others) != manifest.code_digest(manifest.FILM_CODE)


def test_the_networks_that_clean_are_part_of_the_code():
    inside = [name for _, name in manifest._sources("tasks.deid")]
    assert "tasks.deid/models/text_network.onnx" in inside


def test_a_manifest_is_read_back_as_it_was_written(tmp_path):
    said = build()
    path = manifest.write(said, tmp_path)
    assert path == tmp_path / said["run_id"] / "manifest.json"
    assert manifest.read(tmp_path, said["run_id"]) == said
    assert [one.name for one in path.parent.iterdir()] == ["manifest.json"]


def test_a_run_without_a_manifest_is_named(tmp_path):
    with pytest.raises(StudyError, match="run r-0: no manifest"):
        manifest.read(tmp_path, "r-0")


def test_no_path_of_this_machine_stands_in_a_manifest(tmp_path):
    (tmp_path / "annotations.csv").write_text("x\n")
    assert str(tmp_path) not in str(build(annotations=tmp_path / "annotations.csv"))


def test_what_the_manifest_says_a_run_was_computed_with_is_what_a_study_needs():
    """No package of the tests alone: the methods text names these as what computed the figures."""
    said = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))
    needed = {re.match(r"[\w-]+", need)[0] for need in said["project"]["dependencies"]}
    assert set(build()["versions"]) <= needed | {said["project"]["name"]}
