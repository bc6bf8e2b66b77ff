"""Faults of an annotation file's rows, a line a kind: a missing center must not fill the screen."""

from collections.abc import Iterator, Sequence
from typing import Final

_MAX_RANGES: Final = 10


class RowFaults:
    """What is wrong with rows of one fate.

    Parameters
    ----------
    fate
        What becomes of such a row, as ``is left out``.
    """

    def __init__(self, fate: str) -> None:
        self._fate = fate
        self._of_kind: dict[str, list[tuple[int, str]]] = {}

    def add(self, row: int, what: str, detail: str = "") -> None:
        """Add a row by its number in the file; ``detail`` is said where it is the only one."""
        self._of_kind.setdefault(what, []).append((row, detail))

    def lines(self) -> Iterator[str]:
        """Say each kind once, with its rows."""
        for what, of in self._of_kind.items():
            if len(of) == 1:
                yield f"annotations, row {of[0][0]}: {what}{of[0][1]}; the row {self._fate}"
            else:
                rows = _ranges([row for row, _ in of])
                yield f"annotations, {len(of)} rows ({rows}): {what}; each {self._fate}"


def _ranges(rows: Sequence[int]) -> str:
    """Write ``2-4, 9``; ends with ``and others`` where the rows lie in too many places."""
    runs: list[list[int]] = []
    for row in sorted(rows):
        if runs and row == runs[-1][1] + 1:
            runs[-1][1] = row
        else:
            runs.append([row, row])
    written = [f"{first}-{last}" if last > first else f"{first}" for first, last in runs]
    return ", ".join(written[:_MAX_RANGES]) + (" and others" if len(written) > _MAX_RANGES else "")
