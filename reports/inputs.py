"""What a report is made of: handed in whole, so that no figure can come from elsewhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa


@dataclass(frozen=True, eq=False)
class ReportInputs:
    """Everything that a report is made of.

    Attributes
    ----------
    tables
        By the names of ``data_contracts.schemas``, all centers together; any may be missing.
    study
        What the study file says: name, centers with roles, models, reference, severity,
        statistics, deidentification, about.
    manifest
        What went into the run: run_id, config_digest, inputs, packages, weights, seeds, and
        optionally plan_lock, verification, training.
    findings
        What must be said first: missing centers, annotations of unknown films.
    model_cards
        Markdown by model.
    training_curves
        By network, one mapping an epoch (``epoch``, ``loss``, ``val_mae`` and others).
    """

    tables: Mapping[str, pa.Table]
    study: Mapping[str, Any]
    manifest: Mapping[str, Any]
    findings: list[str] = field(default_factory=list)
    model_cards: Mapping[str, str] = field(default_factory=dict)
    training_curves: Mapping[str, Sequence[Mapping[str, float]]] = field(default_factory=dict)
