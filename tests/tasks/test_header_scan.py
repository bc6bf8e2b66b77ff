import shutil
from collections import Counter
from pathlib import Path

import pydicom
import pytest
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ImplicitVRLittleEndian,
    RLELossless,
)

from benchmarks.catalogue import end_of, mutants
from data_contracts.reasons import Reason
from tasks.catalogue import Catalogue, catalogue
from tasks.header_scan import scan
from tasks.header_values import WANTED
from tasks.headers import facts_of
from tests.tasks.catalogue_builders import PSEUDONYMS, a_film, as_bytes

SHARED = Path(__file__).parents[2] / "../shared/dicom"
PYDICOM = Path(pydicom.__file__).parent / "data"


def look(folder: Path) -> Catalogue:
    return catalogue(folder, "A", pseudonyms=PSEUDONYMS, cache=None, workers=1)


def test_a_compressed_film_that_ends_early_is_truncated():
    ds = a_film(1)
    ds.compress(RLELossless, generate_instance_uid=False)
    whole = as_bytes(ds)
    assert facts_of(whole, "IM").reason is None
    assert facts_of(whole[:-1000], "IM").reason is Reason.TRUNCATED


@pytest.mark.parametrize(
    "syntax", [ImplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian]
)
def test_encodings_give_the_same_columns(syntax, tmp_path):
    plain = facts_of(as_bytes(a_film(1)), "IM")
    ds = a_film(1)
    if syntax == ExplicitVRBigEndian:
        ds.PixelData = bytes(ds.PixelData)
        ds["PixelData"].VR = "OW"
    ds.file_meta.TransferSyntaxUID = syntax
    path = tmp_path / "film"
    pydicom.dcmwrite(path, ds, enforce_file_format=True)
    other = facts_of(path.read_bytes(), "IM")
    changed = {"transfer_syntax_uid": None}
    assert other.columns | changed == plain.columns | changed
    assert (other.sop_instance_uid, other.patient) == (plain.sop_instance_uid, plain.patient)


def real_files() -> list[Path]:
    found = [path for path in sorted(PYDICOM.rglob("*")) if path.is_file()]
    for name in ("data_store", "deid_data"):
        module = pytest.importorskip(name)
        root = Path(next(iter(module.__path__)))
        found += [path for path in sorted(root.rglob("*")) if path.is_file()]
    return found + sorted(SHARED.glob("*.dcm"))


def test_quick_scan_and_pydicom_read_the_same_values_of_every_real_file(monkeypatch):
    quick, n = [], 0
    monkeypatch.setattr("tasks.header_values.read_header", None)
    assert facts_of(as_bytes(a_film(1, Rows=2000, PixelData=bytes(1 << 20))), "IM").reason is None
    monkeypatch.undo()
    for path in real_files():
        raw = path.read_bytes()
        if scan(raw, WANTED) is not None:
            quick.append((raw, facts_of(raw, path.name)))
    monkeypatch.setattr("tasks.header_values.scan", lambda *_: None)
    for raw, facts in quick:
        slow = facts_of(raw, facts.name)
        if Reason.TRUNCATED in (facts.reason, slow.reason):
            continue
        n += 1
        same = (
            "columns",
            "sop_instance_uid",
            "patient",
            "accession",
            "exposure",
            "taken",
            "reason",
        )
        for name in same:
            assert getattr(slow, name) == getattr(facts, name), (facts.name, name)
    assert n > 150


def test_every_real_file_ends_in_a_row_with_a_reason_or_goes_on(tmp_path):
    files = real_files()
    for i, path in enumerate(files):
        shutil.copyfile(path, tmp_path / f"{i:04d}-{path.name}")
    found = look(tmp_path)
    assert found.table.num_rows >= len(files)
    aside = found.table.column("outcome").to_pylist().count("quarantined")
    assert aside == len(found.rejections)
    assert all(rejection.reason for rejection in found.rejections)


def test_broken_films_end_with_a_reason_or_decode_and_never_raise():
    ends = Counter(end_of(raw) for raw in mutants(300, seed=1))
    assert sum(ends.values()) == 300
    assert {"truncated", "not_dicom", "decoded"} < set(ends)
