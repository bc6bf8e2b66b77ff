"""A Prefect server and a small synthetic study, once for each process that runs tests."""

import json
import os
import subprocess
import sys

import pytest


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
def demo(aac, tmp_path_factory):
    """A synthetic four-center study that was run once; tests must not change it."""
    folder = tmp_path_factory.mktemp("demo") / "study"
    done = aac("demo", folder, "--size", 6)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="session")
def demo_summary(demo):
    latest = (demo / "runs" / "latest").read_text(encoding="utf-8").strip()
    return json.loads((demo / "runs" / latest / "summary.json").read_text(encoding="utf-8"))
