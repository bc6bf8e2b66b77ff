"""The PDF is tagged so that a screen reader can tell it: what PDF/UA-1 asks, read from its bytes.

typst refuses to write a file that breaks its own checks of PDF/UA; these look at what came out.
"""

import re
import zlib
from itertools import pairwise

import pytest

from reports import outline, pdf
from reports.blocks import figures_of
from reports.view import View
from tests.reports.report_builders import a_study


@pytest.fixture(scope="module")
def page():
    view = View(a_study({"A": 10, "C": 8}))
    return outline.page(view, view.scopes()[0])


@pytest.fixture(scope="module")
def made(page):
    return pdf.write(page)


@pytest.fixture(scope="module")
def objects(made):
    return dict(re.findall(rb"(\d+) 0 obj\n(.*?)\nendobj", made, flags=re.DOTALL))


@pytest.fixture(scope="module")
def elements(objects):
    """Elements of the structure tree as (tag, all of it), in the order of the tree."""
    root = next(said for said in objects.values() if said.startswith(b"<</Type/StructTreeRoot"))
    found: list[tuple[bytes, bytes]] = []

    def walk(number: bytes) -> None:
        said = objects.get(number, b"")
        tag = re.match(rb"<</Type/StructElem/S/(\w+)", said)
        if tag is None:
            return
        found.append((tag[1], said))
        for child in _children(said):
            walk(child)

    for number in _children(root):
        walk(number)
    return found


def _children(said: bytes) -> list[bytes]:
    """Numbers of the objects under /K, without the pages and objects that it refers to."""
    kids = re.search(rb"/K ?(\[.*?\](?=/|>>)|\d+ 0 R)", said, flags=re.DOTALL)
    inner = re.sub(rb"<<.*?>>", b"", kids[1]) if kids else b""
    return re.findall(rb"(\d+) 0 R", inner)


def test_the_file_says_that_it_is_tagged_and_in_which_language(made, objects):
    catalog = next(said for said in objects.values() if said.startswith(b"<</Type/Catalog"))
    assert b"/MarkInfo<</Marked true/Suspects false>>" in catalog
    assert b"/Lang(en)" in catalog
    assert b"/DisplayDocTitle true" in catalog
    assert b"/Outlines" in catalog
    assert re.search(rb"<pdfuaid:part>1</pdfuaid:part>", made)


def test_every_figure_is_in_the_tree_with_words_for_it(page, elements):
    figures = [said for tag, said in elements if tag == b"Figure"]
    assert len(figures) == len(figures_of(page))
    assert all(re.search(rb"/Alt ?[(<][^)>]{20}", said) for said in figures)


def test_headings_skip_no_level_and_are_those_of_the_outline(page, elements):
    levels = [int(tag[1:]) for tag, _ in elements if re.fullmatch(rb"H\d", tag)]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert levels.count(1) == len(page.sections)


def test_every_table_has_headings_of_its_columns(elements):
    tags = [tag for tag, _ in elements]
    assert tags.count(b"Table") == tags.count(b"THead") > 5
    heads = [said for tag, said in elements if tag == b"TH"]
    assert heads
    assert all(b"/Scope/Column" in said for said in heads)


def test_every_page_is_read_in_the_order_of_the_tree(objects):
    pages = [said for said in objects.values() if said.startswith(b"<</Type/Page/")]
    assert len(pages) > 5
    assert all(b"/Tabs/S" in said and b"/StructParents" in said for said in pages)


def test_every_font_is_embedded(objects):
    fonts = [said for said in objects.values() if b"/Type/FontDescriptor" in said]
    assert fonts
    assert all(re.search(rb"/FontFile[23]? ", said) for said in fonts)


def test_every_link_stands_in_the_tree_and_says_where_it_leads(objects):
    links = [said for said in objects.values() if b"/Subtype/Link" in said]
    assert links
    assert all(b"/StructParent " in said and b"/Contents" in said for said in links)


def test_nothing_runs_when_the_file_is_opened(made):
    assert not re.search(rb"/(JavaScript|JS|OpenAction|Launch|EmbeddedFile)\b", _unpacked(made))


def _unpacked(made: bytes) -> bytes:
    parts = [made]
    for stream in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", made, flags=re.DOTALL):
        try:
            parts.append(zlib.decompress(stream))
        except zlib.error:
            continue
    return b"".join(parts)
