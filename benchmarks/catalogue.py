"""Cataloguing and contracts: files a second, the second night, rows a second, broken files.

``python -m benchmarks.catalogue`` makes its own deliveries in a temporary folder. The figures of
README come from it. A part is left out by asking for none of it: ``--films 0 --rows 0 --memory``.
"""

import argparse
import hashlib
import os
import platform
import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from typing import Any

import numpy as np
import pyarrow as pa
from pydicom import Dataset, dcmread
from pydicom.data import get_testdata_files
from pydicom.dataset import FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

from data_contracts.errors import FilmRejected
from data_contracts.reasons import Reason
from tasks import check, drift
from tasks.catalogue import catalogue
from tasks.deid.pseudonyms import Pseudonymizer
from tasks.dicom.pixels import decode
from tasks.dicom.reading import read_film
from tasks.headers import KEYWORDS, facts_of
from tasks.set_apart import SetApart

CR = "1.2.840.10008.5.1.4.1.1.1"
_UIDS, _FIRST = "1.2.826.0.1.3680043.10.9999.", 1_000_000
PSEUDONYMS = Pseudonymizer(b"benchmark key, 32 bytes or more..")


def film(number: int, side: int) -> Dataset:
    """Make a CR film with the hundred elements that a hospital's archive delivers."""
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID = CR
    uid = f"{_UIDS}{_FIRST + number}"
    ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = uid
    ds.StudyInstanceUID, ds.SeriesInstanceUID = f"{uid}.1", f"{uid}.2"
    ds.PatientID, ds.PatientName, ds.PatientSex = f"P{_FIRST + number}", "Test^Film", "F"
    ds.PatientBirthDate, ds.StudyDate, ds.StudyTime = "19500101", "20200102", "101112"
    ds.AcquisitionDate, ds.AcquisitionTime, ds.AccessionNumber = (
        "20200102",
        "101112.5",
        f"N{_FIRST}",
    )
    ds.Modality, ds.Manufacturer, ds.ManufacturerModelName = "CR", "Maker", "Model 1"
    ds.BodyPartExamined, ds.ViewPosition, ds.PresentationIntentType = "LSPINE", "LL", ""
    ds.PixelSpacing = ds.ImagerPixelSpacing = [0.15, 0.15]
    ds.Rows = ds.Columns = side
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 12, 11, 0
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = "T-11505", "SRT", "Lumbar spine"
    ds.AnatomicRegionSequence, ds.ProcedureCodeSequence = [item], [item]
    for i in range(60):
        ds.private_block(0x0019, "BENCHMARK", create=True).add_new(i, "LO", f"private {i}")
    pixels = np.arange(side * side, dtype="<u2")
    ds.PixelData = pixels.tobytes()
    return ds


def deliver(folder: Path, n: int, side: int) -> None:
    """Write films that differ in all that names them, and in their first pixels."""
    mold = _bytes(film(0, side))
    uid, patient, accession = (f"{_UIDS}{_FIRST}", f"P{_FIRST}", f"N{_FIRST}")
    pixels = mold.rindex(b"\xe0\x7f\x10\x00") + 12
    for i in range(n):
        place = folder / f"{i // 100:03d}"
        place.mkdir(exist_ok=True)
        number = _FIRST + i
        raw = mold.replace(uid.encode(), f"{_UIDS}{number}".encode())
        raw = raw.replace(patient.encode(), f"P{_FIRST + i // 2}".encode())
        raw = bytearray(raw.replace(accession.encode(), f"N{number}".encode()))
        raw[pixels : pixels + 4] = i.to_bytes(4, "little")
        (place / f"IM{i:05d}").write_bytes(raw)


def cpu_seconds() -> float:
    """Processor time of this process and of those that have ended under it."""
    return sum(os.times()[:4])


def timed(what: Callable[[], Any], repeats: int) -> tuple[float, float, Any]:
    """Median seconds by the clock and of processor time, and the last result.

    Processor time is what counts on a machine that others use meanwhile.
    """
    wall, cpu, result = [], [], None
    for _ in range(repeats):
        start, used = time.perf_counter(), cpu_seconds()
        result = what()
        wall.append(time.perf_counter() - start)
        cpu.append(cpu_seconds() - used)
    return float(np.median(wall)), float(np.median(cpu)), result


def bare_loop(folder: Path, *, digest: bool) -> int:
    """Do what one writes without a catalogue: pydicom, the same tags, no pixels."""
    keywords, n = list(KEYWORDS.values()), 0
    for path in sorted(folder.rglob("IM*")):
        ds = dcmread(path, stop_before_pixels=True, specific_tags=keywords)
        n += len([ds.get(keyword) for keyword in keywords]) > 0
        if digest:
            hashlib.sha256(path.read_bytes()).hexdigest()
    return n


def rate(n: int, wall: float, cpu: float) -> str:
    return f"{n / wall:8.0f} files/s, {n / cpu:6.0f} a second of processor"


def headers(n: int, side: int, repeats: int) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        folder, cache = Path(temporary, "in"), Path(temporary, "cache.parquet")
        folder.mkdir()
        deliver(folder, n, side)
        size = sum(path.stat().st_size for path in folder.rglob("IM*")) / n
        print(f"{n} films of {size / 1e3:.0f} kB, warm disk, median of {repeats}")
        for digest in (False, True):
            wall, cpu, _ = timed(lambda digest=digest: bare_loop(folder, digest=digest), repeats)
            print(f"  bare pydicom loop, digest {digest!s:5}  {rate(n, wall, cpu)}")
        for workers in (1, 2):
            wall, cpu, found = timed(
                lambda workers=workers: catalogue(
                    folder, "A", pseudonyms=PSEUDONYMS, cache=None, workers=workers
                ),
                repeats,
            )
            print(f"  catalogue, {workers} workers           {rate(n, wall, cpu)}")
        catalogue(folder, "A", pseudonyms=PSEUDONYMS, cache=cache)
        wall, cpu, found = timed(
            lambda: catalogue(folder, "A", pseudonyms=PSEUDONYMS, cache=cache), repeats
        )
        read = f"{found.n_read} files read"
        print(f"  second night                   {wall:8.2f} s ({cpu:.2f} s of processor), {read}")


def memory(sizes: Sequence[int], side: int) -> None:
    """Say how much memory a catalogue of so many films takes, each in a process of its own."""
    for n in sizes:
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary, "in")
            folder.mkdir()
            deliver(folder, n, side)
            for night in ("first", "second"):
                with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
                    before, most = pool.submit(_most_memory, folder).result()
                grown = most - before
                print(
                    f"{n:6d} films, {night} night: {most:.0f} MiB at most, {before:.0f} before, "
                    f"{1024 * grown / n:.1f} KiB a film"
                )


def _most_memory(folder: Path) -> tuple[float, float]:
    """MiB of this process before and, at most, while it catalogues."""
    before = getrusage(RUSAGE_SELF).ru_maxrss / 1024
    cache = folder.parent / "cache.parquet"
    catalogue(folder, "A", pseudonyms=PSEUDONYMS, cache=cache, workers=2)
    return before, getrusage(RUSAGE_SELF).ru_maxrss / 1024


def contracts(n: int, repeats: int) -> None:
    rng = np.random.default_rng(0)
    facts = facts_of(_bytes(film(0, 64)), "IM")
    row = {**facts.columns, "rows": 2500, "columns": 2000, "center": "A"}
    rows = [row | {"image_id": f"I-{i}", "source_digest": f"{i}"} for i in range(n)]
    for i in rng.integers(0, n, n // 100):
        rows[i] |= {"modality": "CT"}
    table = check.conform("catalogue", rows)
    check.check_headers(table.slice(0, 10), "A")
    wall, cpu, found = timed(lambda: check.check_headers(table, "A"), repeats)
    held = f"{found.contracts.num_rows} expectations"
    print(f"header contract, {n} rows, {held}: {wall:.2f} s ({cpu:.2f} s of processor)")
    wall, cpu, _ = timed(lambda: list(drift.compare(table, table)), repeats)
    print(f"drift, {n} against {n} rows: {wall:.2f} s ({cpu:.2f} s of processor)")


def _bytes(ds: Dataset) -> bytes:
    with tempfile.TemporaryDirectory() as temporary:
        path = Path(temporary, "film")
        ds.save_as(path, enforce_file_format=True)
        return path.read_bytes()


def mutants(n: int, seed: int) -> Iterator[bytes]:
    """Real films with flipped bits, cut ends, wrong lengths and moved blocks."""
    rng = random.Random(seed)  # noqa: S311 - broken files, not keys
    paths = sorted(p for p in map(Path, get_testdata_files()) if p.suffix == ".dcm")
    sources = [raw for raw in (path.read_bytes() for path in paths) if len(raw) < 1 << 20]
    for _ in range(n):
        raw = bytearray(rng.choice(sources))
        for _ in range(rng.choice((1, 1, 2, 8, 64))):
            _damage(raw, rng)
        yield bytes(raw)


def _damage(raw: bytearray, rng: random.Random) -> None:
    at = rng.randrange(min(len(raw), rng.choice((400, 4000, len(raw))))) if raw else 0
    kind = rng.randrange(5)
    if kind == 0 and raw:
        raw[at] ^= 1 << rng.randrange(8)
    elif kind == 1:
        del raw[at:]
    elif kind == 2:
        raw[at : at + 4] = rng.choice((b"\xff\xff\xff\xff", b"\0\0\0\0", rng.randbytes(4)))
    elif kind == 3:
        raw[at:at] = raw[at : at + rng.randrange(64)]
    else:
        del raw[at : at + rng.randrange(64)]


def end_of(raw: bytes) -> str:
    """Say what a broken film ends as: catalogued, and decoded where nothing stands against it."""
    facts = facts_of(raw, "IM")
    if facts.reason is not None:
        return facts.reason.value
    try:
        decode(read_film(raw))
    except FilmRejected as verdict:
        return verdict.reason.value
    return "decoded"


def broken_files(n: int, seed: int) -> None:
    """Send broken films to a process that may die of them, as decoders are written in C."""
    start, slowest, ends = time.perf_counter(), 0.0, Counter[str]()
    reader = SetApart(end_of, Reason.DECODER_DIED.value, 60.0)
    for raw in mutants(n, seed):
        before = time.perf_counter()
        ends[reader.ask(raw)] += 1
        slowest = max(slowest, time.perf_counter() - before)
    reader.close()
    seconds = time.perf_counter() - start
    print(f"{n} broken files (seed {seed}): {seconds:.0f} s, slowest {slowest * 1e3:.0f} ms")
    print("  " + ", ".join(f"{reason} {count}" for reason, count in ends.most_common()))


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--films", type=int, default=10_000)
    ask.add_argument("--side", type=int, default=64, help="rows and columns of the small films")
    ask.add_argument("--memory", type=int, nargs="*", default=[1_000, 10_000, 50_000])
    ask.add_argument("--rows", type=int, default=100_000)
    ask.add_argument("--mutations", type=int, default=10_000)
    ask.add_argument("--repeats", type=int, default=3)
    ask.add_argument("--seed", type=int, default=1)
    said = ask.parse_args()
    load = os.getloadavg()[0]
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, load {load:.1f}, pyarrow {pa.__version__}"
    )
    if said.films:
        headers(said.films, said.side, said.repeats)
        headers(100, 2000, said.repeats)
    memory(said.memory, said.side)
    if said.rows:
        contracts(said.rows, said.repeats)
    if said.mutations:
        broken_files(said.mutations, said.seed)
    print(f"most memory of this process: {getrusage(RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


if __name__ == "__main__":
    main()
