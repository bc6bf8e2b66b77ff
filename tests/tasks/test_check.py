import pytest

from data_contracts.errors import ContractError
from data_contracts.schemas import conform, empty
from tasks import check

FILM = {
    "center": "A",
    "patient_id": "P-1",
    "modality": "DX",
    "sop_class_uid": "1.2.840.10008.5.1.4.1.1.1.1",
    "rows": 2500,
    "columns": 2000,
    "number_of_frames": 1,
    "samples_per_pixel": 1,
    "photometric_interpretation": "MONOCHROME2",
    "bits_allocated": 16,
    "bits_stored": 12,
    "pixel_spacing_row_mm": 0.15,
    "pixel_spacing_column_mm": 0.15,
    "body_part_examined": "LSPINE",
    "view_position": "LL",
    "patient_sex": "F",
    "patient_age_years": 70,
}
MEASURES = {
    "center": "A",
    "dynamic_range": 0.7,
    "saturated_share": 0.05,
    "blank_share": 0.1,
    "mean_level": 0.4,
    "sharpness": 0.01,
    "noise": 0.01,
    "collimated_share": 0.1,
    "inverted_against_header": False,
    "lateral_lumbar": 0.99,
    "anterior_side": "left",
}
LEVELS = [(f"L{n}", wall) for n in range(1, 5) for wall in ("anterior", "posterior")]


def films(*changes):
    rows = [
        FILM | {"image_id": f"I-{i}", "source_digest": f"d{i}"} | change
        for i, change in enumerate(changes)
    ]
    return conform("catalogue", rows)


def measures(*changes):
    return conform(
        "image_quality", [MEASURES | {"image_id": f"I-{i}"} | c for i, c in enumerate(changes)]
    )


BROKEN = [
    ({"modality": "CT", "sop_class_uid": "1.2.840.10008.5.1.4.1.1.2"}, "not_a_radiograph"),
    ({"sop_class_uid": "private"}, "not_a_radiograph"),
    ({"modality": None}, "missing_attribute"),
    ({"number_of_frames": 12}, "multi_frame"),
    ({"photometric_interpretation": "RGB", "samples_per_pixel": 3}, "not_grayscale"),
    ({"bits_stored": None}, "missing_attribute"),
    ({"rows": None}, "missing_attribute"),
    ({"body_part_examined": "CHEST"}, "wrong_body_part"),
    ({"body_part_examined": "HAND"}, "wrong_body_part"),
    ({"body_part_examined": "SKULL"}, "wrong_body_part"),
    ({"body_part_examined": "CSPINE"}, "wrong_body_part"),
    ({"view_position": "AP"}, "wrong_view"),
    ({"view_position": "PA"}, "wrong_view"),
    ({"rows": 65535}, "header_implausible"),
    ({"bits_allocated": 8, "bits_stored": 12}, "header_implausible"),
    ({"pixel_spacing_row_mm": 0.02}, "header_implausible"),
    ({"patient_age_years": 130}, "header_implausible"),
    ({"patient_age_years": -3}, "header_implausible"),
]
SOUND = [
    {},
    {"body_part_examined": None, "view_position": None, "patient_age_years": None},
    {"body_part_examined": "CHEST ABDOMEN"},
    {"body_part_examined": "OTHER", "view_position": "OTHER"},
    {"pixel_spacing_row_mm": None, "pixel_spacing_column_mm": None},
    {"patient_age_years": 90},
    {"modality": "RG", "sop_class_uid": "1.2.840.10008.5.1.4.1.1.7"},
]


@pytest.fixture(scope="module")
def headers():
    """Films that break the contract, each in its own way, before and after films that do not.

    All in one table: the library takes as long for a row as for a hundred.
    """
    return check.check_headers(films(*SOUND, *(change for change, _ in BROKEN), {}), "A")


@pytest.mark.parametrize("n", range(len(BROKEN)), ids=[str(change) for change, _ in BROKEN])
def test_a_header_that_breaks_the_contract_is_set_aside_with_its_reason(headers, n):
    place = len(SOUND) + n
    found = headers.rejections[n]
    said = (found.image_id, found.source_digest, found.reason.value)
    assert said == (f"I-{place}", f"d{place}", BROKEN[n][1])


def test_none_but_headers_that_break_the_contract_are_set_aside(headers):
    assert len(headers.rejections) == len(BROKEN)


@pytest.mark.parametrize("n", [*range(len(SOUND)), -1], ids=[*map(str, SOUND), "the last"])
def test_what_a_header_does_not_say_is_not_held_against_it(headers, n):
    kept = headers.kept.column("image_id").to_pylist()
    assert len(kept) == len(SOUND) + 1
    assert kept[n] == f"I-{n if n >= 0 else len(SOUND) + len(BROKEN)}"


def test_what_no_header_of_a_center_says_is_not_held_against_it():
    columns = ["body_part_examined", "view_position", "patient_age_years"]
    columns += ["pixel_spacing_row_mm", "pixel_spacing_column_mm"]
    assert check.check_headers(films(dict.fromkeys(columns)), "A").kept.num_rows == 1


def test_files_with_an_outcome_are_not_asked_again():
    found = check.check_headers(films({"outcome": "quarantined", "modality": None}, {}), "A")
    assert (found.kept.num_rows, found.rejections) == (1, [])


def test_a_released_film_goes_on_and_the_release_is_recorded():
    found = check.check_headers(
        films({"view_position": "AP"}, {"view_position": "AP"}), "A", ["I-0"]
    )
    assert found.kept.column("image_id").to_pylist() == ["I-0"]
    said = [r for r in found.contracts.to_pylist() if "Released" in r["expectation"]]
    assert [(row["n_failed"], row["observed"]) for row in said] == [(1, "wrong_view")]


def test_a_center_without_films_passes():
    found = check.check_headers(empty("catalogue"), "A")
    assert found.kept.num_rows == 0
    assert set(found.contracts.column("n_checked").to_pylist()) == {0}


def test_drifting_shares_are_a_warning_and_set_nothing_aside():
    found = check.check_headers(films(*[{"patient_sex": None}] * 9, {}), "A")
    assert found.kept.num_rows == 10
    assert found.findings == ["center A, header contract: Sex is known: 9 of 10 rows do not hold"]


def test_an_image_that_cannot_be_read_is_set_aside():
    changes = [
        ({"dynamic_range": 0.0}, "image_quality"),
        ({"blank_share": 0.99}, "image_quality"),
        ({"saturated_share": 0.95}, "image_quality"),
        ({"collimated_share": 0.97}, "image_quality"),
        ({"lateral_lumbar": 0.1}, "not_lateral_lumbar"),
    ]
    measured = measures({}, *(change for change, _ in changes), {})
    found = check.check_images(measured, "A", catalogue=films(*[{}] * measured.num_rows))
    assert [(r.image_id, r.source_digest, r.reason.value) for r in found.rejections] == [
        (f"I-{n}", f"d{n}", reason) for n, (_, reason) in enumerate(changes, start=1)
    ]


def test_images_without_a_localizer_are_not_held_to_it():
    found = check.check_images(measures({"lateral_lumbar": None, "anterior_side": None}), "A")
    assert found.rejections == []


def readings(grades, total, **changes):
    common = {"center": "A", "image_id": "I-0", "reader": "r", "total": total} | changes
    if not grades:
        return [common]
    return [
        common | {"level": level, "wall": wall, "grade": grade}
        for (level, wall), grade in zip(LEVELS, grades, strict=True)
    ]


@pytest.mark.parametrize(
    ("rows", "finding"),
    [
        (readings([4, 0, 0, 0, 0, 0, 0, 0], 4.0), "Grades are 0 to 3"),
        (readings([1, 0, 0, 0, 0, 0, 0, 0], 2.0), "A total is the sum of its grades"),
        (readings([], 25.0), "Totals are 0 to 24"),
        (readings([], 3.0, image_id="I-9"), "Films are in the catalogue"),
        (readings([], 3.0, reader=None), "Readers are named"),
        (readings([0] * 8, 0.0)[:7], "A reading has eight grades, or a total alone"),
        (readings([], 3.0) * 2, "Each film once a reader"),
    ],
)
def test_a_reading_that_breaks_the_contract_is_left_out_and_named(rows, finding):
    good = readings([0] * 8, 0.0, image_id="I-1")
    table = conform("annotations", rows + good)
    found = check.check_annotations(table, {"I-0", "I-1"})
    assert found.kept.to_pylist() == conform("annotations", good).to_pylist()
    assert any(finding in line for line in found.findings)


def a_prediction(**changes):
    row = {
        "center": "A",
        "patient_id": "P",
        "image_id": "I-0",
        "model": "m",
        "total": 4.5,
        "total_rounded": 5,
        "status": "scored",
        "total_low": 3.0,
        "total_high": 6.0,
        "weights_digest": "w",
        "run_id": "r",
    }
    return conform("predictions", [row | changes])


def grades(expected=4.5 / 8, **changes):
    share = expected
    row = {"center": "A", "image_id": "I-0", "model": "m", "grade": 1, "expected_grade": share}
    row |= {"probability_0": 1 - share, "probability_1": share}
    row |= {"probability_2": 0.0, "probability_3": 0.0}
    return conform(
        "prediction_grades", [row | {"level": lv, "wall": w} | changes for lv, w in LEVELS]
    )


def test_sound_predictions_pass():
    assert check.check_predictions(a_prediction(), grades()).findings == []


@pytest.mark.parametrize(
    ("prediction", "of_grades"),
    [
        ({"total": 30.0, "total_rounded": 30, "total_high": 31.0}, {"expected": 30 / 8}),
        ({"total_rounded": 4}, {}),
        ({"total_high": 4.0}, {}),
        ({"total": 6.0, "total_rounded": 6}, {}),
        ({"status": "not_assessable"}, {}),
        ({"weights_digest": None}, {}),
        ({}, {"probability_0": 0.9}),
    ],
)
def test_impossible_predictions_stop_the_center(prediction, of_grades):
    with pytest.raises(ContractError, match="report it"):
        check.check_predictions(a_prediction(**prediction), grades(**of_grades))


def test_a_center_may_want_another_share_before_a_warning_is_raised():
    few = films(*[{"patient_sex": None}] * 2, *[{}] * 8)
    assert "Sex is known" in check.check_headers(few, "A").findings[0]
    assert check.check_headers(few, "A", mostly={"header.patient_sex": 0.5}).findings == []
    strict = check.check_headers(
        films({}, {"patient_sex": None}), "A", mostly={"header.image_id": 0}
    )
    assert len(strict.findings) == 1


def test_quarantine_names_the_expectation_that_failed():
    (aside,) = check.check_headers(films({"modality": "CT"}), "A").rejections
    row = aside.as_row()
    assert row["step"] == "header contract"
    assert row["expectation"] == "Modality is that of a projection radiograph"
    assert row["observed"] == "modality CT"
    assert row["remedy"]


def test_contracts_checked_again_replace_their_earlier_rows():
    first = check.check_headers(films({}), "A").contracts
    graded = check.check_annotations(empty("annotations"), [], "A").contracts
    whole = check.renewed(first, [graded])
    assert len(whole) == len(first) + len(graded)
    assert check.renewed(whole, [graded]).equals(whole)
