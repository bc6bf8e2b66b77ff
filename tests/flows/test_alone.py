import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
import yaml

from data_contracts.errors import StudyError
from flows import alone, checking, reporting

HOLDER = """
import subprocess, sys
from multiprocessing import get_context
from pathlib import Path
from flows import alone

def wait():
    import time
    time.sleep(600)

if __name__ == "__main__":
    with alone.in_study(Path(sys.argv[1])):
        subprocess.Popen(["sleep", "600"])
        get_context("forkserver").Process(target=wait).start()  # as Dask's workers are
        print("held", flush=True)
        wait()
"""


@pytest.fixture
def study(tmp_path):
    (tmp_path / "incoming").mkdir()
    (tmp_path / "incoming" / "letter.txt").write_text("no film", encoding="utf-8")
    said = {"name": "small", "centers": {"A": {"dicom": "incoming"}}}
    (tmp_path / "study.yaml").write_text(yaml.safe_dump(said), encoding="utf-8")
    return tmp_path


@pytest.fixture
def held(study):
    """Keep a study as another command would."""
    (study / "runs").mkdir()
    with (study / "runs" / alone.FILE).open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield study


@pytest.mark.parametrize("command", ["run", "check", "report", "verify"])
def test_a_second_command_in_a_study_is_one_clear_line(aac, held, command):
    done = aac(command, held)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert "another aac command is at work" in line
    assert str(held) in line
    assert "wait until it has ended" in line
    assert not (held / "private").exists()


def test_a_scheduled_run_finds_a_study_that_is_kept(held):
    from flows.study import study_flow

    with pytest.raises(StudyError, match="another aac command is at work"):
        study_flow.fn(str(held / "study.yaml"))


def test_what_a_command_calls_finds_the_study_kept_and_the_next_one_finds_it_free(study):
    with alone.in_study(study):
        assert checking.check_study(study / "study.yaml")["centers"]
        with pytest.raises(StudyError, match="no run yet"):
            reporting.again(study / "study.yaml")
        with pytest.raises(BlockingIOError):
            take(study)
    take(study)


def test_a_killed_command_leaves_no_lock_though_its_children_go_on(study, tmp_path):
    script = tmp_path / "holder.py"
    script.write_text(HOLDER, encoding="utf-8")
    paths = os.environ | {"PYTHONPATH": str(Path.cwd())}
    holder = subprocess.Popen(
        [sys.executable, str(script), str(study)], stdout=subprocess.PIPE, env=paths
    )
    assert holder.stdout.readline() == b"held\n"
    children = psutil.Process(holder.pid).children(recursive=True)
    try:
        with pytest.raises(BlockingIOError):
            take(study)
        holder.kill()
        holder.wait()
        assert any(child.is_running() for child in children)
        take(study)
    finally:
        holder.stdout.close()
        for child in children:
            if child.is_running():
                child.send_signal(signal.SIGKILL)


def test_a_folder_that_cannot_be_locked_is_one_clear_line(study):
    (study / "runs").write_text("no folder", encoding="utf-8")
    with (
        pytest.raises(StudyError, match=r"runs/\.lock: cannot be locked \(.+\); give"),
        alone.in_study(study),
    ):
        pass


def take(study):
    with (study / "runs" / alone.FILE).open("r+") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
