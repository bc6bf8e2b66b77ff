import numpy as np
import pytest
import torch

from aac_models.training import calibrate


def test_calibration_finds_how_overconfident_a_scorer_is():
    rng = np.random.default_rng(2)
    true = torch.from_numpy(rng.normal(-0.5, 1.5, (3000, 4, 2, 3)))
    above = rng.random((3000, 4, 2, 3)) < torch.sigmoid(true).numpy()
    grades = torch.from_numpy(np.cumprod(above, axis=-1).sum(-1))
    scale, shift = calibrate.platt(2 * true + 1, grades)  # twice too sure, and biased
    assert scale == pytest.approx([0.5] * 3, abs=0.06)
    assert shift == pytest.approx([-0.5] * 3, abs=0.12)


def test_a_question_with_one_answer_is_left_as_it_is():
    grades = torch.zeros(5, 4, 2, dtype=torch.long)
    assert calibrate.platt(torch.randn(5, 4, 2, 3), grades) == ([1.0] * 3, [0.0] * 3)


def test_the_limit_of_assessability_is_where_it_separates_best():
    belief = np.array([[0.99, 0.9, 0.6, 0.97], [0.98, 0.95, 0.7, 0.3]], dtype=np.float32)
    truth = belief > 0.8
    assert 0.69 < calibrate.assess_below(belief, truth) <= 0.9
    assert calibrate.assess_below(belief, np.ones_like(truth)) == 0.5


def test_the_limit_of_refusal_lies_below_nearly_all_films_and_within_reason():
    assert calibrate.refuse_below([0.99] * 200) == 0.9
    assert calibrate.refuse_below([0.8] * 200) == pytest.approx(0.75)
    assert calibrate.refuse_below([0.2] * 200) == 0.5
    assert calibrate.refuse_below([0.0]) == 0.5


def test_interval_widths_cover_what_they_promise():
    rng = np.random.default_rng(0)
    total = rng.uniform(0, 24, 4000)
    distance = np.abs(rng.normal(0, 0.3 + total / 10))
    pairs = calibrate.half_widths(total[:2000], distance[:2000])
    assert pairs[-1][0] == 24
    width = np.array([next(w for upper, w in pairs if t <= upper) for t in total[2000:]])
    assert (distance[2000:] <= width).mean() == pytest.approx(0.9, abs=0.02)


def test_too_few_validation_films_give_no_false_promise():
    assert calibrate.half_widths(np.array([1.0, 2.0]), np.array([0.1, 0.1])) == [[24.0, 24.0]]
