"""What other tools leave and lose of the same planted films; each is run where it is installed.

    python -m venv peers && peers/bin/pip install dicom-anonymizer dicognito deid
    python benchmarks/deidentification/peers.py --films 48 --seed 1 --python peers/bin/python

Each tool gets its plain documented call, in an environment of its own: none is needed here.
"""

import argparse
import subprocess
import tempfile
from pathlib import Path

from plant_containers import SYNTAXES, contained_film
from planting import Key
from score import Score, score_film
from speed import cleaned

KITWARE = """
import pathlib, sys
from dicomanonymizer.simpledicomanonymizer import anonymize_dicom_file
for path in sorted(pathlib.Path(sys.argv[1]).iterdir()):
    try:
        anonymize_dicom_file(str(path), str(pathlib.Path(sys.argv[2]) / path.name))
    except Exception:
        pass
"""
DICOGNITO = """
import pathlib, sys
import pydicom
from dicognito.anonymizer import Anonymizer
anonymizer = Anonymizer(seed="1")
for path in sorted(pathlib.Path(sys.argv[1]).iterdir()):
    try:
        ds = pydicom.dcmread(path)
        ds.pop("SeriesTime", None)  # it stops at a time of day that is none
        anonymizer.anonymize(ds)
        ds.save_as(pathlib.Path(sys.argv[2]) / path.name)
    except Exception:
        pass
"""
DEID = """
import sys, pathlib
from deid.config import DeidRecipe
from deid.dicom import get_identifiers, replace_identifiers
files = sorted(map(str, pathlib.Path(sys.argv[1]).iterdir()))
for file in files:
    try:
        replace_identifiers(
            dicom_files=[file], deid=DeidRecipe(), ids=get_identifiers([file]), save=True,
            output_folder=sys.argv[2], remove_private=True, overwrite=True,
        )
    except Exception:
        pass
"""
TOOLS = {
    "dicom-anonymizer": ("dicomanonymizer", KITWARE),
    "dicognito": ("dicognito", DICOGNITO),
    "deid": ("deid", DEID),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--films", type=int, default=48)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--python", type=Path, default=None, help="interpreter that has the tools")
    args = parser.parse_args()
    keys: dict[str, Key] = {}
    print("| tool | films out | planted that survive | UIDs | kept values lost | passed |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as name:
        source = Path(name) / "films"
        source.mkdir()
        for at in range(args.films):
            content, key = contained_film(args.seed * 100_003 + at, SYNTAXES[at % len(SYNTAXES)])
            (source / f"{at:04d}.dcm").write_bytes(content)
            keys[f"{at:04d}.dcm"] = key
        ours = Path(name) / "ours"
        ours.mkdir()
        for path in sorted(source.iterdir()):
            (ours / path.name).write_bytes(b"".join(cleaned(path)))
        _tell("this project", ours, keys)
        for tool, (module, program) in TOOLS.items():
            if args.python is None or not _has(args.python, module):
                print(f"| {tool} | not installed |")
                continue
            out = Path(name) / tool
            out.mkdir()
            subprocess.run(
                [args.python, "-c", program, source, out], capture_output=True, check=False
            )
            _tell(tool, out, keys)


def _has(python: Path, module: str) -> bool:
    """Return whether an interpreter can import a tool."""
    done = subprocess.run([python, "-c", f"import {module}"], capture_output=True, check=False)
    return done.returncode == 0


def _tell(tool: str, out: Path, keys: dict[str, Key]) -> None:
    """Score what a tool wrote, and print its row."""
    score = Score()
    written = sorted(path for path in out.rglob("*") if path.is_file())
    for path in written:
        score_film(path.read_bytes(), keys[path.name], score)
    planted = score.passed["text_removed"] + score.failed["text_removed"]
    share = 100 * score.failed["text_removed"] / max(planted, 1)
    lost = score.failed["tag_retained"] + score.failed["text_retained"]
    print(
        f"| {tool} | {len(written)} of {len(keys)} | "
        f"{score.failed['text_removed']} of {planted} ({share:.1f} %) | "
        f"{score.failed['uid_changed']} | {lost} | {score.share:.2%} |",
        flush=True,
    )


if __name__ == "__main__":
    main()
