"""Who was studied: the flow of films and the cohort table."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from reports import formats, presets, words
from reports.blocks import Block, Column, Data, Figure, Paragraph, Table, rich
from reports.figures import flow
from reports.view import Scope, View

_MOST_COLUMNS: Final = 5


def build(view: View, scope: Scope) -> list[Block]:
    """Blocks of the section."""
    stages = stages_of(view, scope)
    rows = [(stage.label, stage.n, "", 0) for stage in stages]
    rows += [(s.label, s.n, why, n) for s in stages for why, n in s.leaving]
    figure = Figure(
        "flow",
        "Flow of films",
        "Flow diagram. " + " ".join(f"{stage.label}: {stage.n}." for stage in stages),
        rich(
            "Flow of films from delivery to analysis by {model}; the counts add up.",
            model=view.primary,
        ),
        flow.draw(stages),
        Data(("stage", "films", "left_because", "films_left"), tuple(rows)),
        "full",
    )
    return [
        figure,
        *_cohort(view, scope),
        Paragraph(
            rich(
                (
                    "Age and sex as the headers say; burden is the total by the reference "
                    "({reference})."
                ),
                reference=words.reference(view),
            )
        ),
    ]


def stages_of(view: View, scope: Scope) -> list[flow.Stage]:
    """Count the flow, from the catalogue to the films analysed.

    Where the tables do not allow the whole flow (nothing scored yet), the catalogue's own counts
    are given.
    """
    counted = view.flow(scope, view.primary)
    if counted is None:
        outcomes = view.outcomes(scope)
        return [
            flow.Stage("Files delivered", sum(outcomes.values()), "Outcome", _of(outcomes)),
            flow.Stage("Analysed", 0),
        ]
    doubles = {"same film again": counted.duplicates}
    return [
        flow.Stage("Files delivered", counted.delivered, "Duplicates", _of(doubles)),
        flow.Stage("Films", counted.eligible, "Set aside", _of(counted.quarantined)),
        flow.Stage(
            "Accepted for the index test",
            counted.accepted,
            "Not assessable",
            _of(counted.not_assessable),
        ),
        flow.Stage(
            "Scored by the index test",
            counted.scored,
            "No reference standard",
            _of(counted.without_reference),
        ),
        flow.Stage("Analysed", counted.analysed),
    ]


def _of(reasons: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    named = sorted(reasons.items(), key=lambda item: (-item[1], item[0]))
    return tuple((why.replace("_", " "), n) for why, n in named if n)


def _cohort(view: View, scope: Scope) -> list[Table]:
    groups: list[tuple[str, tuple[str, ...]]] = [(name, (name,)) for name in scope.centers]
    if scope.is_pooled and len(groups) > 1:
        groups.insert(0, ("all", scope.centers))
    return [
        _part(view, part, "cohort" if index == 0 else f"cohort-{index + 1}")
        for index, part in enumerate(formats.chunks(groups, _MOST_COLUMNS))
    ]


def _part(view: View, groups: Sequence[tuple[str, tuple[str, ...]]], anchor: str) -> Table:
    facts = [_facts(view, Scope(name, centers, is_pooled=False)) for name, centers in groups]
    labels = list(facts[0]) if facts else []
    rows = tuple(
        (formats.cell(label), *(formats.cell(fact[label]) for fact in facts)) for label in labels
    )
    columns = (
        Column("Characteristic"),
        *(Column(_heading(view, name), "right", wide=True) for name, _ in groups),
    )
    caption = rich(
        "Films that were not set aside, by center. Only the row Patients counts people; all other "
        "rows count films."
    )
    return Table(anchor, caption, columns, rows, len(rows))


def _heading(view: View, name: str) -> str:
    role = view.centers.get(name)
    return f"{name} ({role} test)" if role else "All"


def _facts(view: View, scope: Scope) -> dict[str, str]:
    films = [
        row for row in view.of("catalogue", scope) if row["outcome"] in ("scored", "not_assessable")
    ]
    burden = np.array(
        [
            view.reference_totals[row["image_id"]]
            for row in films
            if row["image_id"] in view.reference_totals
        ]
    )
    return {
        "Films": formats.count(len(films)),
        "Patients": formats.count(len({row["patient_id"] for row in films} - {None})),
        "Age, years, median (quartiles)": _quartiles(_known(films, "patient_age_years"), 0),
        "Age not known": _missing(films, "patient_age_years"),
        "Women": _share(films, "patient_sex", "F"),
        "Men": _share(films, "patient_sex", "M"),
        "Manufacturers": _names(films, "manufacturer"),
        "Pixel spacing not known": _missing(films, "pixel_spacing_row_mm"),
        "With a reference total": formats.count(burden.size),
        "Reference total, median (quartiles)": _quartiles(burden, 1),
        "Reference total 0": formats.percent(float((burden == 0).sum()), burden.size),
        **_classes(view, burden),
    }


def _classes(view: View, burden: Any) -> dict[str, str]:  # noqa: ANN401 - array of totals
    bounds = presets.cuts(dict(view.study), presets.declared(dict(view.study)))
    if not bounds:
        return {}
    classes = np.searchsorted(np.array(bounds), np.floor(burden + 0.5), side="left")
    return {
        f"Reference total {label}": f"{formats.count(int((classes == index).sum()))} "
        f"({formats.percent(float((classes == index).sum()), burden.size)})"
        for index, label in enumerate(presets.labels(bounds))
    }


def _known(films: list[dict[str, Any]], column: str) -> Any:  # noqa: ANN401 - array of values
    return np.array([row[column] for row in films if row[column] is not None], dtype=np.float64)


def _quartiles(values: Any, digits: int) -> str:  # noqa: ANN401 - array of values
    if not values.size:
        return formats.MISSING
    low, middle, high = np.quantile(values, (0.25, 0.5, 0.75))
    return f"{formats.number(middle, digits)} ({formats.interval(low, high, digits)})"


def _missing(films: list[dict[str, Any]], column: str) -> str:
    n = sum(row[column] is None for row in films)
    return f"{formats.count(n)} ({formats.percent(n, len(films))})"


def _share(films: list[dict[str, Any]], column: str, value: str) -> str:
    n = sum(row[column] == value for row in films)
    return f"{formats.count(n)} ({formats.percent(n, len(films))})"


def _names(films: list[dict[str, Any]], column: str) -> str:
    counts = Counter(row[column] or "not said" for row in films)
    named = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return formats.listing([f"{name} {n}" for name, n in named], most=3) or formats.MISSING
