import re

from reports.contract_page import write
from reports.contract_results import ContractResults, Night, OfCenter

MET = {
    "center": "A", "contract": "header", "expectation": "Sex is known", "column": "patient_sex",
    "severity": "warning", "success": True, "n_checked": 40, "n_failed": 2,
    "observed": "95.0% hold",
}  # fmt: skip
UNMET = MET | {"success": False, "n_failed": 30, "observed": "25.0% hold"}
ACCOUNTS = MET | {"contract": "accounts", "observed": "38 scored, 2 quarantined", "n_failed": 0}
ASIDE = {
    "center": "A", "image_id": "I-0123", "source_digest": "ab" * 32, "step": "header contract",
    "reason": "wrong_view", "expectation": "View is lateral", "observed": "view_position <b>AP",
    "remedy": "Release it in the study file if wrong.",
}  # fmt: skip
DRIFT = {
    "center": "A", "column": "noise", "stability_index": 0.81, "limit": 0.25, "chance": 0.3,
    "moved": True, "n_now": 50, "n_before": 400,
}  # fmt: skip


def page(*centers):
    return write(ContractResults("My study", "Run r-1.", centers, report="index.html")).decode()


def whole():
    nights = (Night("2026-01-01 r-0", [MET]), Night("2026-01-02 r-1", [UNMET]))
    return OfCenter("A", [UNMET, ACCOUNTS], [ASIDE] * 3, [DRIFT], nights)


def test_the_page_names_what_failed_what_was_seen_and_what_to_do():
    text = page(whole())
    for said in ("View is lateral", "Release it in the study file if wrong.", "I-0123",
                 "38 scored, 2 quarantined", "25.0% hold"):  # fmt: skip
        assert said in text
    assert "view_position &lt;b&gt;AP" in text


def test_the_page_shows_how_a_contract_fared_over_time():
    (row,) = re.findall(r"<tr>(?:(?!</tr>).)*95\.0 %.*?</tr>", page(whole()), flags=re.DOTALL)
    assert row.index("95.0 %") < row.index("25.0 %")
    assert "<strong>25.0 %</strong>" in row


def test_drift_is_said_first_and_in_figures():
    text = page(whole())
    summary = text[text.index('id="summary"') : text.index('id="center-A"')]
    assert "stability index 0.81, limit 0.25" in summary


def test_the_page_is_one_file_that_loads_nothing_and_its_links_lead_somewhere():
    text = page(whole(), OfCenter("B", [], []))
    assert not re.search(r"(src|href)=\"(https?:)?//", text)
    for anchor in re.findall(r'href="#([^"]+)"', text):
        assert f'id="{anchor}"' in text
    assert write(ContractResults("s", "x", [whole()])) == write(
        ContractResults("s", "x", [whole()])
    )


def test_a_center_without_faults_says_so():
    text = page(OfCenter("A", [MET], []))
    assert "No file is set aside." in text
    assert "Every expectation is met." in text
