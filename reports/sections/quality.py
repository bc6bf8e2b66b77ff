"""What the films are worth: image measures, contracts, and how the films were de-identified."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from reports import formats
from reports.blocks import Block, Bullets, Column, Paragraph, Subheading, Table, Text, rich
from reports.view import Scope, View

_MEASURES: Final = {
    "dynamic_range": "Dynamic range",
    "sharpness": "Sharpness",
    "noise": "Noise",
    "saturated_share": "Saturated share",
    "blank_share": "Blank share",
    "collimated_share": "Collimated share",
    "lateral_lumbar": "Lateral lumbar confidence",
}
_MOST_CHECKS: Final = 40
_MOST_COLUMNS: Final = 5
_OPTIONS: Final = {
    "retain_patient_characteristics": "Retain Patient Characteristics",
    "retain_device_identity": "manufacturer, model and software kept",
    "retain_serial_numbers": "serial numbers kept",
    "retain_institution_identity": "Retain Institution Identity",
    "retain_uids": "Retain UIDs",
    "retain_safe_private": "Retain Safe Private",
    "clean_descriptors": "Clean Descriptors",
    "clean_graphics": "Clean Graphics",
    "clean_structured_content": "Clean Structured Content",
}
_DATES: Final = {
    "shift": "dates shifted by a secret number of days for each patient",
    "remove": "dates removed",
    "keep": "dates kept as delivered",
}
_PIXELS: Final = {
    "clean": "text burned into the pixels was looked for and blanked",
    "keep": "pixels were left as delivered",
}


def build(view: View, scope: Scope) -> list[Block]:
    """Blocks of the section on image quality and contracts."""
    blocks: list[Block] = [
        Subheading("Image measures"),
        *(
            _measures(view, names, index)
            for index, names in enumerate(formats.chunks(scope.centers, _MOST_COLUMNS))
        ),
    ]
    turned = [row for row in view.of("image_quality", scope) if row["inverted_against_header"]]
    against = [
        row
        for row in view.of("image_quality", scope)
        if row["anterior_side_header"]
        and row["anterior_side"]
        and row["anterior_side"] != row["anterior_side_header"]
    ]
    blocks.append(
        Paragraph(
            rich(
                "{turned} looked inverted against the header; {against} faced the other way than "
                "the header says.",
                turned=formats.plural(len(turned), "film"),
                against=formats.plural(len(against), "film"),
            )
        )
    )
    return [*blocks, *_contracts(view, scope)]


def _measures(view: View, names: Sequence[str], index: int) -> Table:
    rows = view.rows("image_quality")
    body = []
    for column, label in _MEASURES.items():
        by_center = [
            _spread([row for row in rows if row["center"] == name], column) for name in names
        ]
        body.append((formats.cell(label), *(formats.cell(text) for text in by_center)))
    columns = (Column("Measure"), *(Column(name, "right") for name in names))
    caption = rich("Median (quartiles) of each image measure by center; shares from 0 to 1.")
    return Table(
        "image-quality" if index == 0 else f"image-quality-{index + 1}",
        caption,
        columns,
        tuple(body),
        len(body),
    )


def _spread(rows: list[dict[str, Any]], column: str) -> str:
    values = np.array([row[column] for row in rows if row[column] is not None], dtype=np.float64)
    if not values.size:
        return formats.MISSING
    low, middle, high = np.quantile(values, (0.25, 0.5, 0.75))
    return formats.with_interval(middle, low, high, 3)  # noise and sharpness are hundredths


def _contracts(view: View, scope: Scope) -> list[Block]:
    rows = view.of("contracts", scope)
    if not rows:
        return []
    broken = [row for row in rows if not row["success"]]
    said = rich(
        "{n} of the data contracts held; {broken} did not.",
        n=formats.plural(len(rows) - len(broken), "expectation"),
        broken=formats.count(len(broken)),
    )
    blocks: list[Block] = [Subheading("Data contracts"), Paragraph(said)]
    if not broken:
        return blocks
    body = tuple(
        tuple(
            formats.cell(row[name])
            for name in (
                "center",
                "contract",
                "expectation",
                "column",
                "severity",
                "n_failed",
                "n_checked",
            )
        )
        for row in broken[:_MOST_CHECKS]
    )
    columns = (
        *(Column(title) for title in ("Center", "Contract", "Expectation", "Column", "Weight")),
        Column("Failed", "right"),
        Column("Checked", "right"),
    )
    caption = rich("Expectations that did not hold. A critical one sets its films aside.")
    return [*blocks, Table("contracts", caption, columns, body, len(broken))]


def deidentification(view: View, scope: Scope) -> list[Block]:
    """Blocks of the de-identification statement."""
    settings = dict(view.study.get("deidentification") or {})
    blocks: list[Block] = [Paragraph(statement(view)), Bullets(tuple(_choices(settings)))]
    rows = view.of("deidentification_audit", scope)
    if rows:
        blocks.append(_audit(rows))
    return blocks


def statement(view: View) -> Text:
    """Name the profile, and say what the independent search for identifiers found."""
    settings = dict(view.study.get("deidentification") or {})
    return rich(
        "Films were de-identified by the {profile} Application Level Confidentiality Profile of "
        "DICOM PS3.15 Annex E, with the options below. " + _verified(view),
        profile=str(settings.get("profile", "basic")).capitalize(),
    )


def _verified(view: View) -> str:
    """Say it as ``aac verify`` left it; a search that is older than some films says so."""
    found = dict(view.manifest.get("verification") or {})
    if not found:
        return (
            "**Not yet verified**: the independent search for identifiers has not been run. "
            "`aac verify` runs it, and `aac report` then says here what it found."
        )
    if found.get("n_leaks"):
        return (
            "**The independent search found identifiers: do not pass these films on.** "
            "`aac verify` names each place."
        )
    searched = int(found.get("n_films") or 0)
    later = len({row["image_id"] for row in view.rows("image_quality")}) - searched
    said = f"An independent search for the known identifiers in {formats.plural(searched, 'film')} "
    if later > 0:
        return said + (
            f"found none left, but {formats.plural(later, 'film')} came after it: **not yet "
            "verified** whole. Run `aac verify`, then `aac report`."
        )
    return said + "found none left."


def _choices(settings: dict[str, Any]) -> list[Text]:
    taken = [label for key, label in _OPTIONS.items() if settings.get(key)]
    return [
        rich("Options applied: {names}.", names=formats.listing(taken) or "none"),
        rich("Dates: {how}.", how=_DATES.get(str(settings.get("dates", "shift")), "as configured")),
        rich(
            "Pixels: {how}.", how=_PIXELS.get(str(settings.get("pixels", "clean")), "as configured")
        ),
        rich("Films are named by keyed hashes; the key stays with the study's owner."),
    ]


def _audit(rows: list[dict[str, Any]]) -> Table:
    films: dict[tuple[str, str], set[str]] = {}
    counts: Counter[tuple[str, str]] = Counter()
    for row in rows:
        key = (str(row["attribute_class"]), str(row["action"]))
        counts[key] += row["count"] or 0
        films.setdefault(key, set()).add(str(row["image_id"]))
    body = tuple(
        (
            formats.cell(kind),
            formats.cell(action, style="code"),
            formats.cell(n),
            formats.cell(len(films[kind, action])),
        )
        for (kind, action), n in sorted(counts.items())
    )
    columns = (
        Column("Class of attributes"),
        Column("Action"),
        Column("Elements", "right"),
        Column("Films", "right"),
    )
    caption = rich("What was done to each class of attributes, counted. No value is kept.")
    return Table("deidentification-audit", caption, columns, body, len(body))
