"""Columns that contracts need and tables do not hold: sums, differences, relations of rows."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_SEGMENTS: Final = 8
_INTERVAL_SLACK: Final = 1e-6


def of_headers(catalogue: pa.Table) -> pa.Table:
    """Add size of the field in mm, height over width, and bits left over."""
    rows, columns = (pc.cast(catalogue.column(name), pa.float64()) for name in ("rows", "columns"))
    height = pc.multiply(rows, catalogue.column("pixel_spacing_row_mm"))
    width = pc.multiply(columns, catalogue.column("pixel_spacing_column_mm"))
    unused = pc.subtract(catalogue.column("bits_allocated"), catalogue.column("bits_stored"))
    # In pixels where the spacing is unknown; a width of 0 has no ratio.
    some = pc.if_else(pc.equal(columns, 0), pa.scalar(None, pa.float64()), columns)
    aspect = pc.divide(rows, some)
    more = {"height_mm": height, "width_mm": width, "unused_bits": unused, "aspect": aspect}
    return _with(catalogue, more)


def of_images(image_quality: pa.Table) -> pa.Table:
    """Add whether header and localizer name the same anterior side; null when either is silent."""
    said, seen = (image_quality.column(f"anterior_side{part}") for part in ("_header", ""))
    return _with(image_quality, {"sides_agree": pc.equal(said, seen)})


def of_annotations(annotations: pa.Table, known_image_ids: Iterable[str]) -> pa.Table:
    """Add what holds between the rows of one reading."""
    known = pa.array(sorted(set(known_image_ids)), pa.string())
    rows = annotations.select(["image_id", "reader", "level", "wall", "grade", "total"]).to_pylist()
    readings: dict[tuple[Any, ...], list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        readings[row["image_id"], row["reader"]].append(row)
    whole = [readings[row["image_id"], row["reader"]] for row in rows]
    return _with(
        annotations,
        {
            "is_known": pc.is_in(annotations.column("image_id"), known),
            "total_minus_sum": pa.array([_excess(row, of) for row, of in _zip(rows, whole)]),
            "rows_of_reading": pa.array([len(of) for of in whole], pa.int64()),
            "is_first": pa.array(_is_first(rows, ("image_id", "reader", "level", "wall"))),
        },
    )


def _zip(
    rows: list[dict[str, Any]], whole: list[list[dict[str, Any]]]
) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]]]]:
    return zip(rows, whole, strict=True)


def _excess(row: dict[str, Any], reading: list[dict[str, Any]]) -> float | None:
    grades = [one["grade"] for one in reading]
    if row["total"] is None or row["level"] is None or None in grades:
        return None
    return float(row["total"] - sum(grades))


def _is_first(rows: Iterable[dict[str, Any]], names: tuple[str, ...]) -> list[bool]:
    seen: Counter[tuple[Any, ...]] = Counter()
    first = []
    for row in rows:
        key = tuple(row[name] for name in names)
        first.append(seen[key] == 0)
        seen[key] += 1
    return first


def of_predictions(predictions: pa.Table, grades: pa.Table) -> pa.Table:
    """Add relations between a prediction's own numbers, and to its grades."""
    total, rounded, low, high = (
        _floats(predictions, name) for name in ("total", "total_rounded", "total_low", "total_high")
    )
    scored = pc.equal(predictions.column("status"), "scored").to_numpy(zero_copy_only=False)
    some = np.isfinite(total)
    fits = np.where(some, rounded == np.floor(total + 0.5), np.isnan(rounded))
    slack = _INTERVAL_SLACK
    unknown = ~some | np.isnan(low) | np.isnan(high)
    holds = unknown | ((low - slack <= total) & (total <= high + slack))
    sums = _sums(predictions, grades)
    rows = predictions.select(["image_id", "model"]).to_pylist()
    return _with(
        predictions,
        {
            "total_fits_status": pa.array(some == np.asarray(scored, dtype=bool)),
            "rounded_fits_total": pa.array(fits.astype(bool)),
            "interval_holds_total": pa.array(holds),
            "total_minus_sum": pa.array(total - sums, from_pandas=True),
            "is_first": pa.array(_is_first(rows, ("image_id", "model")), pa.bool_()),
        },
    )


def _floats(table: pa.Table, name: str) -> Any:  # noqa: ANN401 - float64 array, null as nan
    column = pc.cast(table.column(name), pa.float64())
    return pc.fill_null(column, float("nan")).to_numpy()


def _sums(predictions: pa.Table, grades: pa.Table) -> Any:  # noqa: ANN401 - float64 array
    """Sum of expected grades of each prediction; nan unless all eight segments are there."""
    grouped = grades.group_by(["image_id", "model"]).aggregate(
        [("expected_grade", "sum"), ("expected_grade", "count")]
    )
    names = ("image_id", "model", "expected_grade_sum", "expected_grade_count")
    columns = [grouped.column(name).to_pylist() for name in names]
    sums = {
        (image_id, model): value
        for image_id, model, value, n in zip(*columns, strict=True)
        if n == _SEGMENTS
    }
    keys = predictions.select(["image_id", "model"]).to_pylist()
    nothing = float("nan")
    return np.array([sums.get((key["image_id"], key["model"]), nothing) for key in keys], float)


def of_grades(grades: pa.Table) -> pa.Table:
    """Add the sum of a segment's probabilities."""
    whole = sum(
        (_floats(grades, f"probability_{g}") for g in range(4)), start=np.zeros(len(grades))
    )
    return _with(grades, {"probability_sum": pa.array(whole, from_pandas=True)})


def _with(table: pa.Table, columns: dict[str, Any]) -> pa.Table:
    for name, values in columns.items():
        table = table.append_column(name, values)
    return table
