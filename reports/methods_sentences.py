"""The methods section, ready to paste: each sentence said once, by the step that ran.

A sentence appears only when its step left something behind (a table, a setting, a digest), and
names where that stands, so that a test can hold it to the manifest.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from reports import formats, words
from reports.inputs import ReportInputs
from reports.methods_forms import FORMS, Sentence
from reports.methods_plan import declared
from reports.study_arrays import CONSENSUS
from reports.view import View

STEPS: Final = (
    "films",
    "de-identification",
    "index test",
    "reference standard",
    "statistics",
    "software",
)


def sentences(inputs: ReportInputs) -> list[Sentence]:
    """Say what was done, in the order a methods section has it.

    Parameters
    ----------
    inputs
        The report's inputs.

    Returns
    -------
    No sentence twice; a step that did not run says nothing.
    """
    view = View(inputs)
    said = [
        *_films(view),
        *_deidentification(view),
        *_index_test(view),
        *_reference_standard(view),
        *_statistics(view),
        *_software(view),
    ]
    return list({sentence.text: sentence for sentence in said}.values())


def _films(view: View) -> Iterator[Sentence]:
    roles: dict[str, list[str]] = {}
    for name, role in view.centers.items():
        roles.setdefault(role, []).append(name)
    if view.is_synthetic:
        yield Sentence(
            "films",
            "All radiographs were synthetic, drawn by a phantom; no patient was studied.",
            ("study.about.synthetic",),
        )
    parts = [f"{formats.listing(names)} ({role} test)" for role, names in roles.items()]
    if parts:
        yield Sentence(
            "films",
            (
                "Lateral lumbar radiographs came from "
                f"{formats.plural(len(view.centers), 'center')}: {'; '.join(parts)}."
            ),
            ("study.centers", "tables.catalogue"),
        )
    if view.rows("catalogue"):
        n = len(view.rows("catalogue"))
        yield Sentence(
            "films",
            (
                f"All {formats.plural(n, 'delivered file')} were catalogued by the SHA-256 "
                "digest of their content, duplicates were counted once, and files that "
                "could not be used were set aside with a reason from a closed list."
            ),
            ("tables.catalogue", *(("tables.quarantine",) if view.has("quarantine") else ())),
        )
    held = {(row["contract"], row["expectation"], row["column"]) for row in view.rows("contracts")}
    if held:
        yield Sentence(
            "films",
            "Headers, images and results were held to "
            f"{formats.plural(len(held), 'data contract expectation')}.",
            ("tables.contracts",),
        )


def _deidentification(view: View) -> Iterator[Sentence]:
    settings = dict(view.study.get("deidentification") or {})
    if not settings or not view.rows("deidentification_audit"):
        return
    dates = {
        "shift": "dates were shifted by a secret offset for each patient",
        "remove": "dates were removed",
        "keep": "dates were kept",
    }
    pixels = {
        "clean": "text burned into the pixels was searched for and blanked",
        "keep": "pixels were not changed",
    }
    yield Sentence(
        "de-identification",
        (
            f"Films were de-identified by the {settings.get('profile', 'basic')} profile "
            f"of DICOM PS3.15 Annex E; {dates[settings.get('dates', 'shift')]}, and "
            f"{pixels[settings.get('pixels', 'clean')]}."
        ),
        ("study.deidentification", "tables.deidentification_audit"),
        ("ps315",),
    )


def _index_test(view: View) -> Iterator[Sentence]:
    if not view.rows("predictions"):
        return
    digests: dict[str, str] = {
        row["model"]: row["weights_digest"] or "" for row in view.rows("predictions")
    }
    named = [
        f"{model} (weights SHA-256 {digests[model][:12]})"
        for model in view.models
        if digests.get(model)
    ]
    if named:
        yield Sentence(
            "index test",
            f"The index tests were {formats.listing(named)}.",
            ("tables.predictions.weights_digest",),
            ("lvlcrnet2025",),
        )
    yield Sentence(
        "index test",
        (
            "Each gave the probabilities of the grades 0 to 3 of the anterior and posterior aortic "
            "wall at L1 to L4; the AAC-24 total (0 to 24) is the sum of the eight expected grades, "
            "taken unrounded, and rounded half up for classes only."
        ),
        ("tables.prediction_grades", "tables.predictions.total_rounded"),
        ("kauppila1997",),
    )
    yield Sentence(
        "index test",
        "Where a level could not be assessed the total was missing, not zero.",
        ("tables.predictions.status",),
    )
    if any(row["total_low"] is not None for row in view.rows("predictions")):
        yield Sentence(
            "index test",
            "Each total carries a conformal prediction interval.",
            ("tables.predictions.total_low",),
            ("vovk2005",),
        )


def _reference_standard(view: View) -> Iterator[Sentence]:
    if not view.readers:
        return
    readers = [name for name in view.readers if name != CONSENSUS]
    single = f"; single readings were by {formats.listing(readers)}" if readers else ""
    yield Sentence(
        "reference standard",
        f"The reference standard was the AAC-24 reading by {words.reference(view)}{single}.",
        ("study.reference", "tables.annotations"),
        ("kauppila1997",),
    )


def _statistics(view: View) -> Iterator[Sentence]:
    if not view.rows("agreement"):
        return
    settings = dict(view.study.get("statistics") or {})
    for statistic, text, cites in FORMS:
        if any(row["statistic"] == statistic for row in view.rows("agreement")):
            yield Sentence(
                "statistics",
                text.format(form=_form_of(view, statistic)),
                ("tables.agreement." + statistic,),
                cites,
            )
    yield from declared(view, settings)


def _form_of(view: View, statistic: str) -> str:
    """Read the form of a statistic, where it differs between cohorts each with the cohorts.

    Off rows with an interval where there are any, as most rows of models have one.
    """
    rows = [
        row
        for row in view.rows("agreement")
        if row["statistic"] == statistic and row["model"] in view.models and row["method"]
    ]
    whole = [row for row in rows if row["ci_low"] is not None] or rows
    where: dict[str, list[str]] = {}
    for row in whole:
        cohorts = where.setdefault(str(row["method"]), [])
        if row["center"] not in cohorts:
            cohorts.append(str(row["center"]))
    forms = [form.replace("; ", ", ").replace("-+", "±") for form in where]
    if len(forms) < 2:  # noqa: PLR2004 - one form for all
        return forms[0] if forms else "as the agreement table states"
    named = zip(forms, where.values(), strict=True)
    return "; ".join(f"{form} ({formats.listing(cohorts)})" for form, cohorts in named)


def _software(view: View) -> Iterator[Sentence]:
    versions = dict(view.manifest.get("versions") or view.manifest.get("packages") or {})
    shown = [
        f"{name} {versions[name]}"
        for name in ("aac-study", "torch", "numpy", "scipy", "pydicom")
        if name in versions
    ]
    if shown:
        python = view.manifest.get("python")
        on = f" on Python {python}" if python else ""
        yield Sentence(
            "software", f"Computed with {formats.listing(shown)}{on}.", ("manifest.versions",)
        )
    if view.manifest.get("run_id"):
        yield Sentence(
            "software",
            (
                f"The run is identified by the digest {view.manifest['run_id']} of its "
                "inputs, settings, weights and code."
            ),
            ("manifest.run_id",),
        )


def cited(said: Iterable[Sentence]) -> list[str]:
    """Keys of the works cited, in order of first mention."""
    return list(dict.fromkeys(key for sentence in said for key in sentence.cites))
