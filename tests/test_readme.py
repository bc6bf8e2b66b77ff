"""The README says what the code does."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_command_of_the_command_line_is_listed():
    from flows.cli import app

    names = {command.name or command.callback.__name__ for command in app.registered_commands}
    listed = set(re.findall(r"^\| `aac ([a-z-]+)", TEXT, flags=re.MULTILINE))
    assert listed == names | {group.name or "deid" for group in app.registered_groups} - {None}


@pytest.mark.parametrize("link", re.findall(r"\]\(((?!https?://)[^)]+)\)", TEXT))
def test_every_link_leads_somewhere(link):
    assert (ROOT / link).exists()


def test_every_make_target_that_is_named_exists():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"(?:`| {4})make ([a-z]+)", TEXT):
        assert re.search(rf"^{target}:", makefile, flags=re.MULTILINE), target
