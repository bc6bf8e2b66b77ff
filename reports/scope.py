"""What a page is about, and the films that it compares."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Reals = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Scope:
    """The films that a page is about: one center, or all of them."""

    name: str
    centers: tuple[str, ...]
    is_pooled: bool

    @property
    def label(self) -> str:
        """How the scope is called in running text."""
        return "all centers" if self.is_pooled else f"center {self.name}"


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Films with a prediction and a reference, in the order of ``image_id``.

    Arrays have shape (films,); totals run from 0 to 24.
    """

    image_id: tuple[str, ...]
    center: tuple[str, ...]
    reference: Reals
    prediction: Reals

    @property
    def n(self) -> int:
        """How many films."""
        return len(self.image_id)

    @property
    def difference(self) -> Reals:
        """Prediction minus reference."""
        return self.prediction - self.reference


@dataclass(frozen=True, slots=True)
class PlanLock:
    """Whether the statistical plan was fixed beforehand, and what was done otherwise."""

    locked_on: str
    digest: str
    opened_before: bool
    deviations: tuple[str, ...]

    @property
    def is_locked(self) -> bool:
        """Whether there is a lock at all."""
        return bool(self.locked_on)
