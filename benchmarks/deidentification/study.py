"""A whole study over planted films: who survives in anything it wrote, and is it the same twice.

python benchmarks/deidentification/study.py --films 24 --seed 1

Two centers send films in eight transfer syntaxes, a patient number in common, and reports,
documents and indexes beside them. Searched are the tree, its names, logs, tables, reports,
Prefect's database, what the commands print, and the pages of Dask's dashboard during the run.
"""

import argparse
import hashlib
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from plant_containers import DOCUMENTS, SYNTAXES, contained_film, planted_document
from planting import Key

SHAPE = (900, 600)
SHARED = ("Q73310842", "")
LETTERS = 6
PAGES = ("/status", "/workers", "/tasks", "/system", "/info/main/workers.html", "/json/counts.json")
STUDY = """name: planted
centers:
  A: {{dicom: incoming/A, role: internal}}
  B: {{dicom: incoming/B}}
models: [baseline]
cluster: {{workers: {workers}, options: {{dashboard_address: "127.0.0.1:{port}"}}}}
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--films", type=int, default=24)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        trees, said = [], b""
        for workers in (2, 1):
            root = Path(name) / str(workers)
            keys = delivered(root, args.films, args.seed, workers)
            if trees:  # pseudonyms are those of the study's key
                (root / "private").mkdir(mode=0o700)
                key = Path(name) / "2" / "private/study.key"
                (root / "private/study.key").write_bytes(key.read_bytes())
            said += run(root)
            trees.append(digests(root))
        root, more = Path(name) / "2", 2
        keys += [film_into(root, at, args.seed) for at in range(args.films, args.films + more)]
        said += run(root)
        again = digests(root)
        verified = subprocess.run(
            [sys.executable, "-m", "flows.cli", "verify", root],
            capture_output=True,
            check=False,
        )
        print(verified.stdout.decode() if verified.returncode else "", end="")
        said += verified.stdout + verified.stderr
        found = survivors(root, said, keys)
        print(f"seed {args.seed}: {len(trees[0])} films delivered of {args.films}")
        print(f"survivors {len(found)} of {sum(len(key.secrets) for key in keys)} planted")
        for place in sorted(set(found))[:20]:
            print(f"  {place}")
        print(f"identical bytes with one worker and with two: {trees[0] == trees[1]}")
        same = trees[0] == {place: again.get(place) for place in trees[0]}
        print(f"identical bytes on a second night, with {more} films more: {same}")
        print(f"people: {len({place.parent for place in trees[0]})} of {args.films} (one a film)")
        print(f"second look: exit {verified.returncode}")


def delivered(root: Path, films: int, seed: int, workers: int) -> list[Key]:
    """Write the centers' folders and the study file."""
    for center in "AB":
        (root / "incoming" / center).mkdir(parents=True)
    keys = [film_into(root, at, seed) for at in range(films)]
    for at, kind in enumerate(DOCUMENTS):
        content, key = planted_document(seed * 2003 + at, kind)
        (root / "incoming/A" / f"DOC{at}").write_bytes(content)
        keys.append(key)
    text = STUDY.format(workers=workers, port=_free_port())
    (root / "study.yaml").write_text(text, encoding="utf-8")
    return keys


def film_into(root: Path, at: int, seed: int) -> Key:
    """Write one film; the first two are of one number, each at a center of its own."""
    syntax = SYNTAXES[at // 2 % len(SYNTAXES)]
    patient = SHARED if at < len("AB") else None
    content, key = contained_film(seed * 1009 + at, syntax, patient=patient, shape=SHAPE)
    (root / "incoming" / "AB"[at % 2] / f"IM{at:04d}").write_bytes(content)
    return key


def run(root: Path) -> bytes:
    """Run the study; returns what it printed, and the dashboard's pages while it ran."""
    pages: list[bytes] = []
    port = (root / "study.yaml").read_text("utf-8").split("127.0.0.1:")[1].split('"')[0]
    done = threading.Event()
    watcher = threading.Thread(target=_watch, args=(root, port, pages, done))
    watcher.start()
    call = [sys.executable, "-m", "flows.cli", "run", root]
    began = time.monotonic()
    said = subprocess.run(call, capture_output=True, check=False, env=os.environ)
    done.set()
    watcher.join()
    took = time.monotonic() - began
    print(
        f"run: exit {said.returncode}, {len(pages)} pages of the dashboard, {took:.0f} s",
        flush=True,
    )
    if said.returncode:
        print(said.stderr.decode()[-2000:])
    return said.stdout + said.stderr + b"".join(pages)


def _watch(root: Path, port: str, pages: list[bytes], done: threading.Event) -> None:
    """Read each page once, while films are worked on: every look costs the scheduler a document."""
    before = len(digests(root))
    while not done.wait(0.5) and len(list((root / "deidentified").rglob("*.dcm"))) <= before:
        pass
    for page in PAGES:
        with (
            suppress(OSError),
            urllib.request.urlopen(f"http://127.0.0.1:{port}{page}", timeout=30) as answer,
        ):
            pages.append(answer.read())


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def digests(root: Path) -> dict[Path, str]:
    """Digest of every clean film by its place."""
    folder = root / "deidentified"
    return {
        path.relative_to(folder): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*.dcm"))
    }


def survivors(root: Path, said: bytes, keys: list[Key]) -> list[str]:
    """Return the places where something planted is left."""
    found = []
    secrets = {value for key in keys for _, value in key.secrets} | {
        uid for key in keys for uid in key.uids
    }
    haystacks = {"printed or shown": said}
    for path in sorted(root.rglob("*")):
        place = path.relative_to(root)
        if path.is_file() and place.parts[0] not in ("incoming", "private"):
            content = path.read_bytes()
            if content[:4] == b"PAR1":
                content += repr(pq.ParquetFile(path).read().to_pylist()).encode()
            haystacks[str(place)] = str(place).encode() + content
    needles = {secret.lower().encode() for secret in secrets}
    # Pixels of a soft ramp spell four Greek letters by chance, one a pixel.
    needles |= {secret.lower().encode("utf-16-le") for secret in secrets if len(secret) >= LETTERS}
    for place, content in haystacks.items():
        found += [place] * len(held(content.lower(), needles))
    return found


def held(content: bytes, needles: set[bytes]) -> set[bytes]:
    """Return the needles in bytes, looked up where their first four bytes stand."""
    raw = np.frombuffer(content, np.uint8).astype(np.uint32)
    heads = raw[:-3] | raw[1:-2] << 8 | raw[2:-1] << 16 | raw[3:] << 24
    by_head = {int.from_bytes(needle[:4], "little"): [] for needle in needles}
    for needle in needles:
        by_head[int.from_bytes(needle[:4], "little")].append(needle)
    places = np.flatnonzero(np.isin(heads, np.array(sorted(by_head), np.uint32)))
    return {
        needle
        for at in places.tolist()
        for needle in by_head[int(heads[at])]
        if content.startswith(needle, at)
    }


if __name__ == "__main__":
    main()
