"""A methodologist reads the docstring first: arguments, results and sources are in it."""

import ast
from pathlib import Path

import pytest

ROOM = Path(__file__).parents[3] / "reports" / "statistics"
PUBLIC = [
    (path.stem, node)
    for path in sorted(ROOM.glob("*.py"))
    for node in ast.parse(path.read_text(encoding="utf-8")).body
    if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
]
PLUMBING = {"estimate", "pairs", "panel", "rank_panel", "plan", "moments"}


@pytest.mark.parametrize("node", [node for _, node in PUBLIC], ids=lambda node: node.name)
def test_a_public_function_says_what_goes_in_and_what_comes_out(node):
    text = ast.get_docstring(node) or ""
    assert "Parameters\n---" in text
    assert any(f"{title}\n---" in text for title in ("Returns", "Yields", "Raises"))


@pytest.mark.parametrize("module", sorted({m for m, _ in PUBLIC} - PLUMBING))
def test_a_family_names_its_source(module):
    texts = [ast.get_docstring(node) or "" for name, node in PUBLIC if name == module]
    assert any("References\n---" in text and ("doi:" in text or "http" in text) for text in texts)
