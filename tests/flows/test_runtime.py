import gc
import os
import signal
import subprocess
import sys
import time
import weakref
from contextlib import suppress

import httpx
import psutil
import pytest

from data_contracts.errors import StudyError
from flows import runtime


def test_a_server_that_ends_at_once_is_named_with_what_shows_why(monkeypatch):
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with runtime.server() as ready, pytest.raises(StudyError, match="exit code 1; see why with"):
        ready()


def test_a_server_that_fails_in_a_run_is_named_with_what_it_needs(monkeypatch):
    from prefect.exceptions import PrefectHTTPStatusError

    request = httpx.Request("POST", "http://127.0.0.1/api")
    full = PrefectHTTPStatusError(
        "Doe^John", request=request, response=httpx.Response(500, request=request)
    )
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    failed = pytest.raises(StudyError, match=r"\(PrefectHTTPStatusError\); give the folder")
    with failed as said, runtime.server():
        raise full
    assert "Doe" not in str(said.value)
    with pytest.raises(KeyError), runtime.server():
        raise KeyError("of our own")


def test_a_server_is_stopped_when_the_run_ends(monkeypatch):
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    started = []

    class Sleeping(subprocess.Popen):
        def __init__(self, _command, **options):
            super().__init__(["sleep", "600"], **options)
            started.append(self)

    monkeypatch.setattr(subprocess, "Popen", Sleeping)
    with runtime.server(wait_s=0.3) as ready, pytest.raises(StudyError, match="did not answer"):
        ready()
    assert [one.poll() is not None for one in started] == [True]


def test_a_configured_server_that_does_not_answer_is_one_clear_line(tmp_path):
    (tmp_path / "incoming").mkdir()
    said = "name: small\ncenters:\n  A: {dicom: incoming}\n"
    (tmp_path / "study.yaml").write_text(said, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "flows.cli", "run", tmp_path, "--until", "catalogue"],
        env=os.environ | {"PREFECT_API_URL": "http://127.0.0.1:9/api"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("aac: PREFECT_API_URL: no Prefect server answers there")
    assert "unset it" in line


@pytest.mark.parametrize(("end", "code"), [("terminate", 143), ("kill", -9)])
def test_a_run_ended_from_outside_leaves_no_server_and_no_worker(part_of_demo, end, code):
    study = part_of_demo(["A"], is_scored=False)
    environment = {name: said for name, said in os.environ.items() if name != "PREFECT_API_URL"}
    run = subprocess.Popen([sys.executable, "-m", "flows.cli", "run", study], env=environment)
    children = []
    deadline = time.monotonic() + 120
    try:
        while not _are_up(children) and run.poll() is None and time.monotonic() < deadline:
            time.sleep(0.1)
            with suppress(psutil.NoSuchProcess):
                children = psutil.Process(run.pid).children(recursive=True)
        assert _are_up(children)
        getattr(run, end)()
        assert run.wait(timeout=60) == code  # 143: 128 and the signal's number, as shells count
        _, alive = psutil.wait_procs(children, timeout=20)
        assert alive == []
    finally:
        run.kill()


def test_an_end_that_comes_while_garbage_is_collected_is_not_lost():
    def collect(phase, _info):
        if phase == "start":
            signal.raise_signal(signal.SIGTERM)

    def run():
        gc.callbacks.append(collect)
        with runtime.leaving_on_sigterm():
            gc.collect()
            gc.callbacks.remove(collect)
            time.sleep(30)

    with pytest.raises(SystemExit) as ended:
        run()
    assert ended.value.code == 128 + signal.SIGTERM


def test_an_end_that_comes_while_something_weak_is_dropped_is_not_lost():
    class Held:
        """What is dropped."""

    def remove(_reference):
        signal.raise_signal(signal.SIGTERM)

    held = [Held()]
    watched = weakref.ref(held[0], remove)

    def run():
        held.clear()
        time.sleep(30)

    with pytest.raises(SystemExit) as ended, runtime.leaving_on_sigterm():
        run()
    assert watched() is None
    assert ended.value.code == 128 + signal.SIGTERM


def test_what_else_python_drops_is_told_as_ever(monkeypatch):
    told = []
    monkeypatch.setattr(sys, "unraisablehook", told.append)

    class Faulty:
        """What cannot be dropped."""

        def __del__(self):
            raise ValueError

    with runtime.leaving_on_sigterm():
        Faulty()
    assert [one.exc_type for one in told] == [ValueError]
    assert sys.unraisablehook == told.append


def _are_up(children):
    """Return whether the server runs, and a worker beside the process that it was forked off."""
    told = []
    for one in children:
        with suppress(psutil.NoSuchProcess):
            told.append(" ".join(one.cmdline()))
    workers = [line for line in told if "multiprocessing-fork" in line]  # where none is forked
    forked = [line for line in told if "multiprocessing.forkserver" in line]
    return any("flows.prefect_server" in line for line in told) and bool(workers or forked[1:])
