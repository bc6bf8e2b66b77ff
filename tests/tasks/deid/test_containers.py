"""Every container a film comes in: nothing planted into it survives, and the film stays valid."""

import shutil
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian

from data_contracts.errors import FilmRejected
from data_contracts.reasons import Reason
from tasks.deid.containers import fit_table
from tasks.dicom.reading import read_film
from tasks.dicom.writing import save_bytes
from tests.tasks.deid.deid_builders import cleaned
from tests.tasks.dicom.dicom_builders import a_film, as_bytes

sys.path.insert(0, str(Path(__file__).parents[3] / "benchmarks/deidentification"))
from plant_containers import DOCUMENTS, SYNTAXES, contained_film, planted_document
from score import Score, score_film

CHECKER = shutil.which("dciodvfy")


def as_written(content: bytes) -> bytes:
    return save_bytes(cleaned(content).dataset)


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_nothing_planted_into_a_container_survives_and_the_picture_does(syntax: str):
    content, key = contained_film(31, syntax)
    written, score = as_written(content), Score()
    score_film(written, key, score)
    assert not score.places
    kept = dcmread(BytesIO(written)).pixel_array
    plain = dcmread(BytesIO(contained_film(31, ExplicitVRLittleEndian)[0]))
    frame = np.frombuffer(plain.PixelData[: 2 * kept.size], "<u2") & 0x0FFF
    assert (kept == frame.reshape(kept.shape)).all()


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_names_of_any_alphabet_are_known_whatever_the_container(syntax: str):
    content, key = contained_film(36, syntax)
    names = [str(value) for place, value in key.secrets if place == "PatientName"]
    assert set(names) <= set(str(read_film(content).PatientName).split("^"))


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_what_is_no_film_is_refused(kind: str):
    with pytest.raises(FilmRejected) as caught:
        as_written(planted_document(32, kind)[0])
    assert caught.value.reason is Reason.NOT_AN_IMAGE


def errors(content: bytes, path: Path) -> set[str]:
    path.write_bytes(content)
    done = subprocess.run([CHECKER, path], capture_output=True, text=True, check=False)
    return {line for line in done.stderr.splitlines() if line.startswith("Error")}


@pytest.mark.skipif(CHECKER is None, reason="dciodvfy of dicom3tools is not installed")
@pytest.mark.parametrize("syntax", SYNTAXES)
def test_cleaning_makes_no_new_fault_against_the_standard(syntax: str, tmp_path: Path):
    # The checker does not inflate: faults of the plain film are those of all its containers.
    before = errors(contained_film(33, ExplicitVRLittleEndian)[0], tmp_path / "before.dcm")
    after = errors(as_written(contained_film(33, syntax)[0]), tmp_path / "after.dcm")
    assert after - before == set()


def a_table(entries: int, bits: int, data: bytes) -> Dataset:
    item = Dataset()
    item.LUTDescriptor = [entries, 0, bits]
    item.add_new("LUTData", "OW", data)
    return item


def test_a_look_up_table_is_cut_to_its_size_and_its_spare_bits_are_cleared():
    item = a_table(2, 12, b"\x01\xf2\xff\xffTAIL")
    assert fit_table(item, swap=False)
    assert item.LUTData == b"\x01\x02\xff\x0f"
    packed = a_table(3, 8, b"\x01\x02\x03\x00")
    assert fit_table(packed, swap=False)
    assert packed.LUTData == b"\x01\x02\x03\x00"
    long = a_table(40000, 16, bytes(80002))
    long.add_new("LUTDescriptor", "SS", [40000 - (1 << 16), 0, 16])
    assert fit_table(long, swap=False)
    assert len(long.LUTData) == 80000
    swapped = a_table(1, 16, b"\x01\x02")
    assert fit_table(swapped, swap=True)
    assert swapped.LUTData == b"\x02\x01"


def one_number() -> Dataset:
    item = a_table(1, 12, b"\0\0")
    item.LUTDescriptor = 1
    return item


@pytest.mark.parametrize(
    "item", [a_table(9, 12, b"\0\0"), a_table(1, 40, b"\0\0"), one_number(), Dataset()]
)
def test_a_look_up_table_that_is_not_whole_goes(item: Dataset):
    if "LUTDescriptor" not in item:
        item.add_new("LUTData", "OW", b"\0\0")
    assert not fit_table(item, swap=False)


def test_a_table_of_a_film_carries_no_text():
    ds = dcmread(BytesIO(contained_film(34, ExplicitVRLittleEndian)[0]))
    ds.VOILUTSequence = Sequence([a_table(4, 12, bytes(8) + b"Zarquen Vilt")])
    target = BytesIO()
    ds.save_as(target)
    back = dcmread(BytesIO(as_written(target.getvalue())))
    assert back.VOILUTSequence[0].LUTData == bytes(8)


def test_of_its_frames_and_their_length_a_film_says_what_holds_after_decoding():
    frames = "1.2.840.10008.5.1.4.1.1.7.3"  # needs their number, be it one
    content = as_bytes(
        a_film(SOPClassUID=frames, NumberOfFrames=1, EncapsulatedPixelDataValueTotalLength=48)
    )
    ds = dcmread(BytesIO(as_written(content)))
    assert ds.NumberOfFrames == 1
    assert "EncapsulatedPixelDataValueTotalLength" not in ds
