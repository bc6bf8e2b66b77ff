"""What the LVLCRNet paper printed: another data set, shown beside ours and never mixed with it.

Only the abstract was read. The form of the ICC, the definition of R² and the cuts of the severity
classes are not stated there, so that even on the same films the figures need not be comparable.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Published:
    """Figures of one cohort of the paper; accuracy as a share."""

    cohort: str
    n: int
    icc: float
    r2: float
    mae: float
    accuracy: float


MODEL: Final = "LVLCRNet"
SOURCE: Final = "Zhang et al., BMC Medical Imaging 2025"
DOI: Final = "10.1186/s12880-025-02072-7"

PUBLISHED: Final = (
    Published("internal test", 211, icc=0.916, r2=0.858, mae=1.547, accuracy=0.8294),
    Published("Center C", 157, icc=0.904, r2=0.842, mae=1.189, accuracy=0.7962),
    Published("Center D", 391, icc=0.899, r2=0.837, mae=1.972, accuracy=0.8159),
)


def span(name: str, scale: float = 1, digits: int = 3) -> str:
    """Lowest to highest of a figure over the paper's cohorts, labelled as another data set."""
    values = sorted(scale * float(getattr(cohort, name)) for cohort in PUBLISHED)
    return (
        f"another data set, the LVLCRNet paper: {values[0]:.{digits}f} to {values[-1]:.{digits}f}"
    )


CAVEAT: Final = (
    "as printed in the abstract; 2,660 radiographs of four centers, not the films of this "
    "study. The preprint swaps the ICC of Centers C and D. Form of the ICC, definition of R² and "
    "class cuts are not stated there."
)
