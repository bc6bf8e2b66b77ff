"""What a report is made of, gathered from a study's folder."""

import json

import pytest

from data_contracts.study_file import StudyFile
from tasks import render, second_look
from tasks.study_folder import StudyFolder

STUDY = StudyFile(name="x", centers={"A": {"dicom": "/data/SCHNEIDER"}})


@pytest.fixture
def folder(tmp_path):
    made = StudyFolder(tmp_path)
    made.prepare()
    return made


def inputs(folder):
    return render.inputs_of(folder, STUDY, {"run_id": "r-0", "plan": {"locked_on": None}}, [])


def test_a_search_for_identifiers_is_told_once_it_was_run_and_only_as_it_was_signed(folder):
    assert "verification" not in inputs(folder).manifest
    second_look.verify_study(folder)
    assert inputs(folder).manifest["verification"] == {"n_leaks": 0, "n_films": 0}
    file = folder.runs / "verification.json"
    said = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps(said | {"n_films": 1000}), encoding="utf-8")
    assert "verification" not in inputs(folder).manifest


def test_no_path_of_the_study_file_reaches_the_report(folder):
    assert "SCHNEIDER" not in repr(inputs(folder).study)


def test_the_card_and_curves_of_the_weights_are_handed_in(folder):
    found = inputs(folder)
    assert found.model_cards
    assert set(found.training_curves) >= {"localizer", "lvlcrnet"}
