"""Where every figure comes from: digests of what went in, versions, seeds, how to do it again.

Times of day and durations stay in the manifest: the report of the same run is the same bytes.
"""

from importlib.metadata import version
from typing import Any, Final

from reports import formats
from reports.blocks import Block, Code, Column, Paragraph, Subheading, Table, rich
from reports.view import Scope, View

_SHOWN: Final = (
    ("run_id", "Run"),
    ("study", "Study file, digest"),
    ("config_digest", "Study file, digest"),
    ("annotations", "Annotations, digest"),
    ("code", "Code, digest"),
    ("code_version", "Code, version"),
    ("python", "Python"),
    ("platform", "Platform"),
)
# What draws the pages; the rest of the versions are the run's.
_DRAWN_BY: Final = ("jinja2", "matplotlib", "typst")


def build(view: View, _scope: Scope) -> list[Block]:
    """Blocks of the section."""
    blocks: list[Block] = [_what_went_in(view)]
    known = dict(view.manifest.get("versions") or {})
    blocks.append(_versions(known | {name: version(name) for name in _DRAWN_BY}))
    return [
        *blocks,
        Subheading("How to do it again"),
        Paragraph(
            rich(
                "With the same study file, films, annotations and versions, the same run is found "
                "again under the same name, and this report comes out byte for byte."
            )
        ),
        Code("aac check\naac run\naac report\naac verify"),
    ]


def _what_went_in(view: View) -> Table:
    rows = [(label, view.manifest[key]) for key, label in _SHOWN if view.manifest.get(key)]
    rows += _named(view.manifest.get("inputs"), "Films of center {name}, digest")
    rows += _named(view.manifest.get("weights"), "Weights of {name}, SHA-256")
    rows += _named(view.manifest.get("seeds"), "Seed, {name}")
    body = tuple(
        (formats.cell(label), formats.cell(str(value), style="code")) for label, value in rows
    )
    caption = rich("What went into this run. The whole manifest is `runs/<run>/manifest.json`.")
    return Table("inputs", caption, (Column("What"), Column("Value", wide=True)), body, len(body))


def _named(values: Any, label: str) -> list[tuple[str, Any]]:  # noqa: ANN401 - from a manifest
    return [(label.format(name=name), value) for name, value in sorted(dict(values or {}).items())]


def _versions(versions: dict[str, str]) -> Table:
    body = tuple(
        (formats.cell(name), formats.cell(said, style="code"))
        for name, said in sorted(versions.items())
    )
    return Table(
        "versions",
        rich("Package versions."),
        (Column("Package"), Column("Version")),
        body,
        len(body),
    )
