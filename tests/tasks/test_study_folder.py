import stat

import pytest

from data_contracts.errors import StudyError
from tasks.study_folder import StudyFolder


def test_a_folder_that_cannot_be_written_into_is_one_line_without_its_path(tmp_path):
    (tmp_path / "reports").write_text("a file", encoding="utf-8")
    with pytest.raises(StudyError, match=r"^reports: cannot be written into \(") as said:
        StudyFolder(tmp_path).prepare()
    assert str(tmp_path) not in str(said.value)


def test_a_prepared_study_is_empty_and_its_private_folder_the_owners_alone(tmp_path):
    StudyFolder(tmp_path).prepare()
    StudyFolder(tmp_path).prepare()
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
    assert stat.S_IMODE((tmp_path / "private").stat().st_mode) == 0o700
