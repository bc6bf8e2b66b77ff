import os
import signal
import subprocess
import sys
import time
from zoneinfo import ZoneInfoNotFoundError

import pytest
import tzlocal
import yaml

from data_contracts.errors import StudyFileError
from data_contracts.study_file import StudyFile
from flows import checking, deployment, schedule


def written(folder, cron):
    (folder / "incoming").mkdir()
    (folder / "incoming" / "letter.txt").write_text("no film", encoding="utf-8")
    said = {"name": "nightly", "centers": {"A": {"dicom": "incoming"}}, "schedule": cron}
    (folder / "study.yaml").write_text(yaml.safe_dump(said), encoding="utf-8")
    return folder / "study.yaml"


@pytest.mark.usefixtures("prefect_api")
@pytest.mark.parametrize("cron", ["0 99 * * *", "0 0 31 2 *", "H 2 * * *", "a b c d e"])
def test_a_time_that_never_comes_is_to_be_mended_before_it_is_waited_for(tmp_path, cron):
    path = written(tmp_path, cron)
    found = checking.check_study(path)["problems"]
    assert any(line.startswith("schedule: names no time that ever comes (") for line in found)
    with pytest.raises(StudyFileError, match="schedule: names no time"):
        deployment.serve(path)


@pytest.mark.parametrize("cron", ["0 2 * * *", "*/5 * * * mon-fri", "0 0 29 2 *"])
def test_a_time_that_comes_is_left_alone(cron):
    said = {"name": "t", "centers": {"A": {"dicom": "x"}}, "schedule": cron}
    assert list(schedule.problems(StudyFile.model_validate(said))) == []


@pytest.mark.usefixtures("prefect_api")
@pytest.mark.parametrize(
    ("zone", "told"),
    [
        ("Europe/Berlin", "in Europe/Berlin; watch"),
        (None, "in UTC, since this machine names no time zone (set TZ, e.g."),
    ],
)
def test_a_schedule_is_meant_in_the_machines_time_zone(tmp_path, monkeypatch, capsys, zone, told):
    from flows.study import study_flow

    asked = []
    monkeypatch.setattr(schedule, "local_zone", lambda: zone)
    monkeypatch.setattr(type(study_flow), "serve", lambda _, **said: asked.append(said))
    deployment.serve(written(tmp_path, "0 2 * * *"))
    (said,) = asked
    assert [(one.cron, one.timezone) for one in said["schedules"]] == [("0 2 * * *", zone or "UTC")]
    assert told in capsys.readouterr().out


def test_the_time_zone_of_the_machine_is_that_of_its_clock(monkeypatch):
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "America/Lima")
        tzlocal.reload_localzone()
        assert schedule.local_zone() == "America/Lima"
    tzlocal.reload_localzone()


@pytest.mark.parametrize("fault", [ZoneInfoNotFoundError, ValueError])
def test_a_machine_without_a_time_zone_is_no_fault(monkeypatch, fault):
    def name():
        raise fault

    monkeypatch.setattr(tzlocal, "get_localzone_name", name)
    assert schedule.local_zone() is None


def test_a_scheduled_run_really_happens(tmp_path, prefect_api):
    written(tmp_path, "* * * * *")
    served = subprocess.Popen(
        [sys.executable, "-m", "flows.cli", "serve", str(tmp_path)],
        env=os.environ | {"PREFECT_API_URL": prefect_api, "PREFECT_RUNNER_POLL_FREQUENCY": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        deadline = time.monotonic() + 240
        latest = tmp_path / "runs" / "latest"
        while time.monotonic() < deadline and not latest.exists():
            assert served.poll() is None, "aac serve ended"
            time.sleep(0.5)
        assert latest.exists()
    finally:
        os.killpg(served.pid, signal.SIGTERM)
        served.wait(timeout=60)
