"""Header and containers only, on films of 10 MB: films a second, CPU time and memory a worker.

python benchmarks/deidentification/speed.py --films 100 --workers 2
"""

import argparse
import resource
import tempfile
import time
from io import BytesIO
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from plant_header import planted_film
from pydicom import dcmread

from tasks.deid.deidentify import deidentify
from tasks.deid.profile import Profile
from tasks.deid.pseudonyms import Pseudonymizer
from tasks.dicom.pixels import decode
from tasks.dicom.reading import read_film
from tasks.dicom.writing import save_parts

ROWS, COLUMNS = 2500, 2000
DISTINCT = 8


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--films", type=int, default=100)
    parser.add_argument("--workers", type=int, default=2)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        films = [large_film(Path(name), seed) for seed in range(DISTINCT)]
        share = [films[at % DISTINCT] for at in range(args.films // args.workers)]
        for work in (rewritten, cleaned):
            with get_context("spawn").Pool(args.workers) as pool:
                told = pool.starmap(timed, [(work.__name__, share)] * args.workers)
            wall = max(one["wall"] for one in told)
            cpu = sum(one["cpu"] for one in told) / len(share) / args.workers
            print(
                f"{work.__name__:10} {len(share) * args.workers / wall:6.1f} films/s with "
                f"{args.workers} workers, {1000 * cpu:5.1f} ms of CPU a film, memory a worker "
                f"{max(one['early'] for one in told)} MB after ten films, "
                f"{max(one['late'] for one in told)} MB at the end"
            )


def large_film(folder: Path, seed: int) -> Path:
    """Write a planted film of natural size."""
    behind = 9  # bytes behind the data set, which pydicom would take for an element
    ds = dcmread(BytesIO(planted_film(seed)[0][:-behind]))
    noise = np.random.default_rng(seed).integers(0, 4096, (ROWS, COLUMNS), dtype=np.uint16)
    ds.Rows, ds.Columns, ds.PixelData = ROWS, COLUMNS, noise.tobytes()
    path = folder / f"{seed}.dcm"
    ds.save_as(path)
    return path


def timed(work: str, films: list[Path]) -> dict[str, float]:
    """Take films through one of the two ways, in a process of its own."""
    way = {"rewritten": rewritten, "cleaned": cleaned}[work]
    way(films[0])
    wall, cpu, early = time.perf_counter(), time.process_time(), 0
    for at, path in enumerate(films):
        with path.with_name(f"{path.stem}.{work}.out").open("wb") as file:
            file.writelines(way(path))
        early = peak_mb() if at == 10 else early
    return {
        "wall": time.perf_counter() - wall,
        "cpu": time.process_time() - cpu,
        "early": early,
        "late": peak_mb(),
    }


def peak_mb() -> int:
    """Return the most memory this process has held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def rewritten(path: Path) -> tuple[bytes, ...]:
    """Read and write with pydicom alone, every element visited: the floor."""
    ds = dcmread(path)
    for _ in ds.iterall():
        pass
    target = BytesIO()
    ds.save_as(target)
    return (target.getvalue(),)


def cleaned(path: Path) -> tuple[bytes, ...]:
    """Everything but the search for burned-in text."""
    ds = read_film(path.read_bytes())
    clean = deidentify(
        ds,
        decode(ds),
        center="A",
        source_digest="0" * 64,
        profile=Profile(pixels="keep"),
        pseudonyms=Pseudonymizer(bytes(32)),
    )
    return save_parts(clean.dataset)


if __name__ == "__main__":
    main()
