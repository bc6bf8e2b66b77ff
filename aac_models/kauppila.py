"""The AAC-24 protocol: levels, walls, grades, totals and severity classes.

Kauppila et al., Atherosclerosis 1997;132:245-250. Everything that follows from the grade
probabilities is derived here, so that no two numbers of one film can disagree.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

LEVELS: Final = ("L1", "L2", "L3", "L4")
WALLS: Final = ("anterior", "posterior")
GRADES: Final = (0, 1, 2, 3)
MAX_TOTAL: Final = 24
HALVES: Final = (0.5, 1.5, 2.5)  # between the grades

# Upper bounds of every class but the last, with the paper that set them.
SEVERITY_PRESETS: Final[dict[str, tuple[float, ...]]] = {
    "dxa": (1, 5),  # 0-1, 2-5, >= 6: Schousboe and the Manitoba, NHANES and UK Biobank reports
    "cord": (4, 15),  # 0-4, 5-15, 16-24: Verbeke et al., CORD, 2011
    "presence": (0, 4),  # 0, 1-4, >= 5: Kobayashi et al., PLoS ONE 2019
}


def grade_of_share(share: npt.ArrayLike) -> npt.NDArray[np.int8]:
    """Grade a wall by the share of its length that is calcified.

    Parameters
    ----------
    share
        Calcified share of the wall's length at one level, 0 to 1, any shape.

    Returns
    -------
    Grades of the same shape: 0 none, 1 below one third, 2 from one third to below two thirds,
    3 from two thirds.

    Raises
    ------
    ValueError
        A share is outside 0 to 1.

    Notes
    -----
    Sources differ on which side an exact third falls; this is the Manitoba/ECU reading, which
    leaves no gap.
    """
    values = np.asarray(share, dtype=np.float64)
    if np.any((values < 0) | (values > 1)):
        raise ValueError(f"share must be within 0 to 1, got {values.min()} to {values.max()}")
    grades = (values > 0).astype(np.int8) + (values >= 1 / 3) + (values >= 2 / 3)
    return np.asarray(grades, dtype=np.int8)


def severity(total: npt.ArrayLike, cuts: Sequence[float]) -> npt.NDArray[np.int8]:
    """Class of each rounded total: 0 up to and including ``cuts[0]``, and so on."""
    rounded = np.floor(np.asarray(total, dtype=np.float64) + 0.5)
    classes = np.searchsorted(np.asarray(cuts, dtype=np.float64), rounded, side="left")
    return np.asarray(classes, dtype=np.int8)


@dataclass(frozen=True, slots=True, eq=False)
class AacScore:
    """The graded aorta of one film.

    Attributes
    ----------
    probabilities
        Probability of each grade, float32 of shape (levels 4, walls 2, grades 4).
    not_assessable
        Levels that cannot be graded, each with its reason, e.g. ``{"L4": "outside the field"}``.
    cuts
        Expected grades from which on grades 1, 2 and 3 are given.
    """

    probabilities: npt.NDArray[np.float32]
    not_assessable: dict[str, str] = field(default_factory=dict)
    cuts: tuple[float, ...] = HALVES

    def __post_init__(self) -> None:
        """Refuse what is no probability table."""
        wanted = (len(LEVELS), len(WALLS), len(GRADES))
        if self.probabilities.shape != wanted:
            raise ValueError(f"probabilities must be {wanted}, got {self.probabilities.shape}")
        unknown = set(self.not_assessable) - set(LEVELS)
        if unknown:
            raise ValueError(f"not_assessable must name levels of {LEVELS}, got {sorted(unknown)}")

    @property
    def expected(self) -> npt.NDArray[np.float64]:
        """Expected grade, shape (levels, walls)."""
        return self.probabilities.astype(np.float64) @ np.asarray(GRADES, dtype=np.float64)

    @property
    def grades(self) -> npt.NDArray[np.int8]:
        """Grade nearest to what is expected, shape (levels, walls).

        A wrong grade is as bad as the square of its distance, as quadratic kappa has it: then the
        nearest grade is a better answer than the most probable one.
        """
        return np.digitize(self.expected, self.cuts).astype(np.int8)

    @property
    def total(self) -> float | None:
        """Continuous total, 0 to 24; None when a level cannot be assessed."""
        return None if self.not_assessable else float(self.expected.sum())

    @property
    def total_rounded(self) -> int | None:
        """Total rounded half up, for classes; None when a level cannot be assessed."""
        total = self.total
        return None if total is None else int(np.floor(total + 0.5))
