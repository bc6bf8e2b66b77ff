import math

import hypothesis.strategies as st
import numpy as np
import pytest
import torch
from hypothesis import given, settings

from aac_models import losses

TEMPERATURE = 2.0


def _rank_n_contrast_by_definition(embeddings, labels):
    """Three nested loops, straight from the formula."""
    count = len(labels)
    total = 0.0
    for i in range(count):
        for j in range(count):
            if i == j:
                continue
            away = abs(labels[i] - labels[j])
            logits = [
                -math.dist(embeddings[i], embeddings[k]) / TEMPERATURE
                for k in range(count)
                if k != i and abs(labels[i] - labels[k]) >= away
            ]
            own = -math.dist(embeddings[i], embeddings[j]) / TEMPERATURE
            total -= own - math.log(sum(math.exp(value) for value in logits))
    return total / count / (count - 1)


@settings(max_examples=30, deadline=None)
@given(
    labels=st.lists(st.integers(0, 6), min_size=2, max_size=9),
    seed=st.integers(0, 2**16),
)
def test_the_fast_contrastive_loss_equals_its_definition(labels, seed):
    embeddings = np.random.default_rng(seed).normal(0, 3, (len(labels), 4))
    fast = losses.rank_n_contrast(
        torch.from_numpy(embeddings), torch.tensor(labels, dtype=torch.float64), TEMPERATURE
    )
    slow = _rank_n_contrast_by_definition(embeddings.tolist(), labels)
    assert float(fast) == pytest.approx(slow, rel=1e-9)


def test_the_contrastive_loss_does_not_depend_on_the_order_of_films():
    rng = np.random.default_rng(4)
    embeddings = torch.from_numpy(rng.normal(size=(12, 3)))
    labels = torch.from_numpy(rng.integers(0, 5, 12)).double()
    order = torch.from_numpy(rng.permutation(12))
    assert float(losses.rank_n_contrast(embeddings, labels)) == pytest.approx(
        float(losses.rank_n_contrast(embeddings[order], labels[order]))
    )


def test_the_contrastive_loss_prefers_embeddings_in_the_order_of_the_scores():
    labels = torch.tensor([0.0, 2.0, 5.0, 11.0, 24.0])
    ordered = losses.rank_n_contrast(labels[:, None], labels)
    shuffled = losses.rank_n_contrast(labels[[3, 0, 4, 1, 2]][:, None], labels)
    assert ordered < shuffled


def test_the_contrastive_loss_has_a_finite_gradient_where_embeddings_coincide():
    embeddings = torch.zeros(6, 4, requires_grad=True)
    losses.rank_n_contrast(embeddings, torch.arange(6.0)).backward()
    assert torch.isfinite(embeddings.grad).all()


def test_the_contrastive_loss_needs_a_pair():
    with pytest.raises(ValueError, match="two rows or more, got 1"):
        losses.rank_n_contrast(torch.zeros(1, 4), torch.zeros(1))


def test_grade_probabilities_are_products_of_conditionals_and_sum_to_one():
    logits = torch.tensor([0.3, -1.0, 2.0], dtype=torch.float64)
    one, two, three = (1 / (1 + math.exp(-value)) for value in logits.tolist())
    expected = [1 - one, one * (1 - two), one * two * (1 - three), one * two * three]
    assert losses.corn_probabilities(logits).tolist() == pytest.approx(expected)
    assert float(losses.corn_probabilities(torch.randn(5, 4, 2, 3)).sum(-1).std()) < 1e-6


def test_the_ordinal_loss_asks_only_the_questions_that_apply():
    # Grade 1: "above 0" yes, "above 1" no, "above 2" is not asked.
    logits = torch.tensor([[0.7, -0.2, 9.0]])
    yes, no = math.log1p(math.exp(-0.7)), math.log1p(math.exp(-0.2))
    assert float(losses.corn_loss(logits, torch.tensor([1]))) == pytest.approx((yes + no) / 3)


def test_a_segment_that_was_not_assessed_costs_nothing():
    logits = torch.randn(6, 4, 2, 3)
    grades = torch.randint(0, 4, (6, 4, 2))
    blind = grades.clone()
    blind[2] = -1
    kept = torch.tensor([0, 1, 3, 4, 5])
    assert float(losses.corn_loss(logits, blind)) == pytest.approx(
        float(losses.corn_loss(logits[kept], grades[kept])), rel=1e-5
    )
    assert float(losses.corn_loss(logits, torch.full((6, 4, 2), -1))) == 0


def test_a_sharp_map_is_read_at_its_peak():
    maps = torch.full((1, 1, 16, 16), -20.0)
    maps[0, 0, 5, 11] = 20.0
    place, share = losses.soft_argmax(maps)
    assert place[0, 0].tolist() == pytest.approx([5, 11], abs=1e-4)
    assert float(share.sum()) == pytest.approx(1)


def test_the_landmark_loss_is_least_at_the_truth_and_blind_to_what_is_hidden():
    row = torch.arange(16.0)
    places = torch.tensor([[[6.0, 9.0]]])
    at = -((row[:, None] - 6) ** 2 + (row[None] - 9) ** 2) / 2
    visible = torch.ones(1, 1)
    right = losses.landmark_loss(at[None, None], places, visible)
    wrong = losses.landmark_loss(at.T[None, None], places, visible)
    assert right < wrong
    assert float(losses.landmark_loss(at.T[None, None], places, torch.zeros(1, 1))) == 0


def test_the_wall_loss_follows_known_columns_and_ignores_unknown_ones():
    attention = torch.full((1, 2, 3, 48), 1e-6)
    attention[..., 20] = 1.0
    known = torch.full((1, 2, 3), 20 / 47)
    assert losses.wall_loss(attention, known) < losses.wall_loss(attention, known + 0.2)
    assert float(losses.wall_loss(attention, torch.full((1, 2, 3), torch.nan))) == 0


def test_the_presence_loss_is_least_at_the_truth_and_blind_to_what_was_not_traced():
    truth = torch.tensor([0.0, 1.0, 0.5, float("nan")])
    best = losses.presence_loss(torch.tensor([0.0, 1.0, 0.5, 0.9]), truth)
    assert float(best) == pytest.approx(np.log(2) / 3, abs=1e-4)  # what a half leaves open
    assert losses.presence_loss(torch.tensor([0.3, 0.7, 0.5, 0.0]), truth) > best
    assert float(losses.presence_loss(torch.rand(3), torch.full((3,), float("nan")))) == 0


@pytest.mark.parametrize(("grade", "share"), [(0, 0.0), (1, 0.2), (2, 0.5), (3, 0.9)])
def test_a_share_within_its_grade_costs_nothing_and_outside_it_does(grade, share):
    shares = torch.full((1, 4, 2), share)
    fitting = torch.full((1, 4, 2), grade)
    assert float(losses.share_loss(shares, fitting)) == 0
    assert float(losses.share_loss(shares, (fitting + 2) % 4)) > 0


def test_a_film_without_a_total_does_not_enter_the_error_of_totals():
    expected = torch.ones(2, 4, 2)
    grades = torch.ones(2, 4, 2, dtype=torch.long)
    assert float(losses.total_loss(expected, grades, torch.tensor([8.0, torch.nan]))) == 0
