"""A Prefect server and a small synthetic study, once for all processes that run tests."""

import fcntl
import io
import json
import os
import shutil
import subprocess
import sys
import warnings
from contextlib import ExitStack, redirect_stderr, redirect_stdout

import pytest
import yaml
from filelock import FileLock


@pytest.fixture(scope="session")
def shared(tmp_path_factory, worker_id):
    """A folder that all processes of this run of the tests see."""
    base = tmp_path_factory.getbasetemp()
    return base if worker_id == "master" else base.parent


@pytest.fixture(scope="session")
def prefect_api(tmp_path_factory, shared):
    """One Prefect server for all processes: the first to need it starts it and ends last."""
    from flows import runtime

    told, before = shared / "prefect.url", dict(os.environ)
    runtime.quiet(tmp_path_factory.mktemp("prefect"))
    with (shared / "prefect.users").open("a") as users, ExitStack() as closing:
        closing.callback(_put_back, before)
        with FileLock(shared / "prefect.lock"):
            fcntl.flock(users, fcntl.LOCK_SH)
            is_ours = not told.exists()
            if is_ours:
                told.write_text(closing.enter_context(runtime.server())(), encoding="utf-8")
        os.environ["PREFECT_API_URL"] = url = told.read_text(encoding="utf-8")
        from prefect.context import refresh_global_settings_context

        # A test module may have imported Prefect, which reads its settings then.
        refresh_global_settings_context()
        yield url
        if is_ours:
            with FileLock(shared / "prefect.lock"):
                told.unlink()  # who comes now starts another
            fcntl.flock(users, fcntl.LOCK_EX)  # granted when the others have ended


def _put_back(environment):
    os.environ.clear()
    os.environ.update(environment)


@pytest.fixture(scope="session")
def command(prefect_api):
    """Run the command line in a process of its own and return exit code and outputs."""

    def run(*arguments, **environment):
        return subprocess.run(
            [sys.executable, "-m", "flows.cli", *map(str, arguments)],
            capture_output=True,
            text=True,
            check=False,
            env=os.environ | {"PREFECT_API_URL": prefect_api} | environment,
        )

    return run


@pytest.fixture
def aac(prefect_api, monkeypatch):
    """Run the command line here and return as a process would: its imports are paid once."""
    from flows.cli import main

    def run(*arguments):
        arguments = ["aac", *map(str, arguments)]
        out, err, code = io.StringIO(), io.StringIO(), 0
        with monkeypatch.context() as patch, warnings.catch_warnings():
            warnings.simplefilter("default")  # as in a process of its own
            patch.setattr(sys, "argv", arguments)
            patch.setenv("PREFECT_API_URL", prefect_api)
            with redirect_stdout(out), redirect_stderr(err):
                try:
                    main()
                except SystemExit as end:
                    code = end.code or 0
        return subprocess.CompletedProcess(arguments, code, out.getvalue(), err.getvalue())

    return run


@pytest.fixture(scope="session")
def demo(command, tmp_path_factory, shared):
    """A synthetic four-center study, run once for all processes; each has a copy of its own."""
    with FileLock(shared / "demo.lock"):
        if not (shared / "demo" / "runs" / "latest").exists():
            done = command("demo", shared / "demo", "--size", 6)
            assert done.returncode == 0, done.stdout + done.stderr
    return shutil.copytree(shared / "demo", tmp_path_factory.getbasetemp() / "study")


@pytest.fixture(scope="session")
def demo_summary(demo):
    latest = (demo / "runs" / "latest").read_text(encoding="utf-8").strip()
    return json.loads((demo / "runs" / latest / "summary.json").read_text(encoding="utf-8"))


@pytest.fixture
def part_of_demo(demo, tmp_path):
    """Make a study of some of the demo's centers, that was never run, or of which no film is new.

    A study that keeps what the films came to starts no worker, since none has to be scored.
    """

    def make(centers, *, is_scored):
        folder = tmp_path / "study"
        for center in centers:
            shutil.copytree(demo / "incoming" / center, folder / "incoming" / center)
        for name in ("runs/work", "private", "deidentified") if is_scored else ():
            shutil.copytree(demo / name, folder / name)
        shutil.copy(demo / "annotations.csv", folder)
        said = yaml.safe_load((demo / "study.yaml").read_text(encoding="utf-8"))
        said["centers"] = {name: said["centers"][name] for name in centers}
        said["statistics"] = {"bootstrap": 199}
        (folder / "study.yaml").write_text(yaml.safe_dump(said), encoding="utf-8")
        return folder

    return make
