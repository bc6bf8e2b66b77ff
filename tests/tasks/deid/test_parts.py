import os
import pickle
import stat
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pydicom.tag import Tag

from data_contracts.study_file import Deidentification
from tasks.deid import dates
from tasks.deid.actions import Action, resolve
from tasks.deid.crosswalk import (
    CROSSWALK_FILE,
    KEY_FILE,
    Crosswalk,
    Entry,
    Identifier,
    StudyKey,
    StudyKeyError,
)
from tasks.deid.profile import CODES, Profile
from tasks.deid.pseudonyms import Pseudonymizer
from tasks.deid.rules import edition, rule_for
from tasks.deid.statement import statement
from tasks.deid.text import clean_text, fold
from tasks.film_context import profile_of
from tasks.originals import by_image, identifiers_of

PSEUDONYMS = Pseudonymizer(bytes(32))


def an_entry(number: int) -> Entry:
    items = (Identifier("name", "Müller^Änne"), Identifier("date", "20200101"))
    return Entry("A", f"P-{number}", f"I-{number}", "0" * 64, items)


def append_one(folder: str, number: int) -> None:
    private = Path(folder)
    Crosswalk(private, StudyKey.load_or_create(private)).append([an_entry(number)])


def test_pseudonyms_have_their_form_and_their_domains():
    patient = PSEUDONYMS.patient_id("A", "X", "1")
    assert patient == "P-" + patient[2:]
    assert len(patient) == 18
    assert len(PSEUDONYMS.image_id("1.2.3")) == 22
    assert PSEUDONYMS.patient_id("A", "X1", "") != PSEUDONYMS.patient_id("A", "X", "1")


@given(st.text(alphabet="0123456789.", min_size=1, max_size=64))
def test_uids_are_valid_and_stable(uid: str):
    assume(not uid.startswith("1.2.840.10008"))
    made = PSEUDONYMS.uid(uid)
    assert made == PSEUDONYMS.uid(uid + "\0")
    assert made.startswith("2.25.")
    assert len(made) <= 44


def test_uids_of_the_standard_stay():
    assert PSEUDONYMS.uid("1.2.840.10008.1.2.1") == "1.2.840.10008.1.2.1"
    assert PSEUDONYMS.uid("1.2.840.10008.99.4711") != "1.2.840.10008.99.4711"


@pytest.mark.parametrize("spelling", ["ab 12", " AB12 ", "Ab12\0", "\uff21\uff2212"])
def test_a_patient_number_is_compared_as_archives_do(spelling: str):
    assert PSEUDONYMS.patient_id("A", "", spelling) == PSEUDONYMS.patient_id("A", "", "ab12")


def test_a_short_key_is_refused():
    with pytest.raises(ValueError, match="32 bytes"):
        Pseudonymizer(b"short")


@given(st.dates(), st.integers(-3652, -366))
def test_days_move_by_the_shift_and_times_stay(day, shift: int):
    said = f"{day.year:04d}{day:%m%d}"
    if not 1901 <= day.year < 2100 or said in ("19010101", "19700101"):
        assert dates.shift_date(said, shift) == ""  # stands for no day, and would tell the shift
        assert dates.shift_date(said, 0) == said
        return
    moved = day + timedelta(shift)
    assert dates.shift_date(said, shift) == f"{moved:%Y%m%d}"
    said = dates.shift_datetime(f"{day:%Y%m%d}235959.999+1300", shift)
    assert said == f"{moved:%Y%m%d}235959.999+1300"


@pytest.mark.parametrize(
    "said",
    ["", "2020", "202013", "20201340", "yesterday", "20200101x", "\u0662\u0660\u0662\u06600101"],
)
def test_what_is_no_day_is_not_kept(said: str):
    assert dates.shift_date(said, -400) == ""
    assert dates.shift_datetime(said, -400) == ""


def test_ranges_and_old_forms_are_shifted():
    assert dates.shift_date("20200110-20200120", -10) == "20191231-20200110"
    assert dates.shift_date("2020.01.10", -10) == "20191231"
    assert dates.clean_time("12:30:15.5") == "12:30:15.5"
    assert dates.clean_time("Doe") == ""


def test_of_a_fraction_of_a_second_six_digits_stay():
    assert dates.clean_time("123015.1234567") == "123015.123456"
    assert dates.shift_datetime("20200110123015.1234567+0100", 0) == "20200110123015.123456+0100"
    assert [dates.clean_time(said) for said in ("123015.12345678", "1230151", "12301")] == [""] * 3


@pytest.mark.parametrize(
    ("said", "capped"),
    [("045Y", "045Y"), ("91Y", "090Y"), ("999M", "999M"), ("7d", "007D"), ("45", "")],
)
def test_ages_are_checked_and_capped(said: str, capped: str):
    assert dates.cap_age(said) == capped


@pytest.mark.parametrize(
    ("code", "kind", "action"),
    [
        ("X/Z/D", "1", Action.DUMMY),
        ("X/Z/D", "2", Action.EMPTY),
        ("X/Z/D", "3", Action.REMOVE),
        ("Z/D", "1", Action.DUMMY),
        ("X/D", "3", Action.REMOVE),
        ("X/Z", "2", Action.EMPTY),
        ("K", "1", Action.KEEP),
        ("C", "3", Action.CLEAN),
    ],
)
def test_compound_codes_follow_the_type(code: str, kind: str, action: Action):
    assert resolve(code, "LO", kind) is action


def test_the_table_is_the_edition_it_says_and_covers_repeating_groups():
    assert edition() == "2026d"
    assert rule_for(Tag(0x00100010)).basic == "Z"
    assert rule_for(Tag(0x60023000)).name == "Overlay Data"
    assert rule_for(Tag(0x50AA0110)).basic == "X"
    assert rule_for(Tag(0x00291001)).basic == "X"
    assert rule_for(Tag(0x00280010)) is None


@given(st.text(max_size=80))
def test_cleaned_text_has_no_word_that_is_not_clinical(said: str):
    once, _ = clean_text(said)
    assert clean_text(once)[1] == 0
    assert set(fold(once)) <= set(fold(said)) | {" "}


def test_the_key_is_made_once_and_kept_private(tmp_path: Path):
    private = tmp_path / "private"
    key = StudyKey.load_or_create(private)
    assert StudyKey.load_or_create(private) == key
    assert stat.S_IMODE(private.stat().st_mode) == 0o700
    assert stat.S_IMODE((private / KEY_FILE).stat().st_mode) == 0o600
    assert key.root.hex() not in repr(key)


def test_a_damaged_key_is_never_replaced(tmp_path: Path):
    (tmp_path / KEY_FILE).write_text("not a key")
    with pytest.raises(StudyKeyError, match="backup"):
        StudyKey.load_or_create(tmp_path)
    assert (tmp_path / KEY_FILE).read_text() == "not a key"


def test_a_lost_key_is_never_replaced(tmp_path: Path):
    Crosswalk(tmp_path, StudyKey.load_or_create(tmp_path)).append([an_entry(1)])
    (tmp_path / KEY_FILE).unlink()
    with pytest.raises(StudyKeyError, match=r"is missing.*backup"):
        StudyKey.load_or_create(tmp_path)
    assert not (tmp_path / KEY_FILE).exists()


def test_key_errors_survive_pickle():
    error = pickle.loads(pickle.dumps(StudyKeyError("private/study.key: …")))
    assert "study.key" in str(error)


def test_the_crosswalk_is_encrypted_and_read_in_one_order(tmp_path: Path):
    key = StudyKey.load_or_create(tmp_path)
    crosswalk = Crosswalk(tmp_path, key)
    crosswalk.append([an_entry(2), an_entry(1)])
    crosswalk.append([an_entry(1)])
    crosswalk.append([])
    assert [entry.image_id for entry in crosswalk.entries()] == ["I-1", "I-2"]
    assert identifiers_of(crosswalk.entries()) == ["Müller^Änne"]
    assert by_image(crosswalk.entries())["I-1"] == (("name", "Müller^Änne"), ("date", "20200101"))
    content = (tmp_path / CROSSWALK_FILE).read_bytes()
    assert b"ller" not in content
    assert stat.S_IMODE((tmp_path / CROSSWALK_FILE).stat().st_mode) == 0o600


def test_a_line_cut_by_a_killed_run_costs_that_line_alone(tmp_path: Path):
    key = StudyKey.load_or_create(tmp_path)
    crosswalk = Crosswalk(tmp_path, key)
    crosswalk.append([an_entry(1)])
    whole = (tmp_path / CROSSWALK_FILE).read_bytes()
    (tmp_path / CROSSWALK_FILE).write_bytes(whole + whole[: len(whole) // 2])
    crosswalk.append([an_entry(2)])
    assert [entry.image_id for entry in crosswalk.entries()] == ["I-1", "I-2"]


def test_a_foreign_key_does_not_open_the_crosswalk(tmp_path: Path):
    Crosswalk(tmp_path, StudyKey.load_or_create(tmp_path)).append([an_entry(1)])
    with pytest.raises(StudyKeyError, match="does not open"):
        Crosswalk(tmp_path, StudyKey(os.urandom(32))).entries()


@settings(max_examples=1, deadline=None)
@given(st.just(8))
def test_many_processes_may_append_at_once(tmp_path_factory, n: int):
    folder = tmp_path_factory.mktemp("private")
    StudyKey.load_or_create(folder)
    with get_context("fork").Pool(4) as pool:
        pool.starmap(append_one, [(str(folder), number) for number in range(n)])
    crosswalk = Crosswalk(folder, StudyKey.load_or_create(folder))
    assert len(crosswalk.entries()) == n


def test_the_statement_names_every_claimed_code_and_the_policy():
    profile = Profile(retain_serial_numbers=True, dates="keep")
    said = statement(profile)
    assert all(CODES[option][0] in said for option in profile.options)
    assert profile.digest in said
    assert "113107" not in said


def test_a_study_that_chooses_nothing_has_the_default_profile():
    assert profile_of(Deidentification()) == Profile()
