"""Once the centers are scored: the experts' grades, the accounts, and a look back."""

from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.compute as pc

from data_contracts.schemas import empty
from flows.progress import tell
from flows.run import Run
from flows.steps import step
from tasks import (
    accounts,
    annotations,
    catalogue_release,
    check,
    clean_tree,
    drift,
    history,
    publish,
    set_aside,
)
from tasks.deid.people import check_people


def retire(run: Run) -> None:
    """Take centers that the study file no longer names out of the tables and the clean films."""
    for center in publish.retire(run.folder.results, run.study.centers):
        said = "the study file no longer names it; its tables went to runs/*/superseded"
        tell("note", "", f"center {center}: {said}")
    aside = run.folder.private / "retired"
    if moved := clean_tree.retire_centers(run.context.deidentified, run.study.centers, aside):
        said = "clean films of centers that the study file no longer names"
        tell("note", "", f"{said}, moved to private/retired: {moved}")


def annotate(run: Run) -> None:
    """Read the experts' grades; what does not fit is a finding, the rest counts."""
    read: annotations.Annotations | None = None
    if run.study.annotations is None:
        run.findings.append("annotations: the study file names none, so nothing is compared")
        for center in run.study.centers:  # what was read on an earlier night counts no more
            run.publish(center, {"annotations": empty("annotations")})
    else:
        tell("step", "", "annotations")
        keys = {center: found.annotation_keys for center, found in run.found.items()}
        taken = {image: at for found in run.found.values() for image, at in found.taken.items()}
        read = step(annotations.read, name="annotations")(run.study.annotations, keys, taken)
        run.findings += read.problems
    if not run.failed:  # a film of a center that is not there may be meant
        delivered = (found.table for found in run.found.values())
        run.findings += set_aside.unknown_releases(run.study.release, delivered)
    people = _people(run)
    for center in run.found:
        graded = None if read is None else annotations.of_center(read.table, center)
        _close(run, center, graded, people[center])
    if read is not None:
        scored, graded = (
            publish.read(run.folder.results, t) for t in ("predictions", "annotations")
        )
        run.findings += annotations.unannotated(scored, graded)


def _people(run: Run) -> dict[str, pa.Table]:
    """Say where a patient ID is not one person, or a person not one patient ID."""
    delivered = {c: set(f.table.column("source_digest").to_pylist()) for c, f in run.found.items()}
    found = step(check_people, name="people")(run.context.crosswalk(), delivered)
    run.findings += [finding for _, findings in found.values() for finding in findings]
    return {center: rows for center, (rows, _) in found.items()}


def _close(run: Run, center: str, graded: pa.Table | None, people: pa.Table) -> None:
    """Hold a center's grades to their contract, and all that is published to what was delivered."""
    rows, found = [people], run.found[center]
    if graded is not None:
        known = [i for i in found.table.column("image_id").to_pylist() if i]
        checked = step(check.check_annotations, name="annotation contract", center=center)(
            graded, known, center, run.study.centers[center].mostly
        )
        run.findings += checked.findings
        rows.append(checked.contracts)
        graded = checked.kept
        run.findings += annotations.without_consensus(graded, run.study.reference, center)
        run.publish(center, {"annotations": graded})
    if center in run.scored:
        whole = _of(run, center, "catalogue")
        rows.append(accounts.check_endings(whole, graded, found.table.num_rows, center))
    earlier = _of(run, center, "contracts")
    if graded is None:
        earlier = earlier.filter(pc.field("contract") != "annotation")
    contracts = check.renewed(earlier, rows)
    run.publish(center, {"contracts": contracts})


def _of(run: Run, center: str, name: str) -> pa.Table:
    return annotations.of_center(publish.read(run.folder.results, name), center)


def look_back(run: Run) -> None:
    """Compare each center with its own earlier runs; no result depends on it."""
    history.remember(run.folder.runs, run.run_id, datetime.now(UTC).date().isoformat())
    withheld = catalogue_release.withheld(run.context.profile)
    for center in sorted(run.scored):
        moved = drift.of_center(run.folder, center, run.study.centers[center].drift, withheld)
        run.publish(center, {"drift": moved})
        run.drift += drift.warnings(moved)
