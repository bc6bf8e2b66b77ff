"""The Arrow schema of every table that a study writes.

Types and order live here; meaning, unit and source of every column in ``dictionary.json``, which
is joined to the schema as field metadata, so that a Parquet file explains itself.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files
from typing import Any, Final

import pyarrow as pa

from data_contracts.errors import ContractError

_TEXT, _INT, _REAL, _FLAG = pa.string(), pa.int32(), pa.float64(), pa.bool_()
# Large: the pictures of one center may together pass the 2 GB that a plain column holds.
_PICTURE = pa.large_binary()
_PLACES = pa.list_(pa.float32())
_CALCIUM = pa.list_(
    pa.struct([("model", _TEXT), ("wall", _TEXT), ("percent", pa.list_(pa.uint8()))])
)

_COLUMNS: Final[dict[str, dict[str, pa.DataType]]] = {
    "catalogue": {
        "center": _TEXT,
        "source_digest": _TEXT,
        "image_id": _TEXT,
        "patient_id": _TEXT,
        "size_bytes": pa.int64(),
        "outcome": _TEXT,
        "duplicate_of": _TEXT,
        "is_primary": _FLAG,
        "modality": _TEXT,
        "sop_class_uid": _TEXT,
        "transfer_syntax_uid": _TEXT,
        "rows": _INT,
        "columns": _INT,
        "number_of_frames": _INT,
        "samples_per_pixel": _INT,
        "photometric_interpretation": _TEXT,
        "bits_allocated": _INT,
        "bits_stored": _INT,
        "pixel_spacing_row_mm": _REAL,
        "pixel_spacing_column_mm": _REAL,
        "pixel_spacing_source": _TEXT,
        "body_part_examined": _TEXT,
        "view_position": _TEXT,
        "presentation_intent_type": _TEXT,
        "manufacturer": _TEXT,
        "manufacturer_model_name": _TEXT,
        "patient_sex": _TEXT,
        "patient_age_years": _INT,
        "burned_in_annotation": _TEXT,
    },
    "deidentification_audit": {
        "center": _TEXT,
        "image_id": _TEXT,
        "attribute_class": _TEXT,
        "action": _TEXT,
        "count": _INT,
    },
    "quarantine": {
        "center": _TEXT,
        "image_id": _TEXT,
        "source_digest": _TEXT,
        "step": _TEXT,
        "reason": _TEXT,
        "expectation": _TEXT,
        "observed": _TEXT,
        "remedy": _TEXT,
    },
    "image_quality": {
        "center": _TEXT,
        "image_id": _TEXT,
        "dynamic_range": _REAL,
        "saturated_share": _REAL,
        "blank_share": _REAL,
        "mean_level": _REAL,
        "sharpness": _REAL,
        "noise": _REAL,
        "collimated_share": _REAL,
        "inverted_against_header": _FLAG,
        "lateral_lumbar": _REAL,
        "anterior_side": _TEXT,
        "anterior_side_header": _TEXT,
        "text_regions_blanked": _INT,
    },
    "predictions": {
        "center": _TEXT,
        "patient_id": _TEXT,
        "image_id": _TEXT,
        "model": _TEXT,
        "total": _REAL,
        "total_rounded": _INT,
        "status": _TEXT,
        "not_assessable_reason": _TEXT,
        "total_low": _REAL,
        "total_high": _REAL,
        "weights_digest": _TEXT,
        "run_id": _TEXT,
    },
    "prediction_grades": {
        "center": _TEXT,
        "image_id": _TEXT,
        "model": _TEXT,
        "level": _TEXT,
        "wall": _TEXT,
        "grade": _INT,
        "expected_grade": _REAL,
        "probability_0": _REAL,
        "probability_1": _REAL,
        "probability_2": _REAL,
        "probability_3": _REAL,
    },
    "film_views": {
        "center": _TEXT,
        "image_id": _TEXT,
        "picture": _PICTURE,
        "picture_rows": _INT,
        "picture_columns": _INT,
        "level_start_rows": pa.list_(_INT),
        "level_stop_rows": pa.list_(_INT),
        "corner_rows": _PLACES,
        "corner_columns": _PLACES,
        "anterior_wall_rows": _PLACES,
        "anterior_wall_columns": _PLACES,
        "posterior_wall_rows": _PLACES,
        "posterior_wall_columns": _PLACES,
        "calcium": _CALCIUM,
        "film": _PICTURE,
        "film_rows": _INT,
        "film_columns": _INT,
        "film_corner_rows": _PLACES,
        "film_corner_columns": _PLACES,
    },
    "annotations": {
        "center": _TEXT,
        "image_id": _TEXT,
        "reader": _TEXT,
        "level": _TEXT,
        "wall": _TEXT,
        "grade": _INT,
        "total": _REAL,
        "blinded": _FLAG,
        "read_at": _TEXT,
    },
    "agreement": {
        "center": _TEXT,
        "model": _TEXT,
        "statistic": _TEXT,
        "estimate": _REAL,
        "ci_low": _REAL,
        "ci_high": _REAL,
        "method": _TEXT,
        "n": _INT,
        "n_missing": _INT,
        "note": _TEXT,
    },
    "confusion": {
        "center": _TEXT,
        "model": _TEXT,
        "preset": _TEXT,
        "reference_class": _INT,
        "predicted_class": _INT,
        "n": _INT,
    },
    "contracts": {
        "center": _TEXT,
        "contract": _TEXT,
        "expectation": _TEXT,
        "column": _TEXT,
        "severity": _TEXT,
        "success": _FLAG,
        "n_checked": _INT,
        "n_failed": _INT,
        "observed": _TEXT,
    },
    "drift": {
        "center": _TEXT,
        "column": _TEXT,
        "stability_index": _REAL,
        "limit": _REAL,
        "chance": _REAL,
        "moved": _FLAG,
        "n_now": _INT,
        "n_before": _INT,
        "run_id": _TEXT,
    },
    "runs": {
        "run_id": _TEXT,
        "center": _TEXT,
        "step": _TEXT,
        "n_in": _INT,
        "n_done": _INT,
        "n_reused": _INT,
        "n_rejected": _INT,
    },
}

# What a film may end as; cross-table contracts hold every catalogued file to exactly one.
OUTCOMES: Final = ("scored", "not_assessable", "quarantined", "duplicate")
# As above, where the experts' grades are at hand: scored is then scored and graded.
ENDINGS: Final = (*OUTCOMES, "unannotated")

_DICTIONARY: Final[dict[str, dict[str, str]]] = json.loads(
    files("data_contracts").joinpath("dictionary.json").read_text(encoding="utf-8")
)


def describe(table: str) -> dict[str, str]:
    """Meaning, unit and source of each column of a table, in order."""
    shared = _DICTIONARY["*"]
    own = _DICTIONARY.get(table, {})
    return {name: own.get(name, shared.get(name, "")) for name in _COLUMNS[table]}


def _schema(table: str) -> pa.Schema:
    meaning = describe(table)
    fields = [
        pa.field(name, kind, metadata={"description": meaning[name]})
        for name, kind in _COLUMNS[table].items()
    ]
    return pa.schema(fields, metadata={"aac.table": table})


SCHEMAS: Final[dict[str, pa.Schema]] = {table: _schema(table) for table in _COLUMNS}


def conform(table: str, rows: Iterable[Mapping[str, Any]] | pa.Table) -> pa.Table:
    """Bring rows to a table's schema.

    Parameters
    ----------
    table
        A name of ``SCHEMAS``.
    rows
        Dictionaries, or a table whose columns may stand in another order. A column that is
        absent is filled with nulls; one that the schema does not know is an error.

    Raises
    ------
    ContractError
        An unknown column, or a value that does not fit its column's type.
    """
    schema = SCHEMAS[table]
    columns = _columns_of(rows)
    unknown = sorted(set(columns) - set(schema.names))
    if unknown:
        raise ContractError(f"table {table}: unknown column {', '.join(unknown)}")
    n = max((len(values) for values in columns.values()), default=0)
    try:
        arrays = [
            _array(columns.get(name, [None] * n), schema.field(name)) for name in schema.names
        ]
    except (pa.ArrowInvalid, pa.ArrowTypeError) as fault:
        raise ContractError(f"table {table}: {fault}") from fault
    return pa.Table.from_arrays(arrays, schema=schema)


def empty(table: str) -> pa.Table:
    """Return the table with no rows."""
    return SCHEMAS[table].empty_table()


def replaced(table: pa.Table, **columns: Sequence[object]) -> pa.Table:
    """Put columns in the place of those of the same name and type."""
    for name, values in columns.items():
        index = table.column_names.index(name)
        field = table.schema.field(index)
        table = table.set_column(index, field, pa.array(values, field.type))
    return table


def _columns_of(rows: Iterable[Mapping[str, Any]] | pa.Table) -> dict[str, Any]:
    if isinstance(rows, pa.Table):
        return {name: rows.column(name) for name in rows.column_names}
    listed = list(rows)
    names = dict.fromkeys(name for row in listed for name in row)
    return {name: [row.get(name) for row in listed] for name in names}


def _array(values: Any, field: pa.Field) -> pa.Array:  # noqa: ANN401 - list or Arrow array
    if isinstance(values, pa.Array | pa.ChunkedArray):
        return values.cast(field.type)
    try:
        return pa.array(values, type=field.type)
    except (pa.ArrowInvalid, pa.ArrowTypeError) as fault:
        raise pa.ArrowInvalid(f"column {field.name} must be {field.type}") from fault
