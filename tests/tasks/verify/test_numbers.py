"""Of thousands of people's numbers a table holds some by chance, and still no leak is missed."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tasks.verify import Originals, verify

N = 3_000
RNG = np.random.default_rng(11)
# As hospitals give them: six digits, seven or eight.
PEOPLE = [str(int(RNG.integers(10 ** (n - 1), 10**n))) for n in RNG.integers(6, 9, N)]
DAYS = np.datetime64("1930-01-01") + RNG.integers(0, 18_000, N).astype("timedelta64[D]")
BIRTHS = [str(day).replace("-", "") for day in DAYS]
IMAGES = [f"I-{n:020x}" for n in range(N)]
PATIENTS = [f"P-{n:016x}" for n in range(N)]
ORIGINALS = Originals(
    {
        image: (("id", number), ("birth_date", birth))
        for image, number, birth in zip(IMAGES, PEOPLE, BIRTHS, strict=True)
    },
    patients={image: frozenset({who}) for image, who in zip(IMAGES, PATIENTS, strict=True)},
)
SIZES = np.exp(RNG.normal(15.6, 0.9, N)).astype(int).tolist()
SIZES[100:103] = int(PEOPLE[900]), int(PEOPLE[901]), int(BIRTHS[902])  # as chance has it

ARABIC = {ord(str(digit)): 0x660 + digit for digit in range(10)}


def found_in(folder: Path, **columns: object) -> list[str]:
    """Return the columns of a table that hold a leak."""
    pq.write_table(pa.table(columns), folder / "a.parquet")
    found = verify(folder, identifiers=[*PEOPLE, *BIRTHS], originals=ORIGINALS)
    return [finding.place.rpartition(" ")[2] for finding in found]


def with_one(row: int, number: object) -> list[object]:
    return [*SIZES[:row], number, *SIZES[row + 1 :]]


def test_sizes_of_films_are_nobodys_numbers(tmp_path: Path):
    assert found_in(tmp_path, image_id=IMAGES, size_bytes=SIZES) == []
    assert found_in(tmp_path, size_bytes=SIZES) == []
    assert found_in(tmp_path, image_id=IMAGES, size_bytes=[float(size) for size in SIZES]) == []


@pytest.mark.parametrize("wrap", [lambda x: x, float, lambda x: [{"n": x, "k": 1}]])
@pytest.mark.parametrize(("name", "names"), [("image_id", IMAGES), ("patient_id", PATIENTS)])
@pytest.mark.parametrize("said", [int(PEOPLE[7]), int(BIRTHS[7])])
def test_one_number_in_the_row_of_its_own_person_is_a_leak(
    tmp_path: Path, wrap, name: str, names: list[str], said: int
):
    numbers = [wrap(number) for number in with_one(7, said)]
    assert found_in(tmp_path, **{name: names}, number=numbers) == ["number"]
    chance = [wrap(number) for number in with_one(8, said)]
    assert found_in(tmp_path, **{name: names}, number=chance) == []


@pytest.mark.parametrize("of", [PEOPLE, BIRTHS])
@pytest.mark.parametrize("share", [1, 3])
def test_a_column_of_other_peoples_numbers_is_a_leak(tmp_path: Path, of: list[str], share: int):
    others = [int(of[n - 1]) if n % share == 0 else SIZES[n] for n in range(N)]
    assert found_in(tmp_path, image_id=IMAGES, number=others) == ["number"]
    assert found_in(tmp_path, number=others) == ["number"]
    coded = pa.array(others).dictionary_encode()
    assert found_in(tmp_path, image_id=IMAGES, number=coded) == ["number"]


def test_a_number_in_a_table_of_few_is_a_leak(tmp_path: Path):
    assert found_in(tmp_path, n_checked=[int(PEOPLE[7]), 12, None]) == ["n_checked"]


def test_a_number_in_a_text_is_a_leak_whoever_it_belongs_to(tmp_path: Path):
    for said in (PEOPLE[7], f"film of {BIRTHS[7]}"):
        assert found_in(tmp_path, image_id=IMAGES, note=["", said, *[""] * (N - 2)]) == ["note"]
        (tmp_path / "a.csv").write_text(f"n\n{said}\n")
        assert verify(tmp_path / "a.csv", identifiers=[*PEOPLE, *BIRTHS])
        (tmp_path / "a.csv").unlink()


@pytest.mark.parametrize(
    "said",
    [
        "2026-11-30 15:35:51,123 INFO pid 4711",
        "2026-11-30T15:35:51.123456+00:00",
        "7c9e6679-4811-4200-9948-02174839201701a22d19-7d6e-7894-83da-0123456789ab",
        "520176 of 868000 bytes of pixel data",
        '<rect fill="#145582" stroke="#105280"/>',
    ],
)
def test_what_a_study_writes_in_texts_is_nobodys_number(tmp_path: Path, said: str):
    """Whatever six digits in a row somebody has."""
    held = {said.replace(" ", "").replace("-", "")[at : at + 6] for at in range(len(said))}
    everybody = {six for six in held if len(six) == 6 and six.isdigit()}
    (tmp_path / "run.log").write_text(said)
    assert everybody
    assert verify(tmp_path, identifiers=everybody) == []


def test_a_day_without_zeros_is_found_where_it_is_written_as_a_day(tmp_path: Path):
    (tmp_path / "run.log").write_text("born 18.5.1933")
    assert verify(tmp_path, identifiers=["19330518"])
    (tmp_path / "run.log").write_text("took 1851933 of it")
    assert verify(tmp_path, identifiers=["19330518"]) == []


@pytest.mark.parametrize(
    "said",
    [
        *("17 de febrero de 1948", "17th of February 1948", "February 17th, 1948", "1948-Feb-17"),
        *("1948 Feb 17", "Tue Feb 17 00:00:00 1948", "Tue Feb 17 00:00:00 CET 1948", "1948-2-17"),
        *("1948/2/17", "datetime.date(1948, 2, 17)", "datetime.datetime(1948, 2, 17, 0, 0)"),
        *("1948年2月17日", "1948년 2월 17일", "17. 02. 1948", "17. 2. 1948", "17.\xa02.\xa01948"),
        *("17 февраля 1948", "17 lutego 1948", "17. února 1948", "17 Şubat 1948"),
        "1948-02-17".translate(ARABIC),
    ],
)
def test_a_day_is_found_as_people_and_programs_write_it(tmp_path: Path, said: str):
    (tmp_path / "run.log").write_text(f"12:00 born {said}, no answer", encoding="utf-8")
    assert verify(tmp_path, identifiers=["19480217"])
    assert verify(tmp_path, identifiers=["19480218", "19480207", "19490217", "19481702"]) == []


@pytest.mark.parametrize(
    "said", ["48'110'277", "48\u2019110\u2019277", "4811\u22120277", "48110277".translate(ARABIC)]
)
def test_a_number_is_found_as_other_countries_write_it(tmp_path: Path, said: str):
    (tmp_path / "run.log").write_text(f"film {said} of it", encoding="utf-8")
    assert verify(tmp_path, identifiers=["48110277"])
    assert verify(tmp_path, identifiers=["48110278"]) == []


@pytest.mark.parametrize(
    "said",
    ["1.2.840.1948.2.17", "[1948, 2, 17]", "17,2,1948", "17 of 1948", "2.17 1948", "v1948.2.17.1"],
)
def test_numbers_beside_each_other_are_no_day(tmp_path: Path, said: str):
    (tmp_path / "run.log").write_text(said)
    assert verify(tmp_path, identifiers=["19480217"]) == []


def test_a_uid_that_was_made_of_a_uuid_is_found_as_that(tmp_path: Path):
    for said, is_leak in (("12345678-90ab-cdef-1234-567890abcdef", True), ("12345678", False)):
        (tmp_path / "run.log").write_text(f"got {said}")
        uid = f"2.25.{int('1234567890abcdef1234567890abcdef', 16)}"
        assert bool(verify(tmp_path, identifiers=[uid])) is is_leak
