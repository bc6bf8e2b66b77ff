import os
import signal
import subprocess
import sys
import time

import yaml


def test_a_scheduled_run_really_happens(tmp_path, prefect_api):
    (tmp_path / "incoming").mkdir()
    (tmp_path / "incoming" / "letter.txt").write_text("no film", encoding="utf-8")
    said = {
        "name": "nightly",
        "centers": {"A": {"dicom": "incoming"}},
        "schedule": "* * * * *",
    }
    (tmp_path / "study.yaml").write_text(yaml.safe_dump(said), encoding="utf-8")
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
