"""Coverage-guided broken files: any bytes must end in facts, never in an exception.

Needs atheris (``pip install atheris``), which is no dependency of the study. Seeds are the small
files that come with pydicom. What was run is recorded in ``fuzz_headers.json``.

``python -m benchmarks.fuzz_headers CORPUS -max_total_time=600 -max_len=20000``
"""

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["tasks", "pydicom"]):
    from pydicom.data import get_testdata_files

    from tasks.archives import is_archive, members_of
    from tasks.headers import facts_of


def one(raw: bytes) -> None:
    """Hold one input: as a file, and as an archive when it looks like one."""
    facts_of(raw, "IM")
    if is_archive(raw[:512]):
        for member in members_of(raw):
            if member.raw is not None:
                facts_of(member.raw, "IM")


def seed(corpus: Path, largest: int = 20_000) -> None:
    corpus.mkdir(parents=True, exist_ok=True)
    for i, path in enumerate(sorted(map(Path, get_testdata_files()))):
        if path.is_file() and path.stat().st_size <= largest:
            (corpus / f"seed-{i}").write_bytes(path.read_bytes())


def main() -> None:
    given = [argument for argument in sys.argv[1:] if not argument.startswith("-")]
    corpus = Path(given[0]) if given else Path(tempfile.mkdtemp())
    seed(corpus)
    options = [argument for argument in sys.argv[1:] if argument.startswith("-")]
    atheris.Setup([sys.argv[0], *options, str(corpus)], one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
