"""What went into a run: the run's identity, and everything needed to do it again.

The identity is a digest of content alone (study file, delivered files, annotations, weights,
code); versions, seeds and times stand beside it and do not change it.
"""

import hashlib
import json
import platform
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from data_contracts.errors import StudyError
from data_contracts.study_file import StudyFile

FILE: Final = "manifest.json"
# The code that decides what a film's rows are; the rest of the study is not rescored for.
FILM_CODE: Final = ("aac_models", "tasks.deid", "tasks.dicom", "tasks.film",
                    "tasks.film_picture", "tasks.film_rows", "tasks.measures")  # fmt: skip
ALL_CODE: Final = ("aac_models", "data_contracts", "reports", "tasks")
# What decides there: code, tables and the network that finds burned-in text.
_DECIDES: Final = (".py", ".json", ".onnx")
# Parts of the packages above that draw and train, and never touch a study's film.
_ELSEWHERE: Final = ("phantom", "training", "weights", "__pycache__")
_PACKAGES: Final = (
    "aac-study", "dask", "distributed", "duckdb", "great-expectations", "numpy", "onnxruntime",
    "pandas", "pillow", "prefect", "pyarrow", "pydicom", "pylibjpeg-openjpeg", "pylibjpeg-rle",
    "python-gdcm", "scipy", "torch",
)  # fmt: skip


def build(
    study: StudyFile,
    *,
    inputs: Mapping[str, pa.Table],
    weights: Mapping[str, str],
    timings: Mapping[str, float] | None = None,
) -> dict[str, Any]:
    """Put together what went into a run.

    Parameters
    ----------
    study
        The study file; its annotations are digested here.
    inputs
        The ``catalogue`` table of each center; every delivered file's digest counts.
    weights
        SHA-256 of the weights by model.
    timings
        Seconds by step; no part of the identity.

    Returns
    -------
    Plain values; ``run_id`` is ``r-`` and 16 hexadecimal digits.
    """
    went_in = {
        "study": study.digest(),
        "inputs": {center: _digest_of_films(table) for center, table in sorted(inputs.items())},
        "annotations": _digest_of_file(study.annotations),
        "weights": {arm: weights[arm] for arm in sorted(weights)},
        "code": code_digest(ALL_CODE),
    }
    return {
        "run_id": "r-" + digest_of(went_in)[:16],
        "study_name": study.name,
        **went_in,
        "n_files": {center: table.num_rows for center, table in sorted(inputs.items())},
        "models": list(study.models),
        "seeds": {"statistics": study.statistics.seed},
        "versions": versions(),
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        "timings_s": dict(timings or {}),
    }


def write(manifest: Mapping[str, Any], runs: Path) -> Path:
    """Write ``runs/<run_id>/manifest.json`` aside and rename it into place."""
    folder = runs / str(manifest["run_id"])
    folder.mkdir(parents=True, exist_ok=True)
    aside = folder / f".{FILE}.tmp"
    aside.write_text(json.dumps(manifest, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    aside.replace(folder / FILE)
    return folder / FILE


def read(runs: Path, run_id: str) -> dict[str, Any]:
    """Read the manifest of a run.

    Raises
    ------
    StudyError
        There is none.
    """
    path = runs / run_id / FILE
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        raise StudyError(f"run {run_id}: no manifest; run the study again") from None


def digest_of(said: object) -> str:
    """SHA-256 of plain values, whatever the order of their keys; hexadecimal."""
    canonical = json.dumps(said, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()


@lru_cache(maxsize=8)
def code_digest(modules: tuple[str, ...]) -> str:
    """SHA-256 over the source and data files of modules and packages; hexadecimal."""
    total = hashlib.sha256()
    for name in modules:
        for path, label in _sources(name):
            total.update(f"{label}\n{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return total.hexdigest()


@lru_cache(maxsize=1)
def versions() -> dict[str, str]:
    """Version of every package that a result may depend on."""
    found = {}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _sources(name: str) -> Iterable[tuple[Path, str]]:
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        return []
    origin = Path(spec.origin)
    if not spec.submodule_search_locations:
        return [(origin, name)]
    root = origin.parent
    files = sorted(path for path in root.rglob("*") if path.suffix in _DECIDES)
    inside = [(path, path.relative_to(root)) for path in files]
    return [
        (path, f"{name}/{part.as_posix()}")
        for path, part in inside
        if not set(part.parts) & set(_ELSEWHERE)
    ]


def _digest_of_films(table: pa.Table) -> str:
    digests = sorted(digest or "" for digest in table.column("source_digest").to_pylist())
    return hashlib.sha256("\n".join(digests).encode()).hexdigest()


def _digest_of_file(path: Path | None) -> str | None:
    if path is None:
        return None
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
