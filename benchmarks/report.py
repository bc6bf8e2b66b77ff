"""How long the whole report takes, and how large its pages are, for a study of simulated tables.

The target: five cohorts and three models under 60 s on two cores, a center's page at most 5 MB.
Four centers of the paper's test sizes make seven cohorts (each, internal, external, all).

    python -m benchmarks.report [--films 140 71 157 391]
"""

import argparse
import json
import resource
import sys
import tempfile
import time
from pathlib import Path

from reports.render import render
from tests.reports.report_builders import a_study


def main() -> None:
    """Render once and print what it took, as JSON."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--films", type=int, nargs="+", default=[140, 71, 157, 391])
    sizes = dict(zip("ABCDEFGHIJKL", asked.parse_args().films, strict=False))
    inputs = a_study(sizes)
    with tempfile.TemporaryDirectory() as folder:
        wall, cpu = time.perf_counter(), time.process_time()
        written = render(inputs, Path(folder))
        said = {
            "films": sum(sizes.values()),
            "files": len(written),
            "wall_s": round(time.perf_counter() - wall, 1),
            "cpu_s": round(time.process_time() - cpu, 1),
            "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
            "html_mb": {
                path.name: round(path.stat().st_size / 1e6, 2)
                for path in written
                if path.suffix == ".html"
            },
        }
    sys.stdout.write(json.dumps(said, indent=2) + "\n")


if __name__ == "__main__":
    main()
