"""The model card: what the weights are, what made them, what they may be used for."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from aac_models.arms import TABLE

_INTENDED: Final = (
    "Research on methods: exercising a study pipeline end to end, and as a start for training"
    " on a group's own graded films."
)
_EXCLUDED: Final = (
    "Any clinical use. Any statement about a patient.",
    "Any statement about agreement on real radiographs before validation on them.",
)
_LIMITS_PHANTOM: Final = (
    "Trained on synthetic radiographs alone; films of patients differ in ways nobody has measured.",
    "Figures on synthetic films partly measure how simple these are.",
    "The published architecture is not public: the arms are reconstructions.",
    "One seed; differences between arms of a few hundredths of R2 are within its noise.",
)
_LIMITS_OWN: Final = (
    "Trained on the films that the group gave; validity elsewhere is not known.",
    "The published architecture is not public: the arms are reconstructions.",
    "One seed; differences between arms of a few hundredths of R2 are within its noise.",
)


def write(
    out: Path,
    *,
    settings: Mapping[str, Any],
    figures: Mapping[str, Mapping[str, Any]],
    curves: Path,
    own_films: bool = False,
) -> None:
    """Write ``MODEL_CARD.md``, ``model_card.yaml`` and ``curves.json`` beside the weights.

    Parameters
    ----------
    out
        Folder of the weights.
    settings
        Of the training.
    figures
        By network, from ``calibrate.write``.
    curves
        Folder of the curves, one CSV a network.
    own_films
        Whether a group's own films were used instead of phantoms.
    """
    files = {
        path.name: {
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "bytes": path.stat().st_size,
        }
        for path in sorted(out.glob("*.safetensors"))
    }
    told = {
        "name": "aac-study weights",
        "task": "AAC-24 grades (Kauppila 1997) on lateral lumbar radiographs",
        "arms": {name: arm.title for name, arm in TABLE.items() if f"{name}.safetensors" in files},
        "training_data": "films given by the user" if own_films else "synthetic radiographs",
        "reference": "grades given with the films"
        if own_films
        else "consensus of two simulated readers",
        "settings": _portable(settings, own_films=own_films),
        "validation": figures,
        "files": files,
        "intended_use": _INTENDED,
        "excluded_use": list(_EXCLUDED),
        "limits": list(_LIMITS_OWN if own_films else _LIMITS_PHANTOM),
        "license": "Apache-2.0",
    }
    # JSON is YAML; no YAML writer is needed here.
    text = json.dumps(told, indent=2, ensure_ascii=False)
    (out / "model_card.yaml").write_text(text + "\n", encoding="utf-8")
    (out / "MODEL_CARD.md").write_text(_markdown(told), encoding="utf-8")
    read = {path.stem: _curve(path) for path in sorted(curves.glob("*.csv"))}
    (out / "curves.json").write_text(json.dumps(read, indent=1) + "\n", encoding="utf-8")


def _portable(settings: Mapping[str, Any], *, own_films: bool) -> dict[str, Any]:
    """Keep the settings that decide the weights; folders and worker counts do not."""
    left_out = {"work", "workers", "threads", "start"} | ({"sizes"} if own_films else set())
    return {key: _plain(value) for key, value in settings.items() if key not in left_out}


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever JSON takes
    if isinstance(value, Mapping):
        return dict(value)
    return list(value) if isinstance(value, tuple) else value


def _curve(path: Path) -> list[dict[str, float]]:
    head, *lines = path.read_text(encoding="utf-8").splitlines()
    names = head.split(",")
    return [
        dict(zip(names, (float(v) for v in line.split(",")), strict=True)) for line in lines if line
    ]


def _markdown(told: Mapping[str, Any]) -> str:
    """Render the card for reading."""
    lines = [
        f"# {told['name']}",
        "",
        (
            f"Task: {told['task']}. Training data: {told['training_data']};"
            f" reference: {told['reference']}."
        ),
        "",
        "**Not for clinical use.**" if told["training_data"].startswith("synthetic") else "",
        "",
        "## Use",
        "",
        f"Intended: {told['intended_use']}",
        "",
        "Excluded:",
        "",
        *(f"- {line}" for line in told["excluded_use"]),
        "",
        "## Limits",
        "",
        *(f"- {line}" for line in told["limits"]),
        "",
        "## Training",
        "",
        *(f"- {key}: `{json.dumps(value)}`" for key, value in told["settings"].items()),
        "",
        "## Validation films (corners predicted; no test film was seen)",
        "",
        "| network | figure | value |",
        "| --- | --- | --- |",
        *(
            f"| {network} | {name} | {_rounded(value)} |"
            for network, figures in told["validation"].items()
            for name, value in figures.items()
        ),
        "",
        "## Files",
        "",
        "| file | bytes | SHA-256 |",
        "| --- | --- | --- |",
        *(
            f"| {name} | {file['bytes']} | `{file['sha256']}` |"
            for name, file in told["files"].items()
        ),
        "",
        f"License: {told['license']}.",
    ]
    return "\n".join(lines) + "\n"


def _rounded(value: Any) -> str:  # noqa: ANN401 - a number or a word
    return f"{value:.3f}" if isinstance(value, float) else str(value)
