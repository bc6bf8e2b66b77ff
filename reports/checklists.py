"""Reporting guidelines, filled in as far as the run knows.

Items are paraphrased and the guideline cited; outside GRRAS, whose items were all read, themes
stand without numbers. No judgement of risk of bias is made anywhere.
"""

import csv
import io
import json
from collections.abc import Callable, Collection
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final, Literal

from reports.view import View

Status = Literal["filled", "partly", "authors"]

_GUIDELINES: Final[dict[str, Any]] = json.loads(
    files("reports").joinpath("guidelines.json").read_text(encoding="utf-8")
)


def _is_verified(view: View) -> bool:
    found = dict(view.manifest.get("verification") or {})
    return bool(found) and not found.get("n_leaks")


def _says_agreement(view: View) -> bool:
    """Whether the title says what GRRAS wants said there."""
    title = str(view.about.get("title") or "").lower()
    return any(word in title for word in ("agreement", "reliability", "concordance"))


# What an item may rest on beside the tables by name.
_FACTS: Final[dict[str, Callable[[View], bool]]] = {
    "model_cards": lambda view: bool(view.inputs.model_cards),
    "weights": lambda view: bool(view.manifest.get("weights")),
    "versions": lambda view: bool(view.manifest.get("versions")),
    "run_id": lambda view: bool(view.manifest.get("run_id")),
    "verification": _is_verified,
    "title_says_it": _says_agreement,
    "plan_lock": lambda view: view.plan_lock.is_locked,
    "reader_pairs": lambda view: bool(view.reader_pairs),
}


@dataclass(frozen=True, slots=True)
class Item:
    """One row of a checklist: what is asked, how far it is answered, and on what it rests."""

    guideline: str
    item: str
    what: str
    status: Status
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Guideline:
    """A checklist with its source and what of it is covered."""

    name: str
    cite: str
    scope: str
    items: tuple[Item, ...]


def fill(view: View, anchors: Collection[str]) -> list[Guideline]:
    """Fill every checklist.

    Parameters
    ----------
    view
        The study.
    anchors
        Places that the page has; an item cannot rest on one that is absent.

    Returns
    -------
    An item is ``filled`` only when everything it needs is there and it has evidence to link to.
    """
    return [
        Guideline(
            name,
            said["cite"],
            said["scope"],
            tuple(_item(name, row, view, anchors) for row in said["rows"]),
        )
        for name, said in _GUIDELINES.items()
    ]


def _item(name: str, row: dict[str, Any], view: View, anchors: Collection[str]) -> Item:
    evidence = tuple(anchor for anchor in row["evidence"] if anchor in anchors)
    status = "authors" if row["human"] or not evidence else _status(row, view)
    return Item(name, row["item"], row["what"], status, evidence if status != "authors" else ())


def _status(row: dict[str, Any], view: View) -> Status:
    known = [_is_known(fact, view) for fact in row["needs"]]
    known += [bool(str(view.about.get(key) or "").strip()) for key in row["asks"]]
    if all(known):
        return "filled"
    return "partly" if any(known) else "authors"


def _is_known(fact: str, view: View) -> bool:
    return _FACTS[fact](view) if fact in _FACTS else view.has(fact)


def to_csv(guidelines: list[Guideline]) -> str:
    """Write all rows as CSV, evidence as anchors of the report."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("guideline", "item", "what", "status", "evidence"))
    for guideline in guidelines:
        for item in guideline.items:
            links = " ".join(f"#{anchor}" for anchor in item.evidence)
            writer.writerow((item.guideline, item.item, item.what, item.status, links))
    return out.getvalue()
