"""What the agreement table cannot be made of raises, with one clear line."""

import pytest

from data_contracts.errors import ContractError
from reports.agreement import agreement_table
from reports.statistics.plan import StatisticsPlan
from tests.reports.agreement_builders import MODELS, a_prediction, a_total, grades_of, tables


@pytest.mark.parametrize(
    ("predictions", "annotations", "message"),
    [
        ([a_prediction()] * 2, [a_total()], "stand more than once, the first is of image I-1"),
        ([a_prediction()], [a_total()] * 2, "annotations: 1 stand more than once"),
        ([a_prediction(total=24.5)], [a_total()], "a predicted total: score outside 0 to 24"),
        ([a_prediction()], [a_total(total=25)], "an annotated total: score outside 0 to 24"),
        ([a_prediction()], [a_total(level="L5", wall="anterior", grade=1)], "a level is none"),
        ([a_prediction()], grades_of("I-1", [4] + [0] * 7), "an annotated grade: score outside"),
        ([a_prediction()], [*grades_of("I-1", [1] * 8), a_total(total=9)], "not the sum"),
        ([a_prediction(), a_prediction(center="B")], [a_total()], "lies in two centers"),
        ([a_prediction(center="all")], [a_total(center="all")], "names a pool"),
        ([a_prediction(model=None)], [a_total()], "predictions: 1 rows have no model"),
        ([a_prediction()], [a_total(reader=None)], "annotations: 1 rows have no reader"),
        ([a_prediction()], [a_total(level="L1", grade=1)], "a level without a wall"),
    ],
)
def test_what_cannot_be_raises_with_one_clear_line(predictions, annotations, message):
    with pytest.raises(ContractError, match=message) as caught:
        agreement_table(*tables(predictions, annotations), statistics=StatisticsPlan(bootstrap=0))
    assert "\n" not in str(caught.value)


def test_more_models_than_the_family_declares_raise():
    found = tables([a_prediction(model=m) for m in MODELS], [a_total()])
    with pytest.raises(ContractError, match="family_size is 2 but 3 models were run"):
        agreement_table(*found, statistics=StatisticsPlan(bootstrap=0, family_size=2))


@pytest.mark.parametrize(
    "changes",
    [
        {"alpha": 0}, {"correction": "sidak"}, {"zero_method": "drop"}, {"bootstrap": -1},
        {"margin": 0.0}, {"severity": "custom"}, {"presets": {"dxa": (5.0, 1.0)}},
        {"roles": {"A": "training"}}, {"missing": "impute"}, {"family_size": 0},
        {"loa_interval": "mover"}, {"target_widths": {"bias": 0.0}},
    ],
)  # fmt: skip
def test_an_impossible_plan_names_its_key(changes):
    with pytest.raises(ValueError, match=rf"statistics\.{next(iter(changes))}"):
        StatisticsPlan(**changes)
