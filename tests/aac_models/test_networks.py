import pytest
import torch

from aac_models.arms import ARMS, TABLE
from aac_models.networks.localizer import Localizer
from aac_models.networks.ranker import StripRanker, level_share
from aac_models.networks.whole_image import WholeImageRanker


def test_the_localizer_gives_a_map_a_corner_at_a_quarter_of_the_size():
    with torch.inference_mode():
        said = Localizer().eval()(torch.zeros(2, 2, 256, 256))
    assert said.heatmaps.shape == (2, 24, 64, 64)
    assert said.masks.shape == (2, 2, 64, 64)
    assert said.verdict.shape == (2, 1 + 6)


def test_the_strip_scorer_says_where_each_wall_runs_and_where_calcium_lies():
    with torch.inference_mode():
        said = StripRanker().eval()(torch.rand(2, 3, 280, 96))
    assert said.logits.shape == (2, 4, 2, 3)
    assert said.assessable.shape == (2, 4)
    assert said.attention.shape == (2, 2, 140, 48)
    assert said.attention.sum(-1) == pytest.approx(1, abs=1e-5)
    assert said.presence.shape == (2, 2, 140)
    assert level_share(said.presence).shape == (2, 4, 2)


def test_the_baseline_grades_the_same_segments():
    with torch.inference_mode():
        said = WholeImageRanker().eval()(torch.rand(1, 2, 640, 512))
    assert said.logits.shape == (1, 4, 2, 3)
    assert said.attention is None
    assert said.maps.shape == (1, 9, 80, 64)


def test_the_localized_arms_differ_in_the_contrastive_term_alone():
    assert ARMS == ("lvlcrnet", "lvlnet", "baseline")
    with_term, without = TABLE["lvlcrnet"], TABLE["lvlnet"]
    assert (with_term.sees, without.sees) == ("strip", "strip")
    assert with_term.contrast > without.contrast == 0
    names = [set(arm.network().state_dict()) for arm in (with_term, without)]
    assert names[0] == names[1]


def test_an_arm_answers_for_the_localizer_too():
    assert TABLE["baseline"].files == ("localizer", "baseline")
