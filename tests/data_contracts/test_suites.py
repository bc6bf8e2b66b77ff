import os
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from data_contracts import suites
from data_contracts.errors import ContractError
from data_contracts.reasons import Reason
from data_contracts.schemas import SCHEMAS

TABLES = {
    "header": "catalogue",
    "image": "image_quality",
    "annotation": "annotations",
    "prediction": "predictions",
    "prediction_grade": "prediction_grades",
}
# Columns that tasks.derived adds before a suite is run.
DERIVED = {
    "height_mm", "width_mm", "aspect", "unused_bits", "sides_agree", "is_known", "is_first",
    "total_minus_sum", "rows_of_reading", "total_fits_status", "rounded_fits_total",
    "interval_holds_total", "probability_sum",
}  # fmt: skip


@pytest.mark.parametrize("name", suites.SUITES)
def test_each_suite_names_columns_severities_and_reasons_that_exist(name):
    for said in suites.load(name)["expectations"]:
        assert said["kwargs"]["column"] in {*SCHEMAS[TABLES[name]].names, *DERIVED}
        assert said["meta"]["severity"] in (suites.CRITICAL, suites.WARNING)
        assert said["meta"]["says"]
        if name in ("header", "image") and said["meta"]["severity"] == suites.CRITICAL:
            assert Reason(said["meta"]["reason"]).remedy


def test_every_suite_is_run():
    assert [suites.load(name)["name"] for name in suites.SUITES] == list(suites.SUITES)
    lying = {path.name for path in files("data_contracts").joinpath("suites").iterdir()}
    assert lying == {f"{name}.json" for name in suites.SUITES}


def test_every_failing_row_is_named_and_absent_values_are_not():
    n = 500
    grades = np.arange(n) % 5
    table = pa.table(
        {
            "grade": pa.array([None if i % 7 == 0 else int(g) for i, g in enumerate(grades)]),
            "expected_grade": [1.0] * n,
            "probability_sum": [1.0] * n,
            "level": ["L1"] * n,
            "wall": ["anterior"] * n,
        }
    )
    first, *rest = suites.run("prediction_grade", table)
    wanted = tuple(i for i in range(n) if i % 7 and grades[i] == 4)
    assert first.failed == wanted
    assert first.n_checked == n - len(range(0, n, 7))
    assert all(one.success and not one.failed for one in rest)


def test_a_missing_column_is_a_contract_error():
    with pytest.raises(ContractError, match="no column expected_grade"):
        suites.run("prediction_grade", pa.table({"grade": [1]}))


def test_importing_the_suites_does_not_import_the_library():
    code = "import sys, data_contracts.suites; print('great_expectations' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


AUDIT = """
import sys
seen = []
def watch(event, args):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname"):
        seen.append(str(args))
sys.addaudithook(watch)
import pyarrow as pa
from data_contracts import suites
n = ["L1"] * 3
suites.run("prediction_grade", pa.table({"grade": [1, 2, 9], "expected_grade": [1.0] * 3,
    "probability_sum": [1.0] * 3, "level": n, "wall": ["anterior"] * 3}))
print(seen)
"""


def test_running_a_suite_speaks_to_nobody_and_prints_nothing():
    done = subprocess.run(
        [sys.executable, "-c", AUDIT], capture_output=True, text=True, check=True, env=os.environ
    )
    assert done.stdout.strip() == "[]"
    assert done.stderr == ""


def test_the_guide_says_what_the_suites_and_reasons_say():
    guide = (Path(__file__).parents[2] / "docs/contracts.md").read_text("utf-8")
    for name in suites.SUITES:
        assert "\n".join(suites.describe(name)) in guide
    for reason in Reason:
        assert f"| {reason.value} | {reason.remedy} |" in guide
