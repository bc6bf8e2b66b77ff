"""``aac train``, the real command, on phantoms and on a study's own films."""

import json

from aac_models.predictor import Predictor


def test_training_on_phantoms_leaves_weights_that_load(aac, tmp_path):
    done = aac("train", "--size", "tiny", "--out", tmp_path / "weights", AAC_DEBUG="1")
    assert done.returncode == 0, done.stdout + done.stderr
    assert set(Predictor.load(tmp_path / "weights").weights_digest) == {
        "lvlcrnet",
        "lvlnet",
        "baseline",
    }
    assert "not for clinical use" in (tmp_path / "weights" / "MODEL_CARD.md").read_text().lower()


def test_a_study_is_trained_on_its_internal_films_alone(aac, demo, tmp_path):
    done = aac("train", demo, "--size", "tiny", "--out", tmp_path / "weights", AAC_DEBUG="1")
    assert done.returncode == 0, done.stdout + done.stderr
    assert Predictor.load(tmp_path / "weights").weights_digest
    films = list((tmp_path / "weights-work" / "films").rglob("*.npz"))
    said = [json.loads(line) for line in (demo / "truth.jsonl").read_text().splitlines()]
    internal = sum(film["center"] in "AB" for film in said)
    assert 4 <= len(films) <= internal
