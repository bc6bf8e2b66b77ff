"""The methods text: every sentence once, resting on something that is there."""

import re
from collections import Counter
from dataclasses import replace

import pytest

from reports import methods_text
from reports.references import WORKS
from tests.reports.report_builders import a_study, without_rows


@pytest.fixture(scope="module")
def inputs():
    return a_study({"A": 14, "C": 12})


def _stands(inputs, path: str) -> bool:
    """Whether what a sentence names as its evidence exists and holds something."""
    kind, *rest = path.split(".")
    if kind == "tables":
        table = inputs.tables[rest[0]]
        known = set(table.column_names)
        if rest[0] == "agreement":
            known |= set(table["statistic"].to_pylist())
        return table.num_rows > 0 and all(part in known for part in rest[1:])
    found = {"study": inputs.study, "manifest": inputs.manifest}[kind]
    for part in rest:
        found = found[part]
    return found not in (None, "", {}, [])


def test_each_sentence_rests_on_something_that_is_there(inputs):
    for sentence in methods_text.sentences(inputs):
        assert sentence.evidence, sentence.text
        assert all(_stands(inputs, path) for path in sentence.evidence), sentence.text


def test_no_sentence_is_said_twice(inputs):
    said = Counter(sentence.text for sentence in methods_text.sentences(inputs))
    assert max(said.values()) == 1


def test_versions_seeds_and_the_run_are_those_of_the_manifest(inputs):
    text = " ".join(sentence.text for sentence in methods_text.sentences(inputs))
    for package in ("numpy", "scipy", "torch"):
        assert f"{package} {inputs.manifest['versions'][package]}" in text
    assert f"seed {inputs.manifest['seeds']['statistics']}" in text
    assert inputs.manifest["run_id"] in text


def test_the_weights_named_are_those_of_the_predictions(inputs):
    text = " ".join(sentence.text for sentence in methods_text.sentences(inputs))
    for digest in set(inputs.tables["predictions"]["weights_digest"].to_pylist()):
        assert digest[:12] in text


@pytest.mark.parametrize(
    ("lock", "said"),
    [
        ({}, "before readings were opened (SHA-256 abababababab); nothing in it was changed"),
        ({"deviations": ["models: planned a, now b"]}, "; 1 deviation from it is exploratory."),
        ({"annotations_opened_before": True}, "2026-01-05, after readings had been opened"),
    ],
)
def test_a_locked_plan_is_a_sentence_and_rests_on_the_manifest(inputs, lock, said):
    locked = {"locked_on": "2026-01-05", "digest": "ab" * 32} | lock
    changed = replace(inputs, manifest={**inputs.manifest, "plan_lock": locked})
    found = [s for s in methods_text.sentences(changed) if said in s.text]
    assert len(found) == 1
    assert all(_stands(changed, path) for path in found[0].evidence)


def test_no_sentence_speaks_of_a_lock_where_there_is_none(inputs):
    assert not any("locked" in sentence.text for sentence in methods_text.sentences(inputs))


def test_latex_needs_no_package_for_its_signs(inputs):
    assert methods_text.to_latex(inputs).isascii()


def test_single_readers_are_named_apart_from_their_consensus(inputs):
    text = " ".join(sentence.text for sentence in methods_text.sentences(inputs))
    assert "by consensus; single readings were by reader_1 and reader_2." in text


def test_forms_are_those_of_the_agreement_table(inputs):
    text = " ".join(sentence.text for sentence in methods_text.sentences(inputs))
    rows = inputs.tables["agreement"].to_pylist()
    form = next(r["method"] for r in rows if r["statistic"] == "icc_a1" and r["model"] == "lvlnet")
    assert form.replace("; ", ", ") in text


def test_a_step_that_did_not_run_says_nothing(inputs):
    steps = {sentence.step for sentence in methods_text.sentences(without_rows(inputs))}
    assert steps == {"films", "software"}


def test_every_work_cited_is_listed_once_in_each_form(inputs):
    keys = methods_text.cited(methods_text.sentences(inputs))
    assert set(keys) <= set(WORKS)
    latex = methods_text.to_latex(inputs)
    for key in keys:
        assert latex.count(rf"\bibitem{{{key}}}") == 1
    numbered = re.findall(r"^\d+\. ", methods_text.to_markdown(inputs), flags=re.MULTILINE)
    assert len(numbered) == len(keys)


def test_signs_that_latex_and_html_read_as_their_own_are_escaped(inputs):
    odd = r"A_1 & 50% #2 {x} \y ~z ^q $ <b>"
    changed = replace(inputs, study={**inputs.study, "reference": odd})
    assert "<b>" not in methods_text.to_html(changed)
    escaped = methods_text.latex_escape(odd)
    assert escaped.startswith(r"A\_1 \& 50\% \#2 \{x\} \textbackslash{}y")
    assert escaped in methods_text.to_latex(changed)
