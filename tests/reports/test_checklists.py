"""Checklists claim nothing that they cannot show."""

import csv
import io
import re
from dataclasses import replace

import pytest

from reports import checklists, html, outline
from reports.view import View
from tests.reports.report_builders import a_study, without_rows


def _filled(inputs):
    view = View(inputs)
    scope = view.scopes()[0]
    page = outline.page(view, scope)
    ids = set(re.findall(r'\bid="([^"]+)"', html.write(page).decode()))
    return outline.checklists_of(view, page), ids


@pytest.fixture(scope="module")
def filled():
    return _filled(a_study({"A": 10, "C": 10}))


def test_a_filled_or_partly_filled_item_links_to_a_place_of_the_page(filled):
    guidelines, anchors = filled
    items = [item for guideline in guidelines for item in guideline.items]
    assert any(item.status == "filled" for item in items)
    for item in items:
        if item.status != "authors":
            assert item.evidence, f"{item.guideline} {item.item} has no evidence"
        assert set(item.evidence) <= anchors


def test_grras_has_its_fifteen_items_and_interpretation_is_left_to_people(filled):
    grras = next(g for g in filled[0] if g.name == "GRRAS")
    assert [item.item for item in grras.items] == [str(n) for n in range(1, 16)]
    assert {i.item for i in grras.items if i.status == "authors"} >= {"5", "14"}


def test_only_grras_carries_item_numbers(filled):
    others = [item for g in filled[0] if g.name != "GRRAS" for item in g.items]
    assert not any(character.isdigit() for item in others for character in item.item)


def test_without_data_nothing_that_rests_on_data_is_filled():
    inputs = replace(without_rows(a_study({"A": 4})), manifest={})
    for guideline in _filled(inputs)[0]:
        for item in guideline.items:
            assert item.status != "filled" or set(item.evidence) == {"authors"}


def test_what_authors_say_fills_their_items_and_blank_never_does():
    inputs = a_study({"A": 6})
    about = {"funding": "None", "ethics": "   ", "synthetic": True}
    guidelines, _ = _filled(replace(inputs, study={**inputs.study, "about": about}))
    status = {(i.guideline, i.item): i.status for g in guidelines for i in g.items}
    assert status["CLAIM 2024", "Funding"] == "filled"
    assert status["CLAIM 2024", "Ethics"] == "authors"


def test_a_title_fills_its_item_only_when_it_says_that_agreement_was_studied():
    inputs = a_study({"A": 6})
    for title, wanted in (("Agreement of AAC-24 scores", "filled"), ("Calcification", "partly")):
        about = {"title": title, "synthetic": True}
        guidelines, _ = _filled(replace(inputs, study={**inputs.study, "about": about}))
        status = {(i.guideline, i.item): i.status for g in guidelines for i in g.items}
        assert status["GRRAS", "1"] == wanted


def test_de_identification_is_filled_only_once_the_second_look_found_nothing():
    inputs = a_study({"A": 6})
    for said, wanted in (
        ({}, "partly"),
        ({"n_leaks": 1, "n_films": 6}, "partly"),
        ({"n_leaks": 0, "n_films": 6}, "filled"),
    ):
        manifest = {**inputs.manifest, "verification": said}
        guidelines, _ = _filled(replace(inputs, manifest=manifest))
        status = {(i.guideline, i.item): i.status for g in guidelines for i in g.items}
        assert status["CLAIM 2024", "De-identification"] == wanted


def test_the_csv_holds_every_item(filled):
    rows = list(csv.DictReader(io.StringIO(checklists.to_csv(filled[0]))))
    assert len(rows) == sum(len(guideline.items) for guideline in filled[0])
    assert {row["status"] for row in rows} <= {"filled", "partly", "authors"}


def test_no_verdict_on_risk_of_bias_is_printed(filled):
    text = checklists.to_csv(filled[0]).lower()
    assert "low risk" not in text
    assert "high risk" not in text
