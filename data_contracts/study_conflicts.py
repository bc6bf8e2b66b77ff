"""Mistakes of a study file that lie in what its keys say, not in how they are spelled."""

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from data_contracts import suites
from data_contracts.errors import Problem

if TYPE_CHECKING:
    from pathlib import Path

    from data_contracts.study_file import StudyFile

_ADDRESS: Final = re.compile(r"(?:(?:tcp|tls|ws|wss|ucx|ucxx)://)?[^/\s]+:(\d{1,5})/?")
_LAST_PORT: Final = 65535
# What a study writes beside its file, see tasks.study_folder.
_WRITTEN: Final = ("private", "deidentified", "results", "runs", "reports")


def conflicts(study: "StudyFile", root: "Path") -> Iterator[Problem]:
    """Yield each mistake of a study file in ``root`` whose keys are right, one by one."""
    if len(set(study.models)) != len(study.models):
        yield Problem("models", "names a model twice")
    yield from _wrong_severity(study.severity)
    if study.cluster.kind == "address":
        yield from _wrong_address(study.cluster.address)
    reserved = {"internal", "external", "all"} & set(study.centers)
    for name in sorted(reserved):
        yield Problem(f"centers.{name}", "is a reserved name", "pooled rows use it")
    for name, center in study.centers.items():
        yield from _unknown_warnings(f"centers.{name}.mostly", center.mostly)
    yield from _shared_folders({name: c.dicom for name, c in study.centers.items()}, root)
    if study.schedule is not None and len(study.schedule.split()) != 5:  # noqa: PLR2004 - cron
        yield Problem("schedule", "is no cron expression", 'five fields, e.g. "0 2 * * *"')


def _shared_folders(folders: Mapping[str, "Path"], root: "Path") -> Iterator[Problem]:
    """Name films that would count for two centers, or be taken from what the study made of them."""
    own = [root / name for name in _WRITTEN]
    hint = "give the delivered films a folder of their own, e.g. incoming/A"
    before: dict[Path, str] = {}
    for name, folder in folders.items():
        place = f"centers.{name}.dicom"
        if folder in before:
            yield Problem(place, f"is the folder of center {before[folder]} too")
        elif around := [first for other, first in before.items() if _is_within(folder, other)]:
            yield Problem(place, f"holds the folder of center {around[0]}, or lies in it", hint)
        if any(_is_within(folder, written) for written in own):
            yield Problem(place, "holds what the study writes, or lies in it", hint)
        before[folder] = name


def _is_within(one: "Path", other: "Path") -> bool:
    return one.is_relative_to(other) or other.is_relative_to(one)


def _wrong_address(said: str) -> Iterator[Problem]:
    """Dask would take some of these for a host and wait for it, and end at others."""
    hint = "e.g. tcp://host:8786"
    found = _ADDRESS.fullmatch(said)
    if not said:
        yield Problem("cluster.address", "is required for kind: address", hint)
    elif found is None or int(found[1]) > _LAST_PORT:
        yield Problem("cluster.address", "is no address of a Dask scheduler with its port", hint)


def _wrong_severity(said: str | Sequence[float]) -> Iterator[Problem]:
    if isinstance(said, str):
        if said not in ("dxa", "cord", "presence"):
            yield Problem("severity", "is no preset", "use dxa, cord, presence or a list of cuts")
    elif not said or list(said) != sorted(set(said)):
        yield Problem("severity", "has no cuts, or cuts that do not rise", "e.g. [1, 5]")


def _unknown_warnings(place: str, mostly: Mapping[str, float]) -> Iterator[Problem]:
    """Name shares wanted of what no contract warns of."""
    known = suites.wanted_shares()
    for key in mostly:
        if key not in known:
            close = difflib.get_close_matches(key, known, n=1)
            hint = f"did you mean {close[0]}?" if close else "docs/contracts.md has the columns"
            yield Problem(f"{place}.{key}", "is no warning of a contract", hint)
