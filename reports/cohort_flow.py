"""The STARD flow of a cohort, counted from the study's tables: it adds up, or it raises."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pyarrow as pa

from data_contracts.errors import ContractError
from reports.statistics.plan import StatisticsPlan
from reports.study_arrays import StudyArrays, study_arrays

OUTCOMES: Final = ("scored", "not_assessable", "quarantined", "duplicate")
ACCEPTED: Final = ("scored", "not_assessable")
NO_PREDICTION: Final = "no prediction by this model"
NO_READING: Final = "not read by the reference standard"
NOT_READABLE: Final = "not assessable by the reference standard"


@dataclass(frozen=True, slots=True)
class CohortFlow:
    """Where every delivered file of one cohort went, for one index test.

    Attributes
    ----------
    center, model
        Cohort and index test.
    delivered
        Files that the catalogue names.
    duplicates
        Files that hold a film already counted.
    quarantined
        Films set aside, by reason.
    not_assessable
        Accepted films without a total by the model, by reason.
    without_reference
        Scored films without a reference total, by reason.
    analysed
        Films with both totals.
    annotated_elsewhere
        Annotated images that are no accepted film of the catalogue; outside the flow.

    Raises
    ------
    ContractError
        The counts do not add up.
    """

    center: str
    model: str
    delivered: int
    duplicates: int
    analysed: int
    quarantined: Mapping[str, int] = field(default_factory=dict)
    not_assessable: Mapping[str, int] = field(default_factory=dict)
    without_reference: Mapping[str, int] = field(default_factory=dict)
    annotated_elsewhere: int = 0

    def __post_init__(self) -> None:
        """Hold what came in to what went out."""
        lost = sum(self.without_reference.values())
        if min(self.eligible, self.accepted) < 0 or self.scored != self.analysed + lost:
            raise ContractError(
                f"cohort flow of center {self.center}, model {self.model}: {self.delivered} files "
                f"were delivered but {self.scored} scored films do not split into "
                f"{self.analysed} analysed and {lost} without reference; the tables are of "
                "different runs, publish them again"
            )

    @property
    def eligible(self) -> int:
        """Distinct films."""
        return self.delivered - self.duplicates

    @property
    def accepted(self) -> int:
        """Films given to the index test."""
        return self.eligible - sum(self.quarantined.values())

    @property
    def scored(self) -> int:
        """Films with a total by the model."""
        return self.accepted - sum(self.not_assessable.values())


def cohort_flow(
    catalogue: pa.Table,
    quarantine: pa.Table,
    predictions: pa.Table,
    annotations: pa.Table,
    *,
    statistics: StatisticsPlan,
) -> list[CohortFlow]:
    """Count the flow of each center and model, and of all centers together.

    Parameters
    ----------
    catalogue
        Columns center, source_digest, image_id, outcome: one row a delivered file.
    quarantine
        Columns center, source_digest, image_id, reason.
    predictions, annotations
        As for ``reports.agreement.agreement_table``, whose rule of what is analysed is this one's.
    statistics
        Names the reference standard and the order of models.

    Returns
    -------
    One flow a center and model, centers in alphabetical order, then ``all`` if several.

    Raises
    ------
    ContractError
        A file has no outcome, a film set aside has no reason, a reason no film; a scored film
        stands twice or is not in the catalogue; or the counts do not add up.

    References
    ----------
    Bossuyt PM et al. STARD 2015. BMJ 2015;351:h5527. doi:10.1136/bmj.h5527
    """
    files = catalogue.select(["center", "source_digest", "image_id", "outcome"]).to_pylist()
    aside = quarantine.select(["center", "source_digest", "image_id", "reason"]).to_pylist()
    arrays = study_arrays(predictions, annotations, statistics)
    why = _reasons_not_assessable(predictions)
    centers = sorted({row["center"] for row in files} | set(arrays.center))
    flows: dict[str, list[CohortFlow]] = {model: [] for model in arrays.models}
    for center in centers:
        here = [row for row in files if row["center"] == center]
        outcomes = _outcomes(center, here)
        quarantined = _quarantined(center, here, [r for r in aside if r["center"] == center])
        accepted = _accepted(center, here)
        part = arrays.of(arrays.center == center)
        for i, model in enumerate(arrays.models):
            flows[model].append(
                CohortFlow(
                    center,
                    model,
                    delivered=len(here),
                    duplicates=outcomes["duplicate"],
                    quarantined=quarantined,
                    **_of_model(part, i, accepted, why),
                )
            )
    single = [flow for model in arrays.models for flow in flows[model]]
    pooled = [_together(found) for found in flows.values() if len(found) > 1]
    return sorted(single, key=lambda flow: flow.center) + pooled


def _outcomes(center: str, files: list[dict[str, Any]]) -> Counter[str]:
    """Count outcomes; every file must have one of the closed list."""
    found = Counter(row["outcome"] or "none" for row in files)
    unknown = {k: n for k, n in found.items() if k not in OUTCOMES}
    if unknown:
        raise ContractError(
            f"catalogue of center {center}: {sum(unknown.values())} files have an outcome other "
            f"than {', '.join(OUTCOMES)} ({', '.join(sorted(unknown))}); finish the run"
        )
    return found


def _quarantined(
    center: str, files: list[dict[str, Any]], aside: list[dict[str, Any]]
) -> dict[str, int]:
    """Give each film set aside its reason, and each reason its film."""
    by_file = {r["source_digest"]: r["reason"] for r in reversed(aside) if r["source_digest"]}
    by_image = {r["image_id"]: r["reason"] for r in reversed(aside) if r["image_id"]}
    out = [row for row in files if row["outcome"] == "quarantined"]
    reasons = [by_file.get(r["source_digest"], by_image.get(r["image_id"])) for r in out]
    if None in reasons:
        raise ContractError(
            f"center {center}: {reasons.count(None)} films of the catalogue were set aside but "
            "the quarantine names no reason; the tables are of different runs"
        )
    known = {r["source_digest"] for r in out} | {r["image_id"] for r in out if r["image_id"]}
    loose = [r for r in aside if r["source_digest"] not in known and r["image_id"] not in known]
    if loose:
        raise ContractError(
            f"center {center}: {len(loose)} quarantine rows belong to no film that the catalogue "
            "set aside; the tables are of different runs"
        )
    return dict(Counter(str(reason) for reason in reasons))


def _accepted(center: str, files: list[dict[str, Any]]) -> set[str]:
    """Films given to the index test, each once."""
    names = [row["image_id"] for row in files if row["outcome"] in ACCEPTED]
    twice = [name for name, n in Counter(names).items() if n > 1]
    if twice or None in names:
        raise ContractError(
            f"catalogue of center {center}: {max(len(twice), 1)} accepted films stand twice or "
            "have no image_id; one row must be the film and the others its duplicates"
        )
    return set(names)


def _reasons_not_assessable(predictions: pa.Table) -> dict[tuple[str, str], str]:
    """Reason of each (image, model) without a total."""
    names = ("image_id", "model", "not_assessable_reason")
    if names[2] not in predictions.column_names:
        return {}
    rows = predictions.select(names).to_pylist()
    return {(row[names[0]], row[names[1]]): row[names[2]] for row in rows if row[names[2]]}


def _of_model(
    part: StudyArrays, model: int, accepted: set[str], why: Mapping[tuple[str, str], str]
) -> dict[str, Any]:
    """Split a center's accepted films by what the model and the reference made of them."""
    name = part.models[model]
    is_accepted = np.isin(part.image_id.astype(str), sorted(accepted))
    has_row = part.status[:, model] != ""
    if (has_row & ~is_accepted).any():
        raise ContractError(
            f"model {name}: {int((has_row & ~is_accepted).sum())} predictions are of no accepted "
            "film of the catalogue; the tables are of different runs"
        )
    scored = ~np.isnan(part.total[:, model])
    known = ~np.isnan(part.reference)
    unscored = Counter(
        why.get((image, name), "reason not recorded") for image in part.image_id[has_row & ~scored]
    )
    without_row = len(accepted) - int(has_row.sum())
    lacking = {
        NO_READING: int((scored & ~part.is_read).sum()),
        NOT_READABLE: int((scored & part.is_read & ~known).sum()),
    }
    return {
        "not_assessable": dict(unscored) | ({NO_PREDICTION: without_row} if without_row else {}),
        "without_reference": {reason: n for reason, n in lacking.items() if n},
        "analysed": int((scored & known).sum()),
        "annotated_elsewhere": int((part.is_read & ~is_accepted).sum()),
    }


def _together(flows: list[CohortFlow]) -> CohortFlow:
    """Add the flows of several centers."""
    reasons = {
        name: dict(sum((Counter(getattr(flow, name)) for flow in flows), Counter()))
        for name in ("quarantined", "not_assessable", "without_reference")
    }
    return CohortFlow(
        "all",
        flows[0].model,
        delivered=sum(f.delivered for f in flows),
        duplicates=sum(f.duplicates for f in flows),
        analysed=sum(f.analysed for f in flows),
        annotated_elsewhere=sum(f.annotated_elsewhere for f in flows),
        **reasons,
    )
