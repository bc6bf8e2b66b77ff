"""When a study runs by itself: its cron expression, and the time zone that this is meant in."""

import asyncio
from collections.abc import Iterator
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import tzlocal

from data_contracts.errors import Problem
from data_contracts.study_file import StudyFile


def problems(study: StudyFile) -> Iterator[Problem]:
    """Say what Prefect's scheduler would end at, or wait for without end.

    Where a study has a schedule this imports Prefect, which reads its settings then.
    """
    if study.schedule is None:
        return
    from prefect.server.schemas.schedules import CronSchedule  # noqa: PLC0415 - takes seconds

    try:
        # What its scheduler asks: 31 February is well formed and has no date.
        asyncio.run(CronSchedule(cron=study.schedule).get_dates(n=1))
    except ValueError:
        hint = 'minute, hour, day, month, weekday; e.g. "0 2 * * *"'
        yield Problem("schedule", "names no time that ever comes", hint)


def local_zone() -> str | None:
    """Give the IANA name of this machine's time zone; None where it has none."""
    try:
        name = tzlocal.get_localzone_name()
        return ZoneInfo(name).key if name else None
    except (ZoneInfoNotFoundError, ValueError):  # zones that disagree, or rules in place of a name
        return None
