"""What several sections say, so that they say it alike."""

import re

from reports import formats
from reports.study_arrays import CONSENSUS
from reports.view import Scope, View


def reference(view: View) -> str:
    """Name the reference: a center without consensus rows has the mean of its readers."""
    readings = view.rows("annotations")
    read = {row["center"] for row in readings}
    agreed = {row["center"] for row in readings if row["reader"] == CONSENSUS}
    meant = [name for name in view.centers if name in read - agreed]
    if view.reference != CONSENSUS or not meant:
        return view.reference
    mean = "the mean of the readers"
    return f"{CONSENSUS}, and {mean} in {formats.listing(meant)}" if agreed else mean


def findings(view: View, scope: Scope) -> list[str]:
    """Give the findings of a page: a center's own, and those that name no other center."""
    return [
        said
        for said in view.inputs.findings
        if not (named := _centers_named(said, view)) or named & set(scope.centers)
    ]


def without_films(view: View, scope: Scope) -> list[str]:
    """Centers of the scope that delivered nothing."""
    delivered = {row["center"] for row in view.rows("catalogue")}
    return [name for name in scope.centers if name not in delivered]


def _centers_named(said: str, view: View) -> set[str]:
    return {
        name
        for name in view.centers
        if re.search(rf"\bcenters?[ .]{re.escape(name)}(?![\w-])", said, flags=re.IGNORECASE)
    }
