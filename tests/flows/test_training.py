"""``aac train``, the real command, on phantoms and on a study's own films."""

import fcntl
import json

import numpy as np
import pytest

from aac_models.predictor import Predictor
from data_contracts.errors import StudyError
from data_contracts.study_file import load
from flows import alone, starting, training
from tasks import training_films
from tasks.study_folder import StudyFolder


def test_a_whole_training_on_phantoms_writes_weights_that_load(aac, tmp_path, monkeypatch):
    fewer = {"sizes": {"train": 4, "val": 2}, "looks": 1, "batch": 2}
    tiny = starting.TRAINING_SIZES["tiny"] | fewer  # "tiny" draws 48 films
    monkeypatch.setitem(starting.TRAINING_SIZES, "tiny", tiny)
    done = aac("train", "--size", "tiny", "--out", tmp_path / "weights")
    assert done.returncode == 0, done.stdout + done.stderr
    told = [line.split(":")[0] for line in done.stderr.splitlines() if ": epoch 1 of 1; " in line]
    assert sorted(told) == ["baseline", "localizer", "lvlcrnet", "lvlnet"]
    out = tmp_path / "weights"
    assert set(Predictor.load(out).weights_digest) == {"lvlcrnet", "lvlnet", "baseline"}
    card = (out / "MODEL_CARD.md").read_text()
    assert "Not for clinical use" in card
    assert str(tmp_path) not in card + (out / "model_card.yaml").read_text()


def test_a_study_is_trained_on_its_internal_films_alone(aac, demo, tmp_path):
    done = aac("train", demo, "--size", "tiny", "--out", tmp_path / "weights")
    assert done.returncode == 0, done.stdout + done.stderr
    assert Predictor.load(tmp_path / "weights").weights_digest
    films = list((tmp_path / "weights-work").rglob("*.npz"))
    said = [json.loads(line) for line in (demo / "truth.jsonl").read_text().splitlines()]
    internal = sum(film["center"] in "AB" for film in said)
    assert 4 <= len(films) <= internal


def test_a_studys_films_are_split_by_patient_and_take_the_marked_corners(demo):
    study, folder = load(demo / "study.yaml"), StudyFolder(demo)
    films = training_films.choose(study, folder, 1)
    assert {film.split for film in films} == {"train", "val"}
    assert all(film.corners is None for film in films)
    splits = {}
    for film in films:
        assert splits.setdefault(film.patient_id, film.split) == film.split
    corners = {films[0].image_id: np.zeros((6, 4, 2), np.float32), "of-another-study": np.ones(3)}
    marked = training_films.choose(study, folder, 1, corners)
    assert [film.corners is not None for film in marked] == [True] + [False] * (len(films) - 1)
    assert training_films.fingerprint(films) != training_films.fingerprint(marked)
    assert training_films.fingerprint(films) == training_films.fingerprint(
        training_films.choose(study, folder, 1)
    )
    with pytest.raises(StudyError, match="no line names a film that is trained on"):
        training_films.choose(study, folder, 1, {"of-another-study": np.ones(3)})


def test_other_settings_do_not_go_on_from_these_checkpoints():
    settings = {"seed": 1, "work": "a", "device": "cpu", "epochs": {"localizer": 2}}
    name = training._digest(settings)
    assert training._digest(settings | {"work": "b", "device": "cuda"}) == name
    assert training._digest(settings | {"seed": 2}) != name
    assert training._digest(settings | {"epochs": {"localizer": 3}}) != name


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--size", "huge"), "huge is none of tiny, small, full"),
        (("--device", "gpu"), "gpu is none of auto, cpu, cuda"),
        (("--landmarks", "corners.csv"), "name the study whose films"),
        (("not-there",), "not-there: not found (make one with: aac init)"),
    ],
)
def test_a_training_that_cannot_be_is_refused_in_a_line(aac, tmp_path, arguments, said):
    done = aac("train", *arguments, "--out", tmp_path / "weights")
    assert done.returncode == 2
    assert said in " ".join(done.stderr.replace("│", " ").split())
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.iterdir())


def test_a_second_training_towards_the_same_weights_is_one_clear_line(aac, tmp_path):
    work = tmp_path / "weights-work"
    work.mkdir()
    with (work / alone.FILE).open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        done = aac("train", "--size", "tiny", "--out", tmp_path / "weights")
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"aac: another aac train is at work in {work}; wait until")
    assert [path.name for path in work.iterdir()] == [alone.FILE]
