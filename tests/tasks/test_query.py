import re
from pathlib import Path

import pandas as pd
import pytest

from data_contracts.schemas import SCHEMAS, conform, empty
from tasks import publish
from tasks.query import QueryRefused, query


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    place = tmp_path_factory.mktemp("study") / "results"
    for center, totals in {"A": (3.0, None), "C": (7.5,), "01": (1.0,)}.items():
        rows = [
            {"center": center, "image_id": f"I-{center}{i}", "model": "lvlnet", "total": total}
            for i, total in enumerate(totals)
        ]
        table = conform("predictions", rows)
        publish.publish("predictions", table, results=place, center=center, run_id="r-1")
    for table in set(SCHEMAS) - {"predictions"}:
        publish.publish(table, empty(table), results=place, center=None, run_id="r-1")
    return place


def questions_of_the_guide():
    """Take every question out of docs/querying.md."""
    guide = (Path(__file__).parents[2] / "docs" / "querying.md").read_text(encoding="utf-8")
    yield from re.findall(r'aac query "(.*?)"$', guide, re.MULTILINE)
    yield from re.findall(r'con\.sql\("(.*?)"\)', guide)
    code = re.sub(
        r"^    ", "", "".join(re.findall(r"^    .*\n", guide, re.MULTILINE)), flags=re.MULTILINE
    )
    yield from re.findall(r"^(?:SELECT|WITH)[^;]*", code, re.MULTILINE)


def test_the_guide_reads_tables_with_pandas_as_it_says(results, tmp_path):
    guide = (Path(__file__).parents[2] / "docs" / "querying.md").read_text(encoding="utf-8")
    (said,) = re.findall(r"^    (pandas\.read_parquet\(.*\))$", guide, re.MULTILINE)
    (tmp_path / "my-study").symlink_to(results.parent)
    told = said.replace("my-study", str(tmp_path / "my-study"))
    films = eval(told, {"pandas": pd})  # noqa: S307 - our own guide
    assert sorted(films["center"]) == ["01", "A", "A", "C"]


@pytest.mark.parametrize("sql", [*questions_of_the_guide()])
def test_every_question_of_the_guide_is_answered(results, sql):
    query(results, sql)


def test_a_question_is_answered_over_all_centers(results):
    found = query(
        results, "SELECT center, avg(total) AS mean FROM predictions GROUP BY 1 ORDER BY 1"
    )
    assert found.to_pylist() == [
        {"center": "01", "mean": 1.0},
        {"center": "A", "mean": 3.0},
        {"center": "C", "mean": 7.5},
    ]


@pytest.mark.parametrize("sql", ["DESCRIBE predictions", "SHOW TABLES", "SUMMARIZE predictions"])
def test_tables_can_be_looked_at(results, sql):
    assert query(results, sql).num_rows


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELECT * FROM prediction", 'Did you mean "predictions"'),
        ("SELEC 1", "syntax error"),
        ("", "got 0 statements"),
        ("SELECT 1; SELECT 2", "got 2 statements"),
        ("DROP VIEW predictions", "DROP changes things"),
        ("COPY predictions TO 'leak.csv'", "COPY changes things"),
        ("ATTACH 'other.db'", "ATTACH changes things"),
        ("SET enable_external_access = true", "SET changes things"),
        ("INSTALL httpfs", "LOAD changes things"),
        ("SELECT * FROM read_text('/etc/hostname')", "Cannot access file"),
        ("SELECT * FROM read_csv('https://example.org/x.csv')", "Cannot access|disabled"),
    ],
)
def test_what_is_no_question_to_the_study_is_refused_in_one_line(results, sql, said):
    with pytest.raises(QueryRefused, match=said) as caught:
        query(results, sql)
    assert "\n" not in str(caught.value)


def test_an_unpublished_study_says_what_to_do(tmp_path):
    with pytest.raises(QueryRefused, match="aac run"):
        query(tmp_path, "SELECT 1")
