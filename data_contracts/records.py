"""The small records that travel between steps."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from data_contracts.errors import ContractError
from data_contracts.reasons import Reason


@dataclass(frozen=True, slots=True)
class ImageKey:
    """What names a film everywhere after the catalogue.

    Attributes
    ----------
    center
        Centre's name in the study file.
    patient_id
        Pseudonym, scoped by centre and issuer.
    image_id
        Keyed hash of SOPInstanceUID.
    source_digest
        SHA-256 of the raw file, hexadecimal.
    """

    center: str
    patient_id: str
    image_id: str
    source_digest: str


@dataclass(frozen=True, slots=True)
class Rejection:
    """A film that a step could not take further: a row, never an exception that ends a cohort.

    Attributes
    ----------
    observed
        What was seen, in a few words that never hold an identifier.
    image_id
        None when the file could not be read far enough to have one.
    expectation
        What did not hold, in the words of the contract; "" where no contract was asked.
    """

    center: str
    source_digest: str
    step: str
    reason: Reason
    observed: str = ""
    image_id: str | None = None
    expectation: str = ""

    def as_row(self) -> dict[str, str | None]:
        """Row of the ``quarantine`` table."""
        return {
            "center": self.center,
            "image_id": self.image_id,
            "source_digest": self.source_digest,
            "step": self.step,
            "reason": self.reason.value,
            "expectation": self.expectation,
            "observed": self.observed,
            "remedy": self.reason.remedy,
        }


@dataclass(frozen=True, slots=True)
class StepReport:
    """What one step did for one centre; feeds terminal, Prefect and STARD flow alike.

    Raises
    ------
    ContractError
        The counts do not add up.
    """

    step: str
    center: str
    n_in: int
    n_done: int
    n_reused: int = 0
    n_rejected: Mapping[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    tables: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Hold the counts to their sum."""
        out = self.n_done + self.n_reused + sum(self.n_rejected.values())
        if self.n_in != out:
            raise ContractError(
                f"step {self.step}, center {self.center}: {self.n_in} films went in and {out} "
                "came out; this is a fault of the pipeline, please report it"
            )
