import dataclasses
import hashlib

import numpy as np
import pytest

from aac_models.kauppila import AacScore
from aac_models.predictor import FilmPrediction
from aac_models.strip import LEVEL_ROWS, AorticStrip
from data_contracts.reasons import Reason
from data_contracts.records import ImageKey
from data_contracts.schemas import conform
from tasks import film, film_context
from tasks.archives import read_bytes
from tasks.dicom.reading import read_film
from tasks.dicom.writing import save_parts
from tasks.film_rows import rows_of

KEY = ImageKey("A", "P-1", "I-1", "d" * 64)


def one(found, name_part):
    """Give digest and bytes of the first delivered file whose path holds a text."""
    digest, place = next((d, p) for d, p in found.places.items() if name_part in str(p.path))
    return digest, read_bytes(place)


def process(digest, raw, context):
    return film.process(raw, center="A", source_digest=digest, context=context)


def score(*, missing=None):
    probabilities = np.zeros((4, 2, 4), dtype=np.float32)
    probabilities[..., 1] = 1
    return AacScore(probabilities, missing or {})


def prediction(**scores):
    pixels = np.linspace(0, 1, 280 * 96, dtype=np.float32).reshape(280, 96)
    points = np.zeros((280, 96, 2), dtype=np.float32)
    strip = AorticStrip(pixels, LEVEL_ROWS, points, np.ones((280, 96), bool))
    intervals = dict.fromkeys(scores, (6.0, 10.0))
    return FilmPrediction(None, 0.9, "", None, scores, intervals, strip)


def test_a_film_gives_rows_of_its_tables_and_a_clean_file(found, context):
    digest, raw = one(found, "IM0")
    result = process(digest, raw, context)
    assert result.key.center == "A"
    assert result.rows["image_quality"][0]["image_id"] == result.key.image_id
    assert result.rows["deidentification_audit"]
    for name, rows in result.rows.items():
        conform(name, rows)
    clean = film.clean_path(context.deidentified, result.key)
    assert clean.read_bytes()[128:132] == b"DICM"
    assert [path.suffix for path in context.deidentified.rglob("*.*")] == [".dcm"]


def test_the_same_film_gives_the_same_result_and_the_same_clean_bytes(found, context):
    digest, raw = one(found, "IM0")
    first = process(digest, raw, context)
    path = film.clean_path(context.deidentified, first.key)
    clean = path.read_bytes()
    assert process(digest, raw, context) == first
    assert path.read_bytes() == clean


def test_what_is_no_film_is_a_rejection_and_no_exception(found, context):
    for part, reason in (("README", Reason.NOT_DICOM), ("cut_short", Reason.TRUNCATED)):
        result = process(*one(found, part), context)
        assert result.rejection.reason is reason
        assert result.rejection.step == "read"


def test_a_film_that_changed_since_it_was_catalogued_is_not_read(found, context):
    _, raw = one(found, "IM0")
    result = process("0" * 64, raw, context)
    assert result.rejection.reason is Reason.UNREADABLE_FILE
    assert "changed" in result.rejection.observed


def test_an_unexpected_fault_is_named_by_its_class_alone(found, context, monkeypatch):
    def fail(*_):
        raise KeyError("DOE^JANE")

    monkeypatch.setattr(film.measures, "measure", fail)
    result = process(*one(found, "IM0"), context)
    assert result.rejection.reason is Reason.FILM_FAILED
    assert result.rejection.observed == "KeyError"
    assert result.rejection.step == "measure"
    assert "DOE" not in repr(result)


def test_a_film_that_the_networks_fail_on_fails_alone(found, context, monkeypatch):
    """The networks are told apart by nothing but the film that they are made to stumble over."""

    class Stumbling:
        weights_digest = dict.fromkeys(("lvlcrnet", "lvlnet", "baseline"), "w" * 64)

        def predict(self, radiographs, arms):
            if any(r.pixels.shape == worst for r in radiographs):
                raise RuntimeError
            return [prediction(**{arm: score() for arm in arms}) for _ in radiographs]

    films = [(d, p) for d, p in found.places.items() if "IM0" in str(p.path)]
    shapes = {}
    with monkeypatch.context() as patched:
        patched.setattr(film_context.FilmContext, "predictor", lambda _: Stumbling())
        for digest, place in films:
            ds = film.read_film(read_bytes(place))
            shapes[digest] = (ds.Rows, ds.Columns)
        worst = shapes[films[0][0]]
        reading = [(d, lambda place=p: read_bytes(place)) for d, p in films]
        results = list(film.process_all(reading, center="A", context=context))
    failed = [
        r.source_digest for r in results if r.rejection and r.rejection.reason is Reason.FILM_FAILED
    ]
    assert failed == [d for d, _ in films if shapes[d] == worst]
    assert [r.source_digest for r in results] == [d for d, _ in films]
    assert all(r.rows["predictions"] for r in results if not r.rejection)


def test_results_keep_the_order_of_the_films_and_each_film_beats(found, context):
    beats = []
    reading = [(d, lambda place=p: read_bytes(place)) for d, p in found.places.items()]
    results = film.process_all(reading, center="A", context=context, beat=lambda: beats.append(1))
    assert [r.source_digest for r in results] == list(found.places)
    assert len(beats) >= len(found.places)


def test_identifiers_are_in_the_crosswalk_entry_and_nowhere_else(found, context):
    digest, raw = one(found, "IM0")
    result = process(digest, raw, context)
    values = [item.value for item in result.entry.identifiers if item.kind == "name"]
    shown = repr(dataclasses.replace(result, entry=None)) + repr(result)
    clean = film.clean_path(context.deidentified, result.key).read_bytes()
    assert values
    assert not [value for value in values if value in shown or value.encode() in clean]


def test_a_graded_film_gives_a_row_a_model_level_and_wall():
    rows = rows_of(
        KEY, prediction(lvlnet=score(), baseline=score()), {"lvlnet": "a", "baseline": "b"}
    )
    predictions = conform("predictions", rows["predictions"]).to_pylist()
    assert [(row["model"], row["total"], row["total_rounded"]) for row in predictions] == [
        ("lvlnet", 8.0, 8),
        ("baseline", 8.0, 8),
    ]
    assert conform("prediction_grades", rows["prediction_grades"]).num_rows == 2 * 8


def test_a_level_that_cannot_be_seen_makes_total_and_interval_missing():
    rows = rows_of(KEY, prediction(lvlnet=score(missing={"L4": "cropped"})), {"lvlnet": "a"})
    row = rows["predictions"][0]
    assert (row["status"], row["not_assessable_reason"]) == ("not_assessable", "L4: cropped")
    assert [row[name] for name in ("total", "total_rounded", "total_low", "total_high")] == [
        None
    ] * 4
    grades = {(g["level"], g["grade"]) for g in rows["prediction_grades"]}
    assert grades == {("L1", 1), ("L2", 1), ("L3", 1), ("L4", None)}


@pytest.mark.parametrize("part", ["IM0", "chest", "README"])
def test_a_source_digest_is_that_of_the_file(found, part):
    digest, raw = one(found, part)
    assert hashlib.sha256(raw).hexdigest() == digest


def test_a_film_that_would_leak_as_it_was_written_gets_no_name(found, context, monkeypatch):
    digest, raw = one(found, "IM0")
    said = read_film(raw)

    def leaking(clean):
        clean.StudyDescription = str(said.PatientName)
        return save_parts(clean)

    monkeypatch.setattr(film, "save_parts", leaking)
    fresh = dataclasses.replace(context, deidentified=context.deidentified / "fresh")
    result = process(digest, raw, fresh)
    assert result.rejection.reason is Reason.NOT_DEIDENTIFIED
    assert result.rejection.step == "write"
    assert not [path for path in fresh.deidentified.rglob("*") if path.is_file()]


def test_nothing_is_left_of_a_film_on_which_the_second_look_fails(found, context, monkeypatch):
    digest, raw = one(found, "IM0")

    def failing(*_):
        raise RuntimeError("no film's fault")

    monkeypatch.setattr(film, "look_at_written", failing)
    fresh = dataclasses.replace(context, deidentified=context.deidentified / "failing")
    assert process(digest, raw, fresh).rejection.reason is Reason.FILM_FAILED
    assert not [path for path in fresh.deidentified.rglob("*") if path.is_file()]
