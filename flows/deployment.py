"""Run a study by its cron expression."""

from pathlib import Path

from data_contracts.errors import Problem, StudyFileError
from data_contracts.study_file import load
from flows import runtime


def serve(study_file: Path) -> None:
    """Serve a study until interrupted: one run at a time, each by its schedule.

    Parameters
    ----------
    study_file
        The study file; its ``schedule`` holds five cron fields in local time.

    Raises
    ------
    StudyFileError
        The study has no schedule.
    """
    study = load(study_file)
    if study.schedule is None:
        raise StudyFileError([Problem("schedule", "is required", 'e.g. schedule: "0 2 * * *"')])
    with runtime.server(pages=True) as ready:
        from prefect.schedules import Cron  # noqa: PLC0415 - reads its settings when imported

        from flows.study import study_flow  # noqa: PLC0415 - likewise

        url = ready()
        print(f"serving {study.name} by {study.schedule!r}; watch it at {url[:-4]}")  # noqa: T201
        study_flow.serve(
            name=study.name,
            schedules=[Cron(study.schedule)],
            parameters={"study_file": str(study_file.resolve())},
            limit=1,
            pause_on_shutdown=False,
            print_starting_message=False,
        )
