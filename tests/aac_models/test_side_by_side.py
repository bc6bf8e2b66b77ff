import os
import subprocess
import sys

import psutil
import pytest

POOL = "from aac_models.side_by_side import pool; opened = pool(2)"
HEADERS = "from contextlib import nullcontext; from tasks.header_pool import _pool as opened; "
HEADERS += "opened = nullcontext(opened(2))"


def script(opening: str) -> str:
    return f"""
import os, time
from threading import Event
{opening}
if __name__ == "__main__":
    with opened as processes:
        working = [processes.submit(time.sleep, 0.5) for _ in range(2)]
        [one.result() for one in working]
        print(*processes._processes, flush=True)
        Event().wait()
"""


@pytest.mark.parametrize("opening", [POOL, HEADERS])
def test_idle_processes_of_a_pool_end_with_a_killed_parent(tmp_path, opening):
    path = tmp_path / "opens_a_pool.py"
    path.write_text(script(opening), "utf-8")
    path_of_ours = os.pathsep.join(one for one in sys.path if one)
    with subprocess.Popen(
        [sys.executable, str(path)],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": path_of_ours},
    ) as parent:
        children = [psutil.Process(int(pid)) for pid in parent.stdout.readline().split()]
        parent.kill()
    assert len(children) == 2
    _, left = psutil.wait_procs(children, timeout=20)
    # Where the first process of a container collects none, an ended one stays as a zombie.
    alive = [one for one in left if one.status() != psutil.STATUS_ZOMBIE]
    for one in alive:
        one.kill()
    assert not alive, "processes outlived their parent"
