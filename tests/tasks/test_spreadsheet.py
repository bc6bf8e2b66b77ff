import pytest

from tasks import spreadsheet

PLAIN = "File,Reader,Total\nx/IM1,r1,7\ny/IM2,Jürgen,8\n"
EXCEL = PLAIN.replace(",", ";").replace("\n", "\r\n")


def read(tmp_path, raw):
    path = tmp_path / "table.csv"
    path.write_bytes(raw if isinstance(raw, bytes) else raw.encode())
    columns, rows = spreadsheet.read(path)
    return columns, [(row.number, *row.cells.values()) for row in rows]


@pytest.mark.parametrize(
    ("raw", "above"),
    [
        (PLAIN, 0),
        (PLAIN.replace("\n", "\r"), 0),
        (PLAIN.replace("File", '"File"').replace("x/IM1", '"x/IM1"'), 0),
        (EXCEL.encode("utf-8-sig"), 0),
        (EXCEL.encode("cp1252"), 0),
        (("sep=;\r\n" + EXCEL).encode("utf-8-sig"), 1),
        (PLAIN.replace(",", "\t").encode("utf-16"), 0),
    ],
)
def test_a_table_reads_the_same_however_a_spreadsheet_saves_it(tmp_path, raw, above):
    columns, rows = read(tmp_path, raw)
    assert columns == ["file", "reader", "total"]
    assert rows == [(2 + above, "x/IM1", "r1", "7"), (3 + above, "y/IM2", "Jürgen", "8")]


def test_rows_are_numbered_as_in_the_file_and_may_end_early(tmp_path):
    _, rows = read(tmp_path, 'a,b\n1,"two\nlines"\n,\n\n3\n')
    assert rows == [(3, "1", "two\nlines"), (6, "3", "")]


def test_cells_beyond_the_last_column_are_told(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("a,b\n1,2,\n1,2,5\n", encoding="utf-8")
    assert [row.is_longer for row in spreadsheet.read(path)[1]] == [False, True]


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ('a,b\n1,2\n"1,2\n1,2\n', "row 3: a quotation mark has no partner"),
        ('a,b\n"1,2\n1,2\n1,"2\n', "row 2: a quotation mark has no partner"),
        (b"PK\x03\x04\0\0\0", "is no text; save it as CSV"),
    ],
)
def test_a_file_that_would_lose_rows_or_is_no_text_is_refused(tmp_path, raw, said):
    with pytest.raises(spreadsheet.NoTable, match=said):
        read(tmp_path, raw)


def test_an_empty_file_has_no_column(tmp_path):
    assert read(tmp_path, b"") == ([], [])
