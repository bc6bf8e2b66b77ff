"""The report folder: same bytes twice, everything in it, nothing that should not be."""

import hashlib
import re
from pathlib import Path

import pytest

from reports.render import render
from tests.reports.report_builders import a_study


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("report")
    render(a_study({"A": 14, "C": 12}), out)
    return out


def _digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def test_the_same_tables_give_the_same_bytes_in_two_folders(folder, tmp_path):
    render(a_study({"A": 14, "C": 12}), tmp_path / "elsewhere" / "deeper")
    assert _digests(folder) == _digests(tmp_path / "elsewhere" / "deeper")


def test_each_center_and_the_pool_have_html_and_pdf(folder):
    names = {path.name for path in folder.iterdir()}
    assert names >= {"index.html", "report.pdf", "checklists.csv", "figures"}
    assert names >= {f"center-{c}.{kind}" for c in "AC" for kind in ("html", "pdf")}


def test_every_figure_lies_beside_the_report_with_its_data(folder):
    svgs = {path.stem for path in (folder / "figures").glob("*.svg")}
    assert svgs
    assert svgs == {path.stem for path in (folder / "figures").glob("*.csv")}


def test_links_between_pages_and_places_all_lead_somewhere(folder):
    for path in folder.glob("*.html"):
        text = path.read_text(encoding="utf-8")
        ids = re.findall(r'\bid="([^"]+)"', text)
        assert len(ids) == len(set(ids)), f"{path.name}: an id stands twice"
        for href in re.findall(r'href="([^"]+)"', text):
            if href.startswith("#"):
                assert href[1:] in ids, f"{path.name}: {href} leads nowhere"
            elif not href.startswith(("data:", "http")):
                assert (folder / href).exists(), f"{path.name}: {href} is not there"


def test_a_page_fetches_nothing_from_elsewhere(folder):
    for path in folder.glob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert not re.findall(r'(?:src|href)="(?:https?:)?//', text)
        assert "url(" not in text
