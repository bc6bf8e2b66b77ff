import json
import pickle

import pytest
import torch
from torch import nn

from aac_models import weights


def a_network():
    torch.manual_seed(3)
    return nn.Linear(3, 2)


def test_weights_come_back_with_their_settings_and_digest(tmp_path):
    digest = weights.save(a_network(), tmp_path, "part", {"temperature": 1.2})
    kept = weights.load(tmp_path, "part")
    assert kept.digest == digest
    assert kept.settings == {"temperature": 1.2}
    filled = kept.into(nn.Linear(3, 2), "part")
    assert torch.equal(filled.weight, a_network().weight)
    assert not filled.training


def test_the_same_weights_give_the_same_bytes(tmp_path):
    first = weights.save(a_network(), tmp_path / "a", "part", {"b": 1, "a": 2})
    assert weights.save(a_network(), tmp_path / "b", "part", {"a": 2, "b": 1}) == first


def test_an_altered_file_is_refused(tmp_path):
    weights.save(a_network(), tmp_path, "part", {})
    path = tmp_path / "part.safetensors"
    path.write_bytes(path.read_bytes()[:-1] + b"\x7f")
    with pytest.raises(weights.WeightsMismatch, match="SHA-256"):
        weights.load(tmp_path, "part")


def test_a_file_without_a_noted_digest_is_refused(tmp_path):
    weights.save(a_network(), tmp_path, "part", {})
    (tmp_path / "digests.json").unlink()
    with pytest.raises(weights.WeightsMismatch, match="no noted digest"):
        weights.load(tmp_path, "part")


def test_noted_digests_that_are_no_json_are_refused(tmp_path):
    weights.save(a_network(), tmp_path, "part", {})
    (tmp_path / "digests.json").write_text("{", encoding="utf-8")
    with pytest.raises(weights.WeightsMismatch, match=r"^digests\.json: wanted digests"):
        weights.load(tmp_path, "part")


def test_a_missing_file_is_named_and_the_folder_is_not(tmp_path):
    with pytest.raises(weights.WeightsMismatch) as caught:
        weights.load(tmp_path, "part")
    assert "part.safetensors" in str(caught.value)
    assert str(tmp_path) not in str(caught.value)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_a_file_that_is_no_weights_is_refused_even_with_its_digest(tmp_path):
    weights.save(a_network(), tmp_path, "part", {})
    path = tmp_path / "part.safetensors"
    path.write_bytes(b"not tensors")
    noted = {path.name: weights._digest(path)}
    (tmp_path / "digests.json").write_text(json.dumps(noted))
    with pytest.raises(weights.WeightsMismatch, match="something else"):
        weights.load(tmp_path, "part")


def test_weights_that_learned_from_films_prepared_otherwise_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(weights, "INPUTS", "1")
    weights.save(a_network(), tmp_path, "part", {})
    monkeypatch.undo()
    for read in (weights.load, weights.checked_digest):
        with pytest.raises(weights.WeightsMismatch, match=r"recipe 2, got .*recipe 1 .*again"):
            read(tmp_path, "part")


def test_weights_of_another_network_are_refused(tmp_path):
    weights.save(a_network(), tmp_path, "part", {})
    with pytest.raises(weights.WeightsMismatch, match="parameters of this version"):
        weights.load(tmp_path, "part").into(nn.Linear(4, 2), "part")
