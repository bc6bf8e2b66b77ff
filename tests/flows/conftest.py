"""A Prefect server and a small synthetic study, once for each process that runs tests."""

import json
import os
import shutil
import subprocess
import sys

import pytest
from filelock import FileLock


@pytest.fixture(scope="session")
def prefect_api(tmp_path_factory):
    from flows import runtime

    before = dict(os.environ)
    runtime.quiet(tmp_path_factory.mktemp("prefect"))
    try:
        with runtime.server() as url:
            yield url
    finally:
        os.environ.clear()
        os.environ.update(before)


@pytest.fixture(scope="session")
def aac(prefect_api):
    """Run the real command line and return exit code and outputs."""

    def run(*arguments, **environment):
        return subprocess.run(
            [sys.executable, "-m", "flows.cli", *map(str, arguments)],
            capture_output=True,
            text=True,
            check=False,
            env=os.environ | {"PREFECT_API_URL": prefect_api} | environment,
        )

    return run


@pytest.fixture(scope="session")
def demo(aac, tmp_path_factory, worker_id):
    """A synthetic four-center study, run once for all processes; each has a copy of its own."""
    base = tmp_path_factory.getbasetemp()
    shared = base if worker_id == "master" else base.parent
    with FileLock(shared / "demo.lock"):
        if not (shared / "demo" / "runs" / "latest").exists():
            done = aac("demo", shared / "demo", "--size", 6)
            assert done.returncode == 0, done.stdout + done.stderr
    return shutil.copytree(shared / "demo", base / "study")


@pytest.fixture(scope="session")
def demo_summary(demo):
    latest = (demo / "runs" / "latest").read_text(encoding="utf-8").strip()
    return json.loads((demo / "runs" / latest / "summary.json").read_text(encoding="utf-8"))
