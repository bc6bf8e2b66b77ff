"""A day that is kept as a number is found however it is written, and measurements are no days."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tasks.deid.text import clinical
from tasks.verify import Allowed, look_at_written, verify
from tests.tasks.verify.verify_builders import a_film, edit

OWN = (("birth_date", "19480217"), ("date", "20190305101500.00"))
BIRTHS = ["19480217"]
EXPOSURE, SERIES, SCALE = 0x00181153, 0x00200011, 0x00189073


def finds_in_a_film(study: Path, tag: int, vr: str, value: object) -> bool:
    edit(study, lambda ds: ds.add_new(tag, vr, value))
    found = look_at_written(a_film(study).read_bytes(), OWN, Allowed(), clinical().words)
    return any(f"{tag:08x}" in finding.place.replace(",", "") for finding in found)


@pytest.mark.parametrize(
    ("vr", "value"),
    [
        *(("IS", said) for said in ("00170248", "17021948", "02171948", "0000480217", "05032019")),
        *(("IS", said) for said in ("3052019", "20190305", "+20190305", "170248", "00050319")),
        *(("DS", said) for said in ("19480217.0", "1.9480217E7", "2.0190305e+07", "00170248.0")),
        *(("DS", said) for said in ("2019030500E-2", "0.05032019E8", "5.032019E6", "1.5\\5032019")),
        *(("FD", said) for said in (19480217.0, 5032019.0, [1.0, 20190305.0])),
        *(("FL", said) for said in (19480217.0, 5032019.0, 20190305.0)),
        *(("UL", said) for said in (17021948, 3052019)),
        ("SL", 20190305),
    ],
)
def test_a_day_is_found_in_a_number_of_its_film(study: Path, vr: str, value: object):
    tag = {"IS": SERIES, "DS": EXPOSURE}.get(vr, SCALE)
    assert finds_in_a_film(study, tag, vr, value)


@pytest.mark.parametrize(
    ("vr", "value"),
    [
        *(("DS", said) for said in ("0.170248", "1.70248", "1.2345678E9", "5E7")),
        *(("DS", said) for said in ("2000000", "-1024", "0.148", "0.00170248")),
        *(("IS", said) for said in ("0", "00000001", "1000000", "20190306", "99999999")),
        # Nobody chose how these are written: six digits are some day's by chance.
        *(("FD", said) for said in (170248.0, 480217.0, 1.9480216)),
        *(("UL", said) for said in (170248, 50319)),
    ],
)
def test_a_measurement_of_a_film_is_no_day(study: Path, vr: str, value: object):
    tag = {"IS": SERIES, "DS": EXPOSURE}.get(vr, SCALE)
    assert not finds_in_a_film(study, tag, vr, value)


def finds_in_a_column(folder: Path, values: list, kind: pa.DataType | None = None) -> bool:
    pq.write_table(pa.table({"t": pa.array(values, kind)}), folder / "a.parquet")
    return bool(verify(folder, identifiers=[*BIRTHS, "481102", "48392017544"]))


@pytest.mark.parametrize("number", [19480217, 17021948, 2171948, 481102, 48392017544])
def test_a_number_is_found_in_a_column_that_gaps_made_one_of_floats(tmp_path: Path, number: int):
    assert finds_in_a_column(tmp_path, [float(number), None, 3.5])
    assert finds_in_a_column(tmp_path, [[1.5], [float(number)], None])
    assert finds_in_a_column(tmp_path, [{"a": float(number)}])
    assert finds_in_a_column(tmp_path, [number, 7])


@pytest.mark.parametrize("number", [19480217, 17021948])
def test_a_day_is_found_among_measurements(tmp_path: Path, number: int):
    assert finds_in_a_column(tmp_path, [float(number), 123456.78, 0.25])


@pytest.mark.parametrize(
    "values",
    [
        [481102.0, 123456.78],
        [2171948.0, 1234567.5],
        [19480217.5, 0.19480217, 1.9480217, float("nan"), float("inf"), -1e300],
        [194.80217, 170248.0],
    ],
)
def test_a_measurement_in_a_column_is_nobodys_number(tmp_path: Path, values: list):
    assert not finds_in_a_column(tmp_path, values)


@pytest.mark.parametrize(
    ("said", "is_leak"),
    [
        *((said, True) for said in ("19480217", "19480217.0", "1.9480217E7", "1.9480217e+07")),
        *((said, True) for said in ("17021948", "17021948.0", "02171948", "1.7021948E7")),
        *((said, True) for said in ("4.8392017544E10", "2171948.0")),
        *((said, False) for said in ("1.9480218E8", "1.94802175E7", "1.948022e+07", "1.9480217")),
        *((said, False) for said in ("170248", "00170248", "0.17021948", "4.811020e+05")),
    ],
)
@pytest.mark.parametrize("write", ["a,{},b\n".format, '{{"t": {}}}'.format, "took {} of it".format])
def test_a_day_is_found_in_a_text_as_programs_write_numbers(
    tmp_path: Path, write, said: str, is_leak: bool
):
    (tmp_path / "a.csv").write_text(write(said))
    found = verify(tmp_path, identifiers=[*BIRTHS, "481102", "48392017544"])
    assert bool(found) is is_leak


def test_days_of_java_may_lack_a_zero(tmp_path: Path):
    (tmp_path / "a.json").write_text(json.dumps({"t": "1.948022E7"}))
    assert verify(tmp_path, identifiers=["19480220"])
