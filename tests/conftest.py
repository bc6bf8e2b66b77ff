"""What holds for every test: one thread a process, since the tests share the cores themselves."""

import os

# Before torch or numpy are imported anywhere: waiting threads spin, and a busy machine crawls.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")
