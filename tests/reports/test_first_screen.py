"""The first screen and the statements that a reader acts on."""

import re
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from reports import formats, html, methods_text, outline, the_paper, words, yardstick
from reports.blocks import Answers, Callout, KeyFigures, plain
from reports.sections import quality, statistics, summary
from reports.view import View
from tests.reports.report_builders import a_study


@pytest.fixture(scope="module")
def inputs():
    return a_study({"A": 10, "C": 8})


def told(blocks) -> str:
    parts = []
    for block in blocks:
        texts = getattr(block, "items", None) or [getattr(block, "text", ())]
        parts += [plain(text) for text in texts if isinstance(text, tuple)]
    return " ".join(parts)


def test_failures_stand_before_the_first_figure(inputs):
    view = View(inputs)
    blocks = summary.build(view, view.scopes()[0])
    kinds = [type(block) for block in blocks]
    failed = next(b for b in blocks if isinstance(b, Callout) and b.title == "Failures first")
    assert blocks.index(failed) < kinds.index(KeyFigures)
    outcomes = view.outcomes(view.scopes()[0])
    assert f"{outcomes['quarantined']} file" in plain(failed.items[0])


def test_the_papers_figures_stand_beside_ours_and_are_never_without_their_label(inputs):
    view = View(inputs)
    blocks = summary.build(view, view.scopes()[0])
    items = next(block for block in blocks if isinstance(block, KeyFigures)).items
    beside = [item.beside for item in items if item.beside]
    assert len(beside) == 3
    assert all(said.startswith("another data set") for said in beside)
    assert the_paper.span("icc") in beside
    assert the_paper.span("icc").endswith("0.899 to 0.916")


@pytest.mark.parametrize("synthetic", [True, False])
def test_every_page_says_what_data_it_is_of_and_that_it_is_for_no_clinic(inputs, synthetic):
    about = {**inputs.study["about"], "synthetic": synthetic}
    view = View(replace(inputs, study={**inputs.study, "about": about}))
    text = html.write(outline.page(view, view.scopes()[1])).decode().lower()
    assert "not for clinical use" in text
    assert ("synthetic" in re.sub(r"<[^>]+>", "", text.split("</header>")[0])) is synthetic


@pytest.mark.parametrize(("films", "said"), [(8, True), (60, False)])
def test_a_handful_of_films_is_called_that(films, said):
    view = View(a_study({"A": films}))
    answers = next(b for b in summary.build(view, view.scopes()[1]) if b.kind == "answers")
    text = " ".join(plain(text) for item in answers.items for text in item.text)
    assert ("chance alone" in text) is said


def with_verification(inputs, **found):
    return View(replace(inputs, manifest={**inputs.manifest, "verification": found}))


def test_films_that_nobody_verified_are_called_so_with_the_command(inputs):
    said = plain(quality.statement(View(inputs)))
    assert "Not yet verified" in said
    assert "aac verify" in said


def test_a_clean_search_says_how_many_films_it_read(inputs):
    n = len(set(inputs.tables["image_quality"]["image_id"].to_pylist()))
    said = plain(quality.statement(with_verification(inputs, n_leaks=0, n_films=n)))
    assert f"in {n} films found none left." in said


def test_films_that_came_after_the_search_are_not_called_verified(inputs):
    said = plain(quality.statement(with_verification(inputs, n_leaks=0, n_films=3)))
    assert "came after it: not yet verified whole" in said


def test_a_search_that_found_identifiers_says_not_to_pass_the_films_on(inputs):
    said = plain(quality.statement(with_verification(inputs, n_leaks=2, n_films=3)))
    assert "do not pass these films on" in said


def without_consensus(inputs, center=None):
    """Take the consensus of one center, or of all, out of the readings."""
    readings = inputs.tables["annotations"]
    is_agreed = pc.equal(readings["reader"], "consensus")
    gone = is_agreed if center is None else pc.and_(is_agreed, pc.equal(readings["center"], center))
    return replace(
        inputs, tables={**inputs.tables, "annotations": readings.filter(pc.invert(gone))}
    )


def test_without_a_consensus_figures_and_words_take_the_mean_of_the_readers(inputs):
    view = View(without_consensus(inputs))
    totals: dict[str, dict[str, float]] = {}
    for row in view.rows("annotations"):
        totals.setdefault(row["image_id"], {})[row["reader"]] = row["total"]
    wanted = {name: sum(said.values()) / len(said) for name, said in totals.items()}
    assert view.reference_totals == pytest.approx(wanted)
    assert words.reference(view) == "the mean of the readers"
    sentences = [s.text for s in methods_text.sentences(view.inputs)]
    assert any("AAC-24 reading by the mean of the readers" in text for text in sentences)


def test_a_center_without_consensus_is_named_as_such(inputs):
    view = View(without_consensus(inputs, "C"))
    assert words.reference(view) == "consensus, and the mean of the readers in C"
    assert words.reference(View(inputs)) == "consensus"


@pytest.mark.parametrize(
    ("lock", "said"),
    [
        ({}, "not locked"),
        ({"locked_on": "2026-01-05", "digest": "ab" * 32}, "Locked on 2026-01-05"),
        ({"locked_on": "2026-01-05", "digest": "ab" * 32}, "unchanged"),
        (
            {"locked_on": "2026-01-05", "deviations": ["statistics.alpha: planned 0.05, now 0.1"]},
            "statistics.alpha: planned 0.05, now 0.1. Exploratory.",
        ),
        ({"locked_on": "2026-01-05", "annotations_opened_before": True}, "had been opened before"),
    ],
)
def test_the_plan_is_said_to_be_locked_or_each_deviation_is_exploratory(inputs, lock, said):
    view = View(replace(inputs, manifest={**inputs.manifest, "plan_lock": lock}))
    assert said in told(statistics.plan(view, view.scopes()[0]))


def test_like_is_compared_with_like_a_model_with_single_readers_too(inputs):
    view = View(inputs)
    (said,) = yardstick.against_readers(view, "all")
    text = plain(said)
    for pair in (
        "reader_1 vs reader_2",
        f"{view.primary} vs reader_1",
        f"{view.primary} vs reader_2",
    ):
        known = view.value("all", pair, "icc_a1")
        assert known is None or f"{known:.3f}" in text
    assert view.value("all", f"{view.primary} vs reader_1", "icc_a1") is not None


def _with_rows(inputs, changes):
    """Set estimate and n of statistics in every row of the agreement table."""
    rows = inputs.tables["agreement"].to_pylist()
    for row in rows:
        if row["statistic"] in changes and row["model"] == "lvlcrnet":
            row["estimate"], row["n"] = changes[row["statistic"]]
    table = pa.Table.from_pylist(rows, inputs.tables["agreement"].schema)
    return replace(inputs, tables={**inputs.tables, "agreement": table})


def trusted(view) -> str:
    """Return the answer to whether the model may be trusted."""
    blocks = summary.build(view, view.scopes()[0])
    answers = next(block for block in blocks if isinstance(block, Answers)).items
    return " ".join(plain(text) for text in answers[-1].text)


@pytest.mark.parametrize(("ranks", "way"), [(0.3, "higher"), (-0.3, "lower")])
def test_a_shift_has_the_sense_of_the_ranks_that_were_tested(inputs, ranks, way):
    changes = {
        "wilcoxon_p_adjusted": (0.001, 10),
        "rank_biserial": (ranks, 10),
        "hodges_lehmann": (0.0, 10),  # as where half of the differences are none
    }
    view = View(_with_rows(inputs, changes))
    assert f"systematically {way}" in trusted(view)


def test_films_of_one_patient_are_said_not_to_be_independent(inputs):
    changes = {"wilcoxon_p": (0.02, 10), "wilcoxon_p_patient_means": (0.2, 6)}
    view = View(_with_rows(inputs, changes))
    said = trusted(view)
    assert "The 10 films are of 6 patients." in said
    alone = View(
        _with_rows(inputs, {"wilcoxon_p": (0.02, 10), "wilcoxon_p_patient_means": (0.2, 10)})
    )
    assert "take films as independent" not in trusted(alone)


def test_the_first_screen_says_how_well_the_limits_of_agreement_are_known(inputs):
    view = View(inputs)
    blocks = summary.build(view, view.scopes()[0])
    answers = next(block for block in blocks if isinstance(block, Answers)).items
    said = " ".join(plain(text) for text in answers[1].text)
    for end in ("lower", "upper"):
        row = view.row("all", view.primary, f"loa_{end}")
        assert formats.with_interval(row["estimate"], row["ci_low"], row["ci_high"], 1) in said
