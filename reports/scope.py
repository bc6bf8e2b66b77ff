"""What a page is about, and the films that it compares."""

import re
from collections.abc import Iterator
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
    def when_declared(self) -> str:
        """How a margin or cut was declared; beforehand only where a lock shows it."""
        if self.is_locked and not self.opened_before and not self.deviations:
            return "declared before the readings were opened"
        return "declared in the study file"

    @property
    def is_locked(self) -> bool:
        """Whether there is a lock at all."""
        return bool(self.locked_on)


def file_stems(scopes: list[Scope]) -> dict[str, str]:
    """Name each page's files as any file system takes it; alike names stay apart."""
    found: dict[str, str] = {}
    for scope, stem in _candidates(scopes):
        taken = {name.lower() for name in found.values()}
        number = next(
            n for n in range(1, len(scopes) + 2) if _numbered(stem, n).lower() not in taken
        )
        found[scope.name] = _numbered(stem, number)
    return found


def _candidates(scopes: list[Scope]) -> Iterator[tuple[Scope, str]]:
    for scope in scopes:
        safe = re.sub(r"[^A-Za-z0-9_-]+", "_", scope.name)[:60] or "unnamed"
        yield scope, "index" if scope.is_pooled else f"center-{safe}"


def _numbered(stem: str, number: int) -> str:
    return stem if number == 1 else f"{stem}-{number}"
