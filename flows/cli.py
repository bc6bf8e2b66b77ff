"""The ``aac`` command line: parse, call one function, print.

Everything heavy is imported inside the command that needs it, so that ``aac --help`` answers at
once. Exit codes: 0 all well, 1 the study failed, 2 bad usage or configuration, 3 finished with
films in quarantine under ``--strict``.
"""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, Any

import typer

from data_contracts.errors import StudyError, StudyFileError
from flows.discretion import in_short

app = typer.Typer(
    name="aac",
    help="Automated abdominal aortic calcification scoring: from DICOM folders to a report.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
deid = typer.Typer(help="De-identification.", no_args_is_help=True)
app.add_typer(deid, name="deid")

Study = Annotated[Path, typer.Argument(help="study.yaml, or the folder that holds it")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for a script to read.")]
Seed = Annotated[int, typer.Option(help="Same seed, same bytes.")]
_HERE = Path("study.yaml")


def main() -> None:
    """Run the command line and turn a study's errors into a line and an exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without ² or ü is no fault
    try:
        app()
    except StudyFileError as fault:
        print(f"The study file needs mending:\n{fault}", file=sys.stderr)  # noqa: T201
        sys.exit(2)
    except Exception as fault:
        if "AAC_DEBUG" in os.environ:
            raise
        said = fault if isinstance(fault, StudyError) else in_short(fault)
        print(f"aac: {said}", file=sys.stderr)  # noqa: T201
        sys.exit(1)


def _file(study: Path) -> Path:
    return study / "study.yaml" if study.is_dir() else study


def _quiet(study: Path) -> None:
    """Ready Prefect's surroundings before its first import."""
    from flows import runtime
    from tasks.study_folder import StudyFolder

    runtime.quiet(StudyFolder(study.resolve().parent).prefect)


@contextmanager
def _prefect(study: Path) -> Iterator[Callable[[], str]]:
    """Start Prefect's server; what is yielded waits for it."""
    from flows import runtime

    _quiet(study)
    with runtime.server() as ready:
        yield ready


@app.command()
def init(folder: Annotated[Path, typer.Argument(help="Folder of the new study")]) -> None:
    """Make a new study folder with a commented study.yaml."""
    from flows import cli_views, starting

    starting.new_study(folder)
    cli_views.note(f"wrote {folder / 'study.yaml'}; edit it, then: aac check {folder}")


@app.command()
def check(study: Study = _HERE, as_json: Json = False) -> None:
    """Check study file, folders, headers and annotations; score nothing."""
    from flows import checking, cli_views

    found = checking.check_study(_file(study))
    cli_views.show_check(found, study, as_json=as_json)
    if found["problems"]:
        raise typer.Exit(2)


@app.command()
def run(
    study: Study = _HERE,
    only: Annotated[list[str] | None, typer.Option(help="Score these centers alone.")] = None,
    until: Annotated[str, typer.Option(help="catalogue, score, analyse or report")] = "report",
    fresh: Annotated[bool, typer.Option(help="Render again although nothing is new.")] = False,
    strict: Annotated[bool, typer.Option(help="Exit 3 when films are in quarantine.")] = False,
    as_json: Json = False,
) -> None:
    """Run the study; what is done already is not done again."""
    said = _run(_file(study), only=only, until=until, fresh=fresh, as_json=as_json)
    if said["failed_centers"]:
        raise typer.Exit(1)
    if strict and said["state"] != "complete":
        raise typer.Exit(3)


def _run(
    study: Path, *, only: list[str] | None, until: str, fresh: bool, as_json: bool
) -> dict[str, Any]:
    from flows import alone, cli_views, settings

    known = settings.load_for_run(study)  # every mistake is listed before Prefect is even started
    _refuse_unknown("--only", only or [], list(known.centers))
    _refuse_unknown("--until", [until], list(settings.STAGES))
    with alone.in_study(study.resolve().parent), _prefect(study) as ready:
        from flows import ahead
        from flows.progress import listening
        from flows.study import study_flow

        with (
            ahead.workers(known, study.resolve().parent, until),
            cli_views.progress(quiet=as_json) as listener,
            listening(listener),
        ):
            ready()
            said = study_flow(str(study), only=only, until=until, fresh=fresh)
    cli_views.show_summary(said, study.resolve().parent, as_json=as_json)
    return said


def _refuse_unknown(option: str, given: list[str], known: list[str]) -> None:
    for name in given:
        if name not in known:
            raise typer.BadParameter(f"{name} is none of {', '.join(known)}", param_hint=option)


@app.command()
def status(study: Study = _HERE, as_json: Json = False) -> None:
    """Show the newest run: its state, what was set aside, where the report is."""
    from flows import cli_views
    from tasks import summary
    from tasks.study_folder import StudyFolder

    root = _file(study).resolve().parent
    said = summary.read(StudyFolder(root).runs)
    if said is None:
        raise StudyError(f"no run yet; start one with: aac run {study}")
    cli_views.show_summary(said, root, as_json=as_json)


@app.command()
def report(
    study: Study = _HERE,
    only: Annotated[str, typer.Option(help="'methods' prints the methods text alone.")] = "",
    form: Annotated[str, typer.Option(help="markdown, html or latex")] = "markdown",
) -> None:
    """Render the report again from the published tables; no film is needed."""
    from flows import cli_views, reporting

    _refuse_unknown("--only", [only] if only else [], ["methods"])
    _refuse_unknown("--form", [form], ["markdown", "html", "latex"])
    if only:
        sys.stdout.write(reporting.methods(_file(study), form))
    else:
        cli_views.note(f"report: {reporting.again(_file(study))}")


@app.command()
def query(
    sql: Annotated[str, typer.Argument(help="A DuckDB query over the study's tables")],
    study: Annotated[Path, typer.Option(help="study.yaml or its folder")] = _HERE,
    form: Annotated[str, typer.Option(help="table, csv or json")] = "table",
) -> None:
    """Query the Parquet tables with SQL."""
    from flows import cli_views
    from tasks import query as queries
    from tasks.study_folder import StudyFolder

    _refuse_unknown("--form", [form], ["table", "csv", "json"])
    found = queries.query(StudyFolder(_file(study).resolve().parent).results, sql)
    cli_views.show_table(found, form)


@app.command()
def phantom(
    folder: Annotated[Path, typer.Argument(help="Folder of the new study")],
    size: Annotated[str, typer.Option(help="small, full, or films a center")] = "small",
    seed: Seed = 1,
) -> None:
    """Write a synthetic four-center study as DICOM, with annotations and a study file."""
    from flows import cli_views, starting

    path = starting.synthetic_study(folder, size, seed)
    cli_views.note(f"synthetic study: {path}; run it with: aac run {path}")


@app.command()
def train(
    study: Annotated[
        Path | None, typer.Argument(help="Train on this study's internal films; none: phantoms")
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder of the new weights")] = Path("weights"),
    size: Annotated[str, typer.Option(help="tiny, small or full (the shipped weights')")] = "small",
    device: Annotated[str, typer.Option(help="auto, cpu or cuda")] = "auto",
    seed: Seed = 20250101,
    landmarks: Annotated[
        Path | None, typer.Option(help="CSV of corners marked on the study's clean films")
    ] = None,
) -> None:
    """Train the localizer and the three arms; resumes from its checkpoints after a kill."""
    from flows import alone, cli_views, starting
    from flows import settings as study_settings

    study_file = str(_file(study).resolve()) if study else None
    marked = str(landmarks.resolve()) if landmarks else None
    if marked and not study:
        raise typer.BadParameter("name the study whose films they are of", param_hint="--landmarks")
    _refuse_unknown("--size", [size], list(starting.TRAINING_SIZES))
    _refuse_unknown("--device", [device], ["auto", "cpu", "cuda"])
    if study_file:
        study_settings.load(Path(study_file))  # every mistake is listed before Prefect is started
    settings = starting.training_settings(size, device, seed, out.resolve())
    work = Path(settings["work"])
    with alone.in_training(work), _prefect(work / "study.yaml") as ready:
        from flows.progress import listening
        from flows.training import training_flow

        with cli_views.progress(quiet=False) as listener, listening(listener):
            ready()
            training_flow(settings, str(out.resolve()), study_file, marked)
    cli_views.note(f"weights and their model card: {out}")


@app.command()
def serve(study: Study = _HERE) -> None:
    """Run the study by its cron expression until interrupted."""
    _quiet(_file(study))
    from flows.deployment import serve as served

    served(_file(study))


@app.command()
def verify(study: Study = _HERE, as_json: Json = False) -> None:
    """Search everything that the study wrote for identifiers, independently of the cleaner."""
    from flows import alone, cli_views
    from tasks import second_look
    from tasks.study_folder import StudyFolder

    folder = StudyFolder(_file(study).resolve().parent)
    with alone.in_study(folder.root):
        said = second_look.verify_study(folder)
    cli_views.show_verification(said, as_json=as_json)
    if not said["is_clean"]:
        raise typer.Exit(1)


@app.command("lock-plan")
def lock_plan(study: Study = _HERE) -> None:
    """Record the statistical plan before the annotations are opened."""
    from flows import cli_views, starting

    said = starting.lock_plan(_file(study))
    cli_views.note(f"plan locked on {said['locked_on']}, digest {said['digest'][:16]}")


@deid.command("statement")
def deid_statement(study: Study = _HERE) -> None:
    """Print the conformance statement of the study's de-identification, option by option."""
    from data_contracts.study_file import load
    from tasks.deid.statement import statement
    from tasks.film_context import profile_of

    sys.stdout.write(statement(profile_of(load(_file(study)).deidentification)))


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(help="Folder of the demonstration")] = Path("demo"),
    size: Annotated[str, typer.Option(help="small, full, or films a center")] = "small",
    seed: Seed = 1,
) -> None:
    """Make a synthetic four-center study and run all of it."""
    from flows import starting

    path = starting.synthetic_study(folder, size, seed)
    said = _run(path, only=None, until="report", fresh=False, as_json=False)
    if said["failed_centers"] or not said["report"]:
        raise typer.Exit(1)


if __name__ == "__main__":
    main()
