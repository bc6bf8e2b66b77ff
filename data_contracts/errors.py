"""The errors of a study, one sentence each.

A film's failure is a ``Rejection`` row, not an exception. Each class hands its raw arguments to
``super().__init__`` and formats in ``__str__``: anything else does not survive the pickle that
carries it back from a Dask worker.
"""

from dataclasses import dataclass

from data_contracts.reasons import Reason


class StudyError(Exception):
    """Base of every error that a user can meet."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a study file: where, what, and how to mend it."""

    key: str
    what: str
    suggestion: str = ""

    def __str__(self) -> str:
        """One line."""
        hint = f" ({self.suggestion})" if self.suggestion else ""
        return f"{self.key}: {self.what}{hint}"


class StudyFileError(StudyError):
    """Raised when study.yaml cannot be used; holds every problem at once (exit code 2)."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(problems)
        self.problems = problems

    def __str__(self) -> str:
        """One line a problem."""
        return "\n".join(str(problem) for problem in self.problems)


class ContractError(StudyError):
    """Raised when a table breaks its schema or counts do not add up (exit code 1)."""


class FilmRejected(StudyError):  # noqa: N818 - a verdict on a film, not a fault
    """Raised inside the handling of one film; caught there and turned into a ``Rejection``."""

    def __init__(self, reason: Reason, observed: str = "") -> None:
        super().__init__(reason, observed)
        self.reason = reason
        self.observed = observed

    def __str__(self) -> str:
        """Reason and what was seen."""
        return f"{self.reason.value}: {self.observed}" if self.observed else self.reason.value


class ClusterUnready(StudyError):  # noqa: N818 - named after the state
    """Raised before a run when the cluster cannot do what the study asks."""
