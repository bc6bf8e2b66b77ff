"""The card for reading: Markdown, with the front matter that Hugging Face reads."""

import json
from collections.abc import Sequence
from typing import Any, Final

import yaml

from aac_models.training.card_facts import METRICS, SETS, Card
from aac_models.training.measured import Table

# What a card must say; ``model_card.yaml`` explains each.
NEEDED: Final = (
    "name",
    "version",
    "developer",
    "license",
    "test_sets_opened",
    "summary",
    "keywords",
    "intended_use",
    "intended_users",
    "excluded_users",
    "excluded_use",
    "out_of_scope",
    "how_to_use",
    "population",
    "limits",
    "biases",
    "phantoms",
    "own_films",
)
# The hub's own names, where it has one.
_HUB_METRICS: Final = {"mae": "mae", "r2_determination": "r_squared", "accuracy_dxa": "accuracy"}
_LOCALIZER: Final = {
    "films": "films",
    "accepted": "accepted as lateral lumbar films",
    "corner_error_median_depths": "corner error, median, in vertebral depths",
    "levels_right": "L1 to L4 all right",
}


def render(card: Card) -> str:
    """Render the whole card."""
    words = card.words
    parts = [
        _front_matter(card),
        f"# {words['name']} {words['version']}",
        "**Not for clinical use.**",
        words["summary"],
        _use(card),
        "## Limits",
        _bullets([*words["limits"], words["biases"], _opened(card)]),
        _training(card),
        _validation(card),
        *(_measured_part(card)),
        _files(card),
    ]
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def _front_matter(card: Card) -> str:
    told = {
        "license": card.words["license"].lower(),
        "library_name": "pytorch",
        "tags": card.words["keywords"],
        "metrics": sorted(_HUB_METRICS.values()),
        "model-index": [{"name": card.words["name"], "results": list(_index(card))}],
    }
    text = yaml.safe_dump(told, sort_keys=False, allow_unicode=True, width=100)
    return f"---\n{text}---\n"


def _index(card: Card) -> list[dict[str, Any]]:
    """Results as the hub's leaderboards read them, one entry a set and model."""
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for one in card.results():
        if one.model in card.arms and one.metric in METRICS:
            kind = _HUB_METRICS.get(one.metric, one.metric)
            entry = {"type": kind, "value": round(one.value, 4)}
            name = f"{METRICS[one.metric]}, {one.model}"
            groups.setdefault((one.films, one.model), []).append(entry | {"name": name})
    return [
        {
            "task": {"type": "other", "name": "AAC-24 grading"},
            "dataset": {"type": card.run["source"], "name": f"{SETS[films]} films", "split": films},
            "metrics": metrics,
        }
        for (films, _model), metrics in groups.items()
    ]


def _bullets(lines: Sequence[str]) -> str:
    return "\n".join(f"- {line.strip()}" for line in lines)


def _use(card: Card) -> str:
    words = card.words
    return "\n\n".join(
        [
            "## Use",
            f"Intended: {words['intended_use'].strip()}",
            (
                f"Users: {', '.join(words['intended_users'])};"
                f" not {', '.join(words['excluded_users'])}."
            ),
            f"How: {words['how_to_use'].strip()}",
            f"Films: {words['population'].strip()}",
            "Excluded:",
            _bullets([*words["excluded_use"], *words["out_of_scope"]]),
        ]
    )


def _opened(card: Card) -> str:
    said = card.words["test_sets_opened"]
    return (
        f"The external test sets were opened {card.opened} times in all, {said['this_release']} of"
        " them for this release (kept by hand)."
    )


def _training(card: Card) -> str:
    words, settings = card.words, card.run["settings"]
    told = [
        f"Data: {words['data'].strip()}",
        f"Reference: {words['reference']}.",
        *(f"{name}: `{json.dumps(value)}`" for name, value in settings.items() if value != ""),
    ]
    curves = "![Training loss and validation error by epoch](curves.svg)"
    return f"## Training\n\n{_bullets(told)}\n\n{curves}"


def _validation(card: Card) -> str:
    """Agreement of the run itself; the films also chose epoch, calibration and intervals."""
    found = card.run["validation"]
    rows = [["films", *(str(found[arm]["films"]) for arm in card.arms)]]
    rows += [
        [title, *(_number(found[arm].get(metric)) for arm in card.arms)]
        for metric, title in METRICS.items()
    ]
    localizer = found.get("localizer", {})
    places = "; ".join(
        f"{title} {_number(localizer[key])}"
        for key, title in _LOCALIZER.items()
        if key in localizer
    )
    return "\n\n".join(
        [
            "## Agreement on the validation films",
            (
                "Corners predicted. These films chose epoch and calibration, so the figures flatter"
                " a little; no test film was seen."
            ),
            Table("", ["", *card.arms], rows).markdown(),
            f"Localizer: {places}.",
        ]
    )


def _measured_part(card: Card) -> list[str]:
    if not card.measured:
        return ["## Test films", "Not measured with these weights."]
    parts = []
    for one in card.measured:
        parts += [f"## {one.title}", one.note, f"`{one.command}`"]
        parts += [f"### {table.title}\n\n{table.markdown()}" for table in one.tables]
    return parts


def _files(card: Card) -> str:
    rows = [
        [name, str(file["bytes"]), f"`{file['sha256']}`"]
        for name, file in card.run["files"].items()
    ]
    table = Table("", ["file", "bytes", "SHA-256"], rows).markdown()
    words = card.words
    return f"## Files\n\n{table}\n\nLicense: {words['license']}. Developer: {words['developer']}."


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.3f}" if isinstance(value, float) else str(value)
