"""What was measured with a folder of weights after training, kept beside them for their card.

Each command that measures (``benchmarks/accuracy.py``, ``benchmarks/robustness.py``) leaves one
JSON file with its tables, its command and the digests of the weights; the card quotes a file only
while the digests are those of the weights beside it.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from aac_models.arms import TABLE


@dataclass(frozen=True, slots=True)
class Table:
    """One table as printed: every cell is text."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]

    def markdown(self) -> str:
        """Render with pipes."""
        lines = ["| " + " | ".join(self.columns) + " |", "|" + " --- |" * len(self.columns)]
        lines += ["| " + " | ".join(row) + " |" for row in self.rows]
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Result:
    """One figure of one model on one set of films, with the target it was held to."""

    films: str
    model: str
    metric: str
    value: float
    low: float | None = None
    high: float | None = None
    n: int = 0
    target: str = ""
    is_met: bool | None = None


@dataclass(frozen=True, slots=True)
class Measured:
    """What one command measured.

    Attributes
    ----------
    title
        Of its section in the card.
    command
        Gives the same figures again.
    note
        What a reader must know, in a sentence or two.
    tables
        For reading.
    results
        The same figures for machines.
    weights
        SHA-256 by file name.
    """

    title: str
    command: str
    note: str
    tables: Sequence[Table]
    results: Sequence[Result] = field(default_factory=list)
    weights: dict[str, str] = field(default_factory=dict)


def digests(folder: Path) -> dict[str, str]:
    """SHA-256 of each weight file of a folder."""
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.glob("*.safetensors"))
        if path.stem in (*TABLE, "localizer")
    }


def write(measured: Measured, folder: Path, stem: str) -> Path:
    """Keep what was measured beside the weights, under ``stem.json``."""
    path = folder / f"{stem}.json"
    said = asdict(measured) | {"weights": digests(folder)}
    path.write_text(json.dumps(said, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def read(folder: Path, stem: str) -> Measured | None:
    """Read what was measured; None when nothing was, or with other weights."""
    path = folder / f"{stem}.json"
    if not path.is_file():
        return None
    said: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    if said["weights"] != digests(folder):
        return None
    tables = [Table(**table) for table in said.pop("tables")]
    results = [Result(**result) for result in said.pop("results")]
    return Measured(**said, tables=tables, results=results)
