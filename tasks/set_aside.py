"""What would be set aside, for the people who can mend it.

Everything that a study writes names files by digest and pseudonym. Whoever mends a delivery needs
the file's name: it is written to the study's private folder, and nowhere else.
"""

import csv
import io
import os
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from data_contracts.records import Rejection
from tasks.archives import Place, name_of

FILE: Final = "set-aside.csv"
_EXAMPLES: Final = 3


def by_reason(rejections: Iterable[Rejection]) -> list[dict[str, Any]]:
    """Sum up rejections, most frequent first.

    Returns
    -------
    Mappings with ``reason``, ``expectation``, ``n``, ``observed`` (some of what was seen) and
    ``remedy``.
    """
    groups: dict[tuple[str, str], list[Rejection]] = defaultdict(list)
    for rejection in rejections:
        groups[rejection.reason.value, rejection.expectation].append(rejection)
    return [
        {
            "reason": reason,
            "expectation": expectation,
            "n": len(group),
            "observed": sorted({one.observed for one in group if one.observed})[:_EXAMPLES],
            "remedy": group[0].reason.remedy,
        }
        for (reason, expectation), group in sorted(
            groups.items(), key=lambda item: (-len(item[1]), item[0])
        )
    ]


def unknown_releases(release: Iterable[str], films: Iterable[pa.Table]) -> list[str]:
    """Name each release of the study file that is no film of any table ``catalogue``."""
    known = {image for table in films for image in table.column("image_id").to_pylist()}
    return [
        f"release: {image} is no film that was delivered; take the image_id from quarantine"
        for image in sorted(set(release) - known)
    ]


def write_names(
    private: Path,
    rejections: Mapping[str, Sequence[Rejection]],
    places: Mapping[str, tuple[Path, Mapping[str, Place]]],
) -> str:
    """Write which files would be set aside, readable by the study's owner alone.

    Parameters
    ----------
    private
        The study's private folder.
    rejections
        By center.
    places
        A center's folder, and where its files are by digest.

    Returns
    -------
    The file; "" when there is nothing to name.
    """
    path = private / FILE
    if not any(rejections.values()):
        path.unlink(missing_ok=True)
        return ""
    sheet = io.StringIO()
    writer = csv.writer(sheet)
    columns = ("center", "file", "reason", "expectation", "observed", "remedy", "image_id")
    writer.writerow(columns)
    for center, of_center in rejections.items():
        root, known = places[center]
        for one in of_center:
            place = known.get(one.source_digest)
            name = name_of(place, root) if place is not None else ""
            why = (one.reason.value, one.expectation, one.observed, one.reason.remedy)
            writer.writerow((center, name, *why, one.image_id or ""))
    # A byte order mark, so that spreadsheets read names of any language.
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(sheet.getvalue().encode("utf-8-sig"))
    return str(path)
