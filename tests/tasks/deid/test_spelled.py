"""Pixels whose values spell an identifier: such a film is refused, any other is left alone."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_contracts.errors import FilmRejected
from data_contracts.reasons import Reason
from tasks.deid.deidentify import deidentify
from tasks.deid.profile import Profile
from tasks.deid.pseudonyms import Pseudonymizer
from tasks.deid.spelled import is_spelled_in
from tasks.dicom.pixels import decode
from tasks.dicom.reading import read_film
from tests.tasks.dicom.dicom_builders import a_film, as_bytes

NUMBER = "Zarq473819"
NOISE = {
    "twelve bits": np.random.default_rng(1).integers(0, 4096, 5000, dtype=np.uint16),
    "sixteen bits": np.random.default_rng(2).integers(0, 65536, 5000, dtype=np.uint16),
    "eight bits": np.random.default_rng(3).integers(0, 256, 5000, dtype=np.uint8),
    "as dark as letters": np.random.default_rng(4).integers(40, 110, 5000, dtype=np.uint16),
}


@pytest.mark.parametrize("noise", NOISE)
@pytest.mark.parametrize("code", ["utf-8", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("spell", [str, str.upper, str.lower])
@pytest.mark.parametrize("at", [0, 1, 1234, -1])
def test_an_identifier_is_found_wherever_it_begins(noise: str, code: str, spell, at: int):
    raw = NOISE[noise].tobytes()
    assert not is_spelled_in(raw, [NUMBER])
    spelled = spell(NUMBER).encode(code)
    at = len(raw) - len(spelled) if at < 0 else at
    assert is_spelled_in(raw[:at] + spelled + raw[at + len(spelled) :], ["other1", NUMBER])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text("0123", min_size=6, max_size=7), max_size=4), st.integers(0, 2**32 - 1))
def test_it_finds_what_a_plain_search_finds(values: list[str], seed: int):
    digits = np.random.default_rng(seed).integers(48, 52, 3000, dtype=np.uint8)
    raw = digits.astype(np.uint16).tobytes() if seed % 2 else digits.tobytes()
    sought = [value for value in values if len(set(value)) > 2]
    forms = [value.encode(code) for value in sought for code in ("utf-8", "utf-16-le")]
    assert is_spelled_in(raw, values) == any(form in raw for form in forms)


def test_a_level_surface_and_short_numbers_are_no_identifiers():
    assert not is_spelled_in(b"0" * 4000, ["00000000", "0"])
    assert not is_spelled_in("4711".encode("utf-16-le") * 9, ["4711"])
    assert not is_spelled_in(b"", [NUMBER])


def clean(pixels: np.ndarray) -> None:
    ds = read_film(as_bytes(a_film(pixels, PatientID=NUMBER)))
    deidentify(
        ds,
        decode(ds),
        center="A",
        source_digest="0" * 64,
        profile=Profile(pixels="keep"),
        pseudonyms=Pseudonymizer(bytes(32)),
    )


@pytest.mark.parametrize("values", [np.uint8, np.uint16])
def test_a_film_whose_pixels_spell_its_own_number_is_refused(values: type):
    pixels = np.random.default_rng(5).integers(0, 250, (20, 30)).astype(values)
    clean(pixels)
    pixels[7, 3 : 3 + len(NUMBER)] = list(NUMBER.encode())
    with pytest.raises(FilmRejected) as caught:
        clean(pixels)
    assert caught.value.reason is Reason.NOT_DEIDENTIFIED
    assert NUMBER not in str(caught.value)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_it_finds_what_is_written_among_values_like_its_own(data: st.DataObject):
    """Few values, so that near misses are many; written at any place, whatever the others say."""
    values = data.draw(st.lists(st.text("0.Aя", min_size=6, max_size=9), min_size=1, max_size=3))
    like = [*b"0.A", 0, 0x04, 0x4F]
    seed = data.draw(st.integers(0, 2**32 - 1))
    raw = bytearray(np.random.default_rng(seed).choice(like, 800).astype(np.uint8))
    code = data.draw(st.sampled_from(["utf-8", "utf-16-le", "utf-16-be"]))
    written = data.draw(st.sampled_from(values)).encode(code)
    at = data.draw(st.integers(0, len(raw) - len(written)))
    raw[at : at + len(written)] = written
    assert is_spelled_in(bytes(raw), values) == _is_plainly_in(bytes(raw), values)


def _is_plainly_in(raw: bytes, values: list[str]) -> bool:
    sought = [value for value in values if len(value) >= 6 and len(set(value)) > 2]
    forms = {form for value in sought for form in (value, value.upper(), value.lower())}
    return any(
        form.encode("utf-8") in raw
        or form.encode("utf-16-le")[:-1] in raw
        or form.encode("utf-16-be")[1:] in raw
        for form in forms
    )
