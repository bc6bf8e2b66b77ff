"""Predictions and annotations as aligned arrays: one row an image, whoever scored it.

Nothing is dropped here. An image that only the annotations know, or only the predictions, stays
with NaN on the other side, so that every count downstream adds up.
"""

from dataclasses import dataclass, fields, replace
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data_contracts.errors import ContractError
from reports.statistics.estimate import Booleans, Floats, Integers, Strings
from reports.statistics.plan import StatisticsPlan
from reports.table_columns import (
    JOINER,
    SEGMENTS,
    distinct,
    image_rows,
    numbers,
    positions,
    refuse_nameless,
    refuse_range,
    refuse_twice,
    segment_of,
    universe_of,
)

CONSENSUS: Final = "consensus"
_MAX_GRADE: Final = 3


@dataclass(frozen=True, slots=True, eq=False)
class StudyArrays:
    """Everything that the statistics need, one row an image.

    Attributes
    ----------
    center, image_id
        Names of shape (images,).
    patient_number
        Patients, int of shape (images,), no two centers' alike; an image that was never scored
        counts as a patient of its own.
    models, readers
        Names in order; the consensus is no reader.
    total, low, high
        Continuous totals and predicted limits, shape (images, models); NaN where none.
    status
        ``scored``, ``not_assessable`` or empty (no row), shape (images, models).
    reader_total
        Shape (images, readers); NaN where a segment could not be assessed or nothing was read.
    is_read
        Whether the reference has any row for the image, shape (images,).
    reference
        Total of the reference standard, shape (images,).
    grade, expected
        Predicted grades, shape (images, models, 8 segments).
    reader_grade, reference_grade
        Shape (images, readers, 8) and (images, 8).
    """

    center: Strings
    image_id: Strings
    patient_number: Integers
    models: tuple[str, ...]
    readers: tuple[str, ...]
    total: Floats
    low: Floats
    high: Floats
    status: Strings
    reader_total: Floats
    is_read: Booleans
    reference: Floats
    grade: Floats
    expected: Floats
    reader_grade: Floats
    reference_grade: Floats

    def of(self, mask: Booleans) -> "StudyArrays":
        """Give the images of a mask, e.g. one center's."""
        rows = {
            f.name: getattr(self, f.name)[mask]
            for f in fields(self)
            if f.name not in ("models", "readers")
        }
        return replace(self, **rows)


def study_arrays(
    predictions: pa.Table,
    annotations: pa.Table,
    plan: StatisticsPlan,
    prediction_grades: pa.Table | None = None,
) -> StudyArrays:
    """Align the tables of a study.

    Parameters
    ----------
    predictions
        Columns center, patient_id, image_id, model, total, status; total_low, total_high optional.
    annotations
        Columns center, image_id, reader, level, wall, grade, total: eight rows a film and reader,
        or one with level and wall null and the total alone.
    plan
        Names the reference and the order of models.
    prediction_grades
        Columns image_id, model, level, wall, grade, expected_grade.

    Returns
    -------
    Aligned arrays, images sorted by center and name.

    Raises
    ------
    ContractError
        A row has no name or stands twice, a score is outside its range, a reader's total is not
        the sum of the grades, an image lies in two centers, or the reference reader does not occur.

    Notes
    -----
    The reference is the named reader, or the consensus. Where a center's annotations hold no
    consensus rows, its reference is the mean of the readers' totals of each image (grades: the
    mean rounded half up); where they hold some, images without one have no reference.
    """
    refuse_nameless(predictions, "predictions", ("center", "image_id", "model", "status"))
    refuse_nameless(annotations, "annotations", ("center", "image_id", "reader"))
    universe, keys = universe_of(predictions, annotations)
    center = np.asarray([key[0] for key in keys], dtype=object)
    image_id = np.asarray([key[1] for key in keys], dtype=object)
    # A declared model that scored nothing keeps its rows: it failed, it was not left out.
    models = (*plan.models, *sorted(distinct(predictions, "model") - set(plan.models)))
    names = tuple(sorted(distinct(annotations, "reader")))
    total, low, high, status, patient = _scores(predictions, universe, models, image_id)
    read_grade, read_total, has_row = _readings(annotations, universe, names, plan.max_total)
    grade, expected = _segments(prediction_grades, image_id, models)
    reference, reference_grade, is_read = _reference(
        plan.reference, names, center, read_total, read_grade, has_row
    )
    readers = [i for i, name in enumerate(names) if name != CONSENSUS]
    refuse_range("a predicted total", total, plan.max_total)
    return StudyArrays(
        center=center,
        image_id=image_id,
        patient_number=patient,
        models=models,
        readers=tuple(names[i] for i in readers),
        total=total,
        low=low,
        high=high,
        status=status,
        reader_total=read_total[:, readers],
        is_read=is_read,
        reference=reference,
        grade=grade,
        expected=expected,
        reader_grade=read_grade[:, readers],
        reference_grade=reference_grade,
    )


def _scores(
    table: pa.Table, universe: pa.Array, models: tuple[str, ...], image_id: Strings
) -> tuple[Floats, Floats, Floats, Strings, Integers]:
    """Totals, limits, status (images, models) and patients' numbers (images,)."""
    n, k = len(universe), len(models)
    rows, columns = image_rows(table, universe), positions(table, "model", models)
    refuse_twice(rows * k + columns, n * k, "predictions (image, model)", image_id, max(k, 1))
    arrays = []
    for name in ("total", "total_low", "total_high"):
        array = np.full((n, k), np.nan)
        array[rows, columns] = numbers(table, name)
        arrays.append(array)
    status: Strings = np.full((n, k), "", dtype=object)
    status[rows, columns] = table.column("status").to_numpy()
    # A film that is not assessable has no score, whatever its row may hold.
    for array in arrays:
        array[status != "scored"] = np.nan
    return arrays[0], arrays[1], arrays[2], status, _patients(table, rows, n)


def _patients(table: pa.Table, rows: Integers, n: int) -> Integers:
    """Give patients numbers in the order of their images, so that the order of rows is nothing."""
    center, patient, image = (
        table.column(c).cast(pa.string()) for c in ("center", "patient_id", "image_id")
    )
    # Pseudonyms are scoped by center; the joined name makes sure of it.
    named = pc.binary_join_element_wise(center, pc.coalesce(patient, image), JOINER)
    found = np.arange(n, dtype=np.int64) + table.num_rows
    found[rows] = named.combine_chunks().dictionary_encode().indices.to_numpy()
    _, first, numbers = np.unique(found, return_index=True, return_inverse=True)
    return np.asarray(np.argsort(np.argsort(first))[numbers], dtype=np.int64)


def _readings(
    table: pa.Table, universe: pa.Array, names: tuple[str, ...], max_total: float
) -> tuple[Floats, Floats, Booleans]:
    """Grades (images, readers, 8), totals (images, readers), and who read what."""
    n, k, s = len(universe), len(names), len(SEGMENTS)
    image_id = np.asarray([key.split(JOINER)[1] for key in universe.to_pylist()], dtype=object)
    rows, columns = image_rows(table, universe), positions(table, "reader", names)
    segment = segment_of(table)
    whole = segment < 0
    grade, total = np.full((n, k, s), np.nan), np.full((n, k), np.nan)
    has_row = np.zeros((n, k), dtype=np.bool_)
    has_row[rows, columns] = True
    cells = (rows * k + columns) * (s + 1) + np.where(whole, s, segment)
    refuse_twice(cells, n * k * (s + 1), "annotations", image_id, max(k * (s + 1), 1))
    grades, totals = numbers(table, "grade"), numbers(table, "total")
    refuse_range("an annotated grade", grades, _MAX_GRADE)
    refuse_range("an annotated total", totals, max_total)
    grade[rows[~whole], columns[~whole], segment[~whole]] = grades[~whole]
    given = ~np.isnan(totals)
    total[rows[given], columns[given]] = totals[given]
    has_grades = np.zeros((n, k), dtype=np.bool_)
    has_grades[rows[~whole], columns[~whole]] = True
    summed = grade.sum(axis=2)  # NaN when one segment could not be assessed
    wrong = has_grades & ~np.isnan(total) & ~np.isnan(summed) & (total != summed)
    if wrong.any():
        image = image_id[np.argwhere(wrong)[0, 0]]
        raise ContractError(
            f"annotations: {int(wrong.sum())} totals are not the sum of their grades, the first "
            f"is of image {image}; correct the total or leave it empty"
        )
    return grade, np.where(has_grades, summed, total), has_row


def _segments(
    table: pa.Table | None, image_id: Strings, models: tuple[str, ...]
) -> tuple[Floats, Floats]:
    """Predicted and expected grades, shape (images, models, 8)."""
    shape = (image_id.size, len(models), len(SEGMENTS))
    grade, expected = np.full(shape, np.nan), np.full(shape, np.nan)
    if table is None or table.num_rows == 0:
        return grade, expected
    rows, columns = (
        positions(table, "image_id", image_id.tolist()),
        positions(table, "model", models),
    )
    segment = segment_of(table)
    known = (rows >= 0) & (columns >= 0) & (segment >= 0)
    cells = np.ravel_multi_index((rows[known], columns[known], segment[known]), shape)
    per_image = shape[1] * shape[2]
    refuse_twice(cells, int(np.prod(shape)), "prediction_grades", image_id, per_image)
    grade.flat[cells] = numbers(table, "grade")[known]
    expected.flat[cells] = numbers(table, "expected_grade")[known]
    refuse_range("a predicted grade", grade, _MAX_GRADE)
    return grade, expected


def _reference(
    wanted: str,
    names: tuple[str, ...],
    center: Strings,
    *readings: Any,  # noqa: ANN401 - arrays
) -> tuple[Floats, Floats, Booleans]:
    """Total, grades and presence of the reference standard."""
    total, grade, has_row = readings
    if wanted in names and wanted != CONSENSUS:
        at = names.index(wanted)
        return total[:, at], grade[:, at], has_row[:, at]
    if wanted != CONSENSUS:
        raise ContractError(
            f"reference: no annotation is by {wanted!r}; readers are {', '.join(names)}"
        )
    readers = [i for i, name in enumerate(names) if name != CONSENSUS]
    has_read = has_row[:, readers]
    mean_total = _mean_of_readers(total[:, readers], has_read)
    # Halves to even: readers one grade apart would come out as the higher one each time.
    by_wall = grade[:, readers]
    has_graded = (~np.isnan(by_wall)).any(axis=2, keepdims=True)  # others gave a total alone
    mean_grade = np.rint(_mean_of_readers(by_wall, has_graded))
    any_row = has_read.any(axis=1)
    if CONSENSUS not in names:
        return mean_total, mean_grade, any_row
    at = names.index(CONSENSUS)
    agreed = np.isin(center, np.unique(center[has_row[:, at]].astype(str)))
    return (
        np.where(agreed, total[:, at], mean_total),
        np.where(agreed[:, None], grade[:, at], mean_grade),
        np.where(agreed, has_row[:, at], any_row),
    )


def _mean_of_readers(values: Floats, has_read: Booleans) -> Floats:
    """Mean over a film's readers, the second axis; NaN where one could not say or nobody read.

    Without those who declined it would be the others' reading where it is hardest to read.
    """
    count = has_read.sum(axis=1)
    total = np.where(has_read, values, 0.0).sum(axis=1)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)
