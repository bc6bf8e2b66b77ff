"""The study on one page: which step follows which, for each center and for the whole.

catalogue -> header contract -> films (clean, measure, score) -> contracts -> publish
annotations -> agreement -> report
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from prefect import flow

from data_contracts.errors import ContractError, StudyError, StudyFileError
from data_contracts.study_file import NO_FILE, missing_centers
from flows import alone, artifacts, closing
from flows.progress import tell
from flows.run import Run
from flows.settings import STAGES, load_for_run
from flows.steps import step
from tasks import (
    accounts,
    analyse,
    catalogue,
    catalogue_release,
    check,
    clean_tree,
    cluster,
    duplicates,
    film_context,
    manifest,
    plan,
    publish,
    score,
    settle,
    summary,
)
from tasks.study_folder import StudyFolder


@flow(name="aac-study", validate_parameters=False)
def study_flow(
    study_file: str, only: list[str] | None = None, until: str = "report", *, fresh: bool = False
) -> dict[str, Any]:
    """Run a study, or the part of it that is not done yet.

    Parameters
    ----------
    study_file
        Path of the study file.
    only
        Centers to score in this run; the others stand as they were published.
    until
        Last stage of ``STAGES`` to run.
    fresh
        Render again although the same inputs were reported before.

    Returns
    -------
    The summary of the run; see ``tasks.summary.summarize``.

    Raises
    ------
    StudyFileError
        The study file has mistakes; all of them are listed.
    StudyError
        No center could be studied, a step of the whole study failed, or another command is at work
        in the study's folder.
    """
    path = Path(study_file)
    with alone.in_study(path.resolve().parent):
        return _through(_begin(path), only, until, fresh=fresh)


def _through(run: Run, only: list[str] | None, until: str, *, fresh: bool) -> dict[str, Any]:
    """Take a study from stage to stage."""
    _catalogue_all(run)
    done = summary.read(run.folder.runs, run.run_id)
    if done is not None and not fresh and _is_whole(run, done):
        tell("note", detail="nothing new since the last run: its report stands")
        return done
    stage = STAGES.index(until)
    if stage >= STAGES.index("score"):
        with cluster.kept_open():  # workers start once, and only when a film is to be scored
            for center in [name for name in run.found if name in (only or run.found)]:
                _guarded(run, center, _center)
    if stage >= STAGES.index("analyse"):
        closing.retire(run)
        closing.annotate(run)
        closing.look_back(run)
        _analyse(run)
    if stage >= STAGES.index("report"):
        _report(run)
    return _end(run)


def _begin(path: Path) -> Run:
    study = load_for_run(path)
    folder = StudyFolder(path.resolve().parent)
    folder.prepare()
    context = film_context.context_of(study, folder)
    run = Run(study, folder, context)
    for problem in missing_centers(study):
        center = problem.key.split(".")[1]
        if study.centers[center].on_failure == "stop":
            raise StudyFileError([problem])
        run.failed.add(center)
        run.findings.append(
            f"center {center}: {problem.what} ({problem.suggestion}); what was published of it "
            "before stands"
        )
    return run


def _guarded(run: Run, center: str, work: Callable[[Run, str], None]) -> None:
    """One center's failure is named and the others go on, unless the study says stop."""
    try:
        work(run, center)
    except StudyFileError:  # weights that no center's films can be scored with
        raise
    except StudyError as fault:
        run.failed.add(center)
        run.findings += [f"center {center}: {line}" for line in str(fault).splitlines()]
        if run.study.centers[center].on_failure == "stop":
            raise


def _catalogue_all(run: Run) -> None:
    for center in run.study.centers:
        if center not in run.failed:
            _guarded(run, center, _catalogue)
    tables, shared = duplicates.settle_between(
        {c: found.table for c, found in run.found.items()}, _standing(run)
    )
    run.findings += shared
    run.found = {c: replace(found, table=tables[c]) for c, found in run.found.items()}
    run.manifest = manifest.build(
        run.study,
        inputs={center: found.table for center, found in run.found.items()},
        weights=run.context.weights_digest(),
    ) | {"plan": plan.status(run.study, run.folder.root)}
    manifest.write(run.manifest, run.folder.runs)


def _standing(run: Run) -> dict[str, pa.Table]:
    """Read what was published of the files of centers that are not here this time."""
    absent = [name for name in run.study.centers if name not in run.found]
    if not absent:
        return {}
    published = publish.read(run.folder.results, "catalogue")
    return {name: published.filter(pc.field("center") == name) for name in absent}


def _catalogue(run: Run, center: str) -> None:
    tell("step", center, "catalogue")
    found = step(catalogue.catalogue, name="catalogue", center=center)(
        run.study.centers[center].dicom,
        center,
        pseudonyms=run.context.pseudonyms(),
        cache=run.folder.private / f"catalogue-{center}.parquet",
    )
    if not found.table.num_rows:
        raise ContractError(NO_FILE)
    run.findings += found.findings
    run.found[center] = found


def _center(run: Run, center: str) -> None:
    """Take one center from its catalogue to published tables."""
    found, release = run.found[center], run.study.release
    said = run.study.centers[center]
    headers = step(check.check_headers, name="header contract", center=center)(
        found.table, center, release, said.mostly
    )
    aside = found.rejections + headers.rejections
    accounts.check_set_aside(aside, found.table.num_rows, said.most_set_aside)
    tell("step", center, "films")
    scored = step(score.score_films, name="films", center=center, retries=1)(
        found.places,
        headers.kept,
        center=center,
        context=run.context,
        cluster=run.study.cluster,
        work=run.folder.work,
        progress=artifacts.Films(center),
    )
    tell("step", center, "contracts")
    images = step(check.check_images, name="image contract", center=center)(
        scored.tables["image_quality"], center, release, said.mostly, found.table
    )
    aside += scored.rejections + images.rejections
    accounts.check_set_aside(aside, found.table.num_rows, said.most_set_aside)
    tables = settle.settle(found.table, scored.tables, aside, model=run.study.models[0])
    predictions = step(check.check_predictions, name="prediction contract", center=center)(
        tables["predictions"], tables["prediction_grades"], center, said.mostly
    )
    whole = duplicates.choose_primary(tables["catalogue"], found.ranks)
    tables["catalogue"] = catalogue_release.as_published(whole, run.context.profile)
    accounts.check_outcomes(tables["catalogue"], tables["predictions"], tables["quarantine"])
    earlier = publish.read(run.folder.results, "catalogue")
    run.findings += accounts.not_delivered_again(earlier, found.table)
    checked = (headers, images, predictions)
    run.findings += [finding for one in checked for finding in one.findings]
    tables["contracts"] = pa.concat_tables([one.contracts for one in checked])
    reports = [catalogue.report_of(found, center), scored.report]
    tables["runs"] = summary.runs_table(run.run_id, reports)
    tell("step", center, "publish")
    run.publish(center, tables)
    _retire(run, center, scored.clean)
    run.scored.add(center)
    run.again += sum(one.reason in score.PASSING for one in scored.rejections)
    artifacts.show_counts(center, reports)


def _retire(run: Run, center: str, clean: frozenset[Path]) -> None:
    aside = run.folder.private / "retired"
    if moved := clean_tree.retire(run.context.deidentified, center, clean, aside):
        said = "clean films that no film stands for any more, moved to private/retired"
        tell("note", "", f"center {center}: {said}: {moved}")


def _analyse(run: Run) -> None:
    tell("step", "", "agreement")
    tables = step(analyse.analyse, name="agreement")(run.folder.results, run.study)
    run.publish(None, tables)
    publish.make_views(run.folder.results)


def _report(run: Run) -> None:
    from tasks import render  # noqa: PLC0415 - draws: nothing that a film has to wait for

    tell("step", "", "report")
    step(render.render, name="report")(
        run.folder, run.study, run.manifest, sorted(set(run.findings))
    )


def _is_whole(run: Run, done: dict[str, Any]) -> bool:
    """Tell whether an earlier run of the same inputs left nothing to do, and none came after it."""
    latest = summary.read(run.folder.runs)
    is_latest = latest is not None and latest["run_id"] == run.run_id
    is_reported = bool(done["report"]) and (run.folder.root / done["report"]).is_file()
    has_all = set(done.get("scored_centers", ())) >= set(run.found)
    return (
        is_latest and is_reported and has_all and not (done["failed_centers"] or done.get("again"))
    )


def _end(run: Run) -> dict[str, Any]:
    report = run.folder.reports / run.run_id / "index.html"
    agreement, files = (publish.read(run.folder.results, t) for t in ("agreement", "catalogue"))
    grades = None
    if run.study.annotations is not None:
        grades = publish.read(run.folder.results, "annotations")
    said = summary.summarize(
        run_id=run.run_id,
        counts=summary.counts_of(files, grades, run.study),
        findings=sorted(set(run.findings)),
        drift=run.drift,
        failed_centers=run.failed,
        scored_centers=run.scored,
        again=run.again,
        report=str(report.relative_to(run.folder.root)) if report.is_file() else "",
        figures=summary.headline(agreement, run.study),
    )
    summary.write(said, run.folder.runs)
    artifacts.show_summary(said)
    return said
