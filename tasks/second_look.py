"""The second look at a whole study, signed and kept: what ``aac verify`` runs."""

import json
from contextlib import suppress
from dataclasses import replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from data_contracts.study_file import Deidentification, StudyFile, load
from tasks.deid.crosswalk import CROSSWALK_FILE, Crosswalk, StudyKey
from tasks.deid.profile import Profile
from tasks.deid.safe_private import standard_list
from tasks.originals import identifiers_of, originals_of
from tasks.study_folder import StudyFolder
from tasks.verify import Allowed, is_signed_by, sign, verify_all, words_of

_FILE: Final = "verification.json"
_HEAD: Final = 64  # of the crosswalk's first line: what it was encrypted with, and when
# Texts of ours that hold names of people.
_NAMES: Final = ("phantom", "spelling")
_LOGS: Final = frozenset({".log", ".out", ".err"})
# Packages whose texts end up in what a study writes, and the kinds of file that hold them.
_OURS: Final = ("data_contracts", "reports", "tasks")
_TEXT_FILES: Final = (".py", ".json", ".html", ".css", ".js", ".typ", ".yaml", ".j2", ".md")


def verify_study(folder: StudyFolder) -> dict[str, Any]:
    """Search everything that a study wrote, and keep the signed result under ``runs``.

    The delivered films, the annotations and the private folder are the study's inputs; all else
    is searched: clean films, tables, reports, manifests, Prefect's database, and logs that were
    led into the study's folder.

    Returns
    -------
    ``is_clean``, ``n_files``, ``n_films``, ``findings`` (place, kind, what) and ``signature``.
    """
    key = StudyKey.load_or_create(folder.private)
    entries = Crosswalk(folder.private, key).entries()
    study = _study_of(folder)
    allowed = allowed_by(study.deidentification) if study else Allowed()
    everyday = _everyday() | _words_of(study) if study else _everyday()
    written = (folder.deidentified, folder.results, folder.reports, folder.runs)
    originals = originals_of(entries, allowed, everyday)
    result = verify_all(
        [*(path for path in written if path.is_dir()), *_logs(folder)],
        identifiers_of(entries),
        replace(originals, secrets=_secrets(folder, key)),
    )
    signed = sign(result, key.root)
    aside = folder.runs / f".{_FILE}.tmp"
    aside.parent.mkdir(parents=True, exist_ok=True)
    aside.write_text(json.dumps(signed, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    aside.replace(folder.runs / _FILE)
    return signed


def _secrets(folder: StudyFolder, key: StudyKey) -> tuple[str, ...]:
    """Return what a copy of the key, or of the crosswalk, is known by."""
    path, head = folder.private / CROSSWALK_FILE, ""
    if path.is_file():
        with path.open(encoding="ascii", errors="replace") as crosswalk:
            head = crosswalk.read(_HEAD)
    return (key.root.hex(), *([head] if len(head) == _HEAD else []))


def _study_of(folder: StudyFolder) -> StudyFile | None:
    """Return what the study file says; None where there is none."""
    path = folder.root / "study.yaml"
    return load(path) if path.is_file() else None


def _logs(folder: StudyFolder) -> list[Path]:
    """Return what was written beside the study file; all else there is what somebody put in."""
    beside = sorted(folder.root.iterdir())
    return [path for path in beside if path.suffix in _LOGS and path.is_file()]


def allowed_by(said: Deidentification | Profile) -> Allowed:
    """Return what a study's options let stay."""
    private = standard_list() | {*said.safe_private} if said.retain_safe_private else frozenset()
    return Allowed(
        uids=said.retain_uids,
        private=private,
        device_uids=said.retain_serial_numbers,
        pixels=said.pixels == "keep",
    )


def _words_of(study: StudyFile) -> frozenset[str]:
    """Return the words by which a study file calls and describes the study: its report says them.

    Not those of paths: a folder of films may be called after a patient.
    """
    about = (said for said in study.about.model_dump().values() if isinstance(said, str))
    return frozenset(words_of("\n".join((study.name, *study.centers, *about))))


@cache
def _everyday() -> frozenset[str]:
    """Return the words of our own texts: a table's header is no Mrs Table.

    The people of the phantom cohort are left out, so that they are found like any other, and so
    are the names of months, for people are called like many a month.
    """
    found: set[str] = set()
    todo = [*map(files, _OURS), files("aac_models") / "weights"]
    while todo:
        entry = todo.pop()
        if entry.is_dir():
            todo += entry.iterdir()
        elif entry.name.endswith(_TEXT_FILES) and not entry.name.startswith(_NAMES):
            found |= words_of(entry.read_text(encoding="utf-8"))
    return frozenset(found)


def last_look(folder: StudyFolder) -> dict[str, Any] | None:
    """Return the last signed result; None when there is none or it was altered."""
    path = folder.runs / _FILE
    if not path.is_file():
        return None
    with suppress(ValueError, TypeError):  # whatever somebody made of it
        signed = dict(json.loads(path.read_text(encoding="utf-8")))
        if is_signed_by(signed, StudyKey.load_or_create(folder.private).root):
            return signed
    return None
