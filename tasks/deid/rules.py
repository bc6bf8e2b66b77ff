"""The standard's tables as look-ups: Table E.1-1 (edition in the file) and the IODs' types."""

import json
import sys
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, Final

from pydicom.datadict import dictionary_keyword, dictionary_VM
from pydicom.tag import BaseTag

_CURVES: Final = range(0x5000, 0x5100)
_OVERLAYS: Final = range(0x6000, 0x6100)
# What "present" asks for: a conditional attribute that is present meets its condition.
_PLAIN_TYPE: Final = {"1": "1", "1C": "1", "2": "2", "2C": "2"}


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of Table E.1-1.

    Attributes
    ----------
    basic
        Action code of the Basic Profile, compounds as printed (``X/Z/D``).
    options
        Option key to ``K`` or ``C``.
    """

    name: str
    basic: str
    options: dict[str, str]


@lru_cache(maxsize=1 << 13)
def keyword_of(tag: BaseTag) -> str:
    """Return the keyword of a registered tag, "" for private and unregistered ones."""
    try:
        return "" if tag.is_private else dictionary_keyword(tag)
    except KeyError:
        return ""


@lru_cache(maxsize=1 << 13)
def rule_for(tag: BaseTag) -> Rule | None:
    """Return the table's row for a tag, None when the table has none."""
    table = _table()
    if tag.is_private:
        return table["PRIVATE"]
    if tag.group in _CURVES:
        return table["50xxxxxx"]
    if tag.group in _OVERLAYS:
        return table["60xx4000" if tag.element == 0x4000 else "60xx3000"]  # noqa: PLR2004 - comments
    return table.get(f"{int(tag):08X}")


@cache
def most_values(tag: int) -> int:
    """Return how many values the dictionary allows an element."""
    most = dictionary_VM(tag).split("-")[-1]
    return int(most) if most.isdigit() else sys.maxsize


@cache
def least_values(tag: int) -> int:
    """Return how many values the dictionary asks of an element."""
    return int(dictionary_VM(tag).split("-")[0])


def is_graphics(tag: int) -> bool:
    """Return whether a tag is of a curve or an overlay: without its data the rest means nothing."""
    group = tag >> 16
    return group in _CURVES or group in _OVERLAYS


def attribute_type(sop_class: str, parent: str, keyword: str) -> str:
    """Return 1, 2 or 3: what the object's IOD asks of an attribute that is present.

    Parameters
    ----------
    sop_class
        SOP Class UID of the film; for one without a table, the strictest of the known holds.
    parent
        Keyword of the sequence it stands in, "" at the top.
    """
    iod = _iod()
    if parent:
        return _PLAIN_TYPE.get(iod["nested"].get(f"{parent}/{keyword}", ""), "3")
    types = iod["types"]
    tables = [types[sop_class]] if sop_class in types else list(types.values())
    return min(_PLAIN_TYPE.get(table.get(keyword, ""), "3") for table in tables)


def is_in_iod(keyword: str) -> bool:
    """Return whether any IOD of a radiograph defines the attribute, at any depth."""
    return keyword in _keywords()


def edition() -> str:
    """Return the edition of the standard that Table E.1-1 was taken from."""
    return str(_load("ps315_e1_1.json")["source"]["edition"])


@cache
def _load(name: str) -> Any:  # noqa: ANN401 - JSON
    """Read one of the data files beside this module."""
    return json.loads(files(__package__).joinpath(name).read_text("utf-8"))


@cache
def _table() -> dict[str, Rule]:
    """Index Table E.1-1 by tag."""
    rows = _load("ps315_e1_1.json")["rules"]
    return {row["tag"]: Rule(row["name"], row["basic"], row["options"]) for row in rows}


@cache
def _iod() -> Any:  # noqa: ANN401 - JSON
    """Read the IOD tables."""
    return _load("iod_radiograph.json")


@cache
def _keywords() -> frozenset[str]:
    """Return every attribute of the radiographs' IODs."""
    return frozenset(_iod()["keywords"])
