import errno

import pytest

from data_contracts.errors import StudyError
from flows.steps import discreet


def test_a_full_disk_is_said_in_the_systems_words_and_without_a_path():
    def write():
        raise OSError(errno.ENOSPC, "x", "/incoming/Doe_John")

    with pytest.raises(StudyError, match="publish ended with OSError: No space left") as said:
        discreet(write, "publish")()
    assert "Doe" not in str(said.value)


def test_the_message_of_any_other_fault_stays_out():
    def fail():
        raise RuntimeError("Doe^John")

    with pytest.raises(
        StudyError, match=r"step films ended with RuntimeError \(test_steps"
    ) as said:
        discreet(fail, "films")()
    assert "Doe" not in str(said.value)
