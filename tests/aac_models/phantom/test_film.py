import os
import pickle
import subprocess
import sys
from dataclasses import replace
from hashlib import sha256
from itertools import islice

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aac_models.anatomy import VERTEBRAE
from aac_models.kauppila import LEVELS, WALLS, grade_of_share
from aac_models.phantom import cohort, film
from aac_models.phantom.aorta import STEPS_PER_LEVEL
from aac_models.phantom.readers import NOT_READ
from aac_models.phantom.scene import assessable_levels, collimate, lay_out
from aac_models.radiograph import Side

SIZES = {"train": 3, "test": 2, "C": 2, "D": 3}


@pytest.fixture(scope="module")
def phantoms():
    return [film.draw(plan) for plan in cohort.plan(SIZES, 7)]


def wall_length(points):
    return np.hypot(*np.diff(points, axis=0).T).sum()


def stretch(walls, wall, level):
    first = level * STEPS_PER_LEVEL
    return walls[wall, first : first + STEPS_PER_LEVEL + 1].astype(np.float64)


def measured_share(points, arcs):
    """Cut the polyline at each arc's ends and add up what lies between, in pixels."""
    along = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    calcified = 0.0
    for start, stop in zip(arcs.start, arcs.stop, strict=True):
        ends = np.array([start, stop]) * along[-1]
        places = np.concatenate([ends[:1], along[(along > ends[0]) & (along < ends[1])], ends[1:]])
        cut = np.stack([np.interp(places, along, points[:, axis]) for axis in (0, 1)], axis=1)
        calcified += wall_length(cut)
    return calcified / along[-1]


def levels_seen(plan):
    scene = lay_out(plan)
    return assessable_levels(scene.walls, collimate(scene, np.random.default_rng([plan.seed, 1])))


def plans_that_crop(count):
    plans = cohort.plan({"test": 400}, 1)
    return list(islice((plan for plan in plans if not levels_seen(plan).all()), count))


def test_shares_are_the_measured_length_of_the_arcs(phantoms):
    for phantom in phantoms:
        for level in range(len(LEVELS)):
            for wall in range(len(WALLS)):
                points = stretch(phantom.anatomy.walls_px, wall, level)
                arcs = phantom.arcs[level][wall]
                share = phantom.shares[level, wall]
                assert measured_share(points, arcs) == pytest.approx(share, abs=2e-3)
                assert share == pytest.approx((arcs.stop - arcs.start).sum(), abs=1e-12)


def test_arcs_are_ascending_disjoint_and_within_their_wall(phantoms):
    for phantom in phantoms:
        for arcs in (arcs for pair in phantom.arcs for arcs in pair):
            ends = np.stack([arcs.start, arcs.stop], axis=1).ravel()
            assert np.all(np.diff(ends) >= -1e-12)
            assert np.all((ends >= 0) & (ends <= 1 + 1e-12))


def test_grades_follow_from_the_shares(phantoms):
    for phantom in phantoms:
        assert phantom.shares.shape == (4, 2)
        assert np.array_equal(phantom.grades, grade_of_share(phantom.shares))


def test_level_limits_lie_on_the_mid_disc_lines(phantoms):
    """The walls' level limits lie in line with the middle of each disc, as Kauppila cuts them."""
    for phantom in phantoms:
        corners = phantom.anatomy.corners_px.astype(np.float64)
        for disc in range(5):
            lower, upper = corners[disc, 2:], corners[disc + 1, :2]
            front, back = (lower[0] + upper[0]) / 2, (lower[1] + upper[1]) / 2
            along = (front - back) / np.hypot(*(front - back))
            limit = phantom.anatomy.walls_px[:, disc * STEPS_PER_LEVEL].astype(np.float64)
            offset = limit - (front + back) / 2
            away = offset[:, 0] * along[1] - offset[:, 1] * along[0]
            assert np.abs(away).max() < 0.05


def test_walls_run_downward_with_the_anterior_one_in_front(phantoms):
    for phantom in phantoms:
        walls = phantom.anatomy.walls_px
        assert np.all(np.diff(walls[..., 0], axis=1) > 0)
        forward = 1 if phantom.anterior is Side.RIGHT else -1
        assert np.all(forward * (walls[0, :, 1] - walls[1, :, 1]) > 0)


def test_corners_stand_in_anatomical_order(phantoms):
    for phantom in phantoms:
        corners = phantom.anatomy.corners_px
        assert corners.shape == (len(VERTEBRAE), 4, 2)
        forward = 1 if phantom.anterior is Side.RIGHT else -1
        superior, inferior = corners[:, :2], corners[:, 2:]
        assert np.all(superior[..., 0].mean(axis=1) < inferior[..., 0].mean(axis=1))
        assert np.all(np.diff(corners[..., 0].mean(axis=1)) > 0)
        assert np.all(forward * (corners[:, 0, 1] - corners[:, 1, 1]) > 0)
        assert np.all(forward * (corners[:, 2, 1] - corners[:, 3, 1]) > 0)


def test_visible_vertebrae_lie_on_the_film(phantoms):
    for phantom in phantoms:
        rows, columns = phantom.radiograph.pixels.shape
        visible = phantom.anatomy.corners_px[phantom.anatomy.confidence == 1]
        assert np.all((visible > -0.5) & (visible < np.array([rows, columns]) - 0.5))


def test_pixels_are_finite_gray_values(phantoms):
    for phantom in phantoms:
        pixels = phantom.radiograph.pixels
        assert pixels.dtype == np.float32
        assert np.isfinite(pixels).all()
        assert pixels.min() >= 0
        assert pixels.max() <= 1
        assert pixels.std() > 0.05


def test_vertebrae_are_brighter_than_the_discs_between_them(phantoms):
    """In most places: ribs, gas and the iliac crest may turn it around at one level."""
    brighter = []
    for phantom in phantoms:
        pixels, corners = phantom.radiograph.pixels, phantom.anatomy.corners_px
        for level in (2, 3):
            bodies = [
                pixels[tuple(corners[k].mean(axis=0).round().astype(int))]
                for k in (level, level + 1)
            ]
            middle = np.concatenate([corners[level, 2:], corners[level + 1, :2]]).mean(axis=0)
            brighter.append(np.mean(bodies) > pixels[tuple(middle.round().astype(int))])
    assert np.mean(brighter) > 0.8


def test_the_same_plan_gives_the_same_bytes():
    plan = cohort.plan({"val": 2}, 3)[1]
    first, second = film.draw(plan), film.draw(pickle.loads(pickle.dumps(plan)))
    assert first.radiograph.pixels.tobytes() == second.radiograph.pixels.tobytes()
    assert first.anatomy.corners_px.tobytes() == second.anatomy.corners_px.tobytes()
    assert first.header == second.header
    for reader, grades in first.readers.items():
        assert np.array_equal(grades, second.readers[reader])


@pytest.mark.parametrize("threads", [1, 4])
def test_the_bytes_do_not_depend_on_the_number_of_threads(threads):
    script = (
        "from hashlib import sha256; from aac_models.phantom import cohort, film;"
        "drawn = film.draw(cohort.plan({'test': 1}, 11)[0]);"
        "print(sha256(drawn.radiograph.pixels.tobytes()).hexdigest())"
    )
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    limits = dict.fromkeys(names, str(threads))
    said = subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ | limits,
        capture_output=True,
        text=True,
        check=True,
    )
    drawn = film.draw(cohort.plan({"test": 1}, 11)[0])
    assert said.stdout.strip() == sha256(drawn.radiograph.pixels.tobytes()).hexdigest()


def test_a_patient_who_faces_the_other_way_is_mirrored():
    plan = cohort.plan({"test": 1}, 5)[0]
    right = film.draw(replace(plan, style=replace(plan.style, faces_left=False)))
    left = film.draw(replace(plan, style=replace(plan.style, faces_left=True)))
    columns = right.radiograph.pixels.shape[1]
    assert (right.anterior, left.anterior) == (Side.RIGHT, Side.LEFT)
    for there, here in (
        (right.anatomy.corners_px, left.anatomy.corners_px),
        (right.anatomy.walls_px, left.anatomy.walls_px),
    ):
        assert np.allclose(there[..., 0], here[..., 0])
        assert np.allclose(there[..., 1], columns - 1 - here[..., 1], atol=1e-3)
    assert np.array_equal(right.grades, left.grades)
    # Noise and the lead letter differ; the anatomy under them is the same, turned around.
    one, other = right.radiograph.pixels, left.radiograph.pixels[:, ::-1]
    assert np.corrcoef(one.ravel(), other.ravel())[0, 1] > 0.98


def test_a_finer_spacing_draws_the_same_anatomy_with_more_pixels():
    plan = cohort.plan({"test": 1}, 8)[0]
    coarse, fine = film.draw(plan, mm_per_px=0.8), film.draw(plan, mm_per_px=0.4)
    assert fine.radiograph.pixels.shape[0] == pytest.approx(
        2 * coarse.radiograph.pixels.shape[0], abs=1
    )
    assert np.allclose(
        (coarse.anatomy.corners_px + 0.5) * 0.8, (fine.anatomy.corners_px + 0.5) * 0.4, atol=0.5
    )
    assert np.array_equal(coarse.shares, fine.shares)
    rows, columns = (n // 2 * 2 for n in fine.radiograph.pixels.shape)
    halved = fine.radiograph.pixels[:rows, :columns].reshape(rows // 2, 2, columns // 2, 2)
    halved = halved.mean(axis=(1, 3))
    same = coarse.radiograph.pixels[: rows // 2, : columns // 2]
    assert np.corrcoef(halved[: len(same), : same.shape[1]].ravel(), same.ravel())[0, 1] > 0.97


def test_calcium_brightens_the_wall_and_not_what_lies_beside_it():
    plan = replace(cohort.plan({"test": 1}, 2)[0], burden=1.6)
    plan = replace(plan, style=replace(plan.style, photons=1e6))
    heavy, clean = film.draw(plan), film.draw(replace(plan, burden=-3.0))
    assert heavy.grades.sum() > 18
    assert clean.grades.sum() == 0
    gain = heavy.radiograph.pixels - clean.radiograph.pixels
    rows, columns = heavy.anatomy.walls_px.reshape(-1, 2).round().astype(int).T
    beside = (gain[rows, columns - 12] + gain[rows, columns + 12]) / 2
    assert 0.015 < (gain[rows, columns] - beside).mean() < 0.2


def test_levels_outside_the_field_are_not_read():
    films = [film.draw(plan, mm_per_px=2) for plan in plans_that_crop(3)]
    for phantom in films:
        assert not phantom.assessable.all()
        for grades in phantom.readers.values():
            assert np.all(grades[~phantom.assessable] == NOT_READ)
            assert np.all(grades[phantom.assessable] >= 0)
        assert np.all(phantom.grades >= 0)


def test_few_films_have_a_level_that_is_not_assessable():
    """NHANES 2013-14: 5.7 % of scans had one."""
    plans = cohort.plan({"test": 150, "D": 150}, 3)
    share = sum(not levels_seen(plan).all() for plan in plans) / len(plans)
    assert 0.01 < share < 0.08


def test_the_header_claims_what_the_radiograph_carries(phantoms):
    for phantom in phantoms:
        header, radiograph = phantom.header, phantom.radiograph
        assert (radiograph.pixel_spacing_mm is None) == (header.spacing_keyword == "")
        assert radiograph.spacing_source == header.spacing_keyword
        expected = {Side.LEFT: ("P", "F"), Side.RIGHT: ("A", "F"), None: ("", "")}
        assert header.patient_orientation == expected[radiograph.anterior]
        assert header.bits_stored in {10, 12, 14, 16}


@pytest.mark.parametrize("spacing", [0.01, 5.0, float("nan")])
def test_an_impossible_spacing_is_refused(spacing):
    plan = cohort.plan({"test": 1}, 1)[0]
    with pytest.raises(ValueError, match="mm_per_px"):
        film.draw(plan, mm_per_px=spacing)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**40), center=st.sampled_from(["train", "C", "D"]))
def test_any_seed_lays_a_sound_scene(seed, center):
    plan = cohort.plan({center: 1}, seed, randomized=True)[0]
    scene = lay_out(plan)
    assert np.isfinite(scene.corners).all()
    assert np.all(np.diff(scene.walls[..., 1], axis=1) > 0)
    caliber = np.hypot(*(scene.walls[0] - scene.walls[1]).T) / scene.spine.magnification
    assert caliber.min() > 7
    assert caliber.max() < 50


def test_a_patient_looked_at_again_has_the_same_spine_and_other_calcium():
    (first,) = cohort.plan({"train": 1}, 7, randomized=True)
    again = cohort.looked_at_again(first, 1)
    assert again == cohort.looked_at_again(first, 1)
    assert again.style.is_randomized
    assert again.patient_seed == first.patient_seed
    assert {again.seed, cohort.looked_at_again(first, 2).seed}.isdisjoint({first.seed})
    both = [film.draw(plan) for plan in (first, again)]
    assert not np.array_equal(both[0].shares, both[1].shares)
    assert both[0].radiograph.pixels.shape != both[1].radiograph.pixels.shape


def test_what_is_looked_at_again_is_as_often_heavy_as_light():
    films = cohort.plan({"train": 300}, 7)
    burdens = np.array([cohort.looked_at_again(film, 1).burden for film in films])
    clean = burdens < -1
    assert 0.01 < clean.mean() < 0.1
    assert np.histogram(burdens[~clean], bins=4, range=(-0.6, 1.4))[0].min() > 45
