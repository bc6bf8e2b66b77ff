"""What the page of contract results is made of, handed in whole."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Night:
    """A run in the order of runs, and how a center's contracts fared in it."""

    label: str
    contracts: Sequence[Row]


@dataclass(frozen=True, slots=True)
class OfCenter:
    """What the page says of one center.

    Attributes
    ----------
    contracts, quarantine, drift
        Rows of the tables of these names.
    nights
        Earlier runs and this one, oldest first; empty before the first run.
    """

    name: str
    contracts: Sequence[Row]
    quarantine: Sequence[Row]
    drift: Sequence[Row] = ()
    nights: Sequence[Night] = ()


@dataclass(frozen=True, slots=True)
class ContractResults:
    """What the page is made of.

    Attributes
    ----------
    state
        Which run this is, or that it is before one; a sentence.
    report
        Address of the report relative to the page, "" where there is none.
    """

    study: str
    state: str
    centers: Sequence[OfCenter]
    findings: Sequence[str] = ()
    report: str = ""
    is_synthetic: bool = False
