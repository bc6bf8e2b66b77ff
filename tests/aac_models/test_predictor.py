import hashlib
import json

import numpy as np
import pytest
import torch

from aac_models import gpu, weights
from aac_models.arms import ARMS, TABLE
from aac_models.device import has_device
from aac_models.folding import folded
from aac_models.kauppila import LEVELS
from aac_models.normalise import shrink
from aac_models.phantom import off_protocol
from aac_models.phantom.cohort import plan
from aac_models.phantom.film import draw
from aac_models.predictor import Predictor
from aac_models.radiograph import Radiograph, Side
from aac_models.strip import body_depth
from tests.arrays import alike


@pytest.fixture(scope="module")
def predictor():
    return Predictor.load()


@pytest.fixture(scope="module")
def phantoms():
    # A seed of its own: none of the films that the published accuracy rests on.
    return [draw(film) for film in plan({"test": 12, "C": 4, "D": 4}, 77)]


@pytest.fixture(scope="module")
def predictions(predictor, phantoms):
    return predictor.predict([phantom.radiograph for phantom in phantoms])


def test_films_are_accepted_and_their_vertebrae_found(phantoms, predictions):
    accepted = [p.refusal == "" for p in predictions]
    assert np.mean(accepted) >= 0.9
    errors = [
        np.linalg.norm(p.anatomy.corners_px - f.anatomy.corners_px, axis=-1)[1:5].mean()
        / body_depth(f.anatomy.corners_px)
        for f, p in zip(phantoms, predictions, strict=True)
        if p.anatomy is not None
    ]
    assert np.median(errors) < 0.2


def test_the_localized_arms_score_near_the_readers(phantoms, predictions):
    for arm in ("lvlcrnet", "lvlnet"):
        gap = [
            abs(p.scores[arm].total - f.readers["consensus"].sum())
            for f, p in zip(phantoms, predictions, strict=True)
            if p.scores and p.scores[arm].total is not None and f.assessable.all()
        ]
        assert len(gap) >= 13
        assert np.mean(gap) < 2.0


def test_intervals_hold_the_total_and_stay_on_the_scale(predictions):
    for prediction in predictions:
        for arm, score in prediction.scores.items():
            low, high = prediction.intervals[arm]
            if score.total is None:
                assert np.isnan(low)
                assert np.isnan(high)
            else:
                assert 0 <= low <= score.total <= high <= 24


def test_the_side_faced_is_found(phantoms, predictions):
    for phantom, prediction in zip(phantoms, predictions, strict=True):
        if prediction.anterior is not None:
            assert prediction.anterior is phantom.anterior


def test_the_walls_lie_before_the_spine_and_within_each_other(phantoms, predictions):
    for phantom, prediction in zip(phantoms, predictions, strict=True):
        if prediction.anatomy is None:
            continue
        anterior, posterior = prediction.anatomy.walls_px[..., 1]
        forward = 1 if phantom.anterior is Side.RIGHT else -1
        assert np.mean((anterior - posterior) * forward > 0) > 0.9


def test_a_film_alone_gives_what_it_gives_in_company(predictor, phantoms, predictions):
    for index in (0, 13):
        alone = predictor.predict([phantoms[index].radiograph])[0]
        assert alone.lateral_lumbar == predictions[index].lateral_lumbar
        for arm in predictions[index].scores:
            together = predictions[index].scores[arm].probabilities
            assert np.array_equal(alone.scores[arm].probabilities, together)


def close(one, other, limit):
    """Hold two predictions to each other; grades as expected values, places in pixels."""
    assert (one.refusal, one.anterior) == (other.refusal, other.anterior)
    assert one.lateral_lumbar == pytest.approx(other.lateral_lumbar, abs=limit)
    if one.refusal:
        return
    alike(other.anatomy.corners_px, one.anatomy.corners_px, 100 * limit)
    alike(other.strip.pixels, one.strip.pixels, 100 * limit)
    for arm, score in one.scores.items():
        alike(other.scores[arm].probabilities, score.probabilities, limit)
        assert other.scores[arm].not_assessable == score.not_assessable


def test_films_prepared_together_on_tensors_are_those_prepared_one_by_one(
    predictor, phantoms, predictions, monkeypatch
):
    """The way a GPU goes, on a CPU: another implementation of every step but the networks."""
    tiny = Radiograph(np.zeros((20, 500), np.float32))
    films = [phantoms[0].radiograph, tiny, phantoms[1].radiograph, phantoms[13].radiograph]
    monkeypatch.setattr(gpu, "BATCH", 2)
    together = predictor.look_together(films, ARMS)
    assert together.pop(1) is None
    for one, seen in zip([predictions[i] for i in (0, 1, 13)], together, strict=True):
        close(one, predictor._conclude(seen, ARMS), 1e-3)


@pytest.mark.gpu
@pytest.mark.skipif(not has_device("cuda"), reason="no GPU here")
def test_a_gpu_says_what_a_cpu_says_whatever_the_company(phantoms, predictions):
    on_gpu = Predictor.load(device="cuda")
    films = [f.radiograph for f in phantoms]
    together = on_gpu.predict(films)
    for one, other in zip(predictions, together, strict=True):
        close(one, other, 0.02)
    for film, other in zip(films[::-1][:4], together[::-1], strict=False):
        close(other, on_gpu.predict([film])[0], 1e-6)


def test_folding_changes_rounding_alone_and_leaves_the_trained_network_as_it_is():
    torch.manual_seed(0)
    network = TABLE["baseline"].network().eval()
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(module.running_var, 0.5, 2)
            torch.nn.init.normal_(module.running_mean)
    film = torch.rand(1, 2, 640, 512)
    with torch.inference_mode():
        before, after = network(film), folded(network)(film)
    assert torch.allclose(before.logits, after.logits, atol=1e-4)
    assert any(isinstance(m, torch.nn.BatchNorm2d) for m in network.modules())
    assert not any(isinstance(m, torch.nn.BatchNorm2d) for m in folded(network).modules())


def test_a_mirrored_film_gives_the_same_grades(predictor, phantoms, predictions):
    compared = 0
    for phantom, prediction in zip(phantoms[:8], predictions, strict=False):
        if prediction.refusal:
            continue
        pixels = np.ascontiguousarray(phantom.radiograph.pixels[:, ::-1])
        mirrored = predictor.predict([Radiograph(pixels)], ["lvlcrnet", "lvlnet"])[0]
        assert mirrored.anterior is not prediction.anterior
        for arm, score in mirrored.scores.items():
            assert score.expected == pytest.approx(prediction.scores[arm].expected, abs=0.25)
            compared += 1
    assert compared >= 12


def test_a_film_of_natural_size_scores_like_its_reduction(predictor):
    film = plan({"test": 6}, 77)[5]  # wholly on the film
    native = draw(film, mm_per_px=0.2).radiograph
    small, _ = shrink(native.pixels, 900)
    large, reduced = predictor.predict([native, Radiograph(small)], ["lvlcrnet"])
    assert large.scores["lvlcrnet"].expected == pytest.approx(
        reduced.scores["lvlcrnet"].expected, abs=0.5
    )


def test_brightness_and_contrast_of_the_export_do_not_matter(predictor, phantoms, predictions):
    index = next(i for i, p in enumerate(predictions) if not p.refusal)
    dim = Radiograph(phantoms[index].radiograph.pixels * np.float32(0.5) + np.float32(0.2))
    result = predictor.predict([dim], ["lvlcrnet"])[0]
    expected = predictions[index].scores["lvlcrnet"].expected
    assert result.scores["lvlcrnet"].expected == pytest.approx(expected, abs=0.05)


def test_images_that_are_no_lateral_lumbar_films_are_refused(predictor):
    images = [off_protocol.draw(kind, 901 + i) for kind in off_protocol.KINDS for i in range(2)]
    results = predictor.predict(images, ["baseline"])
    assert np.mean([result.refusal != "" for result in results]) >= 0.85
    refused = next(result for result in results if result.refusal)
    assert refused.anatomy is None
    assert refused.scores == {}
    assert refused.anterior is None


@pytest.mark.parametrize("make", [np.rot90, lambda pixels: pixels[::-1]])
def test_a_turned_or_upended_film_is_refused(predictor, phantoms, make):
    films = [Radiograph(np.ascontiguousarray(make(f.radiograph.pixels))) for f in phantoms[:6]]
    refusals = [result.refusal != "" for result in predictor.predict(films, ["baseline"])]
    assert np.mean(refusals) >= 0.8


@pytest.mark.parametrize("shape", [(1, 1), (63, 500), (64, 64), (3000, 70)])
def test_an_image_of_any_shape_gives_a_result(predictor, shape):
    pixels = np.random.default_rng(0).random(shape).astype(np.float32)
    result = predictor.predict([Radiograph(pixels), Radiograph(np.zeros_like(pixels))])
    assert all(one.refusal for one in result)


def test_a_film_that_ends_within_l3_is_refused_or_leaves_no_total(predictor, phantoms):
    # Counting from the first vertebra in sight would be wrong by two.
    for phantom in phantoms[:12]:
        cut = int(phantom.anatomy.corners_px[3, :, 0].mean())
        result = predictor.predict([Radiograph(phantom.radiograph.pixels[:cut])], ["lvlcrnet"])[0]
        if not result.refusal:
            score = result.scores["lvlcrnet"]
            assert set(score.not_assessable) & set(LEVELS)
            assert score.total is None


def test_levels_under_the_shutter_are_not_assessable(predictor, phantoms):
    told = []
    for phantom in phantoms[:8]:
        pixels = phantom.radiograph.pixels.copy()
        pixels[int(phantom.anatomy.corners_px[4, :, 0].mean()) :] = 0
        result = predictor.predict([Radiograph(pixels)], ["lvlcrnet"])[0]
        told.append(result.refusal or result.scores["lvlcrnet"].not_assessable)
    assert sum(bool(one) for one in told) >= 6


def test_an_unknown_arm_is_named(predictor):
    with pytest.raises(ValueError, match="got \\['nonet'\\]"):
        predictor.predict([], ["nonet"])


def test_the_shipped_weights_are_those_of_their_card(predictor):
    assert tuple(predictor.weights_digest) == ARMS
    assert all(len(digest) == 64 for digest in predictor.weights_digest.values())
    assert len(set(predictor.weights_digest.values())) == 3
    card = json.loads((weights.SHIPPED / "run.json").read_text())
    for name, told in card["files"].items():
        content = (weights.SHIPPED / name).read_bytes()
        assert hashlib.sha256(content).hexdigest() == told["sha256"]
    assert sum(told["bytes"] for told in card["files"].values()) < 25_000_000
