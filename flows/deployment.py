"""Run a study by its cron expression."""

from pathlib import Path

from data_contracts.errors import Problem, StudyFileError
from flows import runtime, schedule
from flows.settings import load


def serve(study_file: Path) -> None:
    """Serve a study until interrupted: one run at a time, each by its schedule.

    Parameters
    ----------
    study_file
        The study file; its ``schedule`` holds five cron fields in this machine's time zone.

    Raises
    ------
    StudyFileError
        The study has no schedule, or one whose time never comes; or the file has mistakes.
    """
    study = load(study_file)
    if study.schedule is None:
        raise StudyFileError([Problem("schedule", "is required", 'e.g. schedule: "0 2 * * *"')])
    with runtime.server(pages=True) as ready:
        if problems := list(schedule.problems(study)):
            raise StudyFileError(problems)
        from prefect.schedules import Cron  # noqa: PLC0415 - reads its settings when imported

        from flows.study import study_flow  # noqa: PLC0415 - likewise

        url, zone = ready(), schedule.local_zone()
        by = f"{study.schedule!r} in {_said(zone)}"
        print(f"serving {study.name} by {by}; watch it at {url[:-4]}")  # noqa: T201
        study_flow.serve(
            name=study.name,
            schedules=[Cron(study.schedule, timezone=zone or "UTC")],
            parameters={"study_file": str(study_file.resolve())},
            limit=1,
            pause_on_shutdown=False,
            print_starting_message=False,
        )


def _said(zone: str | None) -> str:
    return zone or "UTC, since this machine names no time zone (set TZ, e.g. TZ=Europe/Berlin)"
