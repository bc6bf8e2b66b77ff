"""The second look at a whole study, signed and kept: what ``aac verify`` runs."""

import json
from typing import Any, Final

from tasks.deid.crosswalk import Crosswalk, StudyKey
from tasks.study_folder import StudyFolder
from tasks.verify import is_signed_by, sign, verify_all

_FILE: Final = "verification.json"


def verify_study(folder: StudyFolder) -> dict[str, Any]:
    """Search everything that a study wrote, and keep the signed result under ``runs``.

    The delivered films, the annotations and the private folder are the study's inputs; all else
    is searched: clean films, tables, reports, manifests, and Prefect's database.

    Returns
    -------
    ``is_clean``, ``n_files``, ``n_films``, ``findings`` (place, kind, what) and ``signature``.
    """
    key = StudyKey.load_or_create(folder.private)
    crosswalk = Crosswalk(folder.private, key)
    written = (folder.deidentified, folder.results, folder.reports, folder.runs)
    result = verify_all(
        [path for path in written if path.is_dir()],
        list(crosswalk.identifiers()),
        crosswalk.by_image(),
    )
    signed = sign(result, key.root)
    aside = folder.runs / f".{_FILE}.tmp"
    aside.parent.mkdir(parents=True, exist_ok=True)
    aside.write_text(json.dumps(signed, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    aside.replace(folder.runs / _FILE)
    return signed


def last_look(folder: StudyFolder) -> dict[str, Any] | None:
    """Return the last signed result; None when there is none or it was altered."""
    path = folder.runs / _FILE
    if not path.is_file():
        return None
    signed = dict(json.loads(path.read_text(encoding="utf-8")))
    return signed if is_signed_by(signed, StudyKey.load_or_create(folder.private).root) else None
