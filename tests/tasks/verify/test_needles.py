"""Identifiers are found however they are written, and chance is no leak."""

import hashlib

import numpy as np
import pytest

from tasks.verify.needles import Needles

NUMBER, LONG, DAY = "481102", "00483920175", "19480217"


def test_short_and_empty_identifiers_do_not_match_everything():
    needles = Needles(["", "7", "Li", "ANONYMOUS", "1.5", "0.7"])
    assert not needles.found_in("an anonymous film of level 7, 1.5 by 0.75")


@pytest.mark.parametrize("number", [NUMBER, LONG, DAY])
@pytest.mark.parametrize(
    "said",
    [
        "{}",
        "film of {}, lateral",
        "film:{}.",
        "ID{}",
        "No.{}",
        "{}.0",  # a table with gaps makes numbers of whole ones
        "{}.dcm",
        "/films/{}/IM1",
        '<td title="{}">',
        '{{"id": {}}}',
        "1,2,{},3",
        "2.25.{}",
    ],
)
def test_a_number_is_found_as_it_stands(number: str, said: str):
    assert Needles([number]).found_in(said.format(number))


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (NUMBER, "48-11-02"),
        (NUMBER, "4 8 1 1 0 2"),
        (NUMBER, "00481102"),
        (LONG, "483 920 175"),
        (LONG, "0048/3920/175"),
        (LONG, "483920175"),
        (DAY, "1948-02-17T00:00"),
        (DAY, "17.02.1948"),
        (DAY, "17.2.1948"),
        (DAY, "02/17/1948"),
        (DAY, "17 Feb 1948"),
        (DAY, "February 17, 1948"),
        (DAY, "stamp 19480217101500"),
        ("12345.678", "film of 12345.678"),
        ("A1B2C3D4E5F60718", "film of a1b2c3d4e5f60718"),
        ("1.2.840.99.4711.20480217", "1.2.840.99.4711.20480217"),
        ("Müller^Änne", "ANNE MULLER"),
        ("Q4711203", "q-4711-203"),
    ],
)
def test_an_identifier_is_found_however_it_is_written(number: str, said: str):
    assert Needles([number]).found_in(said)


@pytest.mark.parametrize(
    "said",
    [
        '<path d="M 48 11 L 02 48 11 02"/>',
        "0.481102,1.19480217\n",
        "12:48:11.481102",
        "sha256 9f481102aa481102bc481102dd481102ee",
        "2.25.123481102194802170048392017512345678",
        "P-00481102abcdef01/I-48110219480217abcdef.dcm",
        "1.2.840.48.1102.5.1",
        "48,11,02",
        "48\n1102",
        "14811023",
        "data:image/png;base64,48481102/481102+/19480217AA==",
        "7c9e6679-4811-0200-1948-021748392017",
    ],
)
def test_what_a_study_writes_itself_is_nobodys_number(said: str):
    assert not Needles([NUMBER, LONG, DAY]).found_in(said)


def test_a_report_of_numbers_is_no_leak_for_a_thousand_patients():
    rng = np.random.default_rng(7)
    days = np.datetime64("1925-01-01") + rng.integers(0, 20_000, 1000).astype("timedelta64[D]")
    people = [str(number) for number in rng.integers(100_000, 10_000_000, 1000)]
    people += [str(day).replace("-", "") for day in days]
    lines = [
        f"{x!r},{int(x * 25)},P-{hashlib.sha256(repr(x).encode()).hexdigest()[:16]},"
        f'<path d="M {x:.6f} {int(1000 * x)} L 3 {int(9999 * x)}"/> 2.25.{int(x * 2**127)}'
        for x in rng.random(4000)
    ]
    assert not Needles(people).found_in("\n".join(lines))


def test_a_person_called_like_a_word_of_the_report_is_sought_with_the_given_name():
    needles = Needles(["Agreement", "Agreement^Zoe"], frozenset({"agreement"}))
    assert not needles.found_in("the agreement of readers")
    assert needles.found_in("film of Zoe Agreement")


def test_a_name_of_everyday_words_is_none_in_the_midst_of_a_sentence():
    needles = Needles(["May^Chance", "Strong^Chance"], frozenset({"may", "chance", "strong"}))
    assert not needles.found_in("say how far chance may move; <strong>all</strong>: chance alone")
    for said in ("Chance May", "CHANCE^MAY", "may, Chance", "Strong^Chance", "film of May Chance"):
        assert needles.found_in(f"how far chance may move, {said}"), said


def test_a_number_of_our_own_tables_is_sought_like_any_other():
    assert Needles(["113100"], frozenset({"113100"})).found_in("film of 113100")
