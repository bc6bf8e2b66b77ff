"""The scripts that judge the weights, on made-up scores and one real film."""

import sys
from pathlib import Path

import numpy as np
import pytest

from aac_models.phantom.cohort import plan
from aac_models.training.data import Film

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

import agreement_tables as tables
import corruptions
import ladder
import robustness
from film_scores import FilmScore
from targets import TARGETS

ARMS = ("lvlcrnet", "baseline")


def scored(split="test", films=80, seed=0, spread=(0.0, 1.5), refused=()):
    """Made-up films: readers who nearly agree, and arms that err by a spread."""
    rng = np.random.default_rng(seed)
    found = []
    for index in range(films):
        truth = np.clip(rng.integers(0, 4) + rng.integers(-1, 2, (4, 2)), 0, 3).astype(float)
        grades = {"consensus": truth, "reader_1": truth, "reader_2": truth}
        total = {name: float(read.sum()) for name, read in grades.items()}
        for arm, width in zip(ARMS, spread, strict=True):
            total[arm] = float(np.clip(truth.sum() + rng.normal(0, width), 0, 24))
            grades[arm] = truth
        limits = {arm: (total[arm] - 1, total[arm] + 1) for arm in ARMS}
        if index in refused:
            for arm in ARMS:
                total[arm], grades[arm] = np.nan, np.full((4, 2), np.nan)
                limits[arm] = (np.nan, np.nan)
        found.append(
            FilmScore(
                split=split,
                patient=index // 2,
                grades=grades,
                total=total,
                interval=limits,
                refusal="unlike" if index in refused else "",
                corner_mm=np.array([1.0, 2.0]),
                levels_right=index not in refused,
                side_right=True,
            )
        )
    return found


def test_an_arm_without_error_meets_its_targets_and_one_with_error_misses_some():
    figures = tables.agreement(scored(), "consensus", "lvlcrnet")
    assert figures["mae"].value == 0
    assert figures["kappa_grades"].value == 1
    assert figures["coverage"].value == 1
    told = tables.results("test", "lvlcrnet", figures)
    held = {one.metric: one.is_met for one in told if one.is_met is not None}
    assert held == dict.fromkeys(set(TARGETS["test"]) - {"corner_mm", "levels_right"}, True)
    worse = tables.agreement(scored(spread=(3.0, 1.5)), "consensus", "lvlcrnet")
    table = tables.target_table(tables.results("test", "lvlcrnet", worse))
    assert ["internal test", "lvlcrnet", "mae", "<= 0.9"] in [row[:4] for row in table.rows]
    assert "**missed**" in table.markdown()


def test_only_the_arm_that_the_targets_are_for_is_held_to_them():
    figures = tables.agreement(scored(), "consensus", "baseline")
    assert all(one.is_met is None for one in tables.results("test", "baseline", figures))


def test_a_refused_film_counts_as_not_found_and_as_missing():
    films = scored(refused=(0, 1, 2, 3))
    places = tables.localization(films)
    assert places["levels_right"].value == pytest.approx(0.95)
    assert places["accepted"].value == pytest.approx(0.95)
    assert places["corner_mm"].value == 1.5
    assert tables.agreement(films, "consensus", "lvlcrnet")["mae"].n == 76
    blind = tables.level_table("test", films, ARMS)
    assert blind.rows[0] == ["lvlcrnet", "0 of 0", "16 of 320"]


def test_arms_are_compared_on_the_same_films_by_patient():
    table = tables.ladder_table("test", scored(spread=(0.3, 3.0)), ARMS)
    (icc, mae) = table.rows
    assert icc[:3] == ["lvlcrnet - baseline", "ICC(A,1)", "80"]
    assert float(icc[3]) > 0 > float(mae[3])
    low, high = (float(end) for end in mae[4].split(" to "))
    assert low < float(mae[3]) < high < 0


def test_the_drop_is_taken_on_the_films_that_were_scored_both_ways():
    clean, spoilt = scored(), scored(refused=(5, 6))
    films = [
        {"clean": a, **dict.fromkeys(corruptions.DECLARED, b)}
        for a, b in zip(clean, spoilt, strict=True)
    ]
    row, held = robustness.judge(films, "lvlcrnet", "noise")
    assert row[3:5] == ["2 of 80", "2"]
    assert held.value == pytest.approx(0)
    assert held.is_met
    assert held.n == 78


@pytest.fixture(scope="module")
def states():
    return corruptions.spoiled(plan({"test": 1}, 9)[0])


def test_every_declared_corruption_changes_the_film_and_keeps_its_range(states):
    assert set(states) == {"clean", *corruptions.DECLARED}
    assert len(corruptions.DECLARED) == 10
    clean = states["clean"].radiograph.pixels
    for name, film in states.items():
        pixels = film.radiograph.pixels
        assert pixels.dtype == np.float32
        assert 0 <= pixels.min() <= pixels.max() <= 1
        assert np.array_equal(film.readers["consensus"], states["clean"].readers["consensus"])
        if name != "clean":
            assert pixels.shape != clean.shape or not np.array_equal(pixels, clean)


def test_landmarks_follow_a_turned_and_a_cropped_film(states):
    clean = states["clean"]
    corner = clean.anatomy.corners_px[2, 0]
    patch = clean.radiograph.pixels[tuple(np.rint(corner).astype(int))]
    for name in ("rotation", "crop"):
        moved = states[name]
        place = np.rint(moved.anatomy.corners_px[2, 0]).astype(int)
        assert moved.radiograph.pixels[tuple(place)] == pytest.approx(patch, abs=0.2)
        sides = [
            np.linalg.norm(np.diff(f.anatomy.corners_px[2, :2], axis=0)) for f in (moved, clean)
        ]
        assert sides[0] == pytest.approx(sides[1], rel=1e-3)


def a_film(total=4.0):
    small = np.zeros((2, 2), np.uint8)
    grades = np.zeros((4, 2), np.int8)
    grades[0] = 2
    return Film(
        pixels=small,
        canvas=small,
        thumbnail=small,
        corners=np.zeros((6, 4, 2), np.float32),
        walls=np.zeros((2, 9, 2), np.float32),
        calcified=np.zeros((2, 8), np.float32),
        grades=grades,
        total=total,
        is_lateral_lumbar=True,
    )


def test_each_regime_forgets_what_it_says():
    films = [a_film() for _ in range(200)] + [a_film(float("nan"))]
    rng = np.random.default_rng(0)
    made = {name: regime(films, rng) for name, (_, regime) in ladder.REGIMES.items()}
    assert made["traced"] is films
    for name in ("grades", "totals", "few", "few totals", "noisy"):
        assert all(film.walls.shape == (2, 0, 2) for film in made[name])
        assert all(film.calcified.shape == (2, 0) for film in made[name])
    assert all((film.grades == -1).all() and film.total == 4 for film in made["totals"])
    assert len(made["totals"]) == 200
    assert len(made["few"]) == len(made["few totals"]) == ladder.FEW
    changed = np.mean([(film.grades != a_film().grades).mean() for film in made["noisy"]])
    assert 0.1 < changed < ladder.NOISE
    assert all(film.total == film.grades.sum() for film in made["noisy"])


def test_a_ladder_says_which_arm_is_better_and_how_sure_it_is():
    rng = np.random.default_rng(1)
    truth = rng.integers(0, 20, 120).astype(float)
    totals = {
        arm: np.clip(truth + rng.normal(0, spread, (3, 120)), 0, 24)
        for arm, spread in (("lvlcrnet", 0.5), ("lvlnet", 2.0))
    }
    table, told = ladder.compare(truth, totals)
    assert [row[0].split(",")[0] for row in table.rows] == [
        "lvlcrnet",
        "lvlnet",
        "lvlcrnet - lvlnet",
    ]
    mae = told[2]["mae"]
    assert len(mae["by_seed"]) == 3
    assert mae["high"] < 0
    assert mae["low"] < np.mean(mae["by_seed"]) < mae["high"]
