import numpy as np
import pytest

from aac_models.anatomy import CORNERS, VERTEBRAE
from data_contracts.errors import StudyError
from tasks import landmarks

HEAD = "image_id,vertebra,corner,row,column"


def lines(image_id="I-1", shift=0.0):
    return [
        f"{image_id},{vertebra},{corner},{100 * v + 20 * (c // 2) + shift},{30 * (c % 2)}"
        for v, vertebra in enumerate(VERTEBRAE)
        for c, corner in enumerate(CORNERS)
    ]


def written(tmp_path, rows, head=HEAD):
    path = tmp_path / "landmarks.csv"
    path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8-sig")
    return path


def test_each_film_gets_its_corners_in_the_order_of_the_anatomy(tmp_path):
    found = landmarks.read(written(tmp_path, [*reversed(lines()), *lines("I-2", shift=0.5)]))
    assert set(found) == {"I-1", "I-2"}
    assert found["I-1"].shape == (6, 4, 2)
    assert found["I-1"].dtype == np.float32
    assert found["I-1"][1, 3].tolist() == [120, 30]  # L1, inferior-posterior
    assert (found["I-2"] - found["I-1"])[..., 0].tolist() == [[0.5] * 4] * 6


def test_a_table_with_semicolons_and_decimal_commas_is_the_same(tmp_path):
    plain = landmarks.read(written(tmp_path, lines(shift=0.5)))
    rows = [row.replace(",", ";").replace(".", ",") for row in lines(shift=0.5)]
    found = landmarks.read(written(tmp_path, rows, HEAD.replace(",", ";")))
    assert (found["I-1"] == plain["I-1"]).all()


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda rows: rows[:-1], "1 of 1 films have not all 24 corners"),
        (lambda rows: [*rows, rows[0]], "row 26: this corner was given before"),
        (lambda rows: [rows[0].replace("T12", "S1"), *rows[1:]], "row 2: vertebra must be one of"),
        (lambda rows: [rows[0].replace("superior", "upper")], "row 2: corner must be one of"),
        (lambda _: ["I-1,L1,superior-anterior,,4"], "row 2: row and column must be numbers"),
        (lambda _: ["I-1,L1,superior-anterior,nan,4"], "row 2: row and column must be numbers"),
        (lambda _: ["I-1,L1,superior-anterior,412,5,1033"], "row 2: more cells than columns"),
    ],
)
def test_what_cannot_be_used_is_named_by_its_row(tmp_path, spoil, said):
    with pytest.raises(StudyError, match=said) as caught:
        landmarks.read(written(tmp_path, spoil(lines())))
    assert "I-1" not in str(caught.value)


def test_a_missing_column_or_file_is_named(tmp_path):
    with pytest.raises(StudyError, match="column row is missing"):
        landmarks.read(written(tmp_path, lines(), HEAD.replace(",row", ",y")))
    with pytest.raises(StudyError, match="cannot be read") as caught:
        landmarks.read(tmp_path / "none.csv")
    assert str(tmp_path) not in str(caught.value)
