"""The card as a CHAI Applied Model Card, schema v0.2 of the Coalition for Health AI.

Element names and order are those of https://mc.chai.org/v0.2/schema.xsd; what nobody has decided
is written as "not given", since an element that is left out would not validate.
"""

import json
import xml.etree.ElementTree as ET
from typing import Any, Final

from aac_models.training.card_facts import METRICS, SETS, Card
from aac_models.training.measured import Result

NAMESPACE: Final = "https://mc.chai.org/v0.2/schema.xsd"
_UNKNOWN: Final = "not given"
_USEFUL: Final = ("icc_a1", "mae", "accuracy_dxa", "kappa_grades")
_FAIR: Final = ("r2_determination",)
_SAFE: Final = ("coverage", "accepted", "levels_right", "drop_r2")
_LABELS: Final = METRICS | {
    "coverage": "share of references inside the 90 % interval",
    "accepted": "lateral lumbar films accepted",
    "levels_right": "films with L1 to L4 all right",
    "drop_r2": "drop in R2",
}
_PERCENT: Final = 95


def render(card: Card) -> str:
    """Render the XML instance."""
    root = ET.Element("AppliedModelCard", {"xmlns": NAMESPACE})
    _fill(root, _sections(card))
    ET.indent(root)
    text = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _fill(parent: ET.Element, told: dict[str, Any]) -> None:
    """Add elements in order: a mapping is nested, a list repeats, all else is text."""
    for name, value in told.items():
        for one in value if isinstance(value, list) else [value]:
            child = ET.SubElement(parent, name)
            if isinstance(one, dict):
                _fill(child, one)
            else:
                child.text = str(one).strip() or _UNKNOWN


def _sections(card: Card) -> dict[str, Any]:
    words = card.words
    return {
        "BasicInfo": {
            "ModelName": words["name"],
            "ModelDeveloper": words["developer"],
            "DeveloperContact": words.get("contact", ""),
        },
        "ReleaseInfo": {
            "ReleaseStage": words.get("stage", ""),
            "ReleaseDate": words.get("date", ""),
            "ReleaseVersion": words["version"],
            "GlobalAvailability": words.get("availability", ""),
            "RegulatoryApproval": words.get("regulatory", ""),
        },
        "ModelSummary": {
            "Summary": words["summary"],
            "Keywords": {"Keyword": words["keywords"]},
        },
        "UsesAndDirections": {
            "IntendedUseAndWorkflow": words["intended_use"],
            "PrimaryIntendedUsers": ", ".join(words["intended_users"]),
            "HowToUse": words["how_to_use"],
            "TargetedPatientPopulation": words["population"],
            "CautionedOutOfScopeSettings": " ".join(
                [*words["excluded_use"], *words["out_of_scope"]]
            ),
        },
        "Warnings": {
            "KnownRisksAndLimitations": " ".join(words["limits"]),
            "KnownBiasesOrEthicalConsiderations": words["biases"],
            "ClinicalRiskLevel": words.get("clinical_risk", ""),
        },
        "TrustIngredients": _trust(card),
        "KeyMetrics": _metrics(card),
        "Resources": {
            "PeerReviewedPublications": words.get("publications", ""),
            "PatientConsentOrDisclosure": words.get("consent", ""),
        },
        "Bibliography": words.get("bibliography", ""),
    }


def _trust(card: Card) -> dict[str, Any]:
    words = card.words
    files = ", ".join(f"{name} {file['sha256']}" for name, file in card.run["files"].items())
    return {
        "AISystemFacts": {
            "OutcomesAndOutputs": words.get("outputs", ""),
            "ModelType": words.get("model_type", ""),
            "InputDataSource": words["data"],
            "OutputAndInputDataTypes": f"Input: {words.get('input', '')} "
            f"Output: {words.get('outputs', '')}",
            "DevelopmentDataCharacterization": f"{words['data']} Reference: {words['reference']}. "
            f"Settings: {json.dumps(card.run['settings'])}",
            "BiasMitigationApproaches": words.get("bias_mitigation", ""),
            "OngoingMaintenance": words.get("maintenance", ""),
            "Security": f"{words.get('security', '')} SHA-256: {files}",
        },
        "TransparencyInformation": {
            "FundingSource": words.get("funding", ""),
            "StakeholdersConsulted": words.get("stakeholders", ""),
        },
    }


def _metrics(card: Card) -> dict[str, Any]:
    """Fill the three key metrics, each from the figures that bear on it."""
    test = "Test films, measured after training." if card.measured else "Validation films."
    shared = {
        "TestType": "Retrospective, on films held out by patient",
        "TestingDataDescription": f"{test} {card.words['data']}",
        "ValidationProcessAndJustification": (
            f"Reference: {card.words['reference']}. External test sets opened {card.opened} times"
            " in all."
        ),
    }
    goals = {
        "UsefulnessUsabilityEfficacy": (
            "Agreement with the reference as close as that of one reader with another.",
            _USEFUL,
            "See the targets in MODEL_CARD.md; figures on synthetic films are no clinical ones.",
        ),
        "FairnessEquity": (
            "Like agreement in every center; no group of patients was studied.",
            _FAIR,
            (
                "Centers differ in device, field, processing and burden; nothing is known of sex,"
                " age or ethnicity."
            ),
        ),
        "SafetyReliability": (
            "Intervals that hold, vertebrae that are right, and no guess where nothing is seen.",
            _SAFE,
            "A person must look at every film all the same.",
        ),
    }
    return {
        name: {
            "MetricGoal": goal,
            "Results": {"MetricResult": _results(card, metrics)},
            "Interpretation": reading,
            **shared,
        }
        for name, (goal, metrics, reading) in goals.items()
    }


def _results(card: Card, metrics: tuple[str, ...]) -> list[dict[str, str]]:
    """Figures of one key metric; one that says so when there is none."""
    chosen = [one for one in card.results() if one.metric in metrics]
    told = [
        {
            "Label": f"{_LABELS[one.metric]}, {one.model}, {SETS.get(one.films, one.films)}",
            "ValueJson": json.dumps(_value(one)),
        }
        for one in chosen
    ]
    return told or [{"Label": "not measured", "ValueJson": '{"kind": "single", "value": null}'}]


def _value(one: Result) -> dict[str, Any]:
    if one.low is None or one.high is None:
        return {"kind": "single", "value": round(one.value, 4)}
    return {
        "kind": "estimate_ci",
        "estimate": round(one.value, 4),
        "lower": round(one.low, 4),
        "upper": round(one.high, 4),
        "level": _PERCENT,
    }
