"""The catalogue names a patient as the film pass does, however the number is written."""

import struct
from pathlib import Path

import numpy as np
import pytest
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian

from tasks.catalogue import catalogue
from tests.tasks.catalogue_builders import PSEUDONYMS
from tests.tasks.deid.deid_builders import cleaned
from tests.tasks.dicom.dicom_builders import a_film, as_bytes

JAPANESE = ["", "ISO 2022 IR 87"]


def in_catalogue(folder: Path) -> list[dict[str, object]]:
    found = catalogue(folder, "A", pseudonyms=PSEUDONYMS, cache=None, workers=1)
    return found.table.to_pylist()


def of_film(raw: bytes) -> str:
    return cleaned(raw, pseudonyms=PSEUDONYMS).key.patient_id


def test_an_issuer_in_escape_sequences_makes_one_patient_of_every_encoding(tmp_path):
    films = []
    for n, syntax in enumerate((ExplicitVRLittleEndian, ExplicitVRBigEndian)):
        ds = a_film(np.full((64, 64), 700 + n, np.uint16), SOPInstanceUID=f"1.2.3.4{n}")
        ds.SpecificCharacterSet, ds.IssuerOfPatientID = JAPANESE, "山田病院"
        films.append(as_bytes(ds, syntax))
        (tmp_path / f"{n}.dcm").write_bytes(films[n])
    rows = in_catalogue(tmp_path)
    assert [row["patient_id"] for row in rows] == list(map(of_film, films))
    assert len({row["patient_id"] for row in rows}) == 1
    assert sum(bool(row["is_primary"]) for row in rows) == 1


def test_a_patient_id_in_escape_sequences_is_the_film_s(tmp_path):
    ds = a_film(PatientID="山田4711")
    ds.SpecificCharacterSet = JAPANESE
    (tmp_path / "IM").write_bytes(as_bytes(ds))
    (row,) = in_catalogue(tmp_path)
    assert row["patient_id"] == of_film(as_bytes(ds))


@pytest.mark.parametrize("vr", ["OB", "UT", "UN", "ST", "PN", "IS", "DS", "CS", "UI", "AE"])
def test_a_patient_id_under_an_odd_vr_is_the_film_s(tmp_path, vr):
    raw = as_bytes(a_film())
    at = raw.find(b"\x10\x00\x20\x00LO")
    (length,) = struct.unpack_from("<H", raw, at + 6)
    head = vr.encode() + struct.pack("<H", length)
    if vr in ("OB", "UT", "UN"):
        head = vr.encode() + b"\0\0" + struct.pack("<I", length)
    raw = raw[: at + 4] + head + raw[at + 8 :]
    (tmp_path / "IM").write_bytes(raw)
    (row,) = in_catalogue(tmp_path)
    assert row["patient_id"] == of_film(raw)
