from dataclasses import replace

import hypothesis.strategies as st
import numpy as np
import pytest
import torch
from hypothesis import given, settings

from aac_models import strip
from aac_models.arms import TABLE
from aac_models.phantom.cohort import plan
from aac_models.phantom.film import draw
from aac_models.radiograph import Radiograph
from aac_models.training import augment, data, landmarks, phantoms, scorers, views
from aac_models.training.fit import TrainSettings, fit
from aac_models.training.loop import LoopSettings, rate_at, train
from tests.arrays import alike


def quiet(*_):
    pass


@pytest.fixture(scope="module")
def films():
    return [data.prepare(phantoms.sample(film)) for film in plan({"train": 6}, 5)]


def a_dot(row, column, shape=(120, 90)):
    picture = np.zeros(shape, dtype=np.float32)
    picture[row - 1 : row + 2, column - 1 : column + 2] = 1
    return picture


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_points_move_with_the_pixels(seed):
    rng = np.random.default_rng(seed)
    matrix = augment.affine((120, 90), rng, rotation_deg=10, scale=0.1, shift=(0.1, 0.1), flip=True)
    moved = augment.warp(a_dot(50, 40), matrix, 120, 90)
    place = augment.carry(np.array([50.0, 40.0], dtype=np.float32), matrix)
    if np.all((place > 3) & (place < (116, 86))):
        weight = moved / moved.sum()
        row, column = np.mgrid[:120, :90]
        assert [(weight * row).sum(), (weight * column).sum()] == pytest.approx(place, abs=0.4)


def test_alterations_keep_the_range_and_depend_on_the_seed_alone():
    film = np.random.default_rng(0).random((64, 48)).astype(np.float32)
    for seed in range(20):
        once = augment.photometric(film, np.random.default_rng(seed))
        again = augment.photometric(film, np.random.default_rng(seed))
        assert np.array_equal(once, again)
        assert once.dtype == np.float32
        assert 0 <= once.min() <= once.max() <= 1


def test_what_is_no_film_is_a_picture_all_the_same():
    film = np.random.default_rng(0).random((64, 64)).astype(np.float32)
    for seed in range(20):
        picture = augment.no_film(64, np.random.default_rng(seed), film)
        assert picture.shape == (64, 64)
        assert picture.dtype == np.float32
        assert np.isfinite(picture).all()


def test_a_polygon_is_filled():
    square = np.array([[2, 2], [2, 10], [7, 10], [7, 2]], dtype=np.float32) - 0.5
    assert landmarks.fill(square, 16).sum() == 5 * 8


def test_corners_of_an_altered_film_stay_on_the_vertebrae(films):
    view = landmarks.lateral_view(films[0], np.random.default_rng(1))
    inside = view["visible"].reshape(6, 4).all(1)
    assert inside.any()
    for vertebra in np.flatnonzero(inside):
        row, column = view["places"].reshape(6, 4, 2)[vertebra].mean(0)
        assert view["masks"][1, round(row), round(column)] == 1


def test_a_cut_film_hides_what_lies_beyond_the_cut(films):
    corners = films[0].corners
    picture = np.ones((films[0].pixels.shape[0], 64), dtype=np.float32)
    whole = np.array([[0.0, len(picture)], [0.0, 64.0]])
    for seed in range(12):
        out, opening = landmarks.cut(picture, whole, corners, np.random.default_rng(seed))
        first, last = (int(row) for row in opening[0])
        assert out[first:last].min() == 1
        assert out[:first].sum() + out[last:].sum() == 0
        hidden = (corners[..., 0] < first) | (corners[..., 0] >= last)
        assert hidden.any()
        assert not hidden.all()


def test_the_walls_on_the_baselines_maps_run_down_the_film_before_the_spine(films):
    film = films[0]
    maps, calcium = views.segment_maps(film, np.eye(3))
    assert maps.shape == (8, 80, 64)
    rows = [np.argwhere(one)[:, 0].mean() for one in maps]
    assert rows[0] < rows[2] < rows[4] < rows[6]  # anterior walls of L1 to L4
    columns = [np.argwhere(one)[:, 1].mean() for one in maps]
    forward = np.sign((film.corners[:, 0] - film.corners[:, 1])[:, 1].mean())
    assert (columns[2] - columns[3]) * forward > 0
    traced = np.isfinite(calcium[0])
    assert np.array_equal(traced, maps.any(axis=0))
    assert calcium[0][traced].max() == film.calcified.max()
    unknown = replace(film, walls=film.walls[:, :0], calcified=film.calcified[:, :0])
    assert all(np.isnan(one).all() for one in views.segment_maps(unknown, np.eye(3)))


def test_walls_traced_without_calcium_teach_where_they_run_but_nothing_else(films):
    film = replace(films[0], calcified=np.full_like(films[0].calcified, np.nan))
    maps, calcium = views.segment_maps(film, np.eye(3))
    assert maps.any()
    assert np.isnan(calcium).all()
    view = views.strip_view(film, np.random.default_rng(0), 0.5)
    assert np.isfinite(view["walls"]).any()
    assert np.isnan(view["calcified"]).all()


def test_calcium_on_the_strip_adds_up_to_the_shares_of_the_truth():
    for plan_of_film in plan({"train": 6}, 9, randomized=0.0):
        phantom = draw(plan_of_film)
        film = data.prepare(phantoms.sample(plan_of_film))
        rows = views.traced_rows(film, strip.strip_points(film.corners))
        level = rows["calcified"].reshape(2, 4, -1)
        crossed = np.isfinite(level).all(axis=2).T
        assert crossed.sum() > 4
        assert level.mean(axis=2).T[crossed] == pytest.approx(phantom.shares[crossed], abs=0.06)


def test_the_baseline_learns_from_films_without_walls_too(films):
    bare = [
        replace(film, walls=film.walls[:, :0], calcified=film.calcified[:, :0])
        for film in films[:2]
    ]
    part = scorers.ScorerPart(TABLE["baseline"], [*bare, *films[2:4]], films[:1], batch=4)
    loss, _ = part.loss(next(part.batches(np.random.default_rng(0), 0.5)), 0.5)
    loss.backward()
    gradients = [p.grad for p in part.network.parameters() if p.grad is not None]
    assert all(torch.isfinite(one).all() for one in gradients)


def test_each_batch_spans_the_scores_and_each_film_is_used_once():
    totals = [0] * 40 + list(range(1, 25))
    batches = scorers.deal(totals, 8, 8, np.random.default_rng(0))
    used = np.concatenate(batches)
    assert sorted(used) == list(range(64))
    for batch in batches:
        drawn = [totals[i] for i in batch]
        assert min(drawn) == 0
        assert max(drawn) >= 15


def test_dealing_leaves_out_a_remainder_and_accepts_unknown_totals():
    batches = scorers.deal([float("nan"), 1, 2, 3, 4], 2, 2, np.random.default_rng(0))
    assert [len(batch) for batch in batches] == [2, 2]
    assert len(set(np.concatenate(batches))) == 4


def test_the_learning_rate_rises_once_and_falls_to_little():
    rates = [rate_at(share) for share in np.linspace(0, 1, 101)]
    assert max(rates) == pytest.approx(1, abs=0.01)
    assert rates[0] < 0.2
    assert rates[-1] < 0.01


def test_a_scorer_learns_the_films_it_sees(films, tmp_path):
    torch.manual_seed(0)
    part = scorers.ScorerPart(TABLE["lvlcrnet"], films, films, batch=3)
    settings = LoopSettings(8, patience=8, learning_rate=6e-3, averaging=0.8)
    seen = []
    train(part, settings, tmp_path, lambda *news: seen.append(news[3]))
    assert seen[-1]["grade"] < 0.95 * seen[0]["grade"]
    assert seen[-1]["calcium"] < 0.9 * seen[0]["calcium"]
    assert seen[-1]["val_mae"] < 0.95 * seen[0]["val_mae"]


def test_the_contrastive_term_is_in_one_arm_only(films):
    for arm in ("lvlcrnet", "lvlnet"):
        part = scorers.ScorerPart(TABLE[arm], films[:4], films[:1], batch=2)
        batch = next(part.batches(np.random.default_rng(0), 0.5))
        assert ("contrast" in part.loss(batch, 0.5)[1]) == (arm == "lvlcrnet")


def test_the_contrastive_term_orders_first_and_leaves_the_last_word_to_the_grades():
    weights = [scorers.contrast_at(share) for share in (0.0, 0.2, 0.5, 0.75, 1.0)]
    assert weights == pytest.approx([0, 1, 1, 0.5, 0])


def test_a_second_look_shows_the_same_spine_with_other_calcium(tmp_path):
    phantoms.keep({"train": 1, "val": 1}, 3, tmp_path, looks=2)
    kept = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("0*.npz"))
    assert kept == [f"{part}/000000{look}.npz" for part in ("train", "val") for look in ("-1", "")]
    for part in ("train", "val"):
        again, first = data.read_all(tmp_path / part)[:2]
        assert again.pixels.shape != first.pixels.shape
        assert not np.array_equal(again.calcified, first.calcified)


def test_what_is_watched_is_spread_over_all_films():
    films = list(range(7))
    assert data.thin(films, 3) == [0, 2, 4]
    assert data.thin(films, 9) == films
    assert data.thin([], 9) == []


def test_a_stopped_training_goes_on_as_if_it_had_not_stopped(films, tmp_path):
    results = []
    for name, stops in (("once", [2]), ("twice", [1, 2])):
        for stop in stops:
            torch.manual_seed(1)
            part = scorers.ScorerPart(TABLE["lvlnet"], films[:4], films[:2], batch=2)
            _train_until(part, stop, tmp_path / name)
        results.append(torch.load(tmp_path / name / "lvlnet.pt", weights_only=True)["states"][1])
    assert all(torch.equal(value, results[1][key]) for key, value in results[0].items())


class _Scripted:
    """A part whose validation figures are given, and whose only weight counts the epochs."""

    name, watched, steps = "scripted", "val_error", 1

    def __init__(self, figures):
        self.network, self.figures = torch.nn.Linear(1, 1, bias=False), iter(figures)
        self.seen = []

    def batches(self, _rng, _progress):
        yield {}

    def loss(self, _batch, _progress):
        return self.network.weight.sum(), {}

    def validate(self, network):
        self.seen.append(float(network.weight.detach().sum()))
        return {"val_error": next(self.figures)}


def test_the_epoch_that_did_best_on_the_validation_films_is_kept_and_patience_ends(tmp_path):
    part = _Scripted([3.0, 1.0, 2.0, 1.5, 9.0, 9.0])
    chosen = train(part, LoopSettings(6, patience=3), tmp_path, quiet)
    assert len(part.seen) == 5  # the second was best; three more were waited for
    assert float(chosen.weight.detach().sum()) == part.seen[1]
    again = train(_Scripted([]), LoopSettings(6, patience=3), tmp_path, quiet)
    assert float(again.weight.detach().sum()) == part.seen[1]


class _Killed(Exception):  # noqa: N818
    pass


def _train_until(part, epochs, folder):
    def stop(_name, epoch, *_):
        if epoch == epochs:
            raise _Killed

    with pytest.raises(_Killed):
        train(part, LoopSettings(3, seed=7), folder, stop)


def test_films_come_back_from_the_disk_as_they_were(films, tmp_path):
    data.write(films[0], tmp_path / "0.npz")
    again = data.read(tmp_path / "0.npz")
    assert np.array_equal(again.pixels, films[0].pixels)
    assert np.array_equal(again.corners, films[0].corners)
    assert np.array_equal(again.calcified, films[0].calcified)
    assert again.total == films[0].total


def test_a_film_cut_down_to_its_strip_teaches_the_same(films):
    cut = [data.with_views(film, ["strip"]) for film in films]
    assert sum(f.pixels.size for f in cut) < 0.4 * sum(f.pixels.size for f in films)
    for film, small in zip(films[:4], cut[:4], strict=True):
        alike(views.still_strip(small), views.still_strip(film), 1e-4)
        for seed in range(2):
            one, other = (
                views.strip_view(f, np.random.default_rng(seed), 1) for f in (small, film)
            )
            for name, value in one.items():
                alike(value, other[name], 2e-3, nan_ok=True)


@pytest.mark.parametrize("shift", [(0, -400), (700, 0), (0, 3000)])
def test_a_strip_that_leaves_the_film_is_cut_down_alike(films, shift):
    film = replace(films[0], corners=films[0].corners + np.float32(shift))
    small = data.with_views(film, ["strip"])
    alike(views.still_strip(small), views.still_strip(film), 1e-4)


def test_training_keeps_what_is_fainter_than_a_step_of_8_bits():
    pixels = np.linspace(0, 1, 8000, dtype=np.float32).reshape(100, 80)
    kept = data.as_float(data.prepare(data.Sample(Radiograph(pixels))).pixels)
    assert len(np.unique(kept)) > 7500


def test_a_total_without_grades_and_a_level_without_grade_are_both_accepted():
    pixels = Radiograph(np.random.default_rng(0).random((80, 60)).astype(np.float32))
    alone = data.prepare(data.Sample(pixels, total=7.0))
    assert alone.is_scored
    assert not alone.has_corners
    blind = np.ones((4, 2), dtype=np.int8)
    blind[3] = -1
    partly = data.prepare(data.Sample(pixels, grades=blind))
    assert partly.is_scored
    assert np.isnan(partly.total)


def test_training_on_unscored_films_is_refused(tmp_path):
    pixels = Radiograph(np.zeros((80, 60), dtype=np.float32))
    pairs = [("train", data.Sample(pixels)), ("val", data.Sample(pixels))]
    with pytest.raises(ValueError, match="train films must hold a score"):
        fit(TrainSettings(work=tmp_path), tmp_path / "out", quiet, pairs)
