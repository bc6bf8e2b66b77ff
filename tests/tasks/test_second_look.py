"""The second look at a study as it lies on disk."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tasks.deid.crosswalk import Crosswalk, Entry
from tasks.second_look import _everyday, last_look, verify_study
from tasks.study_folder import StudyFolder
from tests.tasks.verify.verify_builders import a_secret, write_study


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    study = tmp_path_factory.mktemp("study")
    write_study(study)
    return study


@pytest.mark.parametrize(
    ("place", "is_searched"),
    [
        ("run.log", True),
        ("deidentified/private/run.log", True),
        ("results/incoming/a.csv", True),
        ("reports/private/notes.txt", True),
        ("runs/r-1/private/notes.txt", True),
        ("private/notes.txt", False),
        ("incoming/A/notes.txt", False),
        ("annotations.csv", False),
    ],
)
def test_what_a_study_wrote_is_searched_and_what_it_was_given_is_not(
    study: Path, place: str, is_searched: bool
):
    path = study / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(a_secret(study))
    try:
        assert verify_study(StudyFolder(study))["is_clean"] is not is_searched
    finally:
        path.unlink()
        if not any(path.parent.iterdir()):
            path.parent.rmdir()


def test_the_crosswalk_is_decrypted_once_for_a_look(study: Path, monkeypatch):
    """Each line is opened at the price of its cipher, and a study has as many as it has films."""
    opened: list[int] = []

    def counted(self: Crosswalk) -> Iterator[tuple[int, Entry]]:
        for at, entry in lines(self):
            opened.append(at)
            yield at, entry

    lines = Crosswalk.lines
    monkeypatch.setattr(Crosswalk, "lines", counted)
    assert verify_study(StudyFolder(study))["is_clean"]
    assert len(opened) == len(set(opened)) == 3


def test_people_may_be_called_like_a_month():
    assert _everyday().isdisjoint({"marco", "julio", "giulio", "augustus", "abril"})


def test_who_is_called_like_a_word_of_the_study_file_is_sought_with_the_given_name(study: Path):
    family, given = a_secret(study).split("^")[:2]
    report = study / "reports/about.html"
    report.write_text(f"<p>Films of {family}</p>")
    told = "name: test\ncenters:\n  A: {role: internal, dicom: incoming/%s}\nabout:\n  title: %s\n"
    try:
        (study / "study.yaml").write_text(told % ("A", f"Films of {family}"))
        assert verify_study(StudyFolder(study))["is_clean"]
        report.write_text(f"<p>Films of {family}, {given}</p>")
        assert not verify_study(StudyFolder(study))["is_clean"]
        report.write_text(f"<p>Films of {family}</p>")
        (study / "study.yaml").write_text(told % (family, "Films"))  # a path
        assert not verify_study(StudyFolder(study))["is_clean"]
    finally:
        report.unlink()
        (study / "study.yaml").unlink()


def test_the_result_is_kept_and_an_altered_one_is_none(study: Path):
    folder = StudyFolder(study)
    result = verify_study(folder)
    assert last_look(folder) == result
    kept = study / "runs/verification.json"
    kept.write_text(kept.read_text().replace("true", "false"))
    assert last_look(folder) is None


@pytest.mark.parametrize(
    "said", ["", "{", "[]", "null", '"x"', "[1, 2]", '{"signature": "\xe4"}', "\0"]
)
def test_a_result_that_somebody_spoiled_is_none(study: Path, said: str):
    kept = study / "runs/verification.json"
    kept.parent.mkdir(exist_ok=True)
    kept.write_text(said, encoding="latin-1")
    try:
        assert last_look(StudyFolder(study)) is None
    finally:
        kept.unlink()


@pytest.mark.parametrize("secret", ["study.key", "crosswalk.enc"])
@pytest.mark.parametrize("place", ["results/a.bin", "runs/r-1/run.log", "reports/a.html"])
def test_a_copy_of_what_leads_back_to_people_is_found(study: Path, secret: str, place: str):
    path = study / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"first line\n" + (study / "private" / secret).read_bytes() + b" and more\n")
    try:
        (found,) = verify_study(StudyFolder(study))["findings"]
        assert found["what"] == "the study's key, or its crosswalk"
    finally:
        path.unlink()
