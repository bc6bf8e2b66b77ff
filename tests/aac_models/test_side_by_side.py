import os
import subprocess
import sys

import psutil
import pytest

POOL = "from aac_models.side_by_side import pool; opened = pool(2)"
QUEUE = "from aac_models.side_by_side import queue; opened = queue()"
HEADERS = """
from contextlib import nullcontext
from tasks.header_pool import _pool
opened = nullcontext(_pool(2))
"""


def script(opening: str) -> str:
    return f"""
import time

import psutil
from threading import Event
{opening}
if __name__ == "__main__":
    with opened as processes:
        if hasattr(processes, "submit"):
            working = [processes.submit(time.sleep, 0.5) for _ in range(2)]
            [one.result() for one in working]
        print(*(child.pid for child in psutil.Process().children()), flush=True)
        Event().wait()
"""


@pytest.mark.parametrize("opening", [POOL, QUEUE, HEADERS])
def test_idle_processes_end_with_a_killed_parent(tmp_path, opening):
    path = tmp_path / "opens.py"
    path.write_text(script(opening), "utf-8")
    path_of_ours = os.pathsep.join(one for one in sys.path if one)
    with subprocess.Popen(
        [sys.executable, str(path)],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": path_of_ours},
    ) as parent:
        try:
            children = [psutil.Process(int(pid)) for pid in parent.stdout.readline().split()]
        finally:
            parent.kill()
    assert children
    _, left = psutil.wait_procs(children, timeout=20)
    # Where the first process of a container collects none, an ended one stays as a zombie.
    alive = [one for one in left if one.status() != psutil.STATUS_ZOMBIE]
    for one in alive:
        one.kill()
    assert not alive, "processes outlived their parent"
