"""The card with the field names of RSNA ATLAS, model schema 2025-11."""

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

from aac_models.training.card_facts import METRICS, SETS, Card

SCHEMA: Final = "https://atlas.rsna.org/schemas/2025-11/model.json"
# The schema's own names of what is reported here.
_METRICS: Final = (
    "accuracy",
    "Bland-Altman analysis",
    "intraclass correlation coefficient",
    "mean absolute error",
    "R-squared",
    "weighted Cohen's kappa",
)
_MODALITIES: Final = ("Computed radiography (RID10349)", "Digital radiography (RID10351)")
_DOIS: Final = {
    "Multicentre validation of LVLCRNet": "10.1186/s12880-025-02072-7",
    "New indices to classify calcific lesions in the abdominal aorta": (
        "10.1016/S0021-9150(97)00106-8"
    ),
}


def render(card: Card) -> str:
    """Render the JSON document."""
    words = card.words
    model = {
        "Name": words["name"],
        "Link": words.get("link") or digest_link(card),
        "Indexing": {"Keywords": words["keywords"]},
        "Descriptors": _descriptors(words),
        "Model properties": _properties(card),
        "Imaging": {
            "Modalities": list(_MODALITIES),
            "Procedures": [{"Name": "XR Lumbar spine Lateral"}],
            "File format": ["DICOM"],
            "Resolution": words.get("resolution", ""),
        },
        "Model performance": {"Metrics": list(_METRICS), "Comments": _performance(card)},
    }
    said = {"$schema": SCHEMA, "Model": model}
    return json.dumps(said, indent=1, ensure_ascii=False) + "\n"


def digest_link(card: Card) -> str:
    """Name the weights by their content where they have no address (RFC 6920)."""
    files = "\n".join(file["sha256"] for file in card.run["files"].values())
    raw = hashlib.sha256(files.encode()).digest()
    return f"ni:///sha-256;{base64.urlsafe_b64encode(raw).decode().rstrip('=')}"


def _descriptors(words: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "Authors": [{"Name": words["developer"]}],
        "Contact": words.get("contact", ""),
        "Ethical review": words.get("consent", ""),
        "Funding": words.get("funding", ""),
        "License": {"Text": words["license"], "URL": words.get("license_link", "")},
        "References": [{"Title": title, "DOI": doi} for title, doi in _DOIS.items()],
        "Version": words["version"],
    }


def _properties(card: Card) -> dict[str, Any]:
    words, settings = card.words, card.run["settings"]
    return {
        "Architecture": words.get("model_type", ""),
        "Availability": words.get("availability", ""),
        "Decision threshold": (
            "None; severity classes are presets of the study file. Levels are called not"
            " assessable, and films refused, below limits fitted on the validation films."
        ),
        "Degree of automation": "None in care; in a study a person reviews films and grades.",
        "Indications for use": f"None in care. {words['population']}",
        "Input": words.get("input", ""),
        "Instructions": words["how_to_use"],
        "Limitations": " ".join([*words["limits"], words["biases"], *words["out_of_scope"]]),
        "Output": {"Description": words.get("outputs", "")},
        "Regulatory information": {
            "FDA cleared": None,
            "CE marked": None,
            "Authorization status": words.get("regulatory", ""),
        },
        "Reproducibility": f"Same film, same result. Training settings: {json.dumps(settings)}",
        "Sustainability": words.get("sustainability", ""),
        "Use": {
            "Intended": ["Methods research"],
            "Excluded": ["Diagnosis", "Treatment", "Risk assessment", "Triage"],
        },
        "User": {
            "Intended": list(words["intended_users"]),
            "Excluded": list(words["excluded_users"]),
        },
    }


def _performance(card: Card) -> str:
    """Values in words: the schema has no place for numbers."""
    told = [
        f"{SETS.get(one.films, one.films)}, {one.model}: {METRICS[one.metric]} {one.value:.3f}"
        for one in card.results()
        if one.metric in METRICS and one.model in card.arms
    ]
    return f"{card.words['data'].strip()} {'; '.join(told)}"
