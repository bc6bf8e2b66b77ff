"""Reading the columns of a study's tables into arrays, and refusing what cannot be."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data_contracts.errors import ContractError
from reports.statistics.estimate import Booleans, Floats, Integers, Strings
from reports.statistics.pairs import refuse_out_of_range

LEVELS: Final = ("L1", "L2", "L3", "L4")
WALLS: Final = ("anterior", "posterior")
SEGMENTS: Final = tuple(f"{level}_{wall}" for level in LEVELS for wall in WALLS)
JOINER: Final = "\x1f"


def image_rows(table: pa.Table, universe: pa.Array) -> Integers:
    """Position of each row's image in the universe."""
    joined = pc.binary_join_element_wise(
        table.column("center").cast(pa.string()),
        table.column("image_id").cast(pa.string()),
        JOINER,
    )
    return np.asarray(pc.index_in(joined, value_set=universe).to_numpy(), dtype=np.int64)


def distinct(table: pa.Table, column: str) -> set[str]:
    """Give the names that a column holds."""
    return set(pc.unique(table.column(column)).to_pylist()) - {None}


def positions(table: pa.Table, column: str, names: Sequence[str]) -> Integers:
    """Give the number of each row's name; -1 where it is null or the table lacks the column."""
    if column not in table.column_names:
        return np.full(table.num_rows, -1, dtype=np.int64)
    known = pa.array(names, pa.string())
    values = pc.index_in(table.column(column).cast(pa.string()), value_set=known)
    return np.asarray(pc.fill_null(values, -1).to_numpy(), dtype=np.int64)


def numbers(table: pa.Table, column: str) -> Floats:
    """Values of a column, NaN where null or where the table lacks it."""
    if column not in table.column_names:
        return np.full(table.num_rows, np.nan)
    values = pc.fill_null(table.column(column).cast(pa.float64()), float("nan"))
    return np.asarray(values.to_numpy(), dtype=np.float64)


def refuse_twice(cells: Integers, size: int, what: str, names: Strings, divisor: int) -> None:
    """Raise when a cell is named by two rows."""
    counts = np.bincount(cells, minlength=size)
    if (counts > 1).any():
        image = names[int(np.argmax(counts > 1)) // divisor]
        raise ContractError(
            f"{what}: {int((counts > 1).sum())} stand more than once, the first is of image "
            f"{image}; keep one row each, rows are never averaged"
        )


def refuse_range(what: str, values: Floats, high: float) -> None:
    """Raise a contract error for an impossible score."""
    try:
        refuse_out_of_range(values, 0.0, high)
    except ValueError as error:
        raise ContractError(f"{what}: {error}") from error


def segment_of(table: pa.Table) -> Integers:
    """Give the number of each row's segment, -1 for a row that holds a total alone."""
    level, wall = positions(table, "level", LEVELS), positions(table, "wall", WALLS)
    named = {}
    for column, found in (("level", level), ("wall", wall)):
        named[column] = is_given(table, column)
        if (named[column] & (found < 0)).any():
            raise ContractError(f"a {column} is none of the protocol's; check the annotations")
    if (named["level"] != named["wall"]).any():
        raise ContractError("a row names a level without a wall, or a wall without a level")
    return np.where((level < 0) | (wall < 0), -1, level * len(WALLS) + wall)


def is_given(table: pa.Table, column: str) -> Booleans:
    """Tell where a column holds a value; nowhere if the table lacks it."""
    if column not in table.column_names:
        return np.zeros(table.num_rows, dtype=np.bool_)
    return np.asarray(pc.is_valid(table.column(column)).to_numpy(), dtype=np.bool_)


def refuse_nameless(table: pa.Table, what: str, columns: Sequence[str]) -> None:
    """Raise when a row lacks what it is found by."""
    for column in columns:
        lacking = int((~is_given(table, column)).sum())
        if lacking:
            raise ContractError(f"{what}: {lacking} rows have no {column}; each must name it")


def universe_of(*tables: pa.Table) -> tuple[pa.Array, list[tuple[str, str]]]:
    """Every (center, image) of any table, sorted; refuse an image that lies in two centers."""
    found: set[tuple[str, str]] = set()
    for table in tables:
        pairs = table.select(["center", "image_id"]).group_by(["center", "image_id"]).aggregate([])
        found |= set(
            zip(*(pairs.column(c).to_pylist() for c in ("center", "image_id")), strict=True)
        )
    keys = sorted(found)
    images = [image for _, image in keys]
    if len(set(images)) < len(images):
        twice = min(i for i in images if images.count(i) > 1)
        raise ContractError(f"image {twice} lies in two centers; an image_id belongs to one film")
    return pa.array([JOINER.join(key) for key in keys], pa.string()), keys
