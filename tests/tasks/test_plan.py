import json
from datetime import date

import pytest

from data_contracts.errors import StudyError
from data_contracts.study_file import StudyFile
from tasks import plan

DAY = date(2026, 3, 1)


def a_study(**keys):
    return StudyFile.model_validate({"name": "t", "centers": {"A": {"dicom": "x"}}} | keys)


def test_an_unlocked_plan_says_so(tmp_path):
    assert plan.status(a_study(), tmp_path)["locked_on"] is None


def test_an_unchanged_plan_has_no_deviation(tmp_path):
    said = plan.lock(a_study(), tmp_path, today=DAY, opened=False)
    now = plan.status(a_study(), tmp_path)
    assert now["locked_on"] == "2026-03-01"
    assert now["digest"] == said["digest"]
    assert now["deviations"] == []


def test_each_deviation_is_a_line_with_its_key(tmp_path):
    plan.lock(a_study(), tmp_path, today=DAY, opened=False)
    changed = a_study(statistics={"alpha": 0.01}, models=["baseline"])
    assert plan.status(changed, tmp_path)["deviations"] == [
        'models: planned ["lvlcrnet", "lvlnet", "baseline"], now ["baseline"]',
        "statistics.alpha: planned 0.05, now 0.01",
    ]


def test_a_lock_is_never_replaced(tmp_path):
    plan.lock(a_study(), tmp_path, today=DAY, opened=False)
    with pytest.raises(StudyError, match="locked on 2026-03-01"):
        plan.lock(a_study(), tmp_path, today=DAY, opened=False)


def test_where_the_study_lies_is_no_part_of_the_plan(tmp_path):
    plan.lock(a_study(), tmp_path, today=DAY, opened=True)
    moved = a_study(centers={"A": {"dicom": "elsewhere"}})
    assert plan.status(moved, tmp_path)["deviations"] == []
    assert plan.status(moved, tmp_path)["annotations_opened_before"] is True


def test_endpoint_and_forms_that_the_code_fixes_are_locked_too(tmp_path):
    said = plan.lock(a_study(), tmp_path, today=DAY, opened=False)
    fixed = said["plan"]["fixed"]
    assert set(fixed) == {"primary_endpoint", "icc_form", "difference", "family", "exclusions"}
    said["plan"]["fixed"]["icc_form"] = "another"
    (tmp_path / "plan.lock.json").write_text(json.dumps(said), encoding="utf-8")
    (line,) = plan.status(a_study(), tmp_path)["deviations"]
    assert line.startswith('fixed.icc_form: planned "another", now "two-way random')
