import pickle

import pyarrow as pa
import pytest

from data_contracts import errors, schemas
from data_contracts.reasons import Reason
from data_contracts.records import Rejection, StepReport


@pytest.mark.parametrize("table", schemas.SCHEMAS)
def test_every_column_of_every_table_is_explained(table):
    assert all(schemas.describe(table).values())


def test_rows_are_brought_to_the_schema():
    table = schemas.conform("runs", [{"run_id": "x", "n_in": 1}, {"n_in": 2, "center": "A"}])
    assert table.schema.equals(schemas.SCHEMAS["runs"])
    assert table.column("n_in").to_pylist() == [1, 2]


def test_a_table_in_another_order_is_brought_to_the_schema():
    rows = pa.table({"n_in": [3], "run_id": ["y"]})
    assert schemas.conform("runs", rows).to_pylist()[0]["n_in"] == 3


@pytest.mark.parametrize(
    ("row", "said"), [({"n_inn": 1}, "unknown column n_inn"), ({"n_in": "x"}, "column n_in")]
)
def test_what_does_not_fit_is_named(row, said):
    with pytest.raises(errors.ContractError, match=said):
        schemas.conform("runs", [row])


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_a_remedy_of_one_sentence(reason):
    assert reason.remedy.endswith(".")


@pytest.mark.parametrize(
    "error",
    [
        errors.StudyFileError([errors.Problem("a.b", "is wrong", "mend it")]),
        errors.ContractError("counts"),
        errors.FilmRejected(Reason.CORRUPT, "odd length"),
        errors.ClusterUnready("no GPU"),
    ],
)
def test_every_error_survives_the_way_back_from_a_worker(error):
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert str(again) == str(error)


def test_counts_that_do_not_add_up_are_refused():
    with pytest.raises(errors.ContractError, match="3 films went in and 2 came out"):
        StepReport("score", "A", n_in=3, n_done=1, n_rejected={"corrupt": 1})


def test_a_rejection_is_a_row_of_the_quarantine_table():
    row = Rejection("A", "00", "read", Reason.TRUNCATED).as_row()
    assert schemas.conform("quarantine", [row]).to_pylist() == [row]
