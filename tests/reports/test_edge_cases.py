"""Odd studies still make a report that says what is odd."""

import re
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from data_contracts.schemas import conform
from reports import html, outline, pdf
from reports.agreement import agreement_table
from reports.blocks import figures_of, plain
from reports.inputs import ReportInputs
from reports.sections import comparisons
from reports.statistics.plan import StatisticsPlan
from reports.view import View
from tests.reports.report_builders import MODELS, a_study, without_rows

LONG = "Universitatsklinikum-Sankt-Bartholomae-1"


def _page(inputs: ReportInputs, name: str = "all"):
    view = View(inputs)
    scope = next(scope for scope in view.scopes() if scope.name == name)
    return outline.page(view, scope)


def _words(page) -> str:
    text = html.write(page).decode()
    text = re.sub(r"<(style|script).*?</\1>", "", text, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))


def test_a_study_without_any_row_says_so_instead_of_failing():
    page = _page(without_rows(a_study({"A": 3, "C": 3})))
    words = _words(page)
    assert "No file was delivered by A and C" in words
    assert "no film to compare on" in words
    assert pdf.write(page).startswith(b"%PDF")


@pytest.mark.parametrize("n", [1, 3])
def test_a_center_with_a_handful_of_films_gets_its_page(n):
    page = _page(a_study({"A": n, "C": 12}), "A")
    assert html.write(page)
    assert pdf.write(page).startswith(b"%PDF")


def test_a_center_that_delivered_nothing_is_named_on_the_pooled_page():
    inputs = a_study({"A": 10})
    centers = {**inputs.study["centers"], "E": {"role": "external"}}
    page = _page(replace(inputs, study={**inputs.study, "centers": centers}))
    assert "No file was delivered by E" in _words(page)


def test_a_model_without_predictions_is_shown_as_not_estimable():
    inputs = a_study({"A": 10, "C": 10}, models=MODELS[:2])
    inputs = replace(inputs, study={**inputs.study, "models": list(MODELS)})
    page = _page(inputs)
    missing = next(f for f in figures_of(page) if f.anchor == "bland-altman-baseline")
    assert "No limits can be given" in plain(missing.caption)
    assert pdf.write(page).startswith(b"%PDF")


def test_twelve_centers_with_long_names_fit_on_the_pooled_page():
    sizes = {f"{LONG[:38]}{i:02d}": 3 for i in range(12)}
    page = _page(a_study(sizes))
    assert pdf.write(page).startswith(b"%PDF")
    assert all(name in _words(page) for name in sizes)


def test_signs_of_html_latex_and_typst_in_names_stay_text():
    odd = r"<b>R&D</b> #x \alpha_{1} $y$ *z* [w](javascript:1) {braces}"
    inputs = a_study({"A": 8})
    study = {**inputs.study, "name": odd, "about": {"title": odd, "population": odd}}
    page = _page(replace(inputs, study=study, findings=[odd]))
    text = html.write(page).decode()
    assert "<b>R" not in text
    assert "&lt;b&gt;R&amp;D&lt;/b&gt;" in text
    assert "javascript:1" not in re.sub(r">[^<]*<", "><", text)
    assert pdf.write(page).startswith(b"%PDF")


def test_tables_of_different_runs_are_called_out_among_the_failures():
    inputs = a_study({"A": 10, "C": 10})
    catalogue = inputs.tables["catalogue"]
    kept = catalogue.filter(pc.equal(catalogue["center"], "A"))
    page = _page(replace(inputs, tables={**inputs.tables, "catalogue": kept}))
    assert "The tables cannot be compared" in _words(page)


def test_a_finding_about_another_center_stays_off_a_centers_page():
    inputs = replace(a_study({"A": 6, "C": 6}), findings=["Center C: its share was not mounted"])
    assert "share was not mounted" in _words(_page(inputs))
    assert "share was not mounted" in _words(_page(inputs, "C"))
    assert "share was not mounted" not in _words(_page(inputs, "A"))


@pytest.mark.parametrize(("films", "is_said"), [(8, True), (18, False)])
def test_a_mean_of_centers_that_leaves_one_out_says_so(films, is_said):
    inputs = a_study({"A": 10, "C": 8})
    rows = inputs.tables["agreement"].to_pylist()
    for row in rows:
        if row["statistic"].startswith(("random_effects", "icc_a1", "mae", "bias", "accuracy_dxa")):
            row["n"] = films if row["statistic"] == "random_effects_accuracy_dxa" else 18
            row["estimate"] = 0.5 if row["estimate"] is None else row["estimate"]
    table = pa.Table.from_pylist(rows, inputs.tables["agreement"].schema)
    view = View(replace(inputs, tables={**inputs.tables, "agreement": table}))
    (block,) = comparisons.across(view, view.scopes()[0])
    assert ("a center is left out" in plain(block.caption)) is is_said


def test_two_readers_without_a_score_beside_them_are_not_called_missing():
    inputs = a_study({"A": 12, "C": 12})
    unread = {"total": None, "total_rounded": None, "status": "not_assessable"}
    rows = [{**row, **unread} for row in inputs.tables["predictions"].to_pylist()]
    scored = conform("predictions", rows)
    roles = {"A": "internal", "C": "external"}
    table = agreement_table(
        scored,
        inputs.tables["annotations"],
        statistics=StatisticsPlan(roles=roles, models=tuple(MODELS), bootstrap=20),
    )
    tables = {**inputs.tables, "predictions": scored, "agreement": conform("agreement", table)}
    words = _words(_page(replace(inputs, tables=tables)))
    assert "cannot be said here" in words
    assert "without two readers" not in words
