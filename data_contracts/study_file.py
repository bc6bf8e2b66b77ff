"""The study file: everything a study is told, checked in one go.

``load`` collects every mistake and raises them together, each with the key's place and a
suggestion, before anything runs. A step receives only its own part.
"""

import difflib
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from data_contracts import study_yaml
from data_contracts.errors import Problem, StudyFileError
from data_contracts.study_conflicts import conflicts


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


_Share = Annotated[float, Field(ge=0, le=1)]


class Center(_Part):
    """One hospital: its folder, its role, and what the study puts up with from it."""

    role: Literal["internal", "external"] = "external"
    dicom: Path
    on_failure: Literal["continue", "stop"] = "continue"
    most_set_aside: _Share = 1.0
    mostly: dict[str, _Share] = Field(default_factory=dict)
    drift: Annotated[float, Field(gt=0)] = 0.25

    def said(self) -> dict[str, Any]:
        """Give what counts for the identity of a run: not where the films lie."""
        said = self.model_dump(mode="json", exclude={"dicom"}, exclude_defaults=True)
        return said | {"role": self.role}


class DeviceRegion(_Part):
    """A rectangle that a device always burns text into; fractions of the film, 0 to 1."""

    manufacturer: str = ""
    model: str = ""
    top: Annotated[float, Field(ge=0, le=1)]
    left: Annotated[float, Field(ge=0, le=1)]
    bottom: Annotated[float, Field(ge=0, le=1)]
    right: Annotated[float, Field(ge=0, le=1)]


class Deidentification(_Part):
    """PS3.15 Annex E: the Basic Profile and the options applied."""

    profile: Literal["basic"] = "basic"
    retain_patient_characteristics: bool = True
    retain_device_identity: bool = True
    retain_serial_numbers: bool = False
    retain_institution_identity: bool = False
    retain_uids: bool = False
    retain_safe_private: bool = False
    safe_private: tuple[str, ...] = ()
    clean_descriptors: bool = True
    clean_graphics: bool = True
    clean_structured_content: bool = False
    dates: Literal["shift", "remove", "keep"] = "shift"
    pixels: Literal["clean", "keep"] = "clean"
    device_regions: tuple[DeviceRegion, ...] = ()


class Cluster(_Part):
    """Where the films are scored."""

    kind: Literal["local", "address", "cuda", "slurm", "pbs", "kubernetes"] = "local"
    workers: Annotated[int, Field(ge=1)] | Literal["auto"] = "auto"
    address: str = ""
    shard_size: Annotated[int, Field(ge=1, le=1000)] | Literal["auto"] = "auto"
    device: Literal["auto", "cpu", "cuda"] = "auto"
    film_timeout_s: Annotated[int, Field(ge=1)] = 120
    performance_report: bool = False
    options: dict[str, Any] = Field(default_factory=dict)


class Statistics(_Part):
    """The statistical plan; ``aac lock-plan`` digests this section."""

    alpha: Annotated[float, Field(gt=0, lt=1)] = 0.05
    correction: Literal["bonferroni", "holm"] = "bonferroni"
    zero_method: Literal["pratt", "wilcox"] = "pratt"
    bootstrap: Annotated[int, Field(ge=99)] = 9999
    seed: int = 20250101
    equivalence_margin: Annotated[float, Field(gt=0)] | None = None


class About(_Part):
    """What only the authors know; blank means that the report says 'authors to supply'."""

    title: str = ""
    objective: str = ""
    population: str = ""
    raters: str = ""
    sampling: str = ""
    sample_size_reason: str = ""
    blinding: str = ""
    ethics: str = ""
    registration: str = ""
    funding: str = ""
    synthetic: bool = False


class StudyFile(_Part):
    """The whole study file. Paths are relative to the folder that holds it."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._-]*$", max_length=80)]
    centers: Annotated[
        dict[Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$")], Center],
        Field(min_length=1),
    ]
    annotations: Path | None = None
    models: Annotated[
        tuple[Literal["lvlcrnet", "lvlnet", "baseline"], ...], Field(min_length=1)
    ] = ("lvlcrnet", "lvlnet", "baseline")
    weights: Path | None = None
    reference: str = "consensus"
    severity: str | tuple[Annotated[float, Field(ge=0, le=24)], ...] = "dxa"
    whole_films_in_report: bool = False
    release: tuple[str, ...] = ()
    deidentification: Deidentification = Field(default_factory=Deidentification)
    cluster: Cluster = Field(default_factory=Cluster)
    statistics: Statistics = Field(default_factory=Statistics)
    about: About = Field(default_factory=About)
    schedule: str | None = None

    def digest(self) -> str:
        """SHA-256 of what the file says, whatever its comments and order; 16 hex digits.

        Where the study lies and where it is computed do not count: the delivered files, the
        annotations and the weights enter a run by their own content.
        """
        said = self.model_dump(
            mode="json",
            exclude={"schedule", "cluster", "annotations", "weights", "centers"},
        ) | {"centers": {name: center.said() for name, center in self.centers.items()}}
        canonical = json.dumps(said, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()[:16]


def load(path: Path) -> StudyFile:
    """Read and check a study file.

    Parameters
    ----------
    path
        The ``study.yaml``.

    Returns
    -------
    The study, with every path made absolute.

    Raises
    ------
    StudyFileError
        Holds every problem found, in file order.
    """
    said = study_yaml.read(path)
    try:
        study = StudyFile.model_validate(said)
    except ValidationError as fault:
        problems = [_problem(dict(error)) for error in fault.errors()]
        raise StudyFileError(problems + list(_missing_files(said, path.parent))) from None
    resolved = _resolve(study, path.parent)
    problems = [*_missing_files(said, path.parent), *conflicts(resolved, path.parent.resolve())]
    if problems:
        raise StudyFileError(problems)
    return resolved


_WORDS = {
    "missing": "is required",
    "extra_forbidden": "is not a key of the study file",
    "string_pattern_mismatch": "holds a character that names may not have",
    "model_type": "needs keys of its own, indented below it",
    "dict_type": "needs keys of its own, indented below it",
    "tuple_type": "should be a list",
    "too_short": "names none",
    "path_type": "should be a path",
    "string_type": "should be a text",
}
_HINTS = {
    "string_pattern_mismatch": "use letters, digits, - and _",
    "tuple_type": "write [one, two]",
    # YAML takes 2024 for a number, 2024-03-31 for a date and NO for false.
    "string_type": "put it in quotation marks",
}


def _problem(error: dict[str, Any]) -> Problem:
    place = [str(part) for part in error["loc"] if part not in ("function-after", "[key]")]
    place = [part for part in place if not part.startswith(("constrained-", "literal["))]
    what = _WORDS.get(error["type"], error["msg"].removeprefix("Input ").strip())
    is_unknown = error["type"] == "extra_forbidden"
    suggestion = _nearest(place) if is_unknown else _HINTS.get(error["type"], "")
    return Problem(".".join(place), what, suggestion)


def _nearest(place: list[str]) -> str:
    known = [*_all_keys(StudyFile)]
    close = difflib.get_close_matches(place[-1], known, n=1, cutoff=0.7)
    return f"did you mean {close[0]}?" if close else "see docs/study-file.md for the keys"


def _all_keys(part: type[BaseModel]) -> Iterator[str]:
    yield from part.model_fields
    for sub in (Center, Deidentification, Cluster, Statistics, About):
        if part is StudyFile:
            yield from sub.model_fields


NO_FILE: Final = "the folder holds no file; deliver films into it, or name the one that has them"


def missing_centers(study: StudyFile) -> list[Problem]:
    """Name each center whose folder is absent: an error for ``aac check``, a finding for a run.

    A nightly run goes on with the other centers when one hospital's share is not mounted.
    """
    hint = "mount it, or give a path relative to study.yaml"
    return [
        Problem(f"centers.{name}.dicom", "folder not found", hint)
        for name, center in study.centers.items()
        if not center.dicom.is_dir()
    ]


def _missing_files(said: dict[str, Any], folder: Path) -> Iterator[Problem]:
    """Check the paths in the raw file, so that they are reported beside schema mistakes."""
    for key in ("annotations", "weights"):
        where = said.get(key)
        if isinstance(where, str) and not (folder / where).exists():
            yield Problem(key, "not found", "give a path relative to study.yaml")


def _resolve(study: StudyFile, folder: Path) -> StudyFile:
    centers = {
        name: center.model_copy(update={"dicom": (folder / center.dicom).resolve()})
        for name, center in study.centers.items()
    }
    paths = {
        key: (folder / value).resolve()
        for key in ("annotations", "weights")
        if (value := getattr(study, key)) is not None
    }
    return study.model_copy(update={"centers": centers, **paths})
