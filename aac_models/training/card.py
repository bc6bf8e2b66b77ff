"""The model card: what the weights are, what made them, what they may be used for.

One hand-kept ``model_card.yaml`` holds the words, the run writes its figures to ``run.json``, and
later measurements lie beside them; from these every form of the card is rendered:
``MODEL_CARD.md`` with Hugging Face's front matter, ``model_card.chai.xml``,
``model_card.atlas.json`` and the curves as ``curves.svg``.
``python -m aac_models.training.card WEIGHTS`` renders them again after an edit.
"""

import json
import math
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from aac_models import weights
from aac_models.training import card_atlas, card_chai, card_curves, card_markdown, measured
from aac_models.training.card_facts import Card

WORDS: Final = "model_card.yaml"
RUN: Final = "run.json"
CURVES: Final = "curves.json"
MEASURED: Final = ("accuracy", "robustness")  # stems of what benchmarks leave beside weights


def write(
    out: Path,
    *,
    settings: Mapping[str, Any],
    figures: Mapping[str, Mapping[str, Any]],
    curves: Path,
    own_films: bool = False,
) -> None:
    """Write the run's figures and curves beside the weights, and render their card.

    Parameters
    ----------
    out
        Folder of the weights; a ``model_card.yaml`` there is kept, else the shipped one is copied
        with its counts at zero.
    settings
        Of the training.
    figures
        By network, from ``calibrate.write``.
    curves
        Folder of the curves, one CSV a network.
    own_films
        Whether a group's own films were used instead of phantoms.
    """
    run = {
        "source": "own_films" if own_films else "phantoms",
        "settings": _portable(settings, own_films=own_films),
        "validation": figures,
        "files": {
            name: {"sha256": digest, "bytes": (out / name).stat().st_size}
            for name, digest in measured.digests(out).items()
        },
    }
    _write_json(out / RUN, run)
    _write_json(out / CURVES, {path.stem: _curve(path) for path in sorted(curves.glob("*.csv"))})
    if not (out / WORDS).is_file():
        (out / WORDS).write_text(_fresh_words(), encoding="utf-8")
    render(out)


def render(folder: Path) -> None:
    """Render every form of the card from what lies in a folder of weights.

    Raises
    ------
    ValueError
        The words lack what a card must say.
    """
    facts = read(folder)
    drawn = json.loads((folder / CURVES).read_text(encoding="utf-8"))
    forms = {
        "MODEL_CARD.md": card_markdown.render(facts),
        "model_card.chai.xml": card_chai.render(facts),
        "model_card.atlas.json": card_atlas.render(facts),
        "curves.svg": card_curves.render(drawn),
    }
    for name, text in forms.items():
        (folder / name).write_text(text, encoding="utf-8")


def read(folder: Path) -> Card:
    """Gather the facts of a folder of weights."""
    run = json.loads((folder / RUN).read_text(encoding="utf-8"))
    found = [measured.read(folder, stem) for stem in MEASURED]
    words = _words((folder / WORDS).read_text(encoding="utf-8"), run["source"])
    return Card(words, run, [one for one in found if one is not None])


def _words(text: str, source: str) -> dict[str, Any]:
    """Merge in what holds for the data that made the weights."""
    said: dict[str, Any] = yaml.safe_load(text)
    missing = sorted(set(card_markdown.NEEDED) - set(said))
    if missing:
        raise ValueError(f"{WORDS} must say {', '.join(missing)}; see the shipped one")
    special = said.pop(source)
    for name, value in special.items():
        said[name] = [*value, *said[name]] if isinstance(value, list) else value
    return said


def _fresh_words() -> str:
    """Copy the shipped words for other weights, for which no test set was opened yet."""
    text = (weights.SHIPPED / WORDS).read_text(encoding="utf-8")
    text = re.sub(r"^(version:).*$", r'\1 "unreleased"', text, flags=re.MULTILINE)
    counted = r"^# How often.*?(?=^test_sets_opened:)"
    text = re.sub(counted, _COUNTING, text, flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"^(  (?:earlier|this_release):) \d+$", r"\1 0", text, flags=re.MULTILINE)


_COUNTING: Final = """\
# How often the test films were scored, kept by hand: opened once a release, never to choose between
# trainings.
"""


def _portable(settings: Mapping[str, Any], *, own_films: bool) -> dict[str, Any]:
    """Keep the settings that decide the weights; folders and worker counts do not."""
    left_out = {"work", "workers", "threads", "start"}
    if own_films:
        left_out |= {"sizes", "looks"}
    return {key: value for key, value in settings.items() if key not in left_out}


def _curve(path: Path) -> list[dict[str, float]]:
    """Rows of a curve; what an epoch had no figure for is left out."""
    head, *lines = path.read_text(encoding="utf-8").splitlines()
    rows = [
        zip(head.split(","), map(float, line.split(",")), strict=True) for line in lines if line
    ]
    return [{name: value for name, value in row if math.isfinite(value)} for row in rows]


def _write_json(path: Path, said: object) -> None:
    path.write_text(json.dumps(_finite(said), indent=1) + "\n", encoding="utf-8")


def _finite(said: Any) -> Any:  # noqa: ANN401 - whatever JSON takes
    """Write what is undefined as null: JSON knows no NaN."""
    if isinstance(said, Mapping):
        return {str(key): _finite(value) for key, value in said.items()}
    if isinstance(said, list | tuple):
        return [_finite(value) for value in said]
    return None if isinstance(said, float) and not math.isfinite(said) else said


if __name__ == "__main__":
    render(Path(sys.argv[1]))
