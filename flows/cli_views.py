"""What the terminal shows: progress, tables, and the last line that says how it went."""

import csv
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from flows.progress import Listener

_OUT = Console(highlight=False, soft_wrap=True)
_ERR = Console(stderr=True, highlight=False, soft_wrap=True)
_HEADINGS = {
    "center": "center",
    "model": "model",
    "n": "n",
    "icc_a1": "ICC(A,1)",
    "mae": "MAE",
    "r2_determination": "R²",
    "bias": "bias",
    "wilcoxon_p_adjusted": "Wilcoxon p, adjusted",
}


def note(text: str) -> None:
    """Print a line as it is."""
    _OUT.print(text, markup=False)


@contextmanager
def progress(*, quiet: bool) -> Iterator[Listener]:
    """Show a run's progress: a bar a center on a terminal, plain lines when piped."""
    if quiet:
        yield lambda _event, _center, _detail: None
    elif _ERR.is_terminal:
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[told]}"),
        )
        with Progress(*columns, console=_ERR) as bars:
            yield _Bars(bars)
    else:
        yield _plain


class _Bars:
    """A bar for each center's films and a line for each step."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._of_center: dict[str, Any] = {}

    def __call__(self, event: str, center: str, detail: Any) -> None:  # noqa: ANN401 - by event
        if event not in ("films", "epochs"):
            self._bars.console.print(_line(center, detail), markup=False)
            return
        if event == "epochs":
            self._bars.console.print(_line(center, detail), markup=False)
        if center not in self._of_center:
            self._of_center[center] = self._bars.add_task(
                f"{center} {event}", total=detail.n_total, told=""
            )
        told = _rate(detail) if event == "films" else ""
        self._bars.update(self._of_center[center], completed=detail.n_done, told=told)


def _rate(films: Any) -> str:  # noqa: ANN401 - tasks.film_progress.Progress, without importing it
    said = [f"{films.films_per_s:.2g} films/s"] if films.films_per_s else []
    said += [f"{films.n_rejected} set aside"] if films.n_rejected else []
    return ", ".join(said)


def _plain(event: str, center: str, detail: Any) -> None:  # noqa: ANN401 - by event
    if event == "films":
        if detail.n_done == detail.n_total:
            _ERR.print(f"{center}: films {detail.n_done} of {detail.n_total}", markup=False)
    else:
        _ERR.print(_line(center, detail), markup=False)


def _line(center: str, detail: object) -> str:
    return f"{center}: {detail}" if center else str(detail)


def show_summary(said: dict[str, Any], root: Path, *, as_json: bool) -> None:
    """Print the headline figures, what was found, the report's path, and the state."""
    if as_json:
        sys.stdout.write(json.dumps(said, indent=2, sort_keys=True) + "\n")
        return
    for finding in said["findings"]:
        _OUT.print(f"! {finding}", markup=False)
    for line in said.get("drift", []):
        _OUT.print(f"~ {line}", markup=False)
    for center, counts in said["counts"].items():
        parts = ", ".join(f"{n} {outcome.replace('_', ' ')}" for outcome, n in counts.items())
        _OUT.print(f"{center}: {parts}", markup=False)
    if said["headline"]:
        _OUT.print(_headline_table(said["headline"]))
    if said["report"]:
        _OUT.print(f"report: {root / said['report']}", markup=False)
    _OUT.print(f"run {said['run_id']}: {said['state']}", markup=False)


def _headline_table(rows: list[dict[str, Any]]) -> Table:
    names = list(dict.fromkeys(name for row in rows for name in row))
    table = Table(box=None, pad_edge=False)
    for name in names:
        heading = _HEADINGS.get(name, name.replace("_", " "))
        table.add_column(heading, justify="left" if name in ("center", "model") else "right")
    for row in rows:
        table.add_row(*(_cell(row.get(name)) for name in names))
    return table


def _cell(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def show_table(found: pa.Table, form: str) -> None:
    """Print a query's result as a table, CSV or JSON lines."""
    rows = found.to_pylist()
    if form == "json":
        for row in rows:
            sys.stdout.write(json.dumps(row, default=str) + "\n")
    elif form == "csv":
        writer = csv.DictWriter(sys.stdout, found.column_names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    else:
        table = Table(*found.column_names, box=None, pad_edge=False)
        for row in rows:
            table.add_row(*(_cell(value) for value in row.values()))
        _OUT.print(table)


def show_check(found: dict[str, Any], study: Path, *, as_json: bool) -> None:
    """Print what ``aac check`` found: mistakes first, then what would be set aside."""
    if as_json:
        sys.stdout.write(json.dumps(found, indent=2, sort_keys=True) + "\n")
        return
    for problem in found["problems"]:
        _OUT.print(f"! {problem}", markup=False)
    for finding in found["findings"]:
        _OUT.print(f"- {finding}", markup=False)
    for center, counts in found["centers"].items():
        parts = ", ".join(f"{n} {what.replace('_', ' ')}" for what, n in counts.items())
        _OUT.print(f"{center}: {parts}", markup=False)
        for row in found["set_aside"].get(center, []):
            _OUT.print(f"   {_aside(row)}", markup=False)
    _OUT.print(f"every expectation, file by file: {found['page']}", markup=False)
    if found["files"]:
        _OUT.print(f"which files these are (keep it private): {found['files']}", markup=False)
    verdict = "needs mending" if found["problems"] else f"ready: aac run {study}"
    _OUT.print(verdict, markup=False)


def _aside(row: dict[str, Any]) -> str:
    """Say why files would be set aside and what to do, in one line."""
    broken = [f'"{row["expectation"]}" does not hold'] if row["expectation"] else []
    seen = "; ".join([*broken, *row["observed"]])
    why = f"{row['n']} {row['reason'].replace('_', ' ')}"
    return f"{why}{f' ({seen})' if seen else ''}: {row['remedy']}"


def show_verification(said: dict[str, Any], *, as_json: bool) -> None:
    """Print where an identifier survived, by place and kind; never the identifier."""
    if as_json:
        sys.stdout.write(json.dumps(said, indent=2, sort_keys=True) + "\n")
        return
    for finding in said["findings"]:
        _OUT.print(f"! {finding['kind']}: {finding['place']}: {finding['what']}", markup=False)
    looked = f"{said['n_films']} films and {said['n_files'] - said['n_films']} other files searched"
    verdict = "no identifier found" if said["is_clean"] else f"{len(said['findings'])} places found"
    _OUT.print(f"{looked}: {verdict}", markup=False)
