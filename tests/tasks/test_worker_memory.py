import os
import subprocess
import sys

import pytest

CODE = """
import resource
import numpy as np
from tasks.worker_memory import keep_freed
if KEEPS:
    keep_freed(is_one_core=True)
for _ in range(400):
    np.ones(1 << 17)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="an option of glibc's")
def test_a_worker_of_dask_keeps_what_a_film_frees():
    pages = 400 * (1 << 20) // os.sysconf("SC_PAGESIZE")
    assert cleared(keeps=False) > pages
    assert cleared(keeps=True) < pages / 2


def cleared(*, keeps):
    """Pages that the system cleared for arrays of 1 MB, with what Dask sets for its workers."""
    done = subprocess.run(
        [sys.executable, "-c", CODE.replace("KEEPS", str(keeps))],
        env=os.environ | {"MALLOC_TRIM_THRESHOLD_": "65536"},
        capture_output=True,
        text=True,
        check=True,
    )
    return int(done.stdout)
