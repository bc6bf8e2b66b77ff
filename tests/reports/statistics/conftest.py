"""Reference values made in R (see ``about`` and ``calls`` in the JSON), beside their data."""

import csv
import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

FOLDER = Path(__file__).parents[2] / "golden" / "stats"
GOLDEN = json.loads((FOLDER / "reference_public.json").read_text(encoding="utf-8"))
EDGES = json.loads((FOLDER / "edge_cases_public.json").read_text(encoding="utf-8"))
FILES = {"A": "aacs_sim_A_n211", "C": "aacs_sim_C_n157"}


@dataclass
class Case:
    """One pair of columns and what R makes of it."""

    name: str
    reference: np.ndarray
    prediction: np.ndarray
    expected: dict
    patient_id: np.ndarray | None = None
    columns: dict = field(default_factory=dict)


def read(name):
    with (FOLDER / f"{name}.csv").open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    return {key: np.array([row[key] for row in rows]) for key in rows[0]}


def simulated(center, model):
    columns = read(FILES[center])
    expected = GOLDEN[f"aacs_sim_{center}"]["by_model"][model]
    numbers = {k: columns[k].astype(float) for k in ("gt", "baseline", "locnet", "full")}
    return Case(
        f"{center}-{model}", numbers["gt"], numbers[model], expected, columns["patient_id"], numbers
    )


def published(name, reference, prediction, expected):
    columns = read(name)
    return Case(name, columns[reference].astype(float), columns[prediction].astype(float), expected)


SIMULATED = [simulated(c, m) for c in "AC" for m in ("baseline", "locnet", "full")]
PUBLISHED = [
    published("pefr_1986", "mini1", "wright1", GOLDEN["pefr_1986_wright_vs_mini"]["results"]),
    published("tiny_ties_zeros_n12", "gt", "pred", GOLDEN["tiny_n12"]["results"]),
]
DEPRESSION = published("hollander_wolfe_depression", "x", "y", GOLDEN["hollander_wolfe"])


@pytest.fixture(params=SIMULATED, ids=lambda case: case.name)
def simulated_case(request):
    return request.param


@pytest.fixture(params=SIMULATED + PUBLISHED, ids=lambda case: case.name)
def case(request):
    return request.param


@pytest.fixture(params=[*SIMULATED, *PUBLISHED, DEPRESSION], ids=lambda case: case.name)
def rank_case(request):
    return request.param


@pytest.fixture
def golden():
    return GOLDEN


@pytest.fixture
def read_columns():
    return read


@pytest.fixture
def edges():
    return {edge["name"]: edge for edge in EDGES}


@pytest.fixture(params=["A", "C"])
def center(request):
    return request.param


@pytest.fixture
def columns_of():
    return lambda center: SIMULATED[0 if center == "A" else 3]


@pytest.fixture
def rng():
    return np.random.default_rng(20260101)
