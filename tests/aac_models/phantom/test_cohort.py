import numpy as np
import pytest

from aac_models.kauppila import grade_of_share
from aac_models.phantom import cohort
from aac_models.phantom.deposits import draw_shares, lay_arcs
from aac_models.phantom.readers import NOT_READ, READERS, read, total
from aac_models.phantom.styles import draw_style

# Published spread of the score in the cohorts imitated: mean, SD, share of zeros, as ranges.
BURDENS = {
    "test": ((5.2, 7.0), (5.2, 6.6), (0.20, 0.30)),
    "C": ((3.3, 4.6), (3.7, 4.8), (0.20, 0.36)),
    "D": ((8.2, 10.2), (6.3, 7.4), (0.10, 0.20)),
}
N = 700


@pytest.fixture(scope="module")
def shares():
    """Shares of ``N`` patients a split, (patients, levels, walls)."""
    return {
        split: np.array(
            [
                draw_shares(np.random.default_rng(plan.patient_seed), plan.burden)
                for plan in cohort.plan({split: N}, 11)
            ]
        )
        for split in BURDENS
    }


def read_all(shares):
    whole = np.ones(4, bool)
    readings = [read(np.random.default_rng(k), film, whole) for k, film in enumerate(shares)]
    return {name: np.array([r[name].sum() for r in readings], float) for name in READERS}


def icc_a1(first, second):
    """Two-way, absolute agreement, single measure (McGraw and Wong 1996), for two readers."""
    scores = np.stack([first, second], axis=1)
    n, k = scores.shape
    rows, columns, grand = scores.mean(axis=1), scores.mean(axis=0), scores.mean()
    between = k * ((rows - grand) ** 2).sum() / (n - 1)
    readers = n * ((columns - grand) ** 2).sum() / (k - 1)
    rest = ((scores - rows[:, None] - columns + grand) ** 2).sum() / ((n - 1) * (k - 1))
    return (between - rest) / (between + (k - 1) * rest + k * (readers - rest) / n)


@pytest.mark.parametrize("split", BURDENS)
def test_totals_are_spread_as_in_the_cohort_imitated(shares, split):
    totals = grade_of_share(shares[split]).sum(axis=(1, 2))
    for value, (low, high) in zip(
        (totals.mean(), totals.std(), (totals == 0).mean()), BURDENS[split], strict=True
    ):
        assert low <= value <= high


@pytest.mark.parametrize("split", BURDENS)
def test_burden_rises_downward_and_is_heavier_behind(shares, split):
    levels = shares[split].mean(axis=(0, 2))
    assert np.all(np.diff(levels) > 0)
    walls = shares[split].mean(axis=(0, 1))
    assert walls[0] < walls[1] < 1.6 * walls[0]


def test_neighboring_levels_resemble_each_other_more_than_distant_ones(shares):
    within = shares["test"] - shares["test"].mean(axis=(1, 2), keepdims=True)
    near = np.corrcoef(within[:, 1, 1], within[:, 2, 1])[0, 1]
    far = np.corrcoef(within[:, 0, 1], within[:, 3, 1])[0, 1]
    assert near > far


def test_some_shares_stand_close_to_the_thirds_and_none_on_them(shares):
    all_shares = np.concatenate([each.ravel() for each in shares.values()])
    away = np.minimum(np.abs(all_shares - 1 / 3), np.abs(all_shares - 2 / 3))
    assert (away < 0.04).mean() > 0.05
    assert away.min() > 1e-6


def test_two_readers_agree_as_human_readers_do(shares):
    seen = read_all(shares["test"])
    assert 0.93 <= icc_a1(seen["reader_1"], seen["reader_2"]) <= 0.965
    truth = grade_of_share(shares["test"]).sum(axis=(1, 2))
    assert icc_a1(seen["consensus"], truth) > 0.975
    # Radiologia 2016: limits of agreement 4.7 to 9.4 points wide.
    difference = seen["reader_1"] - seen["reader_2"]
    assert 4.7 <= 3.92 * difference.std() <= 9.4
    assert abs(difference.mean()) < 0.3


def test_the_consensus_stays_between_the_readers_on_every_segment(shares):
    whole = np.ones(4, bool)
    for k, film in enumerate(shares["D"][:100]):
        seen = read(np.random.default_rng(k), film, whole)
        pair = np.stack([seen["reader_1"], seen["reader_2"]])
        assert np.all(seen["consensus"] >= pair.min(axis=0))
        assert np.all(seen["consensus"] <= pair.max(axis=0))


def test_a_level_that_is_not_assessable_leaves_no_total():
    seen = read(np.random.default_rng(1), np.full((4, 2), 0.5), np.array([1, 1, 1, 0], bool))
    assert np.all(seen["consensus"][3] == NOT_READ)
    assert total(seen["consensus"]) is None
    assert total(np.full((4, 2), 3, np.int8)) == 24


def test_no_share_means_no_arc():
    arcs = lay_arcs(np.random.default_rng(1), 0.0, 40.0, 1.0)
    assert arcs.start.size == 0
    assert arcs.share == 0


@pytest.mark.parametrize("share", [0.03, 0.2, 1 / 3, 0.66, 0.98, 1.0])
def test_arcs_sum_to_the_share_asked_for(share):
    for seed in range(20):
        arcs = lay_arcs(np.random.default_rng(seed), share, 41.0, 1.0)
        assert arcs.share == pytest.approx(share, abs=1e-12)
        assert np.all((arcs.thickness_mm > 0.4) & (arcs.thickness_mm < 2.6))


def test_a_split_does_not_depend_on_the_others():
    alone = cohort.plan({"D": 5}, 4)
    among = cohort.plan({"train": 7, "D": 9}, 4)[7:12]
    assert [p.seed for p in alone] == [p.seed for p in among]
    assert [p.style for p in alone] == [p.style for p in among]


def test_no_patient_is_in_two_splits_and_some_have_two_films():
    plans = cohort.plan({"train": 300, "val": 100, "test": 100, "C": 60, "D": 60}, 2)
    assert [p.film for p in plans] == list(range(620))
    splits = {}
    for plan in plans:
        splits.setdefault(plan.patient, set()).add((plan.split, plan.center))
    assert all(len(where) == 1 for where in splits.values())
    assert 590 - 25 <= len(splits) < 620


def test_centers_follow_from_the_splits():
    plans = cohort.plan({"train": 60, "C": 5, "D": 5}, 2)
    assert {p.center for p in plans if p.split == "train"} == {"A", "B"}
    assert {p.center for p in plans if p.split == "C"} == {"C"}


@pytest.mark.parametrize(
    ("randomized", "low", "high"), [(0.4, 0.3, 0.5), (True, 1, 1), (False, 0, 0)]
)
def test_the_randomized_share_is_kept_and_spares_the_test_sets(randomized, low, high):
    plans = cohort.plan({"train": 300, "test": 40, "C": 20, "D": 20}, 6, randomized=randomized)
    drawn = {
        split: [p.style.is_randomized for p in plans if p.split == split]
        for split in ("train", "test", "C", "D")
    }
    assert low <= np.mean(drawn["train"]) <= high
    assert not any(drawn["test"] + drawn["C"] + drawn["D"])


@pytest.mark.parametrize(
    ("sizes", "randomized", "word"),
    [({"E": 3}, 0.4, "E"), ({"test": -1}, 0.4, "negative"), ({"test": 1}, 1.5, "randomized")],
)
def test_an_impossible_cohort_is_refused(sizes, randomized, word):
    with pytest.raises(ValueError, match=word):
        cohort.plan(sizes, 1, randomized=randomized)


def test_an_unknown_center_is_refused():
    with pytest.raises(ValueError, match="A, B, C, D"):
        draw_style("Z", np.random.default_rng(1))
