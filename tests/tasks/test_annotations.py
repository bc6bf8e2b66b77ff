import pytest

from data_contracts.schemas import conform, empty
from tasks import check
from tasks.annotations import of_center, read, unannotated, without_consensus

SEGMENTS = [f"l{n}_{wall}" for n in range(1, 5) for wall in ("anterior", "posterior")]
KEYS = {"A": {"uid:1.2": "I-a", "file:x/IM1": "I-b", "accession:77": "I-c", "accession:88": ""}}
HEADER = ",".join(["sop_instance_uid", "reader", *SEGMENTS, "total"])


def read_text(tmp_path, *lines, keys=KEYS, encoding="utf-8"):
    path = tmp_path / "annotations.csv"
    path.write_bytes("\n".join(lines).encode(encoding))
    return read(path, keys)


def test_a_reading_becomes_eight_rows_with_its_total(tmp_path):
    found = read_text(tmp_path, HEADER, "1.2,r1,0,1,2,3,0,1,2,3,12")
    rows = found.table.to_pylist()
    assert found.problems == []
    assert [row["grade"] for row in rows] == [0, 1, 2, 3, 0, 1, 2, 3]
    assert [(row["level"], row["wall"]) for row in rows[:3]] == [
        ("L1", "anterior"),
        ("L1", "posterior"),
        ("L2", "anterior"),
    ]
    assert {(r["center"], r["image_id"], r["reader"], r["total"]) for r in rows} == {
        ("A", "I-a", "r1", 12.0)
    }


def test_a_segment_without_grade_makes_the_total_missing(tmp_path):
    found = read_text(tmp_path, HEADER, "1.2,r1,0,,2,3,0,1,2,3,")
    assert found.table.column("total").null_count == 8
    assert found.table.column("grade").null_count == 1


def test_a_total_alone_is_one_row(tmp_path):
    found = read_text(tmp_path, "file,reader,total", r"x\IM1,r1,7")
    assert found.table.to_pylist() == [
        {
            "center": "A",
            "image_id": "I-b",
            "reader": "r1",
            "level": None,
            "wall": None,
            "grade": None,
            "total": 7.0,
            "blinded": None,
            "read_at": None,
        }
    ]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("9.9,r1,0,0,0,0,0,0,0,0,0", "column sop_instance_uid names no film of the catalogue"),
        ("1.2,r1,0,0,0,0,0,0,0,4,4", "column l4_posterior is outside 0 to 3"),
        ("1.2,r1,0,0,0,0,0,0,0,1.5,1", "column l4_posterior is outside 0 to 3"),
        ("1.2,r1,0,0,0,0,0,0,0,x,0", "column l4_posterior is no number"),
        (
            "1.2,r1,0,0,0,0,0,0,0,3,4",
            "column total is not the sum of the grades: 4, they add up to 3",
        ),
        ("1.2,,0,0,0,0,0,0,0,0,0", "column reader is empty"),
        (",r1,0,0,0,0,0,0,0,0,0", "nothing names the film"),
        ("1.2,r1,0,0,0,0,0,0,0,0,25", "column total is outside 0 to 24"),
        ("1.2,r1,0,0,0,0,0,0,0,1,0,5", "more cells than columns: put a cell that holds a comma"),
    ],
)
def test_a_row_that_cannot_be_used_is_one_line_with_row_and_column(tmp_path, line, problem):
    found = read_text(tmp_path, HEADER, "1.2,r0,0,0,0,0,0,0,0,0,0", line)
    assert found.table.num_rows == 8
    (said,) = found.problems
    assert said.startswith("annotations, row 3: ")
    assert problem in said
    assert "9.9" not in said


def test_the_second_reading_of_a_film_by_one_reader_is_refused(tmp_path):
    line = "1.2,r1,0,0,0,0,0,0,0,0,0"
    found = read_text(tmp_path, HEADER, line, line)
    said = "this reader has graded this film already, in row 2; the row is left out"
    assert found.problems == [f"annotations, row 3: {said}"]


def test_rows_of_a_center_that_is_not_there_share_one_line(tmp_path):
    good = "1.2,r{},0,0,0,0,0,0,0,0,0"
    lost = [f"9.{n},r1,0,0,0,0,0,0,0,0,0" for n in range(300)]
    found = read_text(tmp_path, HEADER, *lost, good.format(1), good.format(1), *lost[:2])
    unknown, twice = found.problems
    assert unknown == (
        "annotations, 302 rows (2-301, 304-305): column sop_instance_uid names no film of the "
        "catalogue; each is left out"
    )
    assert twice.startswith("annotations, row 303: this reader has graded this film already")


def test_rows_in_many_places_are_counted_and_the_first_places_named(tmp_path):
    lines = [f"{'9.9' if n % 2 else '1.2'},r{n},0,0,0,0,0,0,0,0,0" for n in range(60)]
    (said,) = read_text(tmp_path, HEADER, *lines).problems
    assert said.startswith("annotations, 30 rows (3, 5, 7, ")
    assert "and others): column" in said


def test_an_accession_number_of_several_films_names_none(tmp_path):
    lines = ["accession_number,reader,total", "77,r1,3", "88,r1,3"]
    found = read_text(tmp_path, *lines)
    assert found.table.column("image_id").to_pylist() == ["I-c"]
    assert "names several films" in found.problems[0]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_spreadsheets_of_any_country_are_read(tmp_path, encoding, delimiter):
    lines = ["SOP_Instance_UID,Reader,Total,Remark", "1.2,Jürgen,7,ok", ",,,"]
    found = read_text(tmp_path, *[li.replace(",", delimiter) for li in lines], encoding=encoding)
    assert found.problems == []
    assert found.table.column("reader").to_pylist() == ["Jürgen"]


@pytest.mark.parametrize(
    ("header", "problem"),
    [
        ("reader,total", "no column names the film"),
        ("sop_instance_uid,total", "no column reader"),
        ("sop_instance_uid,reader,l1_anterior", "no column l1_posterior"),
        ("file,reader,total,total", "column total is there twice"),
        ("", "no column names the film"),
    ],
)
def test_missing_columns_are_named(tmp_path, header, problem):
    found = read_text(tmp_path, header)
    assert problem in "\n".join(found.problems)
    assert found.table.num_rows == 0


def test_a_film_that_several_centers_have_takes_the_center_of_its_row(tmp_path):
    keys = KEYS | {"C": {"file:x/IM1": "I-z"}}
    lines = ["file,reader,total,center", "x/IM1,r1,7,", "x/IM1,r1,7,C"]
    found = read_text(tmp_path, *lines, keys=keys)
    assert found.table.column("image_id").to_pylist() == ["I-z"]
    (said,) = found.problems
    assert "row 2: column file names films of several centers: say which in a column center" in said


def test_a_file_that_cannot_be_read_is_a_problem_without_its_path(tmp_path):
    found = read(tmp_path / "planted-name.csv", KEYS)
    assert len(found.problems) == 1
    assert "planted" not in found.problems[0]


def test_films_without_a_reading_are_counted_by_center(tmp_path):
    found = read_text(tmp_path, HEADER, "1.2,r1,0,0,0,0,0,0,0,0,0")
    row = {"patient_id": "P", "model": "m", "status": "scored", "run_id": "r"}
    films = [("A", "I-a"), ("A", "I-b"), ("C", "I-c")]
    predictions = conform("predictions", [row | {"center": c, "image_id": i} for c, i in films])
    assert unannotated(predictions, found.table) == [
        "center A: films scored and not annotated: 1",
        "center C: films scored and not annotated: 1",
    ]
    assert of_center(found.table, "C").num_rows == 0
    assert unannotated(empty("predictions"), found.table) == []


def test_a_center_whose_reference_is_the_mean_of_its_readers_is_named(tmp_path):
    rows = ["1.2,r1,0,0,0,0,0,0,0,0,0", "1.2,r2,0,0,0,0,0,0,0,0,0"]
    said = "center A: reference: no consensus in the annotations, so it is "
    one = read_text(tmp_path, HEADER, rows[0]).table
    assert without_consensus(one, "consensus", "A") == [f"{said}the one reader"]
    two = read_text(tmp_path, HEADER, *rows).table
    assert without_consensus(two, "consensus", "A") == [f"{said}the mean of the 2 readers"]
    assert without_consensus(two, "r1", "A") == []
    agreed = read_text(tmp_path, HEADER, rows[0], rows[1].replace("r2", "consensus")).table
    assert without_consensus(agreed, "consensus", "A") == []
    assert without_consensus(empty("annotations"), "consensus", "A") == []


@pytest.mark.parametrize(
    ("date", "state"),
    [
        ("2024-03-31", "plausible"),
        ("20240331", "plausible"),
        ("2024-03-31T10:15:00", "plausible"),
        ("31.3.2024", "plausible"),
        ("", None),
        ("N/A", None),
        ("31/3/24", "not_a_date"),
        ("2024-02-30", "not_a_date"),
        ("2019-12-31", "before_exposure"),
        ("2204-03-31", "long_after"),
    ],
)
def test_dates_of_reading_are_held_against_the_exposure_and_not_kept(tmp_path, date, state):
    path = tmp_path / "annotations.csv"
    path.write_text(f"sop_instance_uid,reader,total,read_at\n1.2,r1,7,{date}")
    found = read(path, KEYS, {"I-a": "20200102101112.5"})
    (row,) = found.table.to_pylist()
    assert row["read_at"] == state
    odd = state not in (None, "plausible")
    assert len(found.problems) == odd
    assert not odd or found.problems[0].endswith("; the row counts")
    contract = check.check_annotations(found.table, ["I-a"], "A")
    assert contract.kept.num_rows == 1
    assert ("Dates of reading" in str(contract.findings)) == odd


@pytest.mark.parametrize(
    ("said", "blinded", "findings"),
    [("yes", True, 0), ("No", False, 1), ("", None, 0), ("perhaps", None, 0)],
)
def test_a_reader_who_was_not_blinded_is_a_warning(tmp_path, said, blinded, findings):
    found = read_text(tmp_path, "sop_instance_uid,reader,total,blinded", f"1.2,r1,7,{said}")
    assert found.table.column("blinded").to_pylist() == [blinded]
    assert len(check.check_annotations(found.table, ["I-a"], "A").findings) == findings
    assert ("neither yes nor no" in str(found.problems)) == (said == "perhaps")
